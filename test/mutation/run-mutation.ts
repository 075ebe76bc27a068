import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compilerOf } from './compiler.ts';
import { testsThatImport } from './import-graph.ts';
import { marked } from './mark.ts';
import { type Mutant, mutated } from './mutants.ts';
import type { Reached } from './note-reached.ts';
import { type TestRunner, testRunner } from './run-tests.ts';
import { sampled } from './sampled.ts';

export interface MutationRun {
  /** Folder with a tsconfig.json and a vitest.config.ts; it is copied, and never written to. */
  readonly root: string;
  /** Folder or file whose code is changed, relative to the root. */
  readonly folder: string;
  readonly seed: number;
  /** How many mutants that compile. */
  readonly sample: number;
  /** Glob of the test files. */
  readonly tests: string;
  /** Test files that this fits are left out. */
  readonly without: RegExp | null;
  /** Only mutants of the sample with these numbers; null for all. */
  readonly numbers: readonly number[] | null;
}

/** What became of a mutant. */
type Outcome =
  | { readonly kind: 'noticed'; readonly by: string }
  | { readonly kind: 'unnoticed'; readonly detail: string };

export interface Judged {
  readonly number: number;
  readonly mutant: Mutant;
  /** The line before the change, and the changed text. */
  readonly line: string;
  readonly replaced: string;
  readonly outcome: Outcome;
}

// A run that takes so much longer than the same tests took without the change has met an endless loop.
const leastMs = 60_000;
const patience = 5;
const longestRunMs = 3_600_000;

/**
 * Changes the code of a folder, one change at a time, and asks the tests that run it.
 * @param tell Told of each mutant as soon as its outcome is known.
 * @throws if tests fail without any change.
 */
export async function runMutation(run: MutationRun, tell: (judged: Judged) => void): Promise<readonly Judged[]> {
  const compiler = compilerOf(run.root);
  const copy = copyOf(run.root);
  const runner = testRunner(copy, reachedFileIn(copy));
  try {
    const mutants = new Map(
      [...sampled(run, filesIn(run), compiler).entries()]
        .map(([index, mutant]) => [index + 1, mutant] as const)
        .filter(([number]) => run.numbers?.includes(number) ?? true),
    );
    const files = [...new Set([...mutants.values()].map(({ file }) => file))];
    const tests = testsThatImport(copy, run.tests, files)
      .filter((file) => !(run.without?.test(file) ?? false))
      .map((file) => path.join(copy, file));
    const reach = tests.length === 0 ? null : await whoReaches(copy, runner, tests, mutants);
    let last = files.map((file) => path.join(copy, file));
    const all: Judged[] = [];
    for (const [number, mutant] of mutants) {
      const file = path.join(copy, mutant.file);
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, mutated(text, mutant));
      const outcome = await outcomeOf(runner, [...last, file], reach?.get(number) ?? []);
      writeFileSync(file, text);
      last = [file];
      const line = text.split('\n')[mutant.line - 1]?.trim() ?? '';
      const judged = { number, mutant, line, replaced: text.slice(mutant.start, mutant.end), outcome };
      all.push(judged);
      tell(judged);
    }
    return all;
  } finally {
    runner.close();
    compiler.close();
    rmSync(copy, { recursive: true, force: true });
  }
}

/** The tests that run a mutant's code, file by file, the quickest first; null if code outside a test runs it. */
interface Reaching {
  readonly file: string;
  readonly names: readonly string[] | null;
  readonly tookMs: number;
}

async function outcomeOf(
  runner: TestRunner,
  changed: readonly string[],
  reaching: readonly Reaching[],
): Promise<Outcome> {
  if (reaching.length === 0) return { kind: 'unnoticed', detail: 'no test runs it' };
  const longestMs = leastMs + patience * reaching.reduce((sum, { tookMs }) => sum + tookMs, 0);
  let ran = 0;
  // What is made once and kept is run only by the first test of a file, and the others may notice it all the same.
  for (const tests of [reaching, wholeFiles(reaching)].filter((list) => list.length > 0)) {
    const result = await runner.run({ changed, tests }, longestMs);
    if (result.kind === 'timed-out') return { kind: 'noticed', by: 'a test that did not end' };
    const [by] = result.failed;
    if (by !== undefined) return { kind: 'noticed', by };
    if (result.passed === 0) throw new Error(`None of the tests ran that reach the change: ${reaching[0]?.file}`);
    if (tests === reaching) ran = result.passed;
  }
  return { kind: 'unnoticed', detail: `${ran} tests of ${reaching.length} files run it` };
}

/** The files of which only some tests run a mutant's code, with all of their tests. */
function wholeFiles(reaching: readonly Reaching[]): readonly Reaching[] {
  return reaching.filter(({ names }) => names !== null).map((one) => ({ ...one, names: null }));
}

/** Runs the tests once over marked files; answers who comes by each mutant. */
async function whoReaches(
  root: string,
  runner: TestRunner,
  tests: readonly string[],
  mutants: ReadonlyMap<number, Mutant>,
): Promise<ReadonlyMap<number, readonly Reaching[]>> {
  const files = [...new Set([...mutants.values()].map(({ file }) => file))].map((name) => {
    const file = path.join(root, name);
    return { name, file, text: readFileSync(file, 'utf8') };
  });
  for (const { name, file, text } of files)
    writeFileSync(file, marked(text, new Map([...mutants].filter(([, mutant]) => mutant.file === name))));
  const changed = files.map(({ file }) => file);
  const result = await runner.run({ changed, tests: tests.map((file) => ({ file, names: null })) }, longestRunMs);
  for (const { file, text } of files) writeFileSync(file, text);
  if (result.kind === 'timed-out') throw new Error('The tests did not end within an hour, without any change.');
  if (result.failed.length > 0) throw new Error(`Tests fail without any change: ${result.failed.join('; ')}`);

  const reach = new Map<number, Reaching[]>();
  for (const line of readFileSync(reachedFileIn(root), 'utf8').split('\n').filter(Boolean)) {
    const { file, byTest }: Reached = JSON.parse(line);
    for (const number of new Set(Object.values(byTest).flat())) {
      const names = Object.keys(byTest).filter((name) => byTest[name]?.includes(number));
      const one = { file, names: names.includes('') ? null : names, tookMs: result.tookMs[file] ?? 0 };
      reach.set(
        number,
        [...(reach.get(number) ?? []), one].sort((a, b) => a.tookMs - b.tookMs),
      );
    }
  }
  return reach;
}

const reachedFileIn = (root: string) => path.join(root, 'mutation-reached.jsonl');

function filesIn({ root, folder }: MutationRun): readonly string[] {
  if (statSync(path.join(root, folder)).isFile()) return [folder];
  return globSync(`${folder}/**/*.ts`, { cwd: root }).sort();
}

/** A copy of the tree that shares the installed packages, but none of the caches. */
function copyOf(root: string): string {
  const copy = mkdtempSync(path.join(tmpdir(), 'keyturn-mutation-'));
  const left = ['node_modules', '.git', 'dist', '.keyturn'];
  cpSync(root, copy, { recursive: true, filter: (from) => !left.includes(path.relative(root, from)) });
  const packages = path.resolve(import.meta.dirname, '../../node_modules');
  mkdirSync(path.join(copy, 'node_modules'));
  for (const entry of readdirSync(packages).filter((name) => !name.startsWith('.') || name === '.bin'))
    symlinkSync(path.join(packages, entry), path.join(copy, 'node_modules', entry));
  return copy;
}
