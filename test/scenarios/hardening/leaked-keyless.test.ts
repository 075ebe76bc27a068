import { describe, expect, it } from 'vitest';
import type { Slot } from '../../../src/shared/slot.ts';
import { currentKey } from '../simulated-keyturn.ts';
import { rowOf } from '../steered-rotation.ts';
import { consumerId, type HardeningKeyturn, hardeningKeyturn, keyturnId, operator } from './hardening-keyturn.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const confirm = ['keys-in-use', 'no-identities-named'];
const replacedAtOnce = 'Its replacement begins at once when keys are on again.';

/** Adopted, with roles for Keyturn and a consumer, so that keys can be turned off. */
async function adopted(change: Parameters<typeof hardeningKeyturn>[0] = {}) {
  const world = hardeningKeyturn(change);
  await world.app.adopt('demo', { activeSlot: 'key1' }, operator);
  world.grant(keyturnId, 'Cognitive Services Language Reader', world.target.account.armId);
  world.grant(consumerId, 'Cognitive Services Language Reader', world.target.account.armId);
  return world;
}

const turnOff = (world: HardeningKeyturn, more = {}) =>
  world.keyless(true, { identities: [consumerId], confirm, ...more });

async function keysOff() {
  const world = await adopted();
  await turnOff(world);
  await world.deliver();
  expect(world.account.resource.properties.disableLocalAuth).toBe(true);
  return world;
}

const report = ({ app }: HardeningKeyturn, slot: Slot, more: { dryRun?: boolean } = {}) =>
  app.leak('demo', { slot, dryRun: false, reason: 'found in a log', overlapSeconds: 60, ...more }, operator);

const shown = async ({ app }: HardeningKeyturn) => {
  const answer = await app.readTarget('demo');
  if (answer.kind !== 'found') throw new TypeError(answer.kind);
  return answer.target;
};

const measured = ({ journal }: HardeningKeyturn) => ({
  target: journal.log.findLast(({ event }) => event === 'target-measured'),
  fleet: journal.log.findLast(({ event }) => event === 'fleet-measured'),
});

