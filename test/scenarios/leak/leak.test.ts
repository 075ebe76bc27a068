import { describe, expect, it } from 'vitest';
import { otherSlot, slots } from '../../../src/shared/slot.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { currentKey, type SimulatedKeyturn, secretValue } from '../simulated-keyturn.ts';
import { adopted, callsOf, deliverUntil, operator, rotating, rotationOf } from '../steered-rotation.ts';

const layouts = [{ kind: 'pointer' }, { kind: 'direct', directSecretName: 'ai-services-key' }] as const;
const minuteMs = 60_000;
const leak = { dryRun: false, reason: 'found in a log', overlapSeconds: null } as const;

function regenerates({ azure }: SimulatedKeyturn): number {
  return azure.calls.filter(({ operation, status }) => /regenerateKey/.test(operation) && status < 400).length;
}

function expectInOrder({ vault, account, target }: SimulatedKeyturn): void {
  for (const slot of slots) expect(secretValue(vault, `ai-services-${slot}`)).toBe(currentKey(account, slot));
  const active = secretValue(vault, 'ai-services-active-key') === 'key1' ? 'key1' : 'key2';
  if (target.layout.kind === 'direct') expect(secretValue(vault, 'ai-services-key')).toBe(currentKey(account, active));
}

describe('a leaked active key, on the true clients', () => {
  for (const layout of layouts)
    it(`is left for the other one as it is, and ends after the stated overlap (${layout.kind} layout)`, async () => {
      const { keyturn, consumers } = await adopted({ layout });
      const { app, account, vault, journal, clock } = keyturn;
      const before = { key1: currentKey(account, 'key1'), key2: currentKey(account, 'key2') };
      const dry = await app.leak('demo', { ...leak, slot: 'key1', dryRun: true }, operator);
      expect(dry).toMatchObject({ kind: 'previewed', preview: { role: 'active', overlapSeconds: 300 } });
      expect(rotationOf(journal)).toBeNull();

      const begun = await app.leak('demo', { ...leak, slot: 'key1' }, operator);
      expect(begun).toMatchObject({
        kind: 'begun',
        preview: { role: 'active', inFlight: null },
        rotation: { state: 'preparing', cause: 'leak', leakedSlot: 'key1' },
      });
      const direct = layout.kind === 'direct' ? ['direct'] : [];
      const { preview, rotation } = begun.kind === 'begun' ? begun : { preview: null, rotation: null };
      expect(preview?.heldBy.map(({ cache }) => cache)).toEqual(['pointer', 'key', 'request', ...direct]);
      await deliverUntil(keyturn, () => rotationOf(journal)?.kind === 'overlapping');
      const switchedAtMs = clock.nowMs();
      expect(regenerates(keyturn)).toBe(0);
      expect(secretValue(vault, 'ai-services-active-key')).toBe('key2');
      expect(currentKey(account, 'key2')).toBe(before.key2);
      expect(callsOf(consumers).failed).toBe(0);
      await deliverUntil(keyturn, () => currentKey(account, 'key1') !== before.key1);
      expect(clock.nowMs() - switchedAtMs).toBeLessThan(6 * minuteMs);
      expect(clock.nowMs()).toBeLessThan(Date.parse(preview?.keyEndsAt ?? ''));
      await deliverAll(journal, app);
      expect(await app.readRotation('demo', rotation?.id ?? '')).toMatchObject({
        rotation: { state: 'completed', overlapSeconds: 300, overlapSetBy: operator.objectId },
      });
      expect(regenerates(keyturn)).toBe(1);
      expectInOrder(keyturn);

      // Anyone who keeps to the caches is well again when the preview says so.
      clock.advance(Math.max(0, Date.parse(preview?.consumersMayFailUntil ?? '') - clock.nowMs()));
      const failedBefore = callsOf(consumers).failed;
      for (const consumer of consumers) await consumer.call();
      expect(callsOf(consumers).failed).toBe(failedBefore);
    });

  it.each([0, 60, null])(
    'has in its first view the overlap of %j seconds that the preview told',
    async (overlapSeconds) => {
      const { keyturn } = await adopted();
      const begun = await keyturn.app.leak('demo', { ...leak, slot: 'key1', overlapSeconds }, operator);
      const told = overlapSeconds ?? 300;
      expect(begun).toMatchObject({
        kind: 'begun',
        preview: { overlapSeconds: told, waitsFor: null },
        rotation: { state: 'preparing', overlapSeconds: told, overlapSetBy: operator.objectId },
      });
      await deliverUntil(keyturn, () => rotationOf(keyturn.journal)?.kind === 'overlapping' || told === 0);
      const id = begun.kind === 'begun' ? begun.rotation.id : '';
      expect(await keyturn.app.readRotation('demo', id)).toMatchObject({ rotation: { overlapSeconds: told } });
    },
  );

  it('with an overlap as long as the caches ends without one failed call', async () => {
    const { keyturn, consumers } = await adopted();
    const { app, journal } = keyturn;
    const begun = await app.leak('demo', { ...leak, slot: 'key1', overlapSeconds: 2 * 3600 }, operator);
    expect(begun).toMatchObject({ kind: 'begun', preview: { consumersMayFailUntil: null } });
    await deliverAll(journal, app);
    expectInOrder(keyturn);
    expect(callsOf(consumers)).toEqual({ failed: 0, enough: true });
  });
});

