import { describe, expect, it } from 'vitest';
import type { Target } from '../../../src/keys/target.ts';
import type { RotationPlan } from '../../../src/rotation/requests/plan-rotation.ts';
import { beginLife, type Life, operator } from '../../memory-world/life.ts';
import { askForRotation, openTarget } from '../../memory-world/open-target.ts';
import { buildCopy, buildTarget } from '../../memory-world/target-builder.ts';
import { rowOf } from '../row-of.ts';
import { doOutside } from '../whole/outside.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const pointer = buildTarget();
const direct = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });
const controlPlane = buildTarget({ policy: { probe: 'control-plane-only' } });

async function preview(life: Life, inactiveKeyUnused = true): Promise<RotationPlan> {
  const { worker, app } = life.start();
  const answer = await life.during(worker, app.previewRotation('demo', { inactiveKeyUnused }));
  if (answer === 'died' || answer.kind !== 'previewed') throw new TypeError(JSON.stringify(answer));
  return answer.plan;
}

/** What a rotation asks of Azure, state by state, and when each state begins. */
async function rotated(life: Life) {
  const counts = new Map<
    string,
    { resourceManager: number; vaultReads: number; vaultWrites: number; endpoint: number }
  >();
  const beganAtMs = new Map<string, number>();
  const { calls, clock } = life.world;
  await askForRotation(life);
  let from = calls.length;
  const note = () => {
    const state = rowOf(life)?.rotation?.kind ?? 'over';
    if (!beganAtMs.has(state)) beganAtMs.set(state, clock.nowMs());
    return state;
  };
  const push = calls.push.bind(calls);
  from = calls.length;
  calls.push = (call) => {
    const state = note();
    const found = counts.get(state) ?? { resourceManager: 0, vaultReads: 0, vaultWrites: 0, endpoint: 0 };
    if (call.service === 'arm') found.resourceManager += 1;
    if (call.service === 'vault')
      found[['set', 'set-tags', 'disable'].includes(call.operation) ? 'vaultWrites' : 'vaultReads'] += 1;
    if (call.service === 'endpoint') found.endpoint += 1;
    counts.set(state, found);
    return push(call);
  };
  await life.run(() => rowOf(life)?.rotation === null, clock.nowMs() + 48 * hourMs);
  expect(calls.length).toBeGreaterThan(from);
  return { counts, beganAtMs, endedAtMs: rowOf(life)?.lastEnd?.endedAtMs ?? 0 };
}

