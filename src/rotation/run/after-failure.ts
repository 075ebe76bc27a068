import { settleMs } from '../../durable/numbers.ts';
import type { Failure } from '../../shared/failure.ts';
import type { RefusalReason } from '../../shared/refusals.ts';
import { backoffMs } from '../../shared/retry-pace.ts';
import { assertNever } from '../../shared/unexpected-error.ts';
import type { Suspend, Wait } from '../decision.ts';
import { denialPatienceMs } from '../numbers.ts';
import type { RowChange } from '../owned-account.ts';
import type { SuspendReason, WaitReason } from '../reasons.ts';
import type { ActiveState, AzureCallName } from '../state.ts';

/** The first look after a lost reply comes soon: most requests were applied, or not, by then. */
const firstLookAfterMs = 1_000;

/**
 * Refusals that may pass by themselves, and what the rotation waits for meanwhile: a role that has just been assigned, a
 * token that the next one replaces, and whatever a code that nobody knows may mean.
 */
const patientReasons: Partial<Record<RefusalReason, WaitReason>> = {
  'account-access-denied': 'role-spreading',
  'vault-access-denied': 'role-spreading',
  'token-invalid': 'token-invalid',
  'unknown-refusal': 'unknown-refusal',
};

/**
 * What follows a failure: a pause, a look after the dust has settled, or a person.
 * @param call what failed; null if it was no call to Azure
 * @param copy the declared copy that it was about
 */
export function afterFailure<S extends ActiveState>(
  state: S,
  failure: Failure,
  settleUntilMs: number,
  nowMs: number,
  random: number,
  call: AzureCallName | null = null,
  copy: string | null = null,
): Wait<S> | Suspend {
  const attempts = state.attempts + 1;
  const lastFailure = {
    code: failure.code,
    atMs: nowMs,
    means: failure.kind === 'refused' ? failure.reason : failure.kind,
    ...(failure.kind === 'refused' && failure.action !== undefined && { action: failure.action }),
    ...(call !== null && { call }),
    ...(copy !== null && { copy }),
  };
  const failed = { ...state, attempts, lastFailure };
  const tryAgain = (reason: WaitReason, askedMs: number | null = null): Wait<S> => {
    return { kind: 'wait', state: failed, reason, forMs: backoffMs('rotation', attempts, random, askedMs) };
  };
  switch (failure.kind) {
    case 'not-applied':
      return tryAgain('retry-later', failure.retryAfterMs);
    case 'outcome-unknown': {
      const row: RowChange = {
        inDoubt: {
          kind: call === 'copy-write' ? 'copy' : isRegenerate(state) ? 'regenerate' : 'store',
          sentAtMs: nowMs,
        },
        settleUntilMs: Math.max(settleUntilMs, nowMs + settleMs),
      };
      return { kind: 'wait', state: failed, reason: 'recheck', forMs: firstLookAfterMs, row };
    }
    case 'refused': {
      // From the first refusal, not from the state's begin: an overlap may have lasted for hours before it.
      const waitedMs = nowMs - (state.retrying?.sinceMs ?? nowMs);
      if (failure.reason === 'vault-read-only') return tryAgain('vault-read-only');
      if (state.kind === 'confirming') return tryAgain('retry-later');
      const mayPass = patientReasons[failure.reason];
      if (mayPass !== undefined && waitedMs < denialPatienceMs) return tryAgain(mayPass);
      return { kind: 'suspend', reason: reasonOf(failure.reason, call), lastFailure };
    }
    default:
      return assertNever(failure);
  }
}

/** What is refused of a copy is told with its name: it lies elsewhere, and is somebody else's to open. */
function reasonOf(reason: RefusalReason, call: AzureCallName | null): SuspendReason {
  if (call === 'copy-read') return 'copy-unreadable';
  return call === 'copy-write' ? 'copy-not-written' : reason;
}

function isRegenerate(state: ActiveState): boolean {
  return state.kind === 'regenerating' || state.kind === 'retiring';
}