describe('a leaked inactive key, on the true clients', () => {
  for (const layout of layouts)
    it(`is regenerated at once, though the gate is young, and nobody who keeps to the pointer fails (${layout.kind} layout)`, async () => {
      // Adopted just now: the pointer is younger than the overlap for two hours.
      const { keyturn, consumers } = await adopted({ layout }, 0);
      const { app, account, journal, clock } = keyturn;
      const leaked = currentKey(account, 'key2');
      const begun = await app.leak('demo', { ...leak, slot: 'key2' }, operator);
      expect(begun).toMatchObject({ kind: 'begun', preview: { role: 'inactive', overlapSeconds: null } });
      const notifiedAtMs = clock.nowMs();
      await deliverUntil(keyturn, () => currentKey(account, 'key2') !== leaked);
      expect(clock.nowMs() - notifiedAtMs).toBeLessThan(3 * minuteMs);
      await deliverAll(journal, app);
      expect(await app.readTarget('demo')).toMatchObject({ target: { state: 'idle', activeSlot: 'key2' } });
      expectInOrder(keyturn);
      expect(callsOf(consumers)).toEqual({ failed: 0, enough: true });
    });
});

describe('a rotation in flight makes way for a leaked key', () => {
  for (const state of [
    'preparing',
    'regenerating',
    'publishing',
    'probing',
    'switching',
    'overlapping',
    'restocking',
    'confirming',
  ] as const)
    for (const slot of slots) {
      // The rotation replaces key2 first, then key1.
      if (state === 'restocking' && slot === 'key1') continue;
      it(`in ${state}, when ${slot} has leaked`, async () => {
        const { keyturn, id } = await rotating();
        const { app, account, journal } = keyturn;
        let leaked: string | null = null;
        keyturn.afterEachCall(async () => {
          if (leaked !== null || rotationOf(journal)?.kind !== state) return;
          leaked = currentKey(account, slot);
          const begun = await app.leak('demo', { ...leak, slot }, operator);
          expect(begun).toMatchObject({ kind: 'begun', rotation: { id } });
          // Asked again, it tells of what is under way.
          expect(await app.leak('demo', { ...leak, slot }, operator)).toMatchObject({ kind: 'begun' });
        });
        await deliverUntil(keyturn, () => leaked !== null);
        // The overlap itself makes no call: it is told between two messages.
        if (leaked === null) {
          leaked = currentKey(account, slot);
          await app.leak('demo', { ...leak, slot }, operator);
        }
        await deliverAll(journal, app);
        expect(currentKey(account, slot)).not.toBe(leaked);
        expectInOrder(keyturn);
        const target = await app.readTarget('demo');
        expect(target).toMatchObject({ target: { state: 'idle', rotation: null } });
      });
    }

  it('but not while that very slot is being restocked', async () => {
    const { keyturn } = await rotating();
    let answer: unknown = null;
    keyturn.afterEachCall(async () => {
      if (answer !== null || rotationOf(keyturn.journal)?.kind !== 'restocking') return;
      answer = await keyturn.app.leak('demo', { ...leak, slot: 'key1' }, operator);
    });
    await deliverAll(keyturn.journal, keyturn.app);
    expect(answer).toMatchObject({
      kind: 'not-now',
      reason: 'only-in',
      legalIn: [expect.stringContaining('restocking')],
    });
  });

  it('and a suspended one is replaced, with its new key put in order first', async () => {
    const { keyturn, id } = await rotating();
    const { app, account, vault, journal } = keyturn;
    // The pointer is gone just when the new key is to be published; somebody brings it back later.
    const pointer = () => vault.secrets.find(({ name }) => name === 'ai-services-active-key');
    const gone = { versions: [] as NonNullable<ReturnType<typeof pointer>>['versions'] };
    const before = currentKey(account, 'key2');
    keyturn.afterEachCall(async () => {
      const held = pointer();
      if (gone.versions.length > 0 || held === undefined || currentKey(account, 'key2') === before) return;
      gone.versions = held.versions.splice(0);
      vault.secrets.splice(vault.secrets.indexOf(held), 1);
    });
    await deliverAll(journal, app);
    expect(rotationOf(journal)).toMatchObject({ kind: 'suspended', reason: 'pointer-missing' });
    vault.secrets.push({ name: 'ai-services-active-key', versions: gone.versions, deletedAtMs: null } as never);
    const begun = await app.leak('demo', { ...leak, slot: 'key1' }, operator);
    expect(begun).toMatchObject({ kind: 'begun', rotation: { id, state: 'cancelling' } });
    await deliverAll(journal, app);
    expect(await app.readRotation('demo', id)).toMatchObject({ rotation: { state: 'cancelled' } });
    expect(await app.readTarget('demo')).toMatchObject({ target: { state: 'idle', activeSlot: 'key2' } });
    expectInOrder(keyturn);
  });

  it('when both have leaked, one after the other, and consumers are never led back to a leaked key', async () => {
    const { keyturn } = await adopted();
    const { app, account, vault, journal } = keyturn;
    const leaked = new Set(slots.map((slot) => currentKey(account, slot)));
    await app.leak('demo', { ...leak, slot: 'key1' }, operator);
    await deliverUntil(keyturn, () => rotationOf(journal)?.kind === 'overlapping');
    await app.leak('demo', { ...leak, slot: 'key2' }, operator);
    let ledTo: string | null = 'key2';
    keyturn.afterEachCall(async () => {
      const pointed = secretValue(vault, 'ai-services-active-key');
      if (pointed === ledTo) return;
      ledTo = pointed;
      expect(leaked.has(secretValue(vault, `ai-services-${pointed}`) ?? '')).toBe(false);
    });
    await deliverAll(journal, app);
    for (const slot of slots) expect(leaked.has(currentKey(account, slot))).toBe(false);
    expect(ledTo).toBe(otherSlot('key2'));
    expectInOrder(keyturn);
  });
});
