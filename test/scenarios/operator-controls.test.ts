import { describe, expect, it } from 'vitest';
import { slots } from '../../src/shared/slot.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { currentKey, secretValue } from './simulated-keyturn.ts';
import { callsOf, deliverUntil, operator, rotating, rotationOf, rowOf } from './steered-rotation.ts';

const layouts = [{ kind: 'pointer' }, { kind: 'direct', directSecretName: 'ai-services-key' }] as const;
const early = ['preparing', 'regenerating', 'publishing', 'probing', 'switching'] as const;

describe('cancel, on the true clients', () => {
  for (const layout of layouts)
    for (const state of early)
      it(`in ${state} leaves vault and account agreed and consumers at the old key (${layout.kind} layout)`, async () => {
        const { keyturn, consumers, id } = await rotating({ layout });
        const { app, account, vault, journal } = keyturn;
        const oldKey = currentKey(account, 'key1');
        // The request meets a worker in the middle of its work, in its first call of that state.
        let asked = false;
        keyturn.afterEachCall(async () => {
          if (asked || rotationOf(journal)?.kind !== state) return;
          asked = true;
          expect(await app.cancel('demo', id, operator)).toMatchObject({ kind: 'noted' });
        });
        await deliverAll(journal, app);
        expect(asked).toBe(true);
        expect(await app.readRotation('demo', id)).toMatchObject({ rotation: { state: 'cancelled', actions: [] } });
        expect(currentKey(account, 'key1')).toBe(oldKey);
        expect(secretValue(vault, 'ai-services-active-key')).toBe('key1');
        for (const slot of slots) expect(secretValue(vault, `ai-services-${slot}`)).toBe(currentKey(account, slot));
        if (layout.kind === 'direct') expect(secretValue(vault, 'ai-services-key')).toBe(oldKey);
        expect(callsOf(consumers)).toEqual({ failed: 0, enough: true });
      });

  it('gives the direct-value secret back after a proof of the old key, and the next rotation waits for its readers', async () => {
    const { keyturn, consumers, id } = await rotating({ layout: layouts[1] });
    const { app, account, vault, journal, target } = keyturn;
    let asked = false;
    keyturn.afterEachCall(async () => {
      if (asked || secretValue(vault, 'ai-services-key') !== currentKey(account, 'key2')) return;
      asked = true;
      await app.cancel('demo', id, operator);
    });
    await deliverAll(journal, app);
    expect(asked).toBe(true);
    expect(secretValue(vault, 'ai-services-key')).toBe(currentKey(account, 'key1'));
    const again = await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    const newId = again.kind === 'started' ? again.rotation.id : 'none';
    await deliverUntil(keyturn, () => rotationOf(journal)?.kind === 'preparing' && journal.queue[0] !== undefined);
    const view = await app.readRotation('demo', newId);
    expect(view).toMatchObject({ rotation: { state: 'preparing', reason: 'caches-not-expired' } });
    const wakesAt = Date.parse(view.kind === 'found' ? (view.rotation.wakesAt ?? '') : '');
    const givenBack = vault.secrets.find(({ name }) => name === 'ai-services-key')?.versions.at(-1);
    const restsMs = wakesAt - 1_000 * (givenBack?.created ?? 0) - target.policy.overlapMs;
    expect(restsMs).toBeGreaterThanOrEqual(0);
    expect(restsMs).toBeLessThan(60_000);
    await deliverAll(journal, app);
    expect(await app.readRotation('demo', newId)).toMatchObject({ rotation: { state: 'completed' } });
    expect(callsOf(consumers)).toEqual({ failed: 0, enough: true });
  });

  it('keeps the schedule away for a day, and the first word is asked for again if nothing was sent', async () => {
    const { keyturn, id } = await rotating({ policy: { rotateEveryMs: 5 * 3_600_000 } });
    const { app, journal, clock } = keyturn;
    await app.cancel('demo', id, operator);
    await deliverAll(journal, app);
    expect(await app.readTarget('demo')).toMatchObject({ target: { state: 'awaiting-first-rotation' } });
    expect(await app.startRotation('demo', { inactiveKeyUnused: false }, operator)).toMatchObject({
      reason: 'inactive-key-confirmation-required',
    });
    const view = await app.readTarget('demo');
    const dueAt = view.kind === 'found' ? Date.parse(view.target.nextDueAt ?? '') : 0;
    expect(dueAt - clock.nowMs()).toBeGreaterThan(23.9 * 3_600_000);
  });

  it('after the pointer has moved answers in which states it would be possible', async () => {
    const { keyturn, id } = await rotating();
    await deliverUntil(keyturn, () => rotationOf(keyturn.journal)?.kind === 'overlapping');
    expect(await keyturn.app.cancel('demo', id, operator)).toMatchObject({
      kind: 'not-now',
      reason: 'only-in',
      legalIn: [...early.slice(0, 4), 'switching before the pointer', 'suspended before the pointer'],
    });
    const view = await keyturn.app.readRotation('demo', id);
    expect(view).toMatchObject({ rotation: { actions: ['rollback', 'hold', 'expedite'] } });
  });
});

