import { expect, it } from 'vitest';
import { runExplorer } from './run-explorer.ts';

// All lives with two moves take five minutes: `npm run explore -- --budget 2`.
it('no invariant breaks in any life in which the adversary moves once, nor in those with two moves that time allows, direct layout', async () => {
  const { exitCode, said } = await runExplorer('--budget', '2', '--minutes', '0.1', '--layout', 'direct');
  console.log(said);
  expect(said).toMatch(/budget 1: \d+ new states, \d+ transitions, all of them/);
  expect(said).toMatch(/budget 2: \d{3,} new states/);
  expect(said).toContain('no invariant breaks');
  expect(exitCode).toBe(0);
}, 900_000);
