import { wrapped } from '../screen/wrapped.ts';
import { colors } from './colors.ts';
import { instantText } from './when.ts';

const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/**
 * An answer for a person: a line a member, what is in it below it; what is null or empty is left out.
 * @param width columns that a line may have
 */
export function recordLines(value: unknown, width: number, nowMs: number, indent = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => itemLines(item, width, nowMs, indent));
  if (typeof value !== 'object' || value === null)
    return [wrapped(`${indent}${scalarText(value, nowMs)}`, undefined, width)];
  const members = Object.entries(value).filter(([, member]) => !isEmpty(member));
  const names = members
    .filter(([, member]) => typeof member !== 'object' || isWords(member))
    .map(([name]) => name.length);
  const column = Math.max(0, ...names) + 2;
  return members.flatMap(([name, member]) => {
    if (typeof member === 'object' && !isWords(member))
      return [`${indent}${colors.dim(name)}`, ...recordLines(member, width, nowMs, `${indent}  `)];
    const text = Array.isArray(member) ? member.join(', ') : scalarText(member, nowMs);
    const line = wrapped(`${indent}${name.padEnd(column)}${text}`, indent.length + column, width);
    return [`${indent}${colors.dim(name)}${line.slice(indent.length + name.length)}`];
  });
}

function itemLines(item: unknown, width: number, nowMs: number, indent: string): string[] {
  const [first = '', ...more] = recordLines(item, width, nowMs, `${indent}  `);
  return [`${indent}- ${first.slice(indent.length + 2)}`, ...more];
}

/** Short words in a list stand in one line. */
function isWords(member: unknown): member is readonly string[] {
  return Array.isArray(member) && member.every((one) => typeof one === 'string' && one.length <= 40);
}

function isEmpty(member: unknown): boolean {
  if (member === null || member === undefined) return true;
  return typeof member === 'object' && Object.values(member).every(isEmpty);
}

function scalarText(value: unknown, nowMs: number): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' && instantPattern.test(value) ? instantText(value, nowMs) : String(value);
}

/** `rotation.state` and its value with a tab between, a line each; for programs. */
export function flatLines(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [`${path}\t${String(value).replaceAll(/[\t\r\n]+/g, ' ')}`];
  return Object.entries(value).flatMap(([name, member]) => flatLines(member, path === '' ? name : `${path}.${name}`));
}