describe('a leaked key that is reported while keys are off', () => {
  it('is noted, and says that it is not accepted and what becomes of it', async () => {
    const world = await keysOff();
    const detail = `The key in key1 was reported as leaked. Keys are turned off on this account, and it is not accepted now. ${replacedAtOnce}`;
    expect(await report(world, 'key1')).toEqual({
      kind: 'noted',
      detail,
      preview: {
        ...{ slot: 'key1', role: 'active', inFlight: null, overlapSeconds: 60, waitsFor: 'keys-on' },
        ...{ keyEndsAt: null, consumersMayFailUntil: null },
        heldBy: expect.any(Array),
        effect: expect.stringMatching(/^The account takes no keys.*Then: Consumers move to the other key/),
      },
    });
    await world.deliver();
    const target = await shown(world);
    expect(target).toMatchObject({ state: 'leaked', detail, rotation: null });
    expect(target.leakedKeys).toMatchObject([
      { slot: 'key1', by: operator.objectId, reason: 'found in a log', failure: 'local-auth-disabled' },
    ]);
    expect(target.schedule).toMatchObject({ answer: 'leave', reason: 'keyless' });
  });

  it('is replaced without a person when keys are turned on, which asks for its name', async () => {
    const world = await keysOff();
    const leaked = currentKey(world.account, 'key1');
    await report(world, 'key1');
    await world.deliver();
    expect(await world.keyless(false)).toMatchObject({
      kind: 'not-confirmed',
      open: [{ name: 'leaked-key1', level: 'confirm', text: expect.stringContaining('key1') }],
    });
    expect(currentKey(world.account, 'key1')).toBe(leaked);
    await world.keyless(false, { confirm: ['leaked-key1'] });
    expect(rowOf(world.journal)).toMatchObject({ keyless: null, leak: { slot: 'key1', overlapMs: 60_000 } });
    expect(await shown(world)).toMatchObject({ state: 'leaked', detail: expect.stringContaining('in flight') });
    await world.deliver();
    expect(currentKey(world.account, 'key1')).not.toBe(leaked);
    const target = await shown(world);
    expect(target).toMatchObject({ leakedKeys: [], activeSlot: 'key2', rotation: null });
    expect(target.lastCompletedAt).not.toBeNull();
  });

  it('is replaced with the sweep if the message of that is lost', async () => {
    const world = await keysOff();
    const leaked = currentKey(world.account, 'key1');
    await report(world, 'key1');
    await world.deliver();
    await world.keyless(false, { confirm: ['leaked-key1'] });
    world.journal.queue.splice(0);
    world.clock.advance(5 * minuteMs);
    await world.app.sweep();
    await world.deliver();
    expect(currentKey(world.account, 'key1')).not.toBe(leaked);
  });

  it('stays visible for a year, and is no overdue rotation', async () => {
    const world = await keysOff();
    await report(world, 'key1');
    world.clock.advance(365 * dayMs);
    await world.app.sweep();
    await world.deliver();
    await world.app.sweep();
    expect(measured(world)).toMatchObject({
      target: { status: 'leaked', dueInDays: null },
      fleet: { leaked: 1, overdue: 0, due: 0 },
    });
    expect(await world.app.readFleet()).toMatchObject({ fleet: { leaked: ['demo'], overdue: [] } });
    expect(world.log.filter(({ event }) => event === 'leaked-key-not-checked')).toEqual([]);
  });

  it('is known already when it is reported again, and nothing changes', async () => {
    const world = await keysOff();
    await report(world, 'key1');
    await world.deliver();
    const before = JSON.stringify(rowOf(world.journal));
    expect(await report(world, 'key1')).toMatchObject({ kind: 'noted' });
    expect(JSON.stringify(rowOf(world.journal))).toBe(before);
  });

  it('is not written down by a dry run', async () => {
    const world = await keysOff();
    const before = JSON.stringify(rowOf(world.journal));
    expect(await report(world, 'key1', { dryRun: true })).toMatchObject({
      kind: 'previewed',
      preview: { waitsFor: 'keys-on', keyEndsAt: null },
    });
    expect(JSON.stringify(rowOf(world.journal))).toBe(before);
  });

  it.each<[Slot, Slot]>([
    ['key1', 'key2'],
    ['key2', 'key1'],
  ])('is replaced with the other one, %s reported before %s, and nobody is given either', async (first, second) => {
    const world = await keysOff();
    const leaked = new Set([currentKey(world.account, 'key1'), currentKey(world.account, 'key2')]);
    expect(await report(world, first)).toMatchObject({ kind: 'noted' });
    expect(await report(world, second)).toMatchObject({ kind: 'noted' });
    await world.keyless(false, { confirm: ['leaked-key1', 'leaked-key2'] });
    const beganMs = world.clock.nowMs();
    const given = new Set<string>();
    let endedMs: number | null = null;
    world.afterEachCall(async () => {
      const pointed = world.vault.secrets.find(({ name }) => name === 'ai-services-active-key')?.versions.at(-1)?.value;
      if (pointed === 'key2') given.add(currentKey(world.account, 'key2'));
      if (!leaked.has(currentKey(world.account, 'key1'))) endedMs ??= world.clock.nowMs();
    });
    await world.deliver();
    for (const key of given) expect(leaked.has(key)).toBe(false);
    // Both end after the overlaps that were stated, not after the target's own.
    expect((endedMs ?? Number.POSITIVE_INFINITY) - beganMs).toBeLessThan(20 * minuteMs);
    expect(await shown(world)).toMatchObject({ leakedKeys: [] });
  });

  it('keeps neither adoption nor repair from telling that keys are off, and outlives both', async () => {
    const world = await keysOff();
    await report(world, 'key1');
    await world.deliver();
    expect(await world.app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({
      reason: 'local-auth-disabled',
    });
    expect(await world.app.repair('demo', operator)).toMatchObject({ reason: 'local-auth-disabled' });
    expect(rowOf(world.journal)).toMatchObject({ leak: { slot: 'key1' }, leaks: [{ slot: 'key1' }] });
  });

  it('is known again to a row that was lost', async () => {
    const world = await keysOff();
    await report(world, 'key1');
    world.journal.journal.row = null;
    world.clock.advance(3 * hourMs);
    await world.app.sweep();
    expect(rowOf(world.journal).leaks).toMatchObject([{ slot: 'key1' }]);
    expect(await shown(world)).toMatchObject({ state: 'leaked' });
  });

  it('lets no other rotation begin, and no start is told to be in its way', async () => {
    const world = await keysOff();
    await report(world, 'key1');
    expect(await world.app.startRotation('demo', { inactiveKeyUnused: true }, operator)).toMatchObject({
      kind: 'not-now',
      reason: 'keyless',
      rotationId: null,
    });
  });
});

describe('a leaked key that nothing replaced before keys were turned off', () => {
  it('is replaced at once when they are on again', async () => {
    const world = await adopted();
    const leaked = currentKey(world.account, 'key1');
    const begun = await report(world, 'key1');
    const id = begun.kind === 'begun' ? begun.rotation.id : '';
    await world.app.cancel('demo', id, operator, ['leaked-key1']);
    await world.deliver();
    await turnOff(world);
    await world.deliver();
    await world.keyless(false, { confirm: ['leaked-key1'] });
    await world.deliver();
    expect(currentKey(world.account, 'key1')).not.toBe(leaked);
    expect(await shown(world)).toMatchObject({ leakedKeys: [] });
  });
});

describe('a leaked key that is reported while keys are being turned off', () => {
  it('before Azure shows it is noted, and may still be accepted', async () => {
    const world = await adopted();
    // Azure takes the change, and shows it later.
    let told = false;
    world.afterEachCall(async () => {
      if (told || world.azure.calls.at(-1)?.method !== 'PATCH') return;
      told = true;
      expect(await shown(world)).toMatchObject({
        state: 'keyless',
        detail: expect.stringContaining('being turned off'),
      });
      expect(await report(world, 'key1')).toMatchObject({
        kind: 'noted',
        detail: `The key in key1 was reported as leaked. Keys are being turned off on this account, and it may still be accepted until Azure shows that. ${replacedAtOnce}`,
      });
    });
    await turnOff(world);
    expect(told).toBe(true);
  });

  it('is replaced at once when that is reverted', async () => {
    const world = await adopted();
    world.azure.world.pace.localAuthMs = 40 * minuteMs;
    const leaked = currentKey(world.account, 'key1');
    await turnOff(world, { proveWithinMinutes: 30 });
    expect(await report(world, 'key1')).toMatchObject({
      kind: 'noted',
      detail: expect.stringContaining('gateways may still accept it'),
    });
    await world.deliver();
    expect(currentKey(world.account, 'key1')).not.toBe(leaked);
    expect(await shown(world)).toMatchObject({ leakedKeys: [], activeSlot: 'key2' });
  });
});

describe('a leaked key of a target that is declared keyless', () => {
  it('is noted, and replaced when the settings say so no more', async () => {
    const world = await adopted({ policy: { keyless: true } });
    expect(await report(world, 'key1')).toMatchObject({
      kind: 'noted',
      detail: `The key in key1 was reported as leaked. Keys are turned off on this account, or are being turned off. ${replacedAtOnce}`,
    });
    world.clock.advance(10 * minuteMs);
    await world.app.sweep();
    await world.deliver();
    expect(rowOf(world.journal)).toMatchObject({ rotation: null, leak: { slot: 'key1' } });
    const leaked = currentKey(world.account, 'key1');
    Object.assign(world.target.policy, { keyless: false });
    await world.app.sweep();
    await world.deliver();
    expect(currentKey(world.account, 'key1')).not.toBe(leaked);
    expect(await shown(world)).toMatchObject({ leakedKeys: [] });
  });
});
