import { describe, expect, it } from 'vitest';
import { sweepHardening } from '../../../src/app/sweep/sweep-hardening.ts';
import { leaseMs, settleMs } from '../../../src/durable/numbers.ts';
import type { StoredRow } from '../../../src/durable/ports.ts';
import type { HardeningArea } from '../../../src/hardening/ports.ts';
import { stalledAfterMs } from '../../../src/rotation/numbers.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { changeIn, closed, open } from '../../hardening/network/network-builder.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

const nowMs = 900_000_000;
const minuteMs = 60_000;

const stored = (fields: unknown, savedAtMs = nowMs): StoredRow => ({
  fields,
  etag: 'e',
  savedAtMs,
  storageNowMs: nowMs,
});
const row = (more: object) => ({
  lease: { kind: 'released', token: '', saveSeq: 0 },
  settleUntilMs: 0,
  inDoubt: null,
  wakeAtMs: null,
  wakeSeq: 3,
  retrying: null,
  ...more,
});
const leased = { lease: { kind: 'held', token: 't', saveSeq: 1 } };
const deadAfterMs = leaseMs + settleMs;

async function woken(
  rows: ReadonlyMap<HardeningArea, StoredRow>,
  enqueue: () => Promise<void> = async () => {},
  awakeSinceMs = 0,
) {
  const sent: unknown[] = [];
  const logged: unknown[] = [];
  const { isStalled, blocked } = await sweepHardening(
    {
      hardeningRows: {
        load: async () => null,
        loadAll: async () => rows,
        save: async () => ({ kind: 'conflict' }),
        remove: async () => 'conflict',
      },
      wakeUps: {
        enqueue: async (...args) => {
          sent.push(args);
          await enqueue();
        },
      },
      log: (event) => void logged.push(event),
    },
    buildTarget({}),
    awakeSinceMs,
  );
  return { sent, logged, isStalled, blocked };
}

describe('the sweep over changes of hardening', () => {
  it.each<[string, StoredRow, boolean]>([
    ['leaves alone what is at rest', stored(row({})), false],
    ['gives a message two minutes to come', stored(row({ wakeAtMs: nowMs - 2 * minuteMs })), false],
    ['wakes a change whose message is later than that', stored(row({ wakeAtMs: nowMs - 2 * minuteMs - 1 })), true],
    ['leaves a worker alone that may live', stored(row(leased), nowMs - deadAfterMs + 1), false],
    ['leaves it alone even when its message is late', stored(row({ ...leased, wakeAtMs: 0 }), nowMs), false],
    ['wakes a change whose worker is dead', stored(row(leased), nowMs - deadAfterMs), true],
    ['leaves a row alone that it cannot read', stored({ wakeSeq: 'three' }), false],
  ])('%s', async (_, found, isWoken) => {
    const { sent } = await woken(new Map([['access', found]]));
    expect(sent).toEqual(isWoken ? [[{ target: 'demo', wakeSeq: 3, area: 'access' }, 0]] : []);
  });

  it.each<[string, object, number, boolean]>([
    ['counts a change as overdue that is tried in vain for half an hour', { retrying: { sinceMs: 0 } }, 0, true],
    ['counts one whose message has been missing for as long', { wakeAtMs: nowMs - stalledAfterMs - 1 }, 0, true],
    ['does not count one that is younger', { wakeAtMs: nowMs - stalledAfterMs }, 0, false],
    ['does not count a pause of the instance', { wakeAtMs: 0 }, nowMs - 1, false],
    ['does not count it for tries in vain', { retrying: { sinceMs: 0 } }, nowMs - stalledAfterMs, false],
    ['counts from the end of the pause', { retrying: { sinceMs: 0 } }, nowMs - stalledAfterMs - 1, true],
    ['counts nothing while it lasts', { wakeAtMs: 0 }, Number.POSITIVE_INFINITY, false],
  ])('%s', async (_, more, awakeSinceMs, expected) => {
    const { isStalled } = await woken(new Map([['keyless', stored(row(more))]]), undefined, awakeSinceMs);
    expect(isStalled).toBe(expected);
  });

  it('tells of a change that cannot be taken back', async () => {
    const since = { sinceMs: nowMs - 11 * minuteMs, reason: 'shut-out', code: null } as const;
    const state = changeIn(
      { kind: 'restoring', from: open, to: closed, ...since },
      { waitingFor: { reason: 'rules-not-back', code: 'ScopeLocked' } },
    );
    const { blocked } = await woken(new Map([['network', stored(row({ state }))]]));
    const revert = { area: 'network', reason: 'rules-not-back', code: 'ScopeLocked' };
    expect(blocked).toMatchObject({ revert, nowMs });
    expect((await woken(new Map([['network', stored(row({}))]]))).blocked).toBeNull();
  });

  it('does not count one that it cannot read', async () => {
    const { isStalled } = await woken(new Map([['access', stored({ wakeAtMs: 0, wakeSeq: 'three' })]]));
    expect(isStalled).toBe(false);
  });

  it('wakes each area of an account, not only the first', async () => {
    const late = stored(row({ wakeAtMs: 0 }));
    const { sent } = await woken(
      new Map<HardeningArea, StoredRow>([
        ['network', late],
        ['access', stored(row({}))],
        ['keyless', late],
      ]),
    );
    expect(sent).toEqual([
      [{ target: 'demo', wakeSeq: 3, area: 'network' }, 0],
      [{ target: 'demo', wakeSeq: 3, area: 'keyless' }, 0],
    ]);
  });

  it('logs a message that cannot be sent, and goes on', async () => {
    const late = stored(row({ wakeAtMs: 0 }));
    const rows = new Map<HardeningArea, StoredRow>([
      ['network', late],
      ['keyless', late],
    ]);
    const { sent, logged } = await woken(rows, () =>
      Promise.reject(new FailureError({ kind: 'not-applied', code: 'http-503', retryAfterMs: null })),
    );
    expect(sent).toHaveLength(2);
    expect(logged).toEqual([1, 2].map(() => ({ event: 'wake-up-not-sent', target: 'demo', code: 'http-503' })));
  });
});
