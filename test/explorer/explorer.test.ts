import { expect, it } from 'vitest';
import { runExplorer } from './run-explorer.ts';

it('no invariant breaks in any life in which the adversary moves once, nor in those that are reached in which it moves twice', async () => {
  const { exitCode, said } = await runExplorer('--budget', '2', '--minutes', '0.6');
  console.log(said);
  expect(said.match(/budget 1: \d+ new states, \d+ transitions, all of them/g)).toHaveLength(2);
  expect(said).toContain('no invariant breaks');
  expect(exitCode).toBe(0);
}, 240_000);
