/** The workbook's queries, asked of what the app logs: rotations on the real clients, sweeps, a channel that takes nothing. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import type { Row } from '../../local/simulated-azure/kql/evaluate-kql.ts';
import { parseKql } from '../../local/simulated-azure/kql/parse-kql.ts';
import { runKql } from '../../local/simulated-azure/kql/run-kql.ts';
import { invocationLog, levels } from '../../src/api/invocation-log.ts';
import { notificationKinds } from '../../src/notifications/choices.ts';
import { notApplied } from '../../src/shared/failure.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { operator } from '../memory-world/life.ts';
import { memoryOutbox } from '../memory-world/memory-outbox.ts';
import { simulatedKeyturn } from '../scenarios/simulated-keyturn.ts';
import { appDeployments, deployed } from './deployed.ts';

const part = z.looseObject({
  type: z.literal(3),
  name: z.string(),
  content: z.looseObject({
    title: z.string(),
    query: z.string(),
    timeContextFromParameter: z.literal('period'),
    visualization: z.enum(['timechart', 'table']),
    resourceType: z.literal('microsoft.insights/components'),
  }),
});
const book = z.object({
  version: z.literal('Notebook/1.0'),
  items: z
    .tuple([
      z.looseObject({
        type: z.literal(9),
        content: z.looseObject({ parameters: z.tuple([z.looseObject({ name: z.literal('period') })]) }),
      }),
    ])
    .rest(part),
});
const [, ...parts] = book.parse(JSON.parse(readFileSync('infra/workbook.json', 'utf8'))).items;

/** Lines as Application Insights keeps them, in the instant in which they were logged. */
const traces: Row[] = [];
const hourMs = 3_600_000;
const isoTime = (ms: number) => new Date(ms).toISOString();

function run(query: string, rows: readonly Row[]): readonly Row[] {
  const parsed = parseKql(query);
  expect(parsed.table).toBe('traces');
  return runKql(parsed, { columns: ['timestamp', 'message'], rows }, 0).rows;
}

/** A part's rows. */
function ask(name: string, table: readonly Row[] = traces): readonly Row[] {
  const { content } = parts.find((one) => one.name === name) ?? {};
  return run(content?.query ?? '', table);
}

beforeAll(async () => {
  const keyturn = simulatedKeyturn(
    {},
    {
      notifier: ({ journal, clock }) => ({
        outbox: memoryOutbox(journal.journal, clock.nowMs),
        channels: [
          { name: 'webhook', kinds: notificationKinds, send: async () => undefined },
          { name: 'event-grid', kinds: notificationKinds, send: () => Promise.reject(notApplied('ServerBusy')) },
        ],
        kinds: ['completed', 'suspended', 'overdue'],
      }),
    },
  );
  const { app, clock, log, journal, azure } = keyturn;
  let stamped = 0;
  // The very line that the host gets.
  const stamp = async () => {
    for (const event of log.slice(stamped)) {
      const line = vi.spyOn(console, levels[event.event]).mockImplementation(() => undefined);
      invocationLog(event);
      traces.push({ timestamp: isoTime(clock.nowMs()), message: line.mock.calls[0]?.[0] });
      line.mockRestore();
    }
    stamped = log.length;
  };
  keyturn.afterEachCall(stamp);
  // The host logs too.
  traces.push({ timestamp: isoTime(clock.nowMs()), message: 'Executing Functions.sweep' });
  const sweep = async (hours: number) => {
    clock.advance(hours * hourMs);
    await app.sweep();
    await stamp();
  };
  await sweep(1);
  await app.adopt('demo', { activeSlot: 'key1' }, operator);
  await sweep(3);
  await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
  await deliverAll(journal, app, () => void stamp());
  await sweep(1);
  // The next one meets a throttle, then a vault that refuses.
  clock.advance(70 * 24 * hourMs);
  const fault = {
    kind: 'answer',
    applied: false,
    status: 429,
    headers: { 'retry-after': '17' },
    body: JSON.stringify({ error: { code: 'TooManyRequests', message: 'x' } }),
  } as const;
  azure.faults.add({ method: 'POST', matches: /listKeys/, times: 1, fault });
  await sweep(1);
  await deliverAll(journal, app, () => void stamp());
  await sweep(1);
});

