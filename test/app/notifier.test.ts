import { describe, expect, it } from 'vitest';
import { type Notifier, note, notify, notifyFindings, outboxRows } from '../../src/app/notifier.ts';
import type { Channel } from '../../src/notifications/channels.ts';
import { type NotificationKind, notificationKinds } from '../../src/notifications/choices.ts';
import type { OutboxRow } from '../../src/notifications/ports.ts';
import type { AccountRow } from '../../src/rotation/account-row.ts';
import { FailureError } from '../../src/shared/failure.ts';
import type { LogEvent } from '../../src/shared/log-event.ts';
import { buildTarget } from '../memory-world/target-builder.ts';
import { buildNotification } from '../notifications/notification-builder.ts';
import { buildLeak, buildRow, buildState, hourMs, nowMs } from '../rotation/row-builder.ts';

const target = buildTarget();
const dayMs = 24 * hourMs;
/** Everything is tried for so long. */
const horizonMs = 3 * dayMs;

function open(kinds: readonly NotificationKind[] = ['drift', 'suspended', 'failed'], fails: Error | null = null) {
  const added: OutboxRow[] = [];
  const log: LogEvent[] = [];
  let looks = 0;
  const answer = <T>(value: T): Promise<T> => (fails === null ? Promise.resolve(value) : Promise.reject(fails));
  const channels: Channel[] = [{ name: 'webhook', kinds: notificationKinds, send: async () => {} }];
  const outbox = {
    add: (_: unknown, row: OutboxRow) => {
      added.push(row);
      return answer('added' as const);
    },
    waiting: () => {
      looks += 1;
      return answer({ rows: [], storageNowMs: nowMs });
    },
    keep: async () => {},
    settle: async () => {},
  };
  const notifier = { outbox, channels, kinds };
  return {
    context: { notifier, instance: 'here', log: (event: LogEvent) => log.push(event) },
    added,
    log,
    looks: () => looks,
  };
}

const idle: Partial<AccountRow> = {
  lastDone: { rotationId: 'r', salt: 's', fingerprints: { key1: 'a', key2: 'b' }, atMs: nowMs - dayMs } as never,
};
const seen = (row: Partial<AccountRow>) => ({ row: buildRow({ ...idle, ...row }), storageNowMs: nowMs });
const end = (endedAtMs: number) => ({
  ...{ outcome: 'completed' as const, endedAtMs, refusal: null },
  last: buildState('confirming'),
});
const suspended = (sinceMs: number) => {
  return { kind: 'suspended', reason: 'pointer-moved', sinceMs, from: buildState('probing') } as const;
};

const switched = (switchedAtVaultMs: number) => buildState('retiring', { switchedAtVaultMs });

describe('the outbox of a target is looked into', () => {
  it.each<[string, Partial<AccountRow>, looks: number]>([
    ['not if nothing has happened', {}, 0],
    ['while a rotation that ended is young', { lastEnd: end(nowMs - horizonMs + 1) }, 1],
    ['no more three days after it ended', { lastEnd: end(nowMs - horizonMs) }, 0],
    ['as long as a rotation waits for a person', { rotation: suspended(nowMs - 90 * dayMs) }, 1],
    ['not for a rotation that has not led consumers anywhere', { rotation: buildState('probing') }, 0],
    ['while a switch is young', { rotation: switched(nowMs - horizonMs + 1) }, 1],
    ['no more three days after a switch', { rotation: switched(nowMs - horizonMs) }, 0],
    ['while the end of a leaked key is young', { leakGoneAtMs: nowMs - horizonMs + 1 }, 1],
    ['no more three days after that', { leakGoneAtMs: nowMs - horizonMs }, 0],
    ['as long as a key is leaked', { leaks: [buildLeak()] }, 1],
    ['as long as it is overdue', { lastDone: { ...Object(idle.lastDone), atMs: nowMs - 200 * dayMs } }, 1],
  ])('%s', async (_, row, looks) => {
    const scene = open();
    await notify(scene.context, target, seen(row));
    expect(scene.looks()).toBe(looks);
  });

  it.each<[string, ages: readonly number[], looks: number]>([
    ['with each look while there is a finding, however old', [90 * dayMs], 1],
    ['not without a finding', [], 0],
  ])('%s', async (_, ages, looks) => {
    const scene = open();
    const findings = ages.map((ageMs) => ({ sinceMs: nowMs - ageMs }));
    await notifyFindings(scene.context, target, findings);
    expect(scene.looks()).toBe(looks);
  });

  it('by nobody if nobody is to be told', async () => {
    const { context, log } = open();
    const nobody = { ...context, notifier: null };
    await notify(nobody, target, seen({ leakGoneAtMs: nowMs }));
    await notifyFindings(nobody, target, [{ sinceMs: nowMs }]);
    await note(nobody, target, [buildNotification()]);
    expect(outboxRows(nobody, target)(null, buildRow({ rotation: suspended(nowMs) }), nowMs)).toEqual([]);
    await notify(context, target, null);
    expect(log).toEqual([]);
  });
});

