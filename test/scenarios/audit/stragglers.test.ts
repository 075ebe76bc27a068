import { describe, expect, it } from 'vitest';
import type { Notification } from '../../../src/notifications/notification.ts';
import type { RotationView } from '../../../src/rotation/rotation-view.ts';
import { minuteMs } from '../../../src/shared/time.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { memoryOutbox } from '../../memory-world/memory-outbox.ts';
import { currentKey } from '../simulated-keyturn.ts';
import { deliverUntil, operator, rotationOf } from '../steered-rotation.ts';
import { consumer, readersKeyturn } from './readers-keyturn.ts';

type Options = Partial<Parameters<typeof readersKeyturn>[0]>;

/** A rotation that has led consumers to key2, with one who read key1 before; `told` is what people are notified of it. */
async function switched(options: Options = {}) {
  const told: (Notification & { readonly oldKeyLives: boolean })[] = [];
  let oldKeyLives = () => true;
  const keyturn = await readersKeyturn({
    table: 'AZKVAuditLogs',
    notifier: ({ journal, clock }) => ({
      outbox: memoryOutbox(journal.journal, () => clock.nowMs()),
      channels: [
        {
          name: 'webhook',
          kinds: ['stragglers'],
          send: async (notification) => {
            told.push({ ...notification, oldKeyLives: oldKeyLives() });
          },
        },
      ],
      kinds: ['stragglers'],
    }),
    ...options,
  });
  const oldKey = currentKey(keyturn.account, 'key1');
  oldKeyLives = () => currentKey(keyturn.account, 'key1') === oldKey;
  await keyturn.read('key1');
  await keyturn.switchOver();
  return Object.assign(keyturn, {
    told,
    oldKeyLives,
    queries: () => keyturn.azure.calls.filter(({ host }) => host.startsWith('api.loganalytics')).length,
    /** Lets messages come until the rotation is over; answers how long after the overlap's end that was. */
    finish: async () => {
      const rotation = rotationOf(keyturn.journal);
      const overMs = rotation !== null && 'overlapUntilMs' in rotation ? rotation.overlapUntilMs : Number.NaN;
      await deliverUntil(keyturn, () => !oldKeyLives());
      const forMs = keyturn.clock.nowMs() - overMs;
      await deliverAll(keyturn.journal, keyturn.app);
      return forMs;
    },
    auditTrail: async () => {
      const answer = await keyturn.app.readAuditTrail('demo', keyturn.id, { after: null, limit: 200 });
      if (answer.kind !== 'found') throw new TypeError(answer.kind);
      return answer.auditTrail;
    },
  });
}

/** What the audit trail says of readers, each time that it does. */
async function noted({
  auditTrail,
}: Awaited<ReturnType<typeof switched>>): Promise<readonly RotationView['readers'][]> {
  const { entries } = await auditTrail();
  return entries.flatMap(({ changes }) =>
    changes.flatMap((change) => ('readers' in change ? [change.readers as RotationView['readers']] : [])),
  );
}

describe('when the overlap is over', () => {
  it('the audit trail and the rotation that has ended say who followed, and nobody is notified', async () => {
    const keyturn = await switched();
    await keyturn.read('key2');
    expect(await keyturn.finish()).toBeLessThan(minuteMs / 2);
    const readers = { unknown: null, followers: [{ name: consumer }], stragglers: [], unclear: [], leftOut: 0 };
    expect(await noted(keyturn)).toMatchObject([readers]);
    expect(await keyturn.readers()).toMatchObject(readers);
    expect(keyturn.told).toEqual([]);
  });

  it('people are notified of a straggler once, while the old key still lives, and the rotation goes on a minute later', async () => {
    const keyturn = await switched();
    const forMs = await keyturn.finish();
    expect(forMs).toBeGreaterThan(minuteMs - 1);
    expect(forMs).toBeLessThan(2 * minuteMs);
    expect(await noted(keyturn)).toMatchObject([{ stragglers: [{ name: consumer }] }]);
    expect(keyturn.told).toEqual([
      expect.objectContaining({
        id: `${keyturn.id}-stragglers`,
        kind: 'stragglers',
        slot: 'key1',
        reason: 'stragglers',
        detail: expect.stringContaining(`Seen: ${consumer}.`),
        whatToDo: expect.stringContaining(`POST /api/targets/demo/rotations/${keyturn.id}/hold`),
        adminCall: `GET /api/targets/demo/rotations/${keyturn.id}`,
        oldKeyLives: true,
      }),
    ]);
  });

  it('a person who is notified can still hold the rotation', async () => {
    const keyturn = await switched();
    await deliverUntil(keyturn, () => keyturn.told.length > 0);
    const answer = await keyturn.app.hold('demo', keyturn.id, { reason: 'contoso web is not restarted yet' }, operator);
    expect(answer.kind).toBe('noted');
    await deliverUntil(keyturn, () => false);
    expect(keyturn.oldKeyLives()).toBe(true);
    expect(rotationOf(keyturn.journal)).toMatchObject({ kind: 'overlapping', waiting: 'held' });
  });

  it.each<[string, Options, reason: string]>([
    ['Keyturn may not query', { isReader: false }, 'log-access-denied'],
    ['the vault sends to no workspace', { table: null }, 'log-empty'],
    ['is late', { delayMs: 119 * minuteMs }, 'log-late'],
  ])('a log that %s delays nothing, and the audit trail says why it is unknown', async (_, options, reason) => {
    const keyturn = await switched(options);
    expect(await keyturn.finish()).toBeLessThan(minuteMs / 2);
    expect(await noted(keyturn)).toMatchObject([{ unknown: { reason }, stragglers: [] }]);
    expect(keyturn.told).toEqual([]);
  });

  it('a log that is out of reach is asked once, not again and again', async () => {
    const keyturn = await switched();
    keyturn.azure.faults.add({
      method: 'POST',
      matches: /^api\.loganalytics\./,
      fault: { kind: 'lose-reply' },
      times: 2,
    });
    expect(await keyturn.finish()).toBeLessThan(minuteMs / 2);
    expect(await noted(keyturn)).toMatchObject([{ unknown: { reason: 'log-not-answered', code: 'ECONNRESET' } }]);
    expect(keyturn.queries()).toBeLessThan(3);
  });
});

