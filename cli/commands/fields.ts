import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { Endpoint } from '../../src/api/endpoint.ts';
import { optionName } from '../api/instance.ts';
import { type Field, fieldsOf } from '../api/operations.ts';
import { usage } from '../outcome.ts';
import type { Given } from './command.ts';

type Values = Readonly<Record<string, unknown>>;

/** The fields that the row takes, without those that the command fills in by itself. */
function optionsOf(row: Endpoint, without: readonly string[]): Field[] {
  return fieldsOf(row).filter(({ name }) => !without.includes(name));
}

const headerOptions = {
  'If-Match': ['--if-match <etag>', 'act only while it is as this ETag says'],
  'Idempotency-Key': [
    '--idempotency-key <name>',
    'your own name for this request: repeated with it, it starts nothing new',
  ],
} as const;

/** Makes an option of every field of the row. */
export function addFields(command: Command, row: Endpoint, without: readonly string[]): void {
  const fields = optionsOf(row, without);
  for (const field of fields) command.addOption(optionFor(field));
  if (fields.some(({ kind }) => kind === 'json'))
    command.option('--body <file>', 'the fields above as one JSON object in a file; - reads stdin');
  for (const header of row.headers ?? []) {
    if (header === 'If-None-Match') continue;
    const [flags, about] = headerOptions[header];
    command.option(flags, about);
  }
}

function optionFor({ name, in: where, kind, about, isRequired, choices }: Field): Option {
  const flags = kind === 'flag' ? `--${optionName(name)}` : `--${optionName(name)} <${placeholder(kind)}>`;
  const said = kind === 'flag' && about === 'true or false' ? '' : about.replaceAll('`', '');
  const option = new Option(flags, `${said}${isRequired ? ' (required)' : ''}`.trim());
  if (kind === 'list')
    option.argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), ...text.split(',')]);
  // As the Functions host reads a parameter that is sent twice: a filter takes both, and nothing is silently left out.
  if (where === 'query' && kind === 'text')
    option.argParser((text: string, before: string | undefined) => (before === undefined ? text : `${before},${text}`));
  // Only said to who asks for help or completion: the row's own schema refuses, in its own words.
  if (choices !== null && kind !== 'flag') option.argChoices = [...choices];
  return option;
}

function placeholder(kind: Field['kind']): string {
  return { flag: '', boolean: 'true|false', number: 'number', text: 'text', list: 'a,b', json: 'json' }[kind];
}

/** The request that the options make. @throws Stop `usage` for what is no JSON */
export function requestFrom(
  row: Endpoint,
  without: readonly string[],
  values: Values,
): Pick<Given, 'query' | 'body' | 'headers'> {
  const query: Record<string, string> = {};
  const body: Record<string, unknown> = typeof values.body === 'string' ? bodyFrom(values.body) : {};
  for (const field of optionsOf(row, without)) {
    const value = values[field.name];
    if (value === undefined) continue;
    if (field.in === 'query') query[field.name] = String(value);
    else body[field.name] = bodyValue(field, value);
  }
  const headers: Record<string, string> = {};
  if (typeof values.ifMatch === 'string') headers['If-Match'] = values.ifMatch;
  if (typeof values.idempotencyKey === 'string') headers['Idempotency-Key'] = values.idempotencyKey;
  return { query, body, headers };
}

/** What is not of the field's kind stays as it is written: the row's schema says what is accepted. */
function bodyValue({ name, kind }: Field, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  switch (kind) {
    case 'number':
      return /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
    case 'boolean':
      return { true: true, false: false }[value] ?? value;
    case 'json':
      return jsonFrom(value, `--${optionName(name)}`);
    default:
      return value;
  }
}

function bodyFrom(file: string): Record<string, unknown> {
  const value = jsonFrom(readText(file), '--body');
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw usage('--body: found no object; accepted: one JSON object.');
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw usage(`--body: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function jsonFrom(text: string, option: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw usage(`${option}: found no JSON; accepted: JSON, in quotes of the shell.`);
  }
}
