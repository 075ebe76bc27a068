import { describe, expect, it } from 'vitest';
import { denialPatienceMs } from '../../src/rotation/numbers.ts';
import { type SuspendReason, suspendReasons, type WaitReason, waitReasons } from '../../src/rotation/reasons.ts';
import { applyOperatorRequest, resume } from '../../src/rotation/requests/apply-operator-request.ts';
import { afterFailure } from '../../src/rotation/run/after-failure.ts';
import { paceRetry } from '../../src/rotation/run/pace-retry.ts';
import type { States, SuspendedState } from '../../src/rotation/state.ts';
import { type RefusalReason, refusalReasons, refusalSentences } from '../../src/shared/refusals.ts';
import { buildRow, buildState, hourMs, nowMs } from './row-builder.ts';

// Each list is held by all that may stand in it: what it names, and what it leaves out.
const everySuspension = [...Object.keys(suspendReasons), ...Object.keys(refusalSentences)] as SuspendReason[];
const everyWait = Object.keys(waitReasons) as WaitReason[];

const suspended = (from: SuspendedState['from'], reason: SuspendReason): SuspendedState => ({
  kind: 'suspended',
  reason,
  sinceMs: nowMs - hourMs,
  from,
});

describe('a rotation that is resumed', () => {
  const readOtherwise: readonly SuspendReason[] = [
    'taken-over',
    'pointer-missing',
    'pointer-disabled',
    'pointer-invalid',
    'pointer-moved',
    'secret-missing',
    'secret-disabled',
    'secret-changed',
    'direct-stale',
  ];
  const ofCopies: readonly SuspendReason[] = [
    'copy-foreign',
    'copy-unreadable',
    'copy-not-written',
    'copy-reverted',
    'copy-not-sticky',
    'updating-copies-overdue',
  ];
  const isOtherwise = (reason: SuspendReason) => readOtherwise.includes(reason);
  const pointerOf = (state: unknown) => (state as States['overlapping']).followed.pointer;

  it.each(everySuspension)('after %s lets consumers catch up if they may have read otherwise', (reason) => {
    const expected = isOtherwise(reason) ? 'none' : 'p2';
    for (const state of [
      buildState('overlapping'),
      buildState('retiring'),
      buildState('restocking'),
      buildState('confirming'),
    ])
      expect([state.kind, pointerOf(resume(suspended(state, reason), nowMs))]).toEqual([state.kind, expected]);
    const ofOverlap = resume(suspended(buildState('overlapping'), reason), nowMs).kind;
    expect(ofOverlap).toBe(ofCopies.includes(reason) ? 'updating-copies' : 'overlapping');
    const sent = buildState('retiring', { sent: { atMs: nowMs } });
    expect(resume(suspended(sent, reason), nowMs)).toMatchObject({ kind: 'retiring', sent: { atMs: nowMs } });
    expect(pointerOf(resume(suspended(sent, reason), nowMs))).toBe(expected);
    const ofRetiring = ofCopies.includes(reason) ? 'updating-copies' : isOtherwise(reason) ? 'overlapping' : 'retiring';
    expect(resume(suspended(buildState('retiring'), reason), nowMs).kind).toBe(ofRetiring);
  });

  it.each(everySuspension)(
    'after %s does not trust what was last seen if consumers may have read otherwise',
    (reason) => {
      const versions = { pointer: 'p1', key1: 'v1', key2: 'v2', direct: null };
      const row = buildRow({
        rotation: suspended(buildState('preparing'), reason),
        lastSeen: { pointer: 'key1', versions, sinceMs: 0 },
        operatorRequest: {
          action: 'resume',
          rotationId: 'r1',
          by: 'operator-1',
          atMs: nowMs,
          reason: null,
          overlapMs: null,
          confirm: [],
        },
      });
      const change = applyOperatorRequest(row, nowMs);
      expect(change).toMatchObject({ operatorRequest: null, requestRefused: null, rotation: { kind: 'preparing' } });
      expect(change?.lastSeen !== undefined).toBe(isOtherwise(reason));
      expect(change?.copies).toEqual(ofCopies.includes(reason) ? [] : undefined);
    },
  );

  it.each(everySuspension)('after %s looks at the keys that are written down if they may be others', (reason) => {
    const mayBeOthers: readonly SuspendReason[] = [
      'account-moved',
      'out-of-band-regenerated',
      'vault-stale',
      'secret-changed',
      'direct-stale',
    ];
    const revalidation = mayBeOthers.includes(reason) ? { first: null } : null;
    for (const state of [buildState('publishing'), buildState('switching'), buildState('restocking')])
      expect([state.kind, resume(suspended(state, reason), nowMs).revalidation]).toEqual([state.kind, revalidation]);
    expect(resume(suspended(buildState('preparing'), reason), nowMs).revalidation).toBeNull();
  });
});

