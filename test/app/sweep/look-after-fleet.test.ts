import { describe, expect, it } from 'vitest';
import { lookAfterFleet } from '../../../src/app/sweep/look-after-fleet.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { parseAccountId } from '../../../src/shared/resource-id.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

/** So many targets without a row, which all are due for a look; `fails`: the journal cannot be read. */
async function look(accounts: number, { sinceMs = 0, fails = false, subscriptions = 1 } = {}) {
  const { ports, clock } = memoryWorld();
  const resting = Array.from({ length: accounts }, (_, at) => {
    const account = parseAccountId(
      `/subscriptions/11111111-1111-1111-1111-11111111111${at % subscriptions}/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/ai-${at}`,
    );
    if (account === null) throw new TypeError(String(at));
    return { target: buildTarget({ name: `ai-${at}`, account }), origin: 'declared' as const, notes: null };
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
    failedAtMs,
  );
  return { looks, notLooked, failed: failedAtMs.size };
}

describe('the looks of one sweep', () => {
  it('are sixty in each subscription, and those that are under way with the last of them', async () => {
    // Eight are at work at once: four of either subscription.
    expect(await look(200, { subscriptions: 2 })).toMatchObject({ looks: 120, notLooked: [] });
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
