import { describe, expect, it } from 'vitest';
import { rotationIdOf } from '../../../src/rotation/state.ts';
import type { Slot } from '../../../src/shared/slot.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { cachedConsumer } from '../cached-consumer.ts';
import { currentKey, type SimulatedKeyturn } from '../simulated-keyturn.ts';
import { adopted, callsOf, deliverUntil, operator, rotating, rotationOf, rowOf } from '../steered-rotation.ts';

const leak = { dryRun: false, reason: 'found in a log', overlapSeconds: null } as const;
const whole = 2 * 3600;

/** As a person does it. */
function movePointer({ vault, clock }: SimulatedKeyturn, version: string, value: Slot): void {
  const pointer = vault.secrets.find(({ name }) => name === 'ai-services-active-key');
  const held = pointer?.versions.at(-1);
  if (pointer === undefined || held === undefined) throw new TypeError('no pointer');
  const created = Math.floor(clock.nowMs() / 1000);
  pointer.versions.push({ ...held, version, value, created, updated: created });
}

describe('a leaked key ends as its report says', () => {
  it('told in the same second as a rollback: consumers leave it first, and keep it for the overlap that was stated', async () => {
    const { keyturn, consumers, id } = await rotating();
    const { app, account, journal, clock } = keyturn;
    await deliverUntil(keyturn, () => rotationOf(journal)?.kind === 'overlapping');
    clock.advance(40 * 60_000);
    for (const consumer of consumers) await consumer.call();
    const leaked = currentKey(account, 'key2');
    // Two operators in one second: one rolls back, the other tells of the leak.
    await app.rollBack('demo', id, operator);
    const begun = await app.leak('demo', { ...leak, slot: 'key2', overlapSeconds: whole }, operator);
    const notifiedAtMs = clock.nowMs();
    expect(begun).toMatchObject({
      kind: 'begun',
      preview: { role: 'left', overlapSeconds: whole, consumersMayFailUntil: null },
    });
    await deliverUntil(keyturn, () => currentKey(account, 'key2') !== leaked);
    const endedAfterS = (clock.nowMs() - notifiedAtMs) / 1000;
    await deliverAll(journal, app);
    expect.soft(endedAfterS).toBeGreaterThan(3600);
    expect(callsOf(consumers)).toEqual({ failed: 0, enough: true });
  });

  it('told while the direct value is ahead of the pointer: its consumers get the old key back first', async () => {
    // Adopted two days ago: nobody can hold the inactive key from before.
    const { keyturn, consumers } = await adopted(
      { layout: { kind: 'direct', directSecretName: 'ai-services-key' }, policy: { overlapMs: 26 * 3_600_000 } },
      48 * 3_600_000,
    );
    await keyturn.app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    const { app, account, journal } = keyturn;
    let begun: unknown = null;
    keyturn.afterEachCall(async () => {
      const rotation = rotationOf(journal);
      if (begun !== null || rotation?.kind !== 'switching' || rotation.sent?.what !== 'direct') return;
      const { vault } = keyturn;
      const direct = vault.secrets.find(({ name }) => name === 'ai-services-key')?.versions.at(-1)?.value;
      if (direct !== currentKey(account, 'key2')) return;
      // One that keeps to the caches starts now, and reads the direct value.
      consumers.push(cachedConsumer(keyturn, 'direct'));
      await consumers.at(-1)?.call();
      begun = await app.leak('demo', { ...leak, slot: 'key2', overlapSeconds: 26 * 3600 }, operator);
    });
    await deliverAll(journal, app);
    expect(begun).toMatchObject({ kind: 'begun', preview: { role: 'left', consumersMayFailUntil: null } });
    expect(callsOf(consumers)).toEqual({ failed: 0, enough: true });
  });

  it('told again with a longer overlap: it says that the first one counts, and that consumers may fail', async () => {
    const { keyturn, consumers } = await adopted();
    const { app, journal } = keyturn;
    await app.leak('demo', { ...leak, slot: 'key1', overlapSeconds: 60 }, operator);
    const again = await app.leak('demo', { ...leak, slot: 'key1', overlapSeconds: whole }, operator);
    expect(again).toMatchObject({
      kind: 'begun',
      preview: { overlapSeconds: 60, consumersMayFailUntil: expect.any(String) },
    });
    await deliverAll(journal, app);
    expect(callsOf(consumers).failed).toBeGreaterThan(0);
  });

  it('told after the sweep has seen the pointer elsewhere: somebody may hold it, so it ends after the overlap', async () => {
    const { keyturn, consumers } = await adopted();
    const { app, account, journal, clock } = keyturn;
    movePointer(keyturn, 'f'.repeat(32), 'key2');
    clock.advance(31 * 60_000);
    for (const consumer of consumers) await consumer.call();
    await app.sweep();
    movePointer(keyturn, 'e'.repeat(32), 'key1');
    expect(rowOf(journal).lastSeen?.versions.pointer).toBe('none');
    const leaked = currentKey(account, 'key2');
    const notifiedAtMs = clock.nowMs();
    const begun = await app.leak('demo', { ...leak, slot: 'key2', overlapSeconds: whole }, operator);
    expect(begun).toMatchObject({ kind: 'begun', preview: { role: 'left', consumersMayFailUntil: null } });
    await deliverUntil(keyturn, () => currentKey(account, 'key2') !== leaked);
    expect((clock.nowMs() - notifiedAtMs) / 1000).toBeGreaterThan(whole);
    await deliverAll(journal, app);
    expect(callsOf(consumers)).toEqual({ failed: 0, enough: true });
  });
});