describe('a wait', () => {
  const planned: readonly WaitReason[] = [
    'caches-not-expired',
    'copies-not-expired',
    'copies-watched',
    'overlap',
    'stragglers',
    'held',
    'paused',
    'old-key-lingers',
  ];
  it.each(everyWait)('for %s counts as no progress unless it is the purpose of its state', (reason) => {
    const state = buildState('overlapping', { retrying: { sinceMs: nowMs - hourMs, calls: 3 } });
    const longMs = 30 * 24 * hourMs;
    const paced = paceRetry({ kind: 'wait', state, reason, forMs: longMs }, 2, nowMs, nowMs + 60 * 24 * hourMs, false);
    if (planned.includes(reason)) expect(paced).toMatchObject({ forMs: longMs, state: { retrying: null } });
    else {
      expect(paced.state.retrying).toEqual({ sinceMs: nowMs - hourMs, calls: 5 });
      expect(paced.forMs).toBeLessThanOrEqual(15 * 60_000);
    }
  });
});

describe('a refusal', () => {
  const mayPass: Partial<Record<RefusalReason, WaitReason>> = {
    'account-access-denied': 'role-spreading',
    'vault-access-denied': 'role-spreading',
    'token-invalid': 'token-invalid',
    'unknown-refusal': 'unknown-refusal',
    'vault-read-only': 'vault-read-only',
  };
  const following = (reason: RefusalReason, sinceMs: number | null, state = buildState('publishing')) =>
    afterFailure(
      { ...state, retrying: sinceMs === null ? null : { sinceMs, calls: 1 } },
      { kind: 'refused', reason, code: 'SomeCode' },
      0,
      nowMs,
      0,
    );

  it.each(refusalReasons)('%s is waited for only if it may pass, and for so long', (reason) => {
    const waits = mayPass[reason];
    const lastFailure = { code: 'SomeCode', atMs: nowMs };
    const expected = waits === undefined ? { kind: 'suspend', reason, lastFailure } : { kind: 'wait', reason: waits };
    expect(following(reason, null)).toMatchObject(expected);
    expect(following(reason, nowMs - denialPatienceMs + 1)).toMatchObject(expected);
    // A region that fails over takes its time; nothing else does.
    expect(following(reason, nowMs - denialPatienceMs)).toMatchObject(
      reason === 'vault-read-only' ? expected : { kind: 'suspend', reason, lastFailure },
    );
  });

  it.each(refusalReasons)('%s does not keep a rotation from its end that has replaced both keys', (reason) => {
    const waits = reason === 'vault-read-only' ? reason : 'retry-later';
    const confirming = { ...buildState('confirming'), retrying: { sinceMs: 0, calls: 9 } };
    expect(afterFailure(confirming, { kind: 'refused', reason, code: 'SomeCode' }, 0, nowMs, 0)).toMatchObject({
      kind: 'wait',
      reason: waits,
    });
  });
});
