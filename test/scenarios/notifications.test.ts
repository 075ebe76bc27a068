import { describe, expect, it } from 'vitest';
import type { Channel } from '../../src/notifications/channels.ts';
import { kindsForApplications, type NotificationKind, notificationKinds } from '../../src/notifications/choices.ts';
import type { Notification } from '../../src/notifications/notification.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { memoryOutbox } from '../memory-world/memory-outbox.ts';
import { simulatedKeyturn } from './simulated-keyturn.ts';
import { deliverUntil, rowOf } from './steered-rotation.ts';

const operator = { objectId: 'operator-1' };
const dayMs = 86_400_000;

const forPeople = notificationKinds.filter((kind) => !kindsForApplications.includes(kind));

/** Keyturn with one channel that keeps what it is told; `works` decides whether it takes it. */
function notifyingKeyturn(kinds: readonly NotificationKind[] = forPeople, works: () => boolean = () => true) {
  const told: Notification[] = [];
  const channel: Channel = {
    name: 'webhook',
    kinds: notificationKinds,
    send: async (notification) => {
      if (!works()) throw new FailureError({ kind: 'not-applied', code: 'http-503', retryAfterMs: null });
      told.push(notification);
    },
  };
  const keyturn = simulatedKeyturn(
    {},
    {
      notifier: ({ journal, clock }) => ({
        outbox: memoryOutbox(journal.journal, () => clock.nowMs()),
        channels: [channel],
        kinds,
      }),
    },
  );
  return { ...keyturn, told };
}

type Keyturn = ReturnType<typeof notifyingKeyturn>;

async function adopt({ app, clock, target }: Keyturn) {
  await app.adopt('demo', { activeSlot: 'key1' }, operator);
  clock.advance(target.policy.overlapMs + 2_000);
}

async function start({ app }: Keyturn): Promise<string> {
  const started = await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
  if (started.kind !== 'started') throw new Error(started.kind);
  return started.rotation.id;
}

