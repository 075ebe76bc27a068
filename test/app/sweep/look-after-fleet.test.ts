import { describe, expect, it } from 'vitest';
import { lookAfterFleet, noLooks } from '../../../src/app/sweep/look-after-fleet.ts';
import { lookPromise, mostLooksInSubscription, roomForLooks } from '../../../src/app/sweep/look-share.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { parseAccountId } from '../../../src/shared/resource-id.ts';
import { minuteMs } from '../../../src/shared/time.ts';
import type { DriftNotes } from '../../../src/targets/drift-notes.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, hourMs, nowMs } from '../../rotation/row-builder.ts';

/** So many targets without a row, which all are due for a look; `fails`: the journal cannot be read. */
async function look(
  accounts: number,
  { sinceMs = 0, fails = false, subscriptions = 1, room = 60, vaults = accounts } = {},
) {
  const { ports, clock } = memoryWorld();
  const resting = Array.from({ length: accounts }, (_, at) => {
    const account = parseAccountId(
      `/subscriptions/11111111-1111-1111-1111-11111111111${at % subscriptions}/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/ai-${at}`,
    );
    if (account === null) throw new TypeError(String(at));
    return {
      target: buildTarget({ name: `ai-${at}`, account, vaultUrl: `https://kv-${at % vaults}.vault.azure.net` }),
      origin: 'declared' as const,
      notes: null,
    };
  });
  const failure = new FailureError({ kind: 'refused', reason: 'account-not-found', code: 'ResourceNotFound' });
  const outage = new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null });
  const rows: typeof ports.rows = {
    ...ports.rows,
    load: () => (fails ? Promise.reject(outage) : Promise.resolve(null)),
    loadNotes: async () => null,
    saveNotes: async () => {},
  };
  const accountsOf: typeof ports.accounts = (...given) => ({
    ...ports.accounts(...given),
    get: () => Promise.reject(failure),
  });
  const failedAtMs = new Map([[resting[0]?.target.account.armId ?? '', 1]]);
  const notLooked: string[] = [];
  const looks = await lookAfterFleet(
    { ...ports, rows, accounts: accountsOf },
    resting,
    clock.monotonicMs() - sinceMs,
    ({ name }) => notLooked.push(name),
    undefined,
    { ...noLooks(), failedAtMs },
    (_, { account }) => (account.subscriptionId.endsWith('0') ? room : 60),
  );
  return { looks, notLooked, failed: failedAtMs.size };
}

/** The pointers that are read, of adopted targets in the same vault. */
async function pointersRead(resting: Readonly<Record<string, Partial<DriftNotes> & { readonly nowMs?: number }>>) {
  const { ports, clock, calls } = memoryWorld(nowMs);
  const rows: typeof ports.rows = { ...ports.rows, load: async () => null };
  await lookAfterFleet(
    { ...ports, rows },
    Object.entries(resting).map(([name, { nowMs: atMs, ...notes }]) => ({
      target: buildTarget({ name, prefix: name }),
      origin: 'declared' as const,
      notes: {
        ...{ schemaVersion: 1, lookedAtMs: nowMs, isDue: false, wakeSeq: 7, drift: [], events: 'unknown' },
        ...{ known: null, activeKey: null, expiresAtMs: null, ...notes },
      },
      row: buildRow({ prefix: name, accountKind: 'OpenAI', endpoint: 'https://contoso.openai.azure.com/' }),
      ...(atMs === undefined ? {} : { nowMs: atMs }),
    })),
    clock.monotonicMs(),
    () => {},
    undefined,
    noLooks(),
    () => 60,
  );
  return calls.flatMap(({ operation, subject }) => (operation === 'get' ? [subject] : []));
}

describe('the pointer of each target', () => {
  it('is read once: if a look is due, only by the look, and else to try the active key', async () => {
    const { driftEveryMs } = buildTarget().policy;
    const read = await pointersRead({
      rests: { nowMs: nowMs + driftEveryMs - 1 },
      'asked-for': { isDue: true, nowMs },
      'looked-at-long-ago': { nowMs: nowMs + driftEveryMs },
      'of-unknown-age': {},
    });
    const looked = ['asked-for', 'looked-at-long-ago', 'of-unknown-age'];
    expect(read).toEqual(['rests', ...looked].map((name) => `${name}-active-key`));
  });
});

