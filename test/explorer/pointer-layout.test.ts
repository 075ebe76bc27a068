import { expect, it } from 'vitest';
import { runExplorer } from './run-explorer.ts';

it('no invariant breaks in any life in which the adversary moves twice, pointer layout', async () => {
  const { exitCode, said } = await runExplorer('--budget', '2', '--minutes', '15', '--layout', 'pointer');
  console.log(said);
  expect(said).toMatch(/budget 2: \d{6,} new states, \d{6,} transitions, all of them/);
  expect(said).toContain('no invariant breaks');
  expect(exitCode).toBe(0);
}, 900_000);