describe('people are notified', () => {
  it('of a completed rotation, once, with everything that names it', async () => {
    const keyturn = notifyingKeyturn();
    await adopt(keyturn);
    const id = await start(keyturn);
    await deliverAll(keyturn.journal, keyturn.app);
    await keyturn.app.sweep();
    expect(keyturn.told).toEqual([
      {
        id: `${id}-completed`,
        kind: 'completed',
        at: expect.stringMatching(/^20\d\d-/),
        instance: 'keyturn-test',
        target: 'demo',
        account: keyturn.target.account.armId,
        vault: keyturn.target.vaultUrl,
        slot: 'key2',
        rotationId: id,
        reason: 'completed',
        detail: expect.any(String),
        whatToDo: 'Nothing.',
        adminCall: `GET /api/targets/demo/rotations/${id}/audit-trail`,
      },
    ]);
  });

  it('of a cancelled rotation', async () => {
    const keyturn = notifyingKeyturn();
    await adopt(keyturn);
    const id = await start(keyturn);
    await keyturn.app.cancel('demo', id, operator);
    await deliverAll(keyturn.journal, keyturn.app);
    expect(keyturn.told).toMatchObject([{ id: `${id}-cancelled`, kind: 'failed', reason: 'cancelled' }]);
  });

  it('of a suspended rotation once a day, however many sweeps pass, with the way to resume', async () => {
    const keyturn = notifyingKeyturn();
    const { app, vault, told, journal, clock } = keyturn;
    await adopt(keyturn);
    const pointer = vault.secrets.find(({ name }) => name === 'ai-services-active-key')?.versions.at(-1);
    if (pointer === undefined) throw new TypeError();
    pointer.value = 'key9';
    const id = await start(keyturn);
    await deliverAll(journal, app);
    for (let sweeps = 0; sweeps < 3; sweeps += 1) {
      clock.advance(5 * 60_000);
      await app.sweep();
    }
    const suspensions = () => told.filter(({ kind }) => kind === 'suspended');
    expect(suspensions()).toMatchObject([
      {
        reason: 'pointer-invalid',
        detail: 'The pointer names no slot.',
        whatToDo: 'Repair recovers the pointer, or stores it where it stood. Then resume.',
        adminCall: `POST /api/targets/demo/rotations/${id}/resume`,
      },
    ]);
    for (let sweeps = 0; sweeps < 8; sweeps += 1) {
      clock.advance(dayMs / 4);
      await app.sweep();
    }
    expect(suspensions()).toHaveLength(3);
    clock.advance(1_000);
    await app.resume('demo', id, operator);
    await deliverAll(journal, app);
    expect(suspensions()).toHaveLength(4);
    expect(new Set(suspensions().map((notification) => notification.id)).size).toBe(4);
  });

  it('of a leaked key, by the run that begins to replace it', async () => {
    const keyturn = notifyingKeyturn();
    await adopt(keyturn);
    const begun = await keyturn.app.leak(
      'demo',
      { slot: 'key1', dryRun: false, reason: 'in a repository', overlapSeconds: null },
      operator,
    );
    if (begun.kind !== 'begun') throw new Error(begun.kind);
    await deliverAll(keyturn.journal, keyturn.app);
    expect(keyturn.told.map(({ kind, slot, rotationId }) => ({ kind, slot, rotationId }))).toEqual([
      { kind: 'key-leaked', slot: 'key1', rotationId: begun.rotation.id },
      { kind: 'completed', slot: 'key2', rotationId: begun.rotation.id },
      { kind: 'leaked-key-gone', slot: 'key1', rotationId: begun.rotation.id },
    ]);
  });

  it('of drift once a day, not with each look', async () => {
    const keyturn = notifyingKeyturn();
    const { app, vault, told, clock, target } = keyturn;
    await adopt(keyturn);
    await app.sweep();
    const key = vault.secrets.find(({ name }) => name === 'ai-services-key2')?.versions.at(-1);
    if (key === undefined) throw new TypeError();
    key.value = 'something-else';
    const everyMs = target.policy.driftEveryMs + 1_000;
    const looks = Math.ceil((2.5 * dayMs) / everyMs);
    for (let look = 0; look <= looks; look += 1) {
      clock.advance(everyMs);
      await app.sweep();
    }
    const once = { kind: 'drift', reason: 'vault-stale', rotationId: null, adminCall: 'POST /api/targets/demo/repair' };
    expect(told).toMatchObject([once, once, once]);
    expect(new Set(told.map(({ id }) => id)).size).toBe(3);
  });

  it('of a target that is overdue, once a day until somebody acts', async () => {
    const keyturn = notifyingKeyturn(['overdue']);
    const { app, told, clock, target } = keyturn;
    // Nobody gives the word that the first rotation waits for.
    await app.adopt('demo', { activeSlot: 'key1' }, operator);
    clock.advance(target.policy.rotateEveryMs + 2 * target.policy.overlapMs + dayMs - 60_000);
    await app.sweep();
    expect(told).toEqual([]);
    for (let sweeps = 0; sweeps < 12; sweeps += 1) {
      clock.advance(dayMs / 4);
      await app.sweep();
    }
    const once = { kind: 'overdue', reason: 'awaiting-first-rotation', slot: null };
    expect(told).toMatchObject([once, once, once]);
    expect(new Set(told.map(({ id }) => id)).size).toBe(3);
  });

  it('later, when the channel was down, by the sweep; the rotation never noticed', async () => {
    let up = false;
    const keyturn = notifyingKeyturn(forPeople, () => up);
    const { app, told, clock, log } = keyturn;
    await adopt(keyturn);
    const id = await start(keyturn);
    await deliverAll(keyturn.journal, app);
    expect(await app.readRotation('demo', id)).toMatchObject({ rotation: { state: 'completed' } });
    expect(told).toEqual([]);
    expect(log).toContainEqual(
      expect.objectContaining({ event: 'notification-not-sent', id: `${id}-completed`, code: 'http-503', attempts: 1 }),
    );
    up = true;
    clock.advance(5 * 60_000);
    await app.sweep();
    await app.sweep();
    expect(told.map((notification) => notification.id)).toEqual([`${id}-completed`]);
  });

  it.each(['a suspended rotation', 'drift'] as const)('while the instance is paused, too: of %s', async (what) => {
    let up = true;
    const keyturn = notifyingKeyturn(forPeople, () => up);
    const { app, azure, vault, told, clock, journal, target } = keyturn;
    await adopt(keyturn);
    await app.sweep();
    up = false;
    const change = (name: string, value: string) =>
      Object.assign(vault.secrets.find((secret) => secret.name === name)?.versions.at(-1) ?? {}, { value });
    if (what === 'drift') {
      change('ai-services-key2', 'something-else');
      clock.advance(target.policy.driftEveryMs + 1_000);
      await app.sweep();
    } else {
      change('ai-services-active-key', 'key9');
      await start(keyturn);
      await deliverAll(journal, app);
    }
    expect(told).toEqual([]);
    await app.setPause({ paused: true, reason: 'fire' }, operator);
    up = true;
    clock.advance(5 * 60_000);
    const calls = azure.calls.length;
    for (let sweeps = 0; sweeps < 2; sweeps += 1) await app.sweep();
    expect(told).toMatchObject([{ kind: what === 'drift' ? 'drift' : 'suspended' }]);
    expect(azure.calls).toHaveLength(calls);
  });

  it('of what becomes overdue while the instance is paused', async () => {
    const keyturn = notifyingKeyturn(['overdue']);
    const { app, told, clock, target } = keyturn;
    await adopt(keyturn);
    await app.setPause({ paused: true, reason: 'forgotten' }, operator);
    clock.advance(target.policy.rotateEveryMs + 2 * target.policy.overlapMs + 2 * dayMs);
    for (let sweeps = 0; sweeps < 2; sweeps += 1) await app.sweep();
    expect(told).toMatchObject([{ kind: 'overdue' }]);
    // So that an alert does not end by the pause.
    expect(keyturn.log.filter(({ event }) => event === 'fleet-measured').slice(-2)).toMatchObject([
      { targets: 1, overdue: 1 },
      { targets: 1, overdue: 1 },
    ]);
  });

  it('of nothing that the settings leave out', async () => {
    const keyturn = notifyingKeyturn(['suspended']);
    await adopt(keyturn);
    await start(keyturn);
    await deliverAll(keyturn.journal, keyturn.app);
    await keyturn.app.sweep();
    expect(keyturn.told).toEqual([]);
  });
});

