import { describe, expect, it } from 'vitest';
import { FailureError } from '../../src/shared/failure.ts';
import type { LogEvent } from '../../src/shared/log-event.ts';
import { parseAccountId } from '../../src/shared/resource-id.ts';
import type { Channel } from '../../src/telling/channels.ts';
import { deliver, mostAttempts, tellingHorizonMs } from '../../src/telling/deliver.ts';
import type { Outbox, OutboxRow } from '../../src/telling/ports.ts';
import { waitingNoticeFor } from '../../src/telling/waiting-notice.ts';
import { buildNotice } from './notice-builder.ts';

const account = parseAccountId(
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/ai',
);
if (account === null) throw new TypeError();
const minuteMs = 60_000;

function outboxOf(ids: readonly string[], channels: readonly Channel[]) {
  const waiting = new Map<string, OutboxRow>();
  for (const id of ids) waiting.set(id, waitingNoticeFor(buildNotice({ id }), channels));
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

function channel(name: Channel['name'], answers: (id: string) => 'takes' | 'fails' = () => 'takes') {
  const got: string[] = [];
  const sent: Channel = {
    name,
    send: async ({ id }) => {
      got.push(id);
      if (answers(id) === 'fails')
        throw new FailureError({ kind: 'not-applied', code: 'http-500', retryAfterMs: null });
    },
  };
  return { ...sent, got };
}

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
    expect(told.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(log.map(({ event }) => event)).toEqual(Array(4).fill('notice-told'));
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
    expect(log).toContainEqual(
      expect.objectContaining({ event: 'notice-not-told', channel: 'webhook', code: 'http-500', attempts: 1 }),
    );
  });

  it('does not knock again in one round where a channel has failed', async () => {
    const broken = channel('webhook', () => 'fails');
    const { outbox, waiting } = outboxOf(['a', 'b', 'c'], [broken]);
    await deliver({ outbox, channels: [broken], log: () => {} }, account);
    expect(broken.got).toEqual(['a']);
    expect([...waiting.values()].map(({ fields }) => Reflect.get(Object(fields), 'attempts'))).toEqual([1, 0, 0]);
  });

  it('gives up at last, says so, and stays within what the sweep still looks at', async () => {
    const broken = channel('webhook', () => 'fails');
    const log: LogEvent[] = [];
    const { outbox, waiting, told, clock } = outboxOf(['a'], [broken]);
    const startMs = clock.nowMs;
    while (waiting.size > 0) {
      await deliver({ outbox, channels: [broken], log: (event) => log.push(event) }, account);
      clock.nowMs += 5 * minuteMs;
    }
    expect(broken.got).toHaveLength(mostAttempts);
    expect(log.at(-1)).toMatchObject({ event: 'notice-given-up', id: 'a', channels: ['webhook'] });
    expect(told).toHaveLength(1);
    expect(clock.nowMs - startMs).toBeLessThan(tellingHorizonMs);
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
