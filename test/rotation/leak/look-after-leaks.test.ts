import { describe, expect, it } from 'vitest';
import { type AccountRow, accountRow } from '../../../src/rotation/account-row.ts';
import { lookAfterLeaks } from '../../../src/rotation/leak/look-after-leaks.ts';
import { takeOwnership } from '../../../src/rotation/owned-account.ts';
import { openSession } from '../../../src/rotation/run/session.ts';
import type { LeakedKey } from '../../../src/rotation/state.ts';
import { type Failure, FailureError } from '../../../src/shared/failure.ts';
import { fingerprint } from '../../../src/shared/fingerprint.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildLeak, buildRow, buildState, fingerprintsBefore } from '../row-builder.ts';

const minuteMs = 60_000;
const target = buildTarget();
const refused: Failure = { kind: 'refused', reason: 'account-access-denied', code: 'AuthorizationFailed' };
const throttled: Failure = { kind: 'not-applied', code: 'http-429', retryAfterMs: null };

/** A worker with the lease of an account whose key1 was reported as leaked half an hour ago, and is known. */
async function scene(change: Partial<LeakedKey> = {}, row: Partial<AccountRow> = {}) {
  const world = memoryWorld();
  const nowMs = world.clock.nowMs();
  const print = (key: string) => ({ salt: 'a', fingerprint: fingerprint(new SecretText(key), 'a') });
  const known = { keys: [print(world.account.keys.key1)], isKnown: true };
  const leak = buildLeak({ rotationId: 'r1', atMs: nowMs - 30 * minuteMs, ...known, ...change });
  world.journal.save(buildRow({ leaks: [leak], ...row }), null, []);
  const ownership = await takeOwnership(world.ports, target.account, 'mine', null);
  if (ownership.kind !== 'owned') throw new TypeError(ownership.kind);
  const session = openSession(world.ports, target, ownership.owned);
  const before = world.calls.length;
  return {
    ...{ world, leak, nowMs, fingerprint: print },
    stored: () => accountRow.parse(world.journal.row?.fields),
    look: () => lookAfterLeaks(world.ports, session),
    made: () => world.calls.slice(before).map(({ operation }) => operation),
    fails: (error: unknown) => {
      world.adversary = {
        before: ({ operation }) => {
          if (operation === 'listKeys') throw error;
        },
      };
    },
  };
}

describe('a look after leaked keys', () => {
  it.each([
    ['if there are none', {}, { leaks: [] }],
    ['before it is time to', { lookedAtMs: Date.UTC(2026, 0, 5, 8, 59) }, {}],
  ])('asks for nothing and saves nothing %s', async (_, change, row) => {
    const { look, made } = await scene(change, row);
    expect(await look()).toBe(false);
    expect(made()).toEqual([]);
  });

  it('writes down which key was meant, if the rotation tells, before it asks', async () => {
    const rotation = buildState('publishing', {
      leaked: { slot: 'key2', overlapMs: minuteMs, by: 'operator-2', reason: null, seen: null },
    });
    const { look, made, stored, leak } = await scene({ slot: 'key2', isKnown: false, keys: [] }, { rotation });
    expect(await look()).toBe(true);
    expect(made()).toEqual(['save']);
    expect(stored().leaks).toEqual([
      { ...leak, isKnown: true, keys: [{ salt: rotation.salt, fingerprint: fingerprintsBefore.key2 }] },
    ]);
  });

  it('that sees the key writes down when', async () => {
    const { look, made, stored, leak, nowMs } = await scene();
    expect(await look()).toBe(true);
    expect(made()).toEqual(['listKeys', 'save']);
    expect(stored()).toMatchObject({
      leaks: [{ ...leak, lookedAtMs: nowMs, seenAtMs: nowMs }],
      leakGoneAtMs: null,
    });
  });

  it('that does not see it for the second time ends the leak, and says so', async () => {
    const at = Date.UTC(2026, 0, 5, 8, 59);
    const { look, stored, nowMs, world } = await scene({
      goneSinceMs: at,
      keys: [{ salt: 'a', fingerprint: fingerprintsBefore.key1 }],
    });
    expect(await look()).toBe(true);
    expect(stored()).toMatchObject({ leaks: [], leakGoneAtMs: nowMs });
    expect(world.log).toEqual([{ event: 'leaked-key-gone', target: 'demo', slot: 'key1' }]);
  });

  it.each([
    ['the reason of a refusal', refused, 'account-access-denied'],
    ['the code of any other failure', throttled, 'http-429'],
  ])('that fails writes down %s, and says so', async (_, failure, code) => {
    const { look, stored, nowMs, world, leak, fails } = await scene({ seenAtMs: 1 });
    fails(new FailureError(failure));
    expect(await look()).toBe(true);
    expect(stored().leaks).toEqual([{ ...leak, lookedAtMs: nowMs, failure: code }]);
    expect(world.log).toEqual([{ event: 'leaked-key-not-checked', target: 'demo', code }]);
  });

  it('does not take a fault of our own for Azure’s', async () => {
    const { look, fails } = await scene();
    fails(new TypeError('ours'));
    await expect(look()).rejects.toThrow(TypeError);
  });

  it('leaves an operator’s request that comes in meanwhile to be met first, and ends no leak by then', async () => {
    const at = Date.UTC(2026, 0, 5, 8, 59);
    const { look, stored, leak, world } = await scene({
      goneSinceMs: at,
      keys: [{ salt: 'a', fingerprint: fingerprintsBefore.key1 }],
    });
    world.adversary = {
      after: ({ operation }) => {
        if (operation === 'listKeys')
          world.journal.save({ ...stored(), wakeSeq: 8 }, world.journal.row?.etag ?? null, []);
      },
    };
    expect(await look()).toBe(true);
    expect(stored()).toMatchObject({ leaks: [leak], wakeSeq: 8 });
    expect(world.log).toEqual([]);
  });
});
