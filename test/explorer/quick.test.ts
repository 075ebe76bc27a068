import { expect, it } from 'vitest';
import { runExplorer } from './run-explorer.ts';

// `npm run test:attacks` goes on from here: the other layouts, a copy, two moves.
it('no invariant breaks in any life in which the adversary moves once, pointer layout', async () => {
  const { exitCode, said } = await runExplorer('--budget', '1', '--layout', 'pointer');
  expect(said).toMatch(/budget 1: \d+ new states, \d+ transitions, all of them/);
  expect(said).toContain('no invariant breaks');
  expect(exitCode).toBe(0);
});