describe('a target that holds the old key for stragglers', () => {
  const dayMs = 24 * 60 * minuteMs;
  const holding = (after: 'continue' | 'suspend') =>
    switched({ change: { policy: { stragglers: { holdMs: 2 * dayMs, after } } } });
  /** Goes on until the overlap is over and the old key is kept. */
  const kept = async (after: 'continue' | 'suspend' = 'continue') => {
    const keyturn = await holding(after);
    const heldOf = () => {
      const rotation = rotationOf(keyturn.journal);
      return rotation?.kind === 'overlapping' ? rotation.held : null;
    };
    await deliverUntil(keyturn, () => heldOf() !== null);
    return Object.assign(keyturn, { heldOf });
  };
  const shown = async ({ app, id }: Awaited<ReturnType<typeof kept>>) => {
    const answer = await app.readRotation('demo', id);
    if (answer.kind !== 'found') throw new TypeError(answer.kind);
    return answer.rotation;
  };

  it('keeps it for as long as it says, shows until when, and notifies of it once', async () => {
    const keyturn = await kept();
    expect(await shown(keyturn)).toMatchObject({
      ...{ state: 'overlapping', reason: 'stragglers', deadline: null },
      held: { by: 'keyturn', reason: 'stragglers', until: expect.any(String) },
      wakesAt: expect.any(String),
      actions: ['rollback', 'hold', 'release-hold', 'expedite'],
    });
    const forMs = await keyturn.finish();
    expect(forMs).toBeGreaterThan(2 * dayMs - 1);
    expect(forMs).toBeLessThan(2 * dayMs + minuteMs);
    expect(keyturn.told.map(({ id }) => id)).toEqual([`${keyturn.id}-stragglers`]);
    expect(await noted(keyturn)).toHaveLength(1);
  });

  it('ends it within an hour and a half once the straggler has read the new key, though nobody else reads the vault', async () => {
    const keyturn = await kept();
    await keyturn.read('key2');
    expect(await keyturn.finish()).toBeLessThan(90 * minuteMs);
    expect(await noted(keyturn)).toMatchObject([
      { stragglers: [{ name: consumer }] },
      { followers: [{ name: consumer }] },
    ]);
  });

  it('waits for a person then, if it says so; resumed, it ends it', async () => {
    const keyturn = await kept('suspend');
    await deliverUntil(keyturn, () => rotationOf(keyturn.journal)?.kind === 'suspended');
    expect(await shown(keyturn)).toMatchObject({ state: 'suspended', reason: 'stragglers-remain', wakesAt: null });
    expect(keyturn.oldKeyLives()).toBe(true);
    expect((await keyturn.app.resume('demo', keyturn.id, operator)).kind).toBe('noted');
    await deliverAll(keyturn.journal, keyturn.app);
    expect(keyturn.oldKeyLives()).toBe(false);
  });

  it('lets a person end the wait', async () => {
    const keyturn = await kept();
    expect((await keyturn.app.releaseHold('demo', keyturn.id, operator)).kind).toBe('noted');
    await deliverUntil(keyturn, () => !keyturn.oldKeyLives());
    expect(keyturn.oldKeyLives()).toBe(false);
  });

  it('lets a person hold it for longer', async () => {
    const keyturn = await kept();
    expect((await keyturn.app.hold('demo', keyturn.id, { reason: 'contoso web' }, operator)).kind).toBe('noted');
    await deliverUntil(keyturn, () => keyturn.heldOf()?.by === operator.objectId);
    keyturn.clock.advance(3 * dayMs);
    await keyturn.app.sweep();
    await deliverUntil(keyturn, () => false);
    expect(keyturn.oldKeyLives()).toBe(true);
  });

  it('does not keep a key that is reported as leaked meanwhile', async () => {
    const keyturn = await kept();
    const leak = { slot: 'key1', dryRun: false, overlapSeconds: null, reason: 'contoso pasted it' } as const;
    expect((await keyturn.app.leak('demo', leak, operator)).kind).toBe('begun');
    const reportedAtMs = keyturn.clock.nowMs();
    await deliverUntil(keyturn, () => !keyturn.oldKeyLives());
    expect(keyturn.oldKeyLives()).toBe(false);
    expect(keyturn.clock.nowMs() - reportedAtMs).toBeLessThan(2 * minuteMs);
  });
});

describe('a leaked key', () => {
  it('ends without the log being asked, and nobody is told of stragglers', async () => {
    const keyturn = await switched();
    const leak = { slot: 'key1', dryRun: false, overlapSeconds: 600, reason: 'contoso pasted it' } as const;
    const answer = await keyturn.app.leak('demo', leak, operator);
    expect(answer.kind).toBe('begun');
    expect(await keyturn.finish()).toBeLessThan(minuteMs / 2);
    expect(keyturn.oldKeyLives()).toBe(false);
    expect(keyturn.queries()).toBe(0);
    expect(await noted(keyturn)).toEqual([]);
    expect(keyturn.told).toEqual([]);
  });
});