describe('a person has led consumers away by hand, then tells of the leak', () => {
  it('with an overlap as long as the caches: nobody fails', async () => {
    const { keyturn, consumers } = await adopted();
    const { app, journal, clock, account } = keyturn;
    for (const consumer of consumers) await consumer.call();
    movePointer(keyturn, 'f'.repeat(32), 'key2');
    clock.advance(60_000);
    const leaked = currentKey(account, 'key1');
    const notifiedAtMs = clock.nowMs();
    const begun = await app.leak('demo', { ...leak, slot: 'key1', overlapSeconds: whole }, operator);
    expect(begun).toMatchObject({
      kind: 'begun',
      preview: { role: 'active', overlapSeconds: whole, consumersMayFailUntil: null },
    });
    await deliverUntil(keyturn, () => currentKey(account, 'key1') !== leaked);
    expect.soft((clock.nowMs() - notifiedAtMs) / 1000).toBeGreaterThan(3600);
    await deliverAll(journal, app);
    expect(callsOf(consumers)).toEqual({ failed: 0, enough: true });
  });
});

describe('without a leak', () => {
  it('the same rollback without the leak fails nobody', async () => {
    const { keyturn, consumers, id } = await rotating();
    await deliverUntil(keyturn, () => rotationOf(keyturn.journal)?.kind === 'overlapping');
    keyturn.clock.advance(40 * 60_000);
    for (const consumer of consumers) await consumer.call();
    await keyturn.app.rollBack('demo', id, operator);
    await deliverAll(keyturn.journal, keyturn.app);
    expect(callsOf(consumers)).toEqual({ failed: 0, enough: true });
  });

  it('the same switch, cancelled without the leak, fails nobody', async () => {
    const { keyturn, consumers } = await adopted(
      { layout: { kind: 'direct', directSecretName: 'ai-services-key' } },
      48 * 3_600_000,
    );
    const { app, account, journal, vault } = keyturn;
    const started = await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    const id = started.kind === 'started' ? started.rotation.id : '';
    let asked = false;
    keyturn.afterEachCall(async () => {
      const rotation = rotationOf(journal);
      if (asked || rotation?.kind !== 'switching' || rotation.sent?.what !== 'direct') return;
      const direct = vault.secrets.find(({ name }) => name === 'ai-services-key')?.versions.at(-1)?.value;
      if (direct !== currentKey(account, 'key2')) return;
      asked = true;
      consumers.push(cachedConsumer(keyturn, 'direct'));
      await consumers.at(-1)?.call();
      await app.cancel('demo', id, operator);
    });
    await deliverAll(journal, app);
    expect(asked).toBe(true);
    expect(callsOf(consumers)).toEqual({ failed: 0, enough: true });
  });
});

describe('two leaks', () => {
  it('the second one, of the key that consumers were just led away from, ends about when its preview says', async () => {
    const { keyturn } = await adopted();
    const { app, account, journal, clock } = keyturn;
    await app.leak('demo', { ...leak, slot: 'key2' }, operator);
    await deliverUntil(keyturn, () => rotationOf(journal)?.kind === 'overlapping');
    const leaked = currentKey(account, 'key1');
    const second = await app.leak('demo', { ...leak, slot: 'key1' }, operator);
    expect(second).toMatchObject({ kind: 'begun', preview: { role: 'left', overlapSeconds: 300 } });
    const endsAtMs = Date.parse(second.kind === 'begun' ? (second.preview.keyEndsAt ?? '') : '');
    const rotation = rotationOf(journal);
    const id = rotation === null ? '' : rotationIdOf(rotation);
    await deliverUntil(keyturn, () => currentKey(account, 'key1') !== leaked);
    const lateS = (clock.nowMs() - endsAtMs) / 1000;
    await deliverAll(journal, app);
    const regenerated = account.keys.filter(({ slot }) => slot === 'key1').length - 1;
    expect({ id: id !== '', lateS: Math.max(60, Math.round(lateS)), regenerated }).toEqual({
      id: true,
      lateS: 60,
      regenerated: 1,
    });
  });
});
