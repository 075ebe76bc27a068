import { describe, expect, it } from 'vitest';
import type { Channel } from '../../src/notifications/channels.ts';
import { notificationKinds } from '../../src/notifications/choices.ts';
import { deliver, notificationHorizonMs } from '../../src/notifications/deliver.ts';
import type { Outbox, OutboxRow } from '../../src/notifications/ports.ts';
import { waitingNotificationFor } from '../../src/notifications/waiting-notification.ts';
import { type Failure, FailureError } from '../../src/shared/failure.ts';
import type { LogEvent } from '../../src/shared/log-event.ts';
import { parseAccountId } from '../../src/shared/resource-id.ts';
import { buildNotification } from './notification-builder.ts';

const account = parseAccountId(
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/ai',
);
if (account === null) throw new TypeError();
const minuteMs = 60_000;

function outboxOf(ids: readonly string[], channels: readonly Channel[]) {
  const waiting = new Map<string, OutboxRow>();
  for (const id of ids) waiting.set(id, waitingNotificationFor(buildNotification({ id }), channels));
  const told: OutboxRow[] = [];
  const clock = { nowMs: 1_000_000 };
  const outbox: Outbox = {
    add: async () => 'added',
    waiting: async () => ({ rows: [...waiting.values()], storageNowMs: clock.nowMs }),
    keep: async (_, row) => void waiting.set(row.id, row),
    settle: async (_, row) => {
      waiting.delete(row.id);
      told.push(row);
    },
  };
  return { outbox, waiting, told, clock };
}

const serverError: Failure = { kind: 'not-applied', code: 'http-500', retryAfterMs: null };

function channel(
  name: Channel['name'],
  answers: (id: string) => 'takes' | 'fails' = () => 'takes',
  failure: Failure = serverError,
) {
  const got: string[] = [];
  const sent: Channel = {
    name,
    kinds: notificationKinds,
    send: async ({ id }) => {
      got.push(id);
      if (answers(id) === 'fails') throw new FailureError(failure);
    },
  };
  return { ...sent, got };
}

/** What a log line says of the message. */
const about = (id: string) => {
  const { kind, target, rotationId } = buildNotification();
  return { id, kind, target, rotationId };
};

