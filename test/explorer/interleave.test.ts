import { expect, it } from 'vitest';
import { runExplorer } from './run-explorer.ts';
import { scenes } from './scenes.ts';

it('no invariant breaks in any schedule of several workers with a preemption', async () => {
  const { exitCode, said } = await runExplorer('--interleave', '--layout', 'pointer', '--preemptions', '1');
  console.log(said);
  expect(said.match(/\| \d+ schedules/g)).toHaveLength(scenes.length);
  expect(said).toContain('no invariant breaks');
  expect(exitCode).toBe(0);
}, 600_000);

it('a schedule shows that a rule of the lease is missed', async () => {
  const args = ['--layout', 'pointer', '--preemptions', '1', '--scene', 'one message, two workers'];
  const { exitCode, said } = await runExplorer('--interleave', '--without', 'lease: who finds it held', ...args);
  expect(said).toMatch(/BREACH: \d: /);
  expect(exitCode).toBe(1);
}, 300_000);