describe('the workbook', () => {
  it('has a part for everything that it is for', () => {
    expect(parts.map(({ name }) => name)).toEqual([
      'fleet',
      'overdue',
      'suspended',
      'durations',
      'key-ages',
      'throttling',
      'notifications',
    ]);
    const [, listed = ''] = /Its parts: ([a-z,\s]+)\./.exec(readFileSync('docs/audit-and-metrics.md', 'utf8')) ?? [];
    expect(listed.split(/,\s/).map((one) => one.replace(' ', '-'))).toEqual(parts.map(({ name }) => name));
  });

  it.each(parts)('asks in $name for events that are logged', ({ content }) => {
    const [, event = ''] = /"event":"([a-z-]+)"?'/.exec(content.query) ?? [];
    expect(Object.keys(levels).some((one) => one.startsWith(event))).toBe(event !== '');
  });

  it.each(parts)('asks in $name for nothing that no line holds', ({ name, content }) => {
    const [, event = ''] = /("event":"[a-z-]+"?)'/.exec(content.query) ?? [];
    const lines = traces.filter(({ message }) => String(message).includes(event));
    expect(lines, name).not.toEqual([]);
    const held = new Set(lines.flatMap(({ message }) => Object.keys(JSON.parse(String(message)))));
    const asked = [...content.query.matchAll(/\bm(?:\.|\[')(\w+)/g)].map(([, field = '']) => field);
    expect(asked.filter((field) => !held.has(field))).toEqual([]);
  });

  it('is made beside each log, unless it is not wanted, and opens on that log', () => {
    for (const deployment of appDeployments) {
      const [log] = deployment.ofType('Microsoft.Insights/components');
      const books = deployment.ofType('Microsoft.Insights/workbooks');
      expect(books.map(({ properties }) => properties.sourceId)).toEqual(log === undefined ? [] : [log.id]);
    }
    const [made] = deployed('tags').ofType('Microsoft.Insights/workbooks');
    expect(JSON.parse(String(made?.properties.serializedData))).toEqual({
      ...JSON.parse(readFileSync('infra/workbook.json', 'utf8')),
      fallbackResourceIds: [made?.properties.sourceId],
    });
  });
});

describe('of what a fleet logs, docs/audit-and-metrics.md asks', () => {
  const page = readFileSync('docs/audit-and-metrics.md', 'utf8');
  const [status = '', rotation = '', ...others] = [...page.matchAll(/```kusto\n(.*?)```/gs)].map(
    ([, query = '']) => query,
  );

  it('for targets that need a person', () => {
    expect(others).toEqual([]);
    expect(run(status, traces)).toEqual([]);
    expect(run(status.replace('suspended', 'idle'), traces)).toMatchObject([{ target: 'demo', status: 'idle' }]);
  });

  it('for everything about one rotation, the oldest line first', () => {
    const [newest] = ask('durations');
    const rows = run(rotation.replace('<id>', String(newest?.rotation)), traces);
    expect(rows.map(({ timestamp }) => timestamp)).toEqual(rows.map(({ timestamp }) => String(timestamp)).toSorted());
    expect(String(rows.at(-1)?.message)).toContain(String(newest?.rotation));
  });
});

describe('of what a fleet logs, the workbook shows', () => {
  it('the targets in each status, by the hour', () => {
    const rows = ask('fleet');
    expect(rows.map(({ timestamp }) => Date.parse(String(timestamp)) % hourMs)).toEqual(rows.map(() => 0));
    expect(rows[0]).toMatchObject({ targets: 1, due: 0, running: 0, overdue: 0, suspended: 0, leaked: 0, unknown: 0 });
    expect(rows.some(({ due, running }) => due === 1 || running === 1)).toBe(true);
  });

  it('how long each rotation took, and how it ended, the newest first', () => {
    const rows = ask('durations');
    expect(rows.map(({ target, outcome }) => [target, outcome])).toEqual([
      ['demo', 'completed'],
      ['demo', 'completed'],
    ]);
    // Two overlaps, and the proofs.
    for (const { hours } of rows) expect(hours).toBeGreaterThanOrEqual(2);
    for (const { hours } of rows) expect(hours).toBeLessThan(8);
    expect(String(rows[0]?.began) > String(rows[1]?.began)).toBe(true);
  });

  it('the age of both keys, and the older one', () => {
    const [row, ...others] = ask('key-ages');
    expect(others).toEqual([]);
    expect(row).toMatchObject({ target: 'demo', atLeast: false });
    expect(row?.oldest).toBe(Math.max(Number(row?.key1), Number(row?.key2)));
    expect(Number(row?.oldest)).toBeLessThan(1);
  });

  it('what Azure asked to wait', () => {
    expect(ask('throttling')).toEqual([
      expect.objectContaining({ subscription: expect.stringMatching(/^[0-9a-f-]{36}$/), times: 1, longest: 17 }),
    ]);
  });

  it('what became of notifications, by channel', () => {
    expect(ask('notifications')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ event: 'notification-sent', about: 'completed', channel: 'webhook', code: '' }),
        expect.objectContaining({ event: 'notification-not-sent', channel: 'event-grid', code: 'ServerBusy' }),
      ]),
    );
  });

  it.each([
    ['overdue', 'overdue'],
    ['overdue', 'due'],
    ['suspended', 'suspended'],
    ['suspended', 'leaked'],
  ])('in %s a target that is %s by its last line, and none that was so before', (name, status) => {
    expect(ask(name).filter((row) => row.status === status)).toEqual([]);
    const last = traces.findLast(({ message }) => String(message).includes('"event":"target-measured"'));
    const measured = JSON.parse(String(last?.message));
    const line = (target: string, said: string, timestamp: number) => ({
      timestamp: isoTime(timestamp),
      message: JSON.stringify({ ...measured, target, status: said, reason: 'copies-disagree' }),
    });
    const rows = ask(name, [line('one', status, 2), line('two', status, 1), line('two', 'idle', 2), ...traces]);
    expect(rows).toMatchObject([{ target: 'one', status }]);
    expect(Object.values(rows[0] ?? {})).toContain('copies-disagree');
  });
});
