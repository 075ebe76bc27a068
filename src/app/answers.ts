import { type SuspendReason, sentenceFor, suspendReasons } from '../rotation/reasons.ts';
import { targetStates } from '../rotation/target-states.ts';
import { type Failure, FailureError, notApplied, outOfTime, ownRateLimit, withCode } from '../shared/failure.ts';
import type { Log } from '../shared/log-event.ts';
import { missingPermission, withMissing } from '../shared/missing-permission.ts';
import { unexpectedError } from '../shared/unexpected-error.ts';
import type { StoredView } from '../targets/stored-view.ts';
import { refusedDocumentReasons, targetsUnknown } from '../targets/target-source.ts';
import type { NotNow, Unavailable } from './contract.ts';

export type Changed = readonly Pick<StoredView, 'secret' | 'change'>[];

/** A failure of Azure after an adoption or repair had written: the one who asked is told which secrets. */
export class FailedMidway extends FailureError {
  readonly changed: Changed;

  private constructor({ failure }: FailureError, changed: Changed) {
    super(failure);
    this.name = 'FailedMidway';
    this.changed = changed;
  }

  /** What to throw in place of `error`: itself, if nothing was written or it is no failure of Azure. */
  static after(error: unknown, secrets: Changed): unknown {
    const changed = secrets.filter(({ change }) => change !== 'unchanged');
    return error instanceof FailureError && changed.length > 0
      ? new FailedMidway(
          error,
          changed.map(({ secret, change }) => ({ secret, change })),
        )
      : error;
  }
}

/** Why a request must wait or cannot be met, in a sentence each; the reasons of the engine have theirs beside them. */
export const sentences = {
  ...suspendReasons,
  ...targetStates,
  'in-flight': 'A rotation is in flight; one account has one rotation at a time.',
  'inactive-key-confirmation-required':
    'Azure cannot show who uses which key. Say inactiveKeyUnused: true once nobody uses the inactive key, which the rotation regenerates first.',
  paused: 'The whole instance is paused: nothing is begun until it is resumed.',
  'hardening-change-running': 'A change of this area is under way; GET it to see how far it is.',
  'declared-keyless': 'The settings declare this target keyless: take that out first.',
  'identify-busy': 'Other keys are being compared with every target’s fingerprints right now; ask again shortly.',
  'no-targets-document': 'The settings declare the targets themselves: there is no document to accept.',
  'document-absent': refusedDocumentReasons['document-absent'],
  'lost-race': 'Somebody else changed this account at the same moment; ask again.',
  'network-change-running': 'Another change of this account’s network is under way: GET …/network shows it.',
  'request-pending': 'An earlier request to this rotation is about to be carried out; ask again shortly.',
  'no-such-copy':
    'leaveBehind names copies that the target declares; a rotation that is suspended for a copy goes on only without one.',
  'not-shorter': 'The overlap in force is no longer than the one asked for.',
  busy: 'A worker is at this account right now; ask again shortly.',
  'lease-lost': 'This took too long and was stopped before it wrote more; ask again.',
  'leaked-key-not-confirmed':
    'Consumers would be given a key that was reported as leaked. Say the other slot as activeSlot, or name the key in confirm: leaked-key1 or leaked-key2.',
  'direct-slot-unclear':
    "The direct-value secret does not hold the key that its tag CredentialId names. Say activeSlot: its value then becomes that slot's key.",
  'account-provisioning-failed':
    "The account's provisioning state is Failed or Canceled, and Azure refuses key operations. Repeat the failed deployment, or any update of the account, until it is Succeeded.",
  'account-busy': 'The account is being changed; Azure refuses key operations meanwhile.',
  'keys-unsteady': 'Two looks at the account showed different keys: somebody is regenerating them. Ask again later.',
  'key-refused': 'The account does not accept the key that consumers would be given.',
  'endpoint-unclear': "The account's endpoint gave no clear answer on the key that consumers would be given.",
} as const;

export type NotNowReason = keyof typeof sentences;

/** A request that the state of things does not allow. */
export function notNow(
  reason: NotNowReason,
  rotationId: string | null = null,
  retryAfterMs: number | null = null,
): NotNow {
  return { kind: 'not-now', reason, detail: sentences[reason], rotationId, retryAfterMs };
}

/** An operator action outside the states in which it is legal. */
export function onlyIn(legalIn: readonly string[], rotationId: string | null): NotNow {
  return {
    kind: 'not-now',
    reason: 'only-in',
    detail: `This is possible only in: ${legalIn.join(', ')}.`,
    legalIn,
    rotationId,
    retryAfterMs: null,
  };
}

/** Says what an adapter's failure means to the one who asked; any other error is a fault of ours and goes on. */
export function unavailable(error: unknown): Unavailable {
  if (!(error instanceof FailureError)) throw error;
  const answer = { kind: 'unavailable', ...whyUnavailable(error.failure) } as const;
  return error instanceof FailedMidway ? { ...answer, changed: error.changed } : answer;
}

function whyUnavailable(failure: Failure): Omit<Unavailable, 'kind'> {
  switch (failure.kind) {
    case 'not-applied':
      return { reason: failure.code, detail: detailForNow(failure.code), retryAfterMs: failure.retryAfterMs };
    case 'outcome-unknown': {
      const detail = 'Azure did not answer in time; whether the last call was applied shows in a few minutes.';
      return { reason: failure.code, detail, retryAfterMs: null };
    }
    case 'refused': {
      const reason: SuspendReason = failure.reason;
      const missing = missingPermission(failure.action);
      const detail = withMissing(withCode(sentenceFor(reason), reason, failure.code), missing);
      return { reason, detail, code: failure.code, retryAfterMs: null, missing };
    }
  }
}

function detailForNow(code: string): string {
  switch (code) {
    case ownRateLimit:
      return 'Keyturn spreads its own requests to this subscription over time, and more are waiting than it sends soon. Azure has refused nothing, and the call that waited was not sent; ask again later.';
    case targetsUnknown:
      return 'No targets document was ever accepted, so the targets are not known. GET …/fleet shows why; each sweep reads it again.';
    case outOfTime:
      return 'The request had used up its time before this target was done, and stopped; ask again.';
    default:
      return 'Azure could not be asked or refused for now; nothing was changed by the failed call.';
  }
}

/**
 * For a `catch` around one target of many: an adapter's failure as a value, and so is a fault of Keyturn's own, which goes
 * into the log with its place. It is about this target, and must hold up none of the others.
 */
export function asFailureOfOne(log: Log, where: string): (error: unknown) => FailureError {
  return (error) => {
    if (error instanceof FailureError) return error;
    log(unexpectedError(where, error));
    return notApplied('unexpected-error');
  };
}