const send = async () => {};
const chat: Channel = { name: 'webhook', kinds: ['completed'], send };
const topic: Channel = { name: 'event-grid', kinds: notificationKinds, send };
const overlapping = buildRow({ rotation: buildState('overlapping', { switchedAtVaultMs: nowMs }) });

describe('what people are notified', () => {
  it('is put into the outbox by the save that it tells of, for each channel', () => {
    const rows = outboxRows(open().context, target)(buildRow(), buildRow({ rotation: suspended(nowMs) }), nowMs);
    expect(rows).toMatchObject([
      {
        key: `outbox-r1-suspended-${nowMs}`,
        fields: { notification: { kind: 'suspended', target: 'demo' }, left: ['webhook'], attempts: 0, nextAtMs: 0 },
      },
    ]);
  });

  it.each<[string, Partial<Notifier>, readonly string[]]>([
    ['for the channels that take it', {}, ['event-grid']],
    ['not where no channel takes it', { channels: [chat] }, []],
    ['not where the settings leave it out', { kinds: ['completed'] }, []],
  ])('is a switch %s', (_, change, left) => {
    const { context } = open(['key-switched']);
    const notifier = { ...context.notifier, channels: [chat, topic], ...change };
    const rows = outboxRows({ ...context, notifier }, target)(buildRow(), overlapping, nowMs);
    expect(rows.map(({ key, fields }) => [key, Object(fields).left])).toEqual(
      left.length === 0 ? [] : [[`outbox-r1-switched-${nowMs}`, left]],
    );
  });

  it('is of the kinds that the settings name', async () => {
    const { context, added } = open(['drift']);
    await note(context, target, [
      buildNotification({ id: 'a', kind: 'drift' }),
      buildNotification({ id: 'b', kind: 'overdue' }),
    ]);
    expect(added.map(({ id }) => id)).toEqual(['a']);
    expect(outboxRows(context, target)(buildRow(), buildRow({ rotation: suspended(nowMs) }), nowMs)).toEqual([]);
  });

  it.each<[string, Error, object]>([
    [
      'that cannot be stored now is a line in the log',
      new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null }),
      { event: 'notification-failed', target: 'demo', code: 'ServerBusy' },
    ],
    [
      'by a fault of ours is one, too: no rotation is done twice for it',
      new TypeError('ours'),
      { event: 'unexpected-error', function: 'notifying', errorName: 'TypeError', stack: expect.any(Array) },
    ],
  ])('%s', async (_, error, line) => {
    const { context, log } = open(['suspended'], error);
    await note(context, target, [buildNotification()]);
    await notify(context, target, seen({ leakGoneAtMs: nowMs }));
    await notifyFindings(context, target, [{ sinceMs: nowMs }]);
    expect(log).toEqual([line, line, line]);
  });
});