/**
 * Sweeps a fleet at rest in one subscription, each with the room that it leaves for looks; a look is one that notes.
 * Answers how many targets each sweep looked at, and how many of the fleet are late when the last one is over.
 */
async function sweepRepeatedly(accounts: number, sweeps: number, everyMs: number) {
  const { ports, clock } = memoryWorld(nowMs);
  const notesOf = new Map<string, DriftNotes>();
  const rows: typeof ports.rows = {
    ...ports.rows,
    load: async () => null,
    async loadNotes({ armId }) {
      const fields = notesOf.get(armId);
      return fields === undefined ? null : { fields, etag: '1', savedAtMs: 0, storageNowMs: clock.nowMs() };
    },
    async saveNotes({ armId }, fields) {
      notesOf.set(armId, { ...(fields as DriftNotes), lookedAtMs: clock.nowMs() });
    },
  };
  const gone = new FailureError({ kind: 'refused', reason: 'account-not-found', code: 'ResourceNotFound' });
  const accountsOf: typeof ports.accounts = (...given) => ({
    ...ports.accounts(...given),
    get: () => Promise.reject(gone),
  });
  const { account } = buildTarget();
  const targets = Array.from({ length: accounts }, (_, at) =>
    buildTarget({
      name: `ai-${at}`,
      account: { ...account, armId: `${account.armId}-${at}` },
      vaultUrl: `https://kv-${at % 100}.vault.azure.net`,
    }),
  );
  const looks: number[] = [];
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    const beganAtMs = clock.monotonicMs();
    const resting = targets.map((target) => ({
      ...{ target, origin: 'declared' as const, row: buildRow(), nowMs: clock.nowMs() },
      notes: notesOf.get(target.account.armId) ?? null,
    }));
    looks.push(
      await lookAfterFleet(
        { ...ports, rows, accounts: accountsOf },
        resting,
        beganAtMs,
        () => {},
        undefined,
        noLooks(),
        roomForLooks(resting, clock.nowMs()),
      ),
    );
    clock.advance(beganAtMs + everyMs - clock.monotonicMs());
  }
  const looked = targets.map((target) => ({
    target,
    lookedAtMs: notesOf.get(target.account.armId)?.lookedAtMs ?? 0,
  }));
  return { looks, promise: lookPromise(looked, everyMs, clock.nowMs()) };
}

describe('5,000 targets in one subscription', () => {
  it('are all looked at within the hour that is promised, and again in each one after it', async () => {
    const { looks, promise } = await sweepRepeatedly(5_000, 24, 5 * minuteMs);
    expect(promise).toMatchObject({ everyMs: hourMs, late: 0 });
    const inHour = (hour: number) => looks.slice(hour * 12, (hour + 1) * 12).reduce((sum, count) => sum + count, 0);
    expect([inHour(0), inHour(1)]).toEqual([5_000, 5_000]);
    expect(Math.max(...looks)).toBe(mostLooksInSubscription);
  });
});

describe('the looks of one sweep', () => {
  it('are as many in each subscription as there is room for', async () => {
    expect(await look(200, { subscriptions: 2 })).toMatchObject({ looks: 120, notLooked: [] });
    expect(await look(200, { subscriptions: 2, room: 7 })).toMatchObject({ looks: 67 });
    expect(await look(200, { subscriptions: 2, room: 0 })).toMatchObject({ looks: 60 });
  });

  it.each([
    [150_000, 3],
    [150_001, 0],
  ])('begin for two and a half minutes: after %i ms %i', async (sinceMs, looks) => {
    expect(await look(3, { sinceMs })).toMatchObject({ looks });
  });

  it('that fail are noted with their target, and forgotten once one succeeds', async () => {
    expect(await look(2, { fails: true })).toEqual({ looks: 0, notLooked: ['ai-1', 'ai-0'], failed: 2 });
    expect(await look(2)).toEqual({ looks: 2, notLooked: [], failed: 0 });
  });
});
