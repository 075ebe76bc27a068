import { expect, it } from 'vitest';
import { exactly, isWhole, tried } from '../vitest/whole-search.ts';
import { runExplorer } from './run-explorer.ts';
import { scenes } from './scenes.ts';

it('no invariant breaks in any schedule of several workers with a preemption', async () => {
  const met = tried(scenes, 4).map(({ name }) => name);
  const scene = ['--scene', exactly(met)];
  const { exitCode, said } = await runExplorer('--interleave', '--layout', 'pointer', '--preemptions', '1', ...scene);
  console.log(said);
  expect(said.match(/\| \d+ schedules/g)).toHaveLength(met.length);
  // Anyone who sleeps goes on: each meeting has schedules that come to an end.
  expect(said).not.toMatch(/ 0 ends/);
  expect(said).toContain('no invariant breaks');
  expect(exitCode).toBe(0);
});

// For a push the rotation's meetings tell, also of workers with strange clocks. The whole of these takes minutes: `npm run explore -- --interleave --change network`.
const changes = [
  ['keyless', '\\| one message, two|turn keys on'],
  ['network', 'the change first'],
  ['access', 'take all.*opposite|the change first'],
] as const;
it.each(isWhole ? changes : [])(
  'no invariant breaks in any schedule with a preemption of workers and operators at a change of %s, or at one and a rotation',
  async (change, scene) => {
    const args = ['--change', change, '--scene', scene, '--preemptions', '1'];
    const { exitCode, said } = await runExplorer('--interleave', ...args);
    console.log(said);
    expect(said).toMatch(/beside a rotation.* [1-9]\d* ends/);
    expect(said).not.toMatch(/ 0 ends/);
    expect(said).toContain('no invariant breaks');
    expect(exitCode).toBe(0);
  },
  600_000,
);

it('a schedule shows that a rule of the lease is missed', async () => {
  const args = ['--layout', 'pointer', '--preemptions', '1', '--scene', 'one message, two workers'];
  const { exitCode, said } = await runExplorer('--interleave', '--without', 'lease: who finds it held', ...args);
  expect(said).toMatch(/BREACH: \d: /);
  expect(exitCode).toBe(1);
});
