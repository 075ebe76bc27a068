import { describe, expect, it } from 'vitest';
import { afterFailure } from '../../../src/rotation/run/after-failure.ts';
import type { ActiveState } from '../../../src/rotation/state.ts';
import type { Failure } from '../../../src/shared/failure.ts';
import { buildState, hourMs, nowMs } from '../row-builder.ts';

const unknown: Failure = { kind: 'outcome-unknown', code: 'timeout' };
const refused = (reason: Extract<Failure, { kind: 'refused' }>['reason']): Failure => ({
  kind: 'refused',
  reason,
  code: 'x',
});
const settleMs = 120_000;

describe('after a failed call the rotation', () => {
  for (const [says, state, failure, settleUntilMs, next] of [
    [
      'pauses when nothing was applied',
      buildState('publishing'),
      { kind: 'not-applied', code: '429', retryAfterMs: 30_000 },
      0,
      { kind: 'wait', reason: 'retry-later', forMs: 30_000 },
    ],
    [
      'looks soon, and binds whoever comes next, when a regenerate may arrive',
      buildState('retiring'),
      unknown,
      0,
      {
        kind: 'wait',
        reason: 'recheck',
        row: { inDoubt: { kind: 'regenerate' }, settleUntilMs: nowMs + settleMs },
      },
    ],
    ['names a store a store', buildState('switching'), unknown, 0, { row: { inDoubt: { kind: 'store' } } }],
    [
      'never shortens a settle time',
      buildState('switching'),
      unknown,
      nowMs + hourMs,
      { row: { settleUntilMs: nowMs + hourMs } },
    ],
    [
      'waits for a role that spreads',
      buildState('publishing'),
      refused('vault-access-denied'),
      0,
      { kind: 'wait', reason: 'role-spreading' },
    ],
    [
      'calls a person when the role does not come',
      buildState('publishing', { retrying: { sinceMs: nowMs - hourMs, calls: 9 } }),
      refused('vault-access-denied'),
      0,
      { kind: 'suspend', reason: 'vault-access-denied' },
    ],
    [
      'waits as long if the state has lasted for hours before the first refusal',
      buildState('overlapping', { stateSinceMs: nowMs - 2 * hourMs }),
      refused('vault-access-denied'),
      0,
      { kind: 'wait', reason: 'role-spreading' },
    ],
    [
      'waits under the name of what nobody knows, since it may pass',
      buildState('publishing'),
      refused('unknown-refusal'),
      0,
      { kind: 'wait', reason: 'unknown-refusal', state: { lastFailure: { code: 'x' } } },
    ],
    [
      'calls a person when what nobody knows does not pass, with its code',
      buildState('publishing', { retrying: { sinceMs: nowMs - hourMs, calls: 9 } }),
      refused('unknown-refusal'),
      0,
      { kind: 'suspend', reason: 'unknown-refusal', lastFailure: { code: 'x' } },
    ],
    [
      'tries other tokens for a while',
      buildState('preparing'),
      refused('token-invalid'),
      0,
      { kind: 'wait', reason: 'token-invalid' },
    ],
    [
      'waits out a read-only vault',
      buildState('publishing', { stateSinceMs: nowMs - hourMs }),
      refused('vault-read-only'),
      0,
      { kind: 'wait', reason: 'vault-read-only' },
    ],
    [
      'calls a person to a lock at once',
      buildState('retiring'),
      refused('resource-lock'),
      0,
      { kind: 'suspend', reason: 'resource-lock' },
    ],
    [
      'keeps confirming whatever is refused',
      buildState('confirming'),
      refused('resource-lock'),
      0,
      { kind: 'wait', reason: 'retry-later' },
    ],
  ] as const satisfies readonly (readonly [string, ActiveState, Failure, number, object])[])
    it(says, () => expect(afterFailure(state, failure, settleUntilMs, nowMs, 0)).toMatchObject(next));

  it.each([
    'identity-not-found',
    'vault-in-another-tenant',
    'subscription-in-another-tenant',
    'subscription-disabled',
    'subscription-not-found',
    'provider-not-registered',
    'deny-assignment',
    'vault-perimeter-denied',
    'azure-policy',
    'account-not-found',
    'vault-not-found',
    'bad-request',
  ] as const)('calls a person to %s at once: nothing of it passes by itself', (reason) => {
    expect(afterFailure(buildState('preparing'), refused(reason), 0, nowMs, 0)).toMatchObject({
      kind: 'suspend',
      reason,
      lastFailure: { code: 'x' },
    });
  });

  it('counts its attempts', () => {
    const next = afterFailure(buildState('publishing', { attempts: 2 }), unknown, 0, nowMs, 0);
    expect(next).toMatchObject({ state: { attempts: 3, lastFailure: { code: 'timeout', atMs: nowMs } } });
  });
});
