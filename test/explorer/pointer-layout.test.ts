import { expect, it } from 'vitest';
import { runExplorer } from './run-explorer.ts';

it('no invariant breaks in any life in which the adversary moves once while the old key is kept for stragglers', async () => {
  const { exitCode, said } = await runExplorer('--budget', '1', '--layout', 'stragglers');
  expect(said).toMatch(/budget 1: \d+ new states, \d+ transitions, all of them/);
  expect(said).toContain('no invariant breaks');
  expect(exitCode).toBe(0);
});

it('no invariant breaks in any life in which the adversary moves once, nor in those with two moves that time allows, pointer layout', async () => {
  const { exitCode, said } = await runExplorer('--budget', '2', '--minutes', '0.1', '--layout', 'pointer');
  console.log(said);
  expect(said).toMatch(/budget 1: \d+ new states, \d+ transitions, all of them/);
  expect(said).toMatch(/budget 2: \d{3,} new states/);
  expect(said).toContain('no invariant breaks');
  expect(exitCode).toBe(0);
}, 900_000);