describe('the overlap, on the true clients', () => {
  for (const layout of layouts)
    it(`held ends no more by itself, released goes on to the end (${layout.kind} layout)`, async () => {
      const { keyturn, consumers, id } = await rotating({ layout });
      const { app, journal, account, clock } = keyturn;
      const oldKey = currentKey(account, 'key1');
      await deliverUntil(keyturn, () => rotationOf(journal)?.kind === 'overlapping');
      expect(await app.hold('demo', id, { reason: 'release night' }, operator)).toMatchObject({ kind: 'noted' });
      // Three messages of six days: weeks beyond overlap and deadline.
      await deliverUntil(keyturn, () => clock.nowMs() > keyturn.startedAtMs + 14 * 86_400_000);
      expect(currentKey(account, 'key1')).toBe(oldKey);
      expect(await app.readRotation('demo', id)).toMatchObject({
        rotation: {
          state: 'overlapping',
          reason: 'held',
          deadline: null,
          wakesAt: null,
          held: { by: operator.objectId, reason: 'release night' },
          actions: ['rollback', 'release-hold', 'expedite'],
        },
      });
      expect(await app.releaseHold('demo', id, operator)).toMatchObject({ kind: 'noted' });
      await deliverAll(journal, app);
      expect(await app.readRotation('demo', id)).toMatchObject({ rotation: { state: 'completed' } });
      expect(callsOf(consumers)).toEqual({ failed: 0, enough: true });
    });

  it('held at its very end, with the request in the middle of the last proof, kills nothing', async () => {
    const { keyturn, id } = await rotating();
    const { app, journal, account } = keyturn;
    const oldKey = currentKey(account, 'key1');
    let asked = false;
    keyturn.afterEachCall(async () => {
      if (asked || rotationOf(journal)?.kind !== 'retiring') return;
      asked = true;
      expect(await app.hold('demo', id, { reason: 'wait' }, operator)).toMatchObject({ kind: 'noted' });
    });
    await deliverUntil(keyturn, () => asked);
    expect(asked).toBe(true);
    expect(rotationOf(journal)).toMatchObject({ kind: 'overlapping', held: { reason: 'wait' } });
    expect(currentKey(account, 'key1')).toBe(oldKey);
  });

  it('expedited without a number is as short as the caches allow, and nobody fails', async () => {
    const { keyturn, consumers, id } = await rotating();
    const { app, journal, target } = keyturn;
    const { pointerCacheMs, keyCacheMs, longestRequestMs } = target.policy;
    await deliverUntil(keyturn, () => rotationOf(journal)?.kind === 'overlapping');
    const request = { reason: 'audit today', overlapSeconds: null };
    expect(await app.expedite('demo', id, request, operator)).toMatchObject({ kind: 'noted' });
    await deliverUntil(keyturn, () => rowOf(journal).operatorRequest === null);
    expect(await app.readRotation('demo', id)).toMatchObject({
      rotation: {
        overlapSeconds: (pointerCacheMs + keyCacheMs + longestRequestMs + 1000) / 1000,
        overlapSetBy: operator.objectId,
        overlapReason: 'audit today',
      },
    });
    expect(await app.expedite('demo', id, request, operator)).toMatchObject({ reason: 'not-shorter' });
    await deliverAll(journal, app);
    expect(await app.readRotation('demo', id)).toMatchObject({ rotation: { state: 'completed' } });
    expect(callsOf(consumers)).toEqual({ failed: 0, enough: true });
  });

  it('never ends before a write of ours has settled', async () => {
    const { keyturn, id } = await rotating();
    const { app, journal } = keyturn;
    await deliverUntil(keyturn, () => rotationOf(journal)?.kind === 'overlapping');
    const settleUntilMs = keyturn.clock.nowMs() + 100_000;
    journal.journal.restore({ ...Object(journal.journal.row?.fields), settleUntilMs });
    await app.expedite('demo', id, { reason: 'now', overlapSeconds: 0 }, operator);
    await deliverUntil(keyturn, () => rotationOf(journal)?.kind !== 'overlapping');
    expect(keyturn.clock.nowMs()).toBeGreaterThanOrEqual(settleUntilMs);
  });
});

describe('requests', () => {
  it('do not push each other aside: the second one is told to ask again', async () => {
    const { keyturn, id } = await rotating();
    await deliverUntil(keyturn, () => rotationOf(keyturn.journal)?.kind === 'overlapping');
    expect(await keyturn.app.hold('demo', id, { reason: 'wait' }, operator)).toMatchObject({ kind: 'noted' });
    expect(await keyturn.app.rollBack('demo', id, operator)).toMatchObject({ reason: 'request-pending' });
  });
});
