/** The workbook of infra/: each query runs over the log of a Keyturn that lives through what it is to show. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parseKql } from '../../local/simulated-azure/arm/resource-graph/parse-kql.ts';
import { runKql } from '../../local/simulated-azure/arm/resource-graph/run-kql.ts';
import { levels } from '../../src/api/invocation-log.ts';
import type { Channel } from '../../src/notifications/channels.ts';
import { notificationKinds } from '../../src/notifications/choices.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { dayMs } from '../../src/shared/time.ts';
import { deployed } from '../infra/deployed.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { memoryOutbox } from '../memory-world/memory-outbox.ts';
import { simulatedKeyturn } from './simulated-keyturn.ts';

const workbook = z
  .object({ version: z.literal('Notebook/1.0'), items: z.array(z.object({ name: z.string(), content: z.unknown() })) })
  .parse(JSON.parse(readFileSync('infra/workbook.json', 'utf8')));
const queryItem = z.object({
  query: z.string(),
  resourceType: z.literal('microsoft.insights/components'),
  timeContextFromParameter: z.literal('period'),
});
const queries = workbook.items
  .filter(({ name }) => name !== 'period')
  .map(({ name, content }) => ({ name, ...queryItem.parse(content) }));

interface Line {
  readonly timestamp: string;
  readonly message: string;
}

const operator = { objectId: 'operator-1', name: 'contoso operator' };
const lines: Line[] = [];
let nowMs = 0;
const ids: string[] = [];

/** One rotation that completes, one that is suspended, a channel that fails at first, and a throttled subscription. */
beforeAll(async () => {
  let works = false;
  const channel: Channel = {
    name: 'webhook',
    send: async () => {
      if (!works) throw new FailureError({ kind: 'not-applied', code: 'http-503', retryAfterMs: null });
    },
  };
  const { app, azure, clock, journal, log, target, vault } = simulatedKeyturn(
    {},
    {
      notifier: (world) => ({
        outbox: memoryOutbox(world.journal.journal, () => world.clock.nowMs()),
        channels: [channel],
        kinds: notificationKinds,
      }),
    },
  );
  const push = log.push.bind(log);
  log.push = (...events) => {
    const timestamp = new Date(clock.nowMs()).toISOString();
    lines.push(...events.map((event) => ({ timestamp, message: JSON.stringify(event) })));
    return push(...events);
  };
  const rotate = async () => {
    const started = await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    if (started.kind !== 'started') throw new Error(started.kind);
    ids.push(started.rotation.id);
    await deliverAll(journal, app);
    await app.sweep();
  };

  await app.sweep();
  await app.adopt('demo', { activeSlot: 'key1' }, operator);
  clock.advance(target.policy.overlapMs + 2_000);
  const fault = { kind: 'throttle', retryAfterSeconds: 120 } as const;
  azure.faults.add({ method: 'POST', matches: /listKeys/i, fault, times: 1 });
  await rotate();
  works = true;
  clock.advance(3 * dayMs);
  await app.sweep();
  const pointer = vault.secrets.find(({ name }) => name === 'ai-services-active-key')?.versions.at(-1);
  if (pointer === undefined) throw new TypeError('there is no pointer');
  pointer.value = 'key9';
  await rotate();
  nowMs = clock.nowMs();
});

function rowsOf(name: string) {
  const { query } = queries.find((one) => one.name === name) ?? {};
  if (query === undefined) throw new TypeError(name);
  return runKql(parseKql(query), { columns: ['timestamp', 'message'], rows: lines.map((line) => ({ ...line })) }, nowMs)
    .rows;
}

const instant = expect.stringMatching(/^20\d\d-\d\d-\d\dT/);

describe('the workbook shows', () => {
  it('the fleet', () => {
    const counts = { targets: 1, due: 0, overdue: 0, leaked: 0 };
    const rows = rowsOf('fleet');
    expect(rows.at(0)).toEqual({ ...counts, timestamp: instant, running: 0, suspended: 0 });
    expect(rows.at(-1)).toMatchObject({ ...counts, suspended: 1 });
    expect(rows).toHaveLength(lines.filter(({ message }) => message.includes('"fleet-measured"')).length);
  });

  it('targets that need somebody, as they stand now', () => {
    expect(rowsOf('overdue')).toEqual([
      { target: 'demo', status: 'suspended', reason: 'pointer-invalid', rotation: ids[1], timestamp: instant },
    ]);
  });

  it('suspensions', () => {
    expect(rowsOf('suspended')).toEqual([
      { timestamp: instant, target: 'demo', reason: 'pointer-invalid', rotation: ids[1] },
    ]);
  });

  it('how long completed rotations took: at least their overlap', () => {
    expect(rowsOf('durations')).toEqual([
      {
        target: 'demo',
        rotation: ids[0],
        began: instant,
        hours: expect.toSatisfy((hours) => hours >= 2 && hours < 12),
      },
    ]);
  });

  it('the age of keys, day by day', () => {
    const rows = rowsOf('key-ages');
    expect(rows.map(({ target }) => target)).toEqual(rows.map(() => 'demo'));
    expect(rows.every(({ day }) => /T00:00:00\.000Z$/.test(String(day)))).toBe(true);
    expect(rows.length).toBeGreaterThanOrEqual(2);
    expect(Number(rows.at(-1)?.days)).toBeGreaterThanOrEqual(3);
  });

  it('throttling', () => {
    expect(rowsOf('throttling')).toEqual([
      {
        subscription: expect.stringMatching(/^[0-9a-f-]{36}$/),
        hour: expect.stringMatching(/:00:00\.000Z$/),
        pauses: 1,
        longestSeconds: expect.toSatisfy((seconds) => seconds >= 120 && seconds < 180),
      },
    ]);
  });

  it('what became of messages to people', () => {
    const rows = rowsOf('notifications');
    const messages = (event: string, kind: string) =>
      lines.filter(({ message }) => message.includes(`"event":"${event}"`) && message.includes(`"kind":"${kind}"`))
        .length;
    expect(rows).toContainEqual({ event: 'notification-sent', kind: 'completed', messages: 1 });
    expect(rows).toContainEqual({
      event: 'notification-not-sent',
      kind: 'completed',
      messages: messages('notification-not-sent', 'completed'),
    });
  });

  it('only events that are logged, and every query has its test', () => {
    expect(queries.map(({ name }) => name)).toEqual([
      ...['fleet', 'overdue', 'suspended', 'durations', 'key-ages', 'throttling', 'notifications'],
    ]);
    const named = queries.flatMap(({ query }) =>
      [...query.matchAll(/"event":"([a-z-]+)/g)].map(([, event = '']) => event),
    );
    const logged = Object.keys(levels);
    expect(named.filter((event) => !logged.some((one) => one.startsWith(event)))).toEqual([]);
  });
});

it('the workbook is deployed where it is asked for, on the log of the app', () => {
  const [deployedWorkbook, ...others] = deployed('tags').ofType('Microsoft.Insights/workbooks');
  expect(others).toEqual([]);
  expect(deployed('minimal').ofType('Microsoft.Insights/workbooks')).toEqual([]);
  const { serializedData, sourceId } = deployedWorkbook?.properties ?? {};
  expect(JSON.parse(String(serializedData))).toEqual(JSON.parse(readFileSync('infra/workbook.json', 'utf8')));
  expect(sourceId).toBe(deployed('tags').ofType('Microsoft.Insights/components')[0]?.id);
});
