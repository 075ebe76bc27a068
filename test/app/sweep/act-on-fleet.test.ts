import { expect, it } from 'vitest';
import { actOnFleet } from '../../../src/app/sweep/act-on-fleet.ts';
import { loadTarget } from '../../../src/app/targets/load-target.ts';
import type { Target } from '../../../src/keys/target.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildFleet } from '../../rotation/schedule/fleet-builder.ts';

const target = buildTarget({ policy: { firstRotation: 'auto' } });

/** A target that is due, as the sweep has read it. */
async function due() {
  const { world } = await openTarget(target, 'key1');
  world.clock.advance(target.policy.rotateEveryMs);
  const read = await loadTarget(world.ports, { target, origin: 'declared', blocked: null });
  if (read.kind !== 'member') throw new TypeError(read.kind);
  const failed: [Target, string][] = [];
  const act = () =>
    actOnFleet(world.ports, [read.member], buildFleet(), (of, error) => failed.push([of, error.failure.code]));
  return { world, member: read.member, failed, act };
}

it('a target that is started is told as it is then, by the clock of the save', async () => {
  const { world, member, act } = await due();
  world.adversary.before = ({ operation }) => {
    if (operation === 'save') world.clock.advance(5_000);
  };
  const [acted] = await act();
  expect(acted).toMatchObject({ answer: { kind: 'start' }, row: { rotation: { kind: 'preparing' } } });
  expect(acted?.nowMs).toBe(world.journal.load()?.storageNowMs);
  expect(acted?.nowMs).toBeGreaterThanOrEqual(member.nowMs + 5_000);
});

it('a target that could not be started has no answer, and is told of', async () => {
  const { world, member, failed, act } = await due();
  world.adversary.before = ({ operation }) => {
    if (operation === 'save') throw new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null });
  };
  const [acted] = await act();
  expect(acted).toMatchObject({ answer: null, row: { rotation: null } });
  expect([failed, acted?.target]).toEqual([[[target, 'ServerBusy']], member.target]);
});

it('a target whose row cannot be read any more stands as it was read', async () => {
  const { world, member, failed, act } = await due();
  world.adversary.before = ({ operation }) => {
    if (operation === 'load') throw new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null });
  };
  expect(await act()).toEqual([{ ...member, answer: null }]);
  expect(failed).toHaveLength(1);
});
