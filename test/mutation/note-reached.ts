import { appendFileSync } from 'node:fs';
import { afterAll, beforeEach, expect } from 'vitest';

/** Numbers of mutants by the full name of the test that reaches them. */
export interface Reached {
  readonly file: string;
  readonly byTest: Readonly<Record<string, readonly number[]>>;
}

/**
 * Runs around every test file of a marked tree: notes which test reaches which mutant, one JSON line a file. What runs
 * while the file is loaded, outside any test, belongs to all its tests: it is noted under the empty name.
 */
const reached = new Map<string, Set<number>>();
let current = '';

Object.assign(globalThis, {
  reachedMutants: (...numbers: readonly number[]) => {
    const so = reached.get(current) ?? new Set();
    for (const number of numbers) so.add(number);
    reached.set(current, so);
  },
});

beforeEach(({ task }) => {
  current = task.fullTestName;
});

afterAll(() => {
  const byTest = Object.fromEntries([...reached].map(([name, numbers]) => [name, [...numbers]]));
  const line: Reached = { file: expect.getState().testPath ?? '', byTest };
  const to = process.env.MUTATION_REACHED;
  if (to !== undefined) appendFileSync(to, `${JSON.stringify(line)}\n`);
});