describe('the plan of a rotation', () => {
  it.each<[string, Target]>([
    ['with a pointer', pointer],
    ['with a direct value', direct],
    ['with copies', buildTarget({ copies: [buildCopy('web'), buildCopy('worker')] })],
    ['with a direct value and a copy of it', { ...direct, copies: [buildCopy('web')] }],
  ])(
    'names the very calls that the rotation then makes, and its times within half a minute, five seconds more with copies: %s',
    async (_, target) => {
      const life = await openTarget(target, 'key1');
      // The first rotation with a copy waits until it was seen for long enough.
      if (target.copies.length > 0) await rotated(life);
      life.world.clock.advance(5 * hourMs);
      const plan = await preview(life);
      expect(plan).toMatchObject({ blockedBy: [], waitsFor: null });
      const { counts, beganAtMs, endedAtMs } = await rotated(life);
      expect(plan.phases.map(({ state, calls }) => [state, calls])).toEqual(
        plan.phases.map(({ state }) => [
          state,
          counts.get(state) ?? { resourceManager: 0, vaultReads: 0, vaultWrites: 0, endpoint: 0 },
        ]),
      );
      expect([...beganAtMs.keys()].filter((state) => state !== 'over')).toEqual(plan.phases.map(({ state }) => state));
      for (const { state, from } of plan.phases)
        expect(Math.abs(Date.parse(from) - (beganAtMs.get(state) ?? 0)), state).toBeLessThan(
          target.copies.length > 0 ? 35_000 : 30_000,
        );
      expect(Math.abs(Date.parse(plan.endsAt ?? '') - endedAtMs)).toBeLessThan(minuteMs);
    },
  );

  it('calls no endpoint that may not be called', async () => {
    const life = await openTarget(controlPlane, 'key1');
    const { phases } = await preview(life);
    expect(phases.map(({ calls }) => calls.endpoint)).toEqual(phases.map(() => 0));
  });

  it('changes nothing', async () => {
    const life = await openTarget(pointer, 'key1');
    const before = { row: rowOf(life), keys: { ...life.world.account.keys }, queue: life.world.queue.length };
    const writes = () =>
      life.world.calls.filter(({ operation }) => ['set', 'disable', 'regenerate', 'save'].includes(operation));
    const made = writes().length;
    await preview(life);
    expect({ row: rowOf(life), keys: life.world.account.keys, queue: life.world.queue.length }).toEqual(before);
    expect(writes().length).toBe(made);
  });

  it('waits for a gate that is young, for as long as the rotation then does', async () => {
    const life = beginLife(pointer);
    const { worker, app } = life.start();
    await life.during(worker, app.adopt('demo', { activeSlot: 'key1' }, operator));
    const { waitsFor, phases } = await preview(life);
    const nowMs = life.world.clock.nowMs();
    expect(waitsFor?.reason).toBe('caches-not-expired');
    expect(Date.parse(waitsFor?.until ?? '') - nowMs).toBeLessThanOrEqual(pointer.policy.overlapMs + 2_000);
    expect(Date.parse(phases[1]?.from ?? '')).toBeGreaterThan(Date.parse(waitsFor?.until ?? ''));
    await askForRotation(life);
    await life.run(() => rowOf(life)?.rotation?.kind === 'publishing', nowMs + 24 * hourMs);
    expect(Math.abs(life.world.clock.nowMs() - Date.parse(phases[2]?.from ?? ''))).toBeLessThan(minuteMs);
  });

  it('waits a whole overlap for what was changed since it was last seen', async () => {
    const life = await openTarget(direct, 'key1');
    doOutside(life, direct, 'disable-pointer');
    life.world.vault.put({ name: 'ai-services-active-key', contentType: null, tags: {}, expiresAtMs: null }, 'key1');
    expect((await preview(life)).waitsFor?.reason).toBe('caches-not-expired');
  });

  it.each<[string, (life: Life) => void, string]>([
    [
      'keys are off',
      ({ world }) => void Object.assign(world.account, { facts: { ...world.account.facts, localAuthDisabled: true } }),
      'local-auth-disabled',
    ],
    ['the pointer is disabled', (life) => doOutside(life, pointer, 'disable-pointer'), 'pointer-disabled'],
    ['a key was regenerated elsewhere', (life) => doOutside(life, pointer, 'regenerate-active'), 'vault-stale'],
    ['the account is another one', ({ world }) => world.account.recreate(), 'account-recreated'],
  ])('is blocked if %s, by the reason for which the rotation would be suspended', async (_, prepare, reason) => {
    const life = await openTarget(pointer, 'key1');
    prepare(life);
    const plan = await preview(life);
    expect(plan.blockedBy.map((block) => block.reason)).toEqual([reason]);
    expect({ phases: plan.phases, endsAt: plan.endsAt }).toEqual({ phases: [], endsAt: null });
    await askForRotation(life);
    await life.run(() => rowOf(life)?.rotation?.kind === 'suspended', life.world.clock.nowMs() + hourMs);
    expect(rowOf(life)?.rotation).toEqual(expect.objectContaining({ kind: 'suspended', reason }));
  });

  it('is blocked by a rotation in flight', async () => {
    const life = await openTarget(pointer, 'key1');
    await askForRotation(life);
    expect((await preview(life)).blockedBy.map(({ reason }) => reason)).toEqual(['in-flight']);
  });

  it('is blocked until the operator says that nobody holds the inactive key, and by a pause: all at once', async () => {
    const life = await openTarget(pointer, 'key1');
    const { worker, app } = life.start();
    await life.during(worker, app.setPause({ paused: true, reason: null }, operator));
    const { blockedBy, newSlot } = await preview(life, false);
    expect(blockedBy.map(({ reason }) => reason)).toEqual(['inactive-key-confirmation-required', 'paused']);
    expect(newSlot).toBe('key2');
  });

  it.each<[reason: string, (life: Life) => void]>([
    ['not-adopted', ({ world }) => world.journal.restore(null)],
    [
      'newer-schema',
      ({ world: { journal } }) => journal.restore({ ...Object(journal.row?.fields), schemaVersion: 99 }),
    ],
  ])('is blocked by a row that tells of no keys, and asks Azure nothing: %s', async (reason, happens) => {
    const life = await openTarget(pointer, 'key1');
    happens(life);
    const before = life.world.calls.filter(({ service }) => service !== 'journal').length;
    const { blockedBy, newSlot, phases } = await preview(life);
    expect([blockedBy.map((one) => one.reason), newSlot, phases]).toEqual([[reason], null, []]);
    expect(life.world.calls.filter(({ service }) => service !== 'journal')).toHaveLength(before);
  });

  it('is blocked by what Azure refuses, with its reason', async () => {
    const life = await openTarget(pointer, 'key1');
    const { worker, app } = life.start({
      fault: ({ operation }) =>
        operation === 'listKeys' ? { kind: 'refused', reason: 'account-access-denied' } : null,
    });
    const answer = await life.during(worker, app.previewRotation('demo', { inactiveKeyUnused: true }));
    expect(answer).toEqual(
      expect.objectContaining({
        plan: expect.objectContaining({ blockedBy: [expect.objectContaining({ reason: 'account-access-denied' })] }),
      }),
    );
  });
});
