import { describe, expect, it } from 'vitest';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { newRow } from '../../../src/rotation/adoption/adopted-row.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { buildLeak } from '../../rotation/row-builder.ts';
import { person } from '../person.ts';
import { currentKey, secretValue } from '../simulated-keyturn.ts';
import { operator } from '../steered-rotation.ts';
import { adopt, move, settled } from './moved-keyturn.ts';

describe('an account that was moved', () => {
  it('is adopted under its new id with what the journal knew of it, and rotated', async () => {
    const world = await settled();
    const { rowAt, target, vault, account, clock, journal } = world;
    const before = rowAt(target.account.armId);
    expect(before.lastDone).not.toBeNull();
    const { moved, app } = move(world);
    expect(await adopt(app, world)).toMatchObject({ kind: 'adopted', target: { activeSlot: 'key2', state: 'idle' } });
    const { lastDone, adoptedAtMs, firstRotationConfirmedBy, lastEnd } = before;
    expect(rowAt(moved.account.armId)).toMatchObject({
      armId: moved.account.armId,
      lastDone,
      adoptedAtMs,
      firstRotationConfirmedBy,
      lastEnd,
    });
    expect(rowAt(target.account.armId)).toMatchObject({ adoptedAtMs: null, rotation: null });
    for (const { versions } of vault.secrets) expect(versions.at(-1)?.tags?.ProviderAddress).toBe(moved.account.armId);
    clock.advance(3 * target.policy.overlapMs);
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliverAll(journal, app);
    expect(secretValue(vault, 'ai-services-active-key')).toBe('key1');
    expect(secretValue(vault, 'ai-services-key')).toBe(currentKey(account, 'key1'));
  });

  it('in the middle of a rotation is adopted, and the rotation resumed and completed', async () => {
    const world = await settled();
    const { rowAt, target, journal, vault, account } = world;
    await world.app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    for (let delivered = 0; rowAt(target.account.armId).rotation?.kind !== 'overlapping'; delivered += 1) {
      const next = journal.queue.shift();
      if (next === undefined || delivered > 50) throw new TypeError('never overlapping');
      world.clock.advance(Math.max(0, next.dueAtMs - world.clock.nowMs()));
      await world.app.advance(next.wakeUp);
    }
    journal.queue.length = 0;
    const { moved, app } = move(world);
    expect(await adopt(app, world)).toMatchObject({ kind: 'adopted' });
    const { rotation } = rowAt(moved.account.armId);
    expect(rotation).toMatchObject({ kind: 'suspended', reason: 'account-moved', from: { kind: 'overlapping' } });
    const id = rotation?.kind === 'suspended' ? rotation.from.rotationId : '';
    expect(await app.resume('demo', id, operator)).toMatchObject({ kind: 'noted' });
    await deliverAll(journal, app);
    expect(rowAt(moved.account.armId)).toMatchObject({ rotation: null, lastEnd: { outcome: 'completed' } });
    for (const slot of ['key1', 'key2'] as const)
      expect(secretValue(vault, `ai-services-${slot}`)).toBe(currentKey(account, slot));
  });

  it('leaves nothing of what was asked, refused or known under its former id, and what was asked is not carried out', async () => {
    const world = await settled();
    const { rowAt, target, of, clock } = world;
    const formerId = target.account.armId;
    const atMs = clock.nowMs();
    const request = { action: 'resume', rotationId: 'r1', by: operator.objectId, atMs } as const;
    const leak = { slot: 'key1', overlapMs: 60_000, by: operator.objectId, reason: null, seen: null } as const;
    const known: Partial<AccountRow> = {
      operatorRequest: { ...request, reason: null, overlapMs: null, confirm: [] },
      requestRefused: { action: 'roll-back', reason: 'old-key-dead', atMs },
      leak: { ...leak, rotationId: 'r2', atMs },
      leaks: [buildLeak({ ...leak, atMs })],
      leakGoneAtMs: atMs,
      foundValidity: { secret: 'ai-services-key', foundDays: 90, reason: 'rotation-interval' },
      superseded: [{ name: 'ai-services-key1', version: 'v1' }],
      wakeAtMs: atMs,
    };
    const before = { ...rowAt(formerId), ...known };
    of(formerId).restore(before);
    const { moved, app } = move(world);
    expect(await adopt(app, world)).toMatchObject({ kind: 'adopted' });
    const { operatorRequest: _request, wakeAtMs: _wakeAtMs, ...carried } = known;
    expect(rowAt(moved.account.armId)).toMatchObject({ ...carried, operatorRequest: null, wakeAtMs: null });
    const { instance, internalId, accountKind, endpoint, accountLocation, settleUntilMs, inDoubt, wakeSeq } = before;
    expect(rowAt(formerId)).toEqual({
      ...newRow(instance, target, ''),
      ...{ internalId, accountKind, endpoint, accountLocation, settleUntilMs, inDoubt },
      ...{ lease: expect.objectContaining({ kind: 'released' }), keyless: null, wakeSeq: wakeSeq + 1 },
    });
  });

  it('and back again is adopted under its first id, with the same journal', async () => {
    const world = await settled();
    const { rowAt, target, account } = world;
    const { lastDone } = rowAt(target.account.armId);
    const { app } = move(world);
    expect(await adopt(app, world)).toMatchObject({ kind: 'adopted' });
    Object.assign(account, { resourceGroup: target.account.resourceGroup });
    expect(await adopt(world.app, world)).toMatchObject({ kind: 'adopted' });
    expect(rowAt(target.account.armId)).toMatchObject({ lastDone });
  });

  it('is left alone while a worker is at it under its former id', async () => {
    const world = await settled();
    const { app } = move(world);
    const before = JSON.stringify(world.vault.secrets);
    world.hold(world.target.account.armId);
    expect(await app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({ reason: 'lost-race' });
    expect(JSON.stringify(world.vault.secrets)).toBe(before);
    world.clock.advance(10 * 60_000);
    expect(await adopt(app, world)).toMatchObject({ kind: 'adopted' });
  });

  it('keeps its journal where it was when the adoption is refused with the last look before the first write', async () => {
    const world = await settled();
    const { app, moved } = move(world);
    const first = await app.adopt('demo', { activeSlot: null }, operator);
    world.clock.advance(first.kind === 'not-now' ? (first.retryAfterMs ?? 0) : 0);
    const before = world.rowAt(world.target.account.armId);
    let isDone = false;
    const calls = world.azure.calls.length;
    world.afterEachCall(async () => {
      const since = world.azure.calls.slice(calls).filter(({ path }) => path.endsWith('/listKeys'));
      if (isDone || since.length < 2) return;
      isDone = true;
      await person(world).store('ai-services-key1', 'x');
    });
    expect(await app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({ reason: 'lost-race' });
    expect(isDone).toBe(true);
    expect(world.rowAt(world.target.account.armId)).toEqual(before);
    expect(world.rowAt(moved.account.armId)).toMatchObject({ internalId: '', lastDone: null });
  });

  it('is told from another account of that name by its internalId, and nothing is changed then', async () => {
    const world = await settled();
    const { app } = move(world, true);
    const lies = () => JSON.stringify([world.vault.secrets, world.vault.deletedSecrets]);
    const before = lies();
    expect(await adopt(app, world)).toMatchObject({ kind: 'not-now', reason: 'secrets-of-another-account' });
    expect(lies()).toBe(before);
  });
});