describe('delivering', () => {
  it('sends each message to each channel once, and then no more', async () => {
    const channels = [channel('event-grid'), channel('webhook')];
    const log: LogEvent[] = [];
    const { outbox, waiting, told } = outboxOf(['a', 'b'], channels);
    await deliver({ outbox, channels, log: (event) => log.push(event) }, account);
    await deliver({ outbox, channels, log: (event) => log.push(event) }, account);
    expect(channels.map(({ got }) => got)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(waiting.size).toBe(0);
    expect(told).toMatchObject(['a', 'b'].map((id) => ({ id, fields: { left: [], notification: { id } } })));
    expect(log).toEqual(
      ['a', 'b'].flatMap((id) =>
        (['event-grid', 'webhook'] as const).map((name) => ({
          event: 'notification-sent',
          ...about(id),
          channel: name,
        })),
      ),
    );
  });

  it('asks only the channel again that failed, under the same id, after a pause', async () => {
    let works = false;
    const channels = [channel('event-grid'), channel('webhook', () => (works ? 'takes' : 'fails'))];
    const log: LogEvent[] = [];
    const { outbox, waiting, clock } = outboxOf(['a'], channels);
    const round = () => deliver({ outbox, channels, log: (event) => log.push(event) }, account);
    await round();
    works = true;
    clock.nowMs += minuteMs - 1;
    await round();
    expect(channels[1]?.got).toEqual(['a']);
    clock.nowMs += 1;
    await round();
    expect(channels.map(({ got }) => got)).toEqual([['a'], ['a', 'a']]);
    expect(waiting.size).toBe(0);
    expect(log).toContainEqual({
      ...{ event: 'notification-not-sent', ...about('a'), channel: 'webhook', code: 'http-500', attempts: 1 },
      ...{ missingAction: null, fix: null },
    });
  });

  it.each<[string, Failure, action: string | null]>([
    ['and what the identity lacks', { ...serverError, code: 'http-403', action: 'x/y' }, 'x/y'],
    ['if it may have been taken', { kind: 'outcome-unknown', code: 'timed-out' }, null],
  ])('logs why a channel failed, %s', async (_, failure, missingAction) => {
    const channels = [channel('event-grid', () => 'fails', failure)];
    const log: LogEvent[] = [];
    const { outbox, waiting } = outboxOf(['a'], channels);
    await deliver({ outbox, channels, log: (event) => log.push(event) }, account);
    expect(log).toEqual([
      {
        ...{ event: 'notification-not-sent', ...about('a'), channel: 'event-grid', code: failure.code, attempts: 1 },
        ...{ missingAction, fix: missingAction && expect.stringContaining('a role with this action') },
      },
    ]);
    expect(waiting.size).toBe(1);
  });

  it('tries a channel that fails after one minute, then two, four and so on, and at last once an hour', async () => {
    const broken = channel('webhook', () => 'fails');
    const { outbox, clock } = outboxOf(['a'], [broken]);
    const triedAfter: number[] = [];
    for (let minute = 0; minute < 4 * 60; minute += 1) {
      const before = broken.got.length;
      await deliver({ outbox, channels: [broken], log: () => {} }, account);
      if (broken.got.length > before) triedAfter.push(minute);
      clock.nowMs += minuteMs;
    }
    expect(triedAfter).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183]);
  });

  it('throws what is a fault of our own', async () => {
    const broken: Channel = {
      name: 'webhook',
      kinds: notificationKinds,
      send: () => Promise.reject(new TypeError('ours')),
    };
    const { outbox } = outboxOf(['a'], [broken]);
    await expect(deliver({ outbox, channels: [broken], log: () => {} }, account)).rejects.toThrow('ours');
  });

  it.each<[string, object]>([
    ['of another shape', { left: ['webhook'] }],
    [
      'for a channel of another release',
      { left: ['pager'], attempts: 0, nextAtMs: 0, notification: buildNotification() },
    ],
    [
      'of a kind of another release',
      { left: ['webhook'], attempts: 0, nextAtMs: 0, notification: { ...buildNotification(), kind: 'news' } },
    ],
  ])('puts a row aside that is %s, says so, and delivers the next', async (_, fields) => {
    const channels = [channel('webhook')];
    const log: LogEvent[] = [];
    const { outbox, waiting, told } = outboxOf(['a', 'b'], channels);
    waiting.set('a', { id: 'a', fields });
    await deliver({ outbox, channels, log: (event) => log.push(event) }, account);
    expect(log).toEqual([
      { event: 'notification-unreadable', id: 'a' },
      { event: 'notification-sent', ...about('b'), channel: 'webhook' },
    ]);
    expect(told[0]).toEqual({ id: 'a', fields });
    expect(waiting.size).toBe(0);
  });

  it('does not knock again in one round if a channel has failed', async () => {
    const broken = channel('webhook', () => 'fails');
    const { outbox, waiting } = outboxOf(['a', 'b', 'c'], [broken]);
    await deliver({ outbox, channels: [broken], log: () => {} }, account);
    expect(broken.got).toEqual(['a']);
    expect([...waiting.values()].map(({ fields }) => Reflect.get(Object(fields), 'attempts'))).toEqual([1, 0, 0]);
  });

  it('does not knock in a round if a channel has failed for another account, and goes on with the other', async () => {
    const channels = [channel('event-grid'), channel('webhook')];
    const { outbox, waiting } = outboxOf(['a'], channels);
    await deliver({ outbox, channels, log: () => {} }, account, new Set(['event-grid']));
    expect(channels.map(({ got }) => got)).toEqual([[], ['a']]);
    expect(waiting.get('a')?.fields).toMatchObject({ left: ['event-grid'], attempts: 1 });
  });

  it('notes a channel that has failed, for the accounts that follow', async () => {
    const channels = [channel('event-grid', () => 'fails'), channel('webhook')];
    const { outbox } = outboxOf(['a'], channels);
    const broken = new Set<Channel['name']>();
    await deliver({ outbox, channels, log: () => {} }, account, broken);
    expect([...broken]).toEqual(['event-grid']);
  });

  it('gives up after thirty attempts, says so, and stays within what the sweep still looks at', async () => {
    const log: LogEvent[] = [];
    const takesAtLast = channel('event-grid', () => (takesAtLast.got.length < 30 ? 'fails' : 'takes'));
    const broken = channel('webhook', () => 'fails');
    const channels = [takesAtLast, broken];
    const { outbox, waiting, told, clock } = outboxOf(['a'], channels);
    const startMs = clock.nowMs;
    while (waiting.size > 0) {
      await deliver({ outbox, channels, log: (event) => log.push(event) }, account);
      clock.nowMs += 5 * minuteMs;
    }
    expect(broken.got).toHaveLength(30);
    expect(log.at(-1)).toEqual({
      ...{ event: 'notification-given-up', ...about('a') },
      ...{ channels: ['webhook'], attempts: 30 },
    });
    expect(told).toEqual([
      {
        id: 'a',
        fields: {
          notification: buildNotification({ id: 'a' }),
          left: ['webhook'],
          attempts: 30,
          nextAtMs: expect.any(Number),
        },
      },
    ]);
    expect(clock.nowMs - startMs).toBeLessThan(notificationHorizonMs);
    expect(clock.nowMs - startMs).toBeGreaterThan(24 * 60 * minuteMs);
  });

  it('forgets a channel that the settings no longer name', async () => {
    const webhook = channel('webhook');
    const { outbox, told } = outboxOf(['a'], [channel('event-grid'), webhook]);
    await deliver({ outbox, channels: [webhook], log: () => {} }, account);
    expect(webhook.got).toEqual(['a']);
    expect(told).toHaveLength(1);
  });
});