describe('applications are notified', () => {
  it('of the switch while the overlap lasts, and of a rollback, with versions that stand in the vault and no key', async () => {
    const keyturn = notifyingKeyturn(['key-switched']);
    const { app, vault, told, journal, target, azure } = keyturn;
    await adopt(keyturn);
    const id = await start(keyturn);
    const stands = (name: string) => ({
      name,
      version: vault.secrets.find((secret) => secret.name === name)?.versions.at(-1)?.version ?? '',
    });
    await deliverUntil(keyturn, () => rowOf(journal).rotation?.kind === 'overlapping');
    const about = { instance: 'keyturn-test', target: 'demo', account: target.account.armId, rotationId: id };
    const given = (slot: 'key1' | 'key2') => ({
      ...{ ...about, kind: 'key-switched', vault: target.vaultUrl, slot },
      secrets: { pointer: stands('ai-services-active-key'), key: stands(`ai-services-${slot}`), direct: null },
    });
    expect(told).toMatchObject([{ ...given('key2'), reason: 'switched' }]);
    await app.rollBack('demo', id, operator);
    await deliverAll(journal, app);
    expect(told.slice(1)).toMatchObject([{ ...given('key1'), reason: 'rolled-back' }]);
    expect(new Set(told.map((notification) => notification.id)).size).toBe(2);
    const keys = azure.world.accounts.flatMap((account) => account.keys.map(({ value }) => value));
    expect(keys.filter((key) => JSON.stringify(told).includes(key))).toEqual([]);
  });

  it('of the switch by the sweep, when the channel was down', async () => {
    let up = false;
    const keyturn = notifyingKeyturn(['key-switched'], () => up);
    const { app, told, clock, journal } = keyturn;
    await adopt(keyturn);
    await start(keyturn);
    await deliverUntil(keyturn, () => rowOf(journal).rotation?.kind === 'overlapping');
    up = true;
    clock.advance(60_000);
    for (let sweeps = 0; sweeps < 2; sweeps += 1) await app.sweep();
    expect(rowOf(journal).rotation?.kind).toBe('overlapping');
    expect(told).toMatchObject([{ kind: 'key-switched' }]);
  });
});

describe('a sweep measures', () => {
  it('each target and all of them, by the journal alone', async () => {
    const keyturn = notifyingKeyturn();
    const { app, clock, log, target } = keyturn;
    const measured = () => log.filter(({ event }) => event === 'target-measured').at(-1);
    const fleet = () => log.filter(({ event }) => event === 'fleet-measured').at(-1);
    await app.sweep();
    expect(measured()).toMatchObject({ status: 'not-adopted', key1AgeDays: null });
    await adopt(keyturn);
    await start(keyturn);
    await app.sweep();
    expect(measured()).toMatchObject({ status: 'running', agesAreLowerBounds: true });
    await deliverAll(keyturn.journal, app);
    clock.advance(10 * dayMs);
    await app.sweep();
    expect(measured()).toMatchObject({ status: 'idle', agesAreLowerBounds: false });
    expect(measured()).toMatchObject({ key1AgeDays: expect.closeTo(10, 0), key2AgeDays: expect.closeTo(10, 0) });
    expect(fleet()).toMatchObject({ targets: 1, due: 0, overdue: 0, oldestKeyDays: expect.closeTo(10, 0) });
    clock.advance(target.policy.rotateEveryMs);
    await app.sweep();
    expect(measured()).toMatchObject({ status: 'overdue', dueInDays: expect.closeTo(-10, 0) });
    expect(fleet()).toMatchObject({ due: 1, overdue: 1, running: 1 });
  });
});
