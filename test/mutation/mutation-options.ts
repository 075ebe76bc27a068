import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { MutationRun } from './run-mutation.ts';

export const help = `npm run test:mutation -- --folder src/hardening/keyless [--seed 1] [--sample 40] [--tests GLOB] [--without PATTERN] [--number 3,7]

Makes small changes to the code of a folder, one at a time and in a copy of the tree: a condition negated, a guard or a
statement dropped, < for <=, && for ||, an entry of a list or a property left out, another string of a union, another number.
Changes that do not compile are not counted. The tests run once, to learn which of them run the changed code; for each change those
run until one fails. Lists what no test noticed; the exit code is 1 if there is any.

  --folder PATH      a folder or a file of the code
  --seed N           decides which changes are made, from 0 (default 1)
  --sample N         how many changes, each on another line, from 1 (default 40)
  --tests GLOB       test files to ask (default test/**/*.test.ts)
  --without PATTERN  leaves test files out that this regular expression fits, such as 'explorer|soak'
  --number N,N       only changes of the sample with these numbers, such as those that were not noticed
  --help             this text
`;

const texts = ['folder', 'seed', 'sample', 'tests', 'without', 'number'] as const;

/** What was asked for, or the text to show instead. */
export function readMutationOptions(args: readonly string[], root: string): MutationRun | string {
  const { values, tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: {
      ...Object.fromEntries(texts.map((name) => [name, { type: 'string' } as const])),
      help: { type: 'boolean' },
    },
  });
  for (const token of tokens) {
    if (token.kind === 'positional') return `${token.value} is no option; --help shows what is`;
    if (token.kind !== 'option' || token.name === 'help') continue;
    if (!texts.some((name) => name === token.name))
      return `${token.rawName} is no option; there are ${texts.map((name) => `--${name}`).join(', ')}`;
    if (typeof token.value !== 'string') return `--${token.name} takes a value; --help shows which`;
  }
  if (values.help === true) return help;
  const text = (name: (typeof texts)[number]): string | null => {
    const value = values[name];
    return typeof value === 'string' ? value : null;
  };
  const problems: string[] = [];
  const whole = (name: 'seed' | 'sample', least: number, standard: number) => {
    const value = text(name) ?? String(standard);
    if (!/^\d{1,6}$/.test(value) || Number(value) < least)
      problems.push(`--${name} takes a whole number from ${least} to 999999, not ${value}`);
    return Number(value);
  };
  const folder = text('folder');
  if (folder === null) return '--folder is missing; --help shows an example';
  if (!existsSync(join(root, folder))) problems.push(`--folder takes a folder or a file of the code, not ${folder}`);
  const numbers = text('number');
  if (numbers !== null && !/^\d+(,\d+)*$/.test(numbers))
    problems.push(`--number takes numbers with commas between them, not ${numbers}`);
  let without: RegExp | null = null;
  try {
    without = text('without') === null ? null : new RegExp(text('without') ?? '');
  } catch {
    problems.push(`--without takes a regular expression, not ${text('without')}`);
  }
  const run: MutationRun = {
    root,
    folder,
    seed: whole('seed', 0, 1),
    sample: whole('sample', 1, 40),
    tests: text('tests') ?? 'test/**/*.test.ts',
    without,
    numbers: numbers?.split(',').map(Number) ?? null,
  };
  return problems[0] ?? run;
}
