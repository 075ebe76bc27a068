import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { compilerOf } from './compiler.ts';
import { marked } from './mark.ts';
import type { Mutant } from './mutants.ts';
import { help, readMutationOptions } from './mutation-options.ts';
import { runMutation } from './run-mutation.ts';

const root = join(import.meta.dirname, 'fixture');
const repository = join(import.meta.dirname, '../..');

const treeNow = () => globSync('**/*.*', { cwd: root }).map((file) => [file, readFileSync(join(root, file), 'utf8')]);

it('tells which changes the tests notice, which they run without noticing, and which none runs', async () => {
  const before = treeNow();
  const run = { root, folder: 'src/limits.ts', seed: 7, sample: 9, tests: '*.check.ts', without: null, numbers: null };
  const told: unknown[] = [];
  const all = await runMutation(run, (judged) => told.push(judged));
  expect(told).toEqual(all);
  expect(all.map(({ mutant, outcome }) => [mutant.change, outcome]).sort()).toEqual([
    ['< to <=', { kind: 'unnoticed', detail: '1 tests of 1 files run it' }],
    ['=== to !==', { kind: 'unnoticed', detail: 'no test runs it' }],
    ['> to >=', { kind: 'noticed', by: 'limits.check.ts: is not above at the limit' }],
    ['entry dropped', { kind: 'noticed', by: 'limits.check.ts: has one step' }],
  ]);
  expect(treeNow()).toEqual(before);
});

it('knows these changes, and which of them compile', () => {
  const compiler = compilerOf(root);
  const mutants = compiler.mutantsOf('src/every-kind.ts');
  const text = readFileSync(join(root, 'src/every-kind.ts'), 'utf8');
  const told = mutants.map((mutant) => {
    const was = text.slice(mutant.start, mutant.end).trim();
    return `${compiler.compiles(mutant) ? '' : '(no) '}${mutant.line} ${mutant.change}: ${was} → ${mutant.text}`;
  });
  compiler.close();
  expect(told).toEqual([
    "2 string replaced: 'open' → 'closed'",
    "2 entry dropped: 'open', → ",
    "2 entry dropped: 'closed' → ",
    "2 string replaced: 'closed' → 'open'",
    "9 guard dropped: if (counts.length > 2) return 'too many'; → ",
    '9 condition negated: counts.length > 2 → !(counts.length > 2)',
    '9 > to >=: > → >=',
    '9 number replaced: 2 → 3',
    '10 statement dropped: note(kind); → ;',
    "11 only the first part: kind === 'open' && !kinds.includes(kind) → (kind === 'open')",
    "11 only the second part: kind === 'open' && !kinds.includes(kind) → (!kinds.includes(kind))",
    '11 === to !==: === → !==',
    "11 string replaced: 'open' → 'closed'",
    '11 && to ||: && → ||',
    '11 ! dropped: !kinds.includes(kind) → (kinds.includes(kind))',
    '12 filter dropped: counts.filter((count) => count > 0) → counts',
    '12 > to >=: > → >=',
    '12 number replaced: 0 → 1',
    '12 some to every: some → every',
    '12 + to -: + → -',
    '12 number replaced: 1 → 2',
    '12 > to >=: > → >=',
    '12 number replaced: 3 → 4',
    '(no) 13 property dropped: isOpen, → ',
    '(no) 13 property dropped: kept, → ',
    '13 property dropped: sure: true → ',
    '13 true to false: true → false',
  ]);
});

it('puts markers around changes that lie within one another', () => {
  const text = 'const sum = list.filter(isNew)?.length === 1;';
  const at = (start: number, end: number): Mutant => ({
    file: 'sum.ts',
    line: 1,
    change: 'any',
    start,
    end,
    text: '',
    around: { kind: 'expression', start, end },
  });
  const mutants = new Map([
    [1, at(12, 44)],
    [2, at(12, 38)],
    [3, at(43, 44)],
    [4, at(12, 44)],
  ]);
  expect(marked(text, mutants)).toBe(
    'const sum = (globalThis.reachedMutants?.(1, 4), (globalThis.reachedMutants?.(2), list.filter(isNew)?.length) === (globalThis.reachedMutants?.(3), 1));',
  );
});

it('puts markers into files of the code so that they can still be read', async () => {
  const compiler = compilerOf(repository);
  for (const file of globSync('src/{lockdown,functions,rotation/ownership}/*.ts', { cwd: repository })) {
    const mutants = new Map(compiler.mutantsOf(file).entries());
    const text = marked(readFileSync(join(repository, file), 'utf8'), mutants);
    await expect(transform(text, { loader: 'ts', sourcefile: file })).resolves.toBeDefined();
  }
  compiler.close();
});

describe('what is asked for', () => {
  it.each([
    ['no folder', [], '--folder is missing'],
    ['a folder that is none', ['--folder', 'src/nowhere'], '--folder takes a folder or a file of the code'],
    ['an unknown option', ['--seeds', '3'], '--seeds is no option; there are --folder, --seed'],
    ['a stray word', ['src/hardening/keyless'], 'src/hardening/keyless is no option'],
    [
      'no number of changes',
      ['--folder', 'src', '--sample', '0'],
      '--sample takes a whole number from 1 to 999999, not 0',
    ],
    ['an option without its value', ['--folder'], '--folder takes a value'],
    [
      'numbers that are none',
      ['--folder', 'src', '--number', '3;4'],
      '--number takes numbers with commas between them',
    ],
    ['a broken pattern', ['--folder', 'src', '--without', '('], '--without takes a regular expression, not ('],
  ])('refuses %s', (_, args, text) => {
    expect(readMutationOptions(args, repository)).toContain(text);
  });

  it('shows help', () => {
    expect(readMutationOptions(['--help'], repository)).toBe(help);
  });

  it('takes what is given', () => {
    const args = [
      '--folder',
      'src/hardening/keyless',
      '--seed',
      '7',
      '--sample=3',
      '--without',
      'soak',
      '--number',
      '2,3',
    ];
    expect(readMutationOptions(args, repository)).toEqual({
      root: repository,
      folder: 'src/hardening/keyless',
      seed: 7,
      sample: 3,
      tests: 'test/**/*.test.ts',
      without: /soak/,
      numbers: [2, 3],
    });
  });
});
