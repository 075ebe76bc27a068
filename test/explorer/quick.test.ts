import { expect, it } from 'vitest';
import { runExplorer } from './run-explorer.ts';

// `npm run test:attacks` goes on from here.
it('no invariant breaks in any life in which the adversary moves once, in any layout, and with a copy', async () => {
  const { exitCode, said } = await runExplorer('--budget', '1');
  expect(said.match(/budget 1: \d+ new states, \d+ transitions, all of them/g)).toHaveLength(3);
  expect(said).toContain('no invariant breaks');
  expect(exitCode).toBe(0);
});
