import { withCode } from '../shared/failure.ts';
import { type MissingPermission, missingPermission, withMissing } from '../shared/missing-permission.ts';
import { refusalSentences } from '../shared/refusals.ts';
import { type SuspendReason, sentenceFor, suspendReasons, type WaitReason, waitReasons } from './reasons.ts';
import { type ActiveState, type AzureCallName, activeStateOf, type RotationState } from './state.ts';

/** Why a rotation is where it is; both null while it works. */
interface WaitExplanation {
  readonly reason: WaitReason | SuspendReason | null;
  /** With Azure's code and what the identity lacks, if that is why. */
  readonly detail: string | null;
  readonly missing: MissingPermission | null;
}

export function explainWait(rotation: RotationState): WaitExplanation {
  const state = activeStateOf(rotation);
  const reason = rotation.kind === 'suspended' ? rotation.reason : rotation.waiting;
  if (reason === null) return { reason, detail: null, missing: null };
  // A state that goes on, or that something else holds up, has what it once lacked.
  const lastFailure = isOfLastFailure(reason) ? state.lastFailure : null;
  const missing = missingPermission(lastFailure?.action, lastFailure?.copy !== undefined);
  const sentence =
    lastFailure?.copy === undefined ? sentenceFor(reason) : `${lastFailure.copy}: ${sentenceFor(reason)}`;
  return { reason, detail: withMissing(withCode(sentence, reason, lastFailure?.code), missing), missing };
}

/** Whether a rotation stands there because of the last failed call: nothing else may be told with what that call lacked. */
function isOfLastFailure(reason: WaitReason | SuspendReason): boolean {
  return (
    reason === 'retry-later' ||
    reason === 'role-spreading' ||
    reason in refusalSentences ||
    /^copy-|-overdue$/.test(reason)
  );
}

const calls: Readonly<Record<AzureCallName, string>> = {
  account: 'Reading the account',
  keys: "Listing the account's keys",
  regenerate: 'Regenerating a key',
  'vault-read': 'Reading the vault',
  'vault-write': 'Writing to the vault',
  'copy-read': 'Reading a copy',
  'copy-write': 'Writing a copy',
};

/** Codes of Keyturn's own. */
const ownCodes: Readonly<Record<string, string>> = {
  'fence-lost':
    'A call was not sent, since another worker might have taken over: the calls before it took too long, or the machine’s clock was set back.',
  'own-rate-limit':
    "A call was not sent, since Keyturn's own share of requests to the subscription was used up; Azure refused nothing.",
  'stored-key-gone': 'The stored key did not stand in the vault afterwards: somebody else writes the same secret.',
  'key-refused': "The account's endpoint refused the key.",
  'quota-used-up': waitReasons['quota-used-up'],
};

/** Found without a call that failed: the reason is the code. */
function isCopyReason(code: string): code is 'copy-foreign' | 'copy-unreadable' | 'copy-reverted' {
  return code === 'copy-foreign' || code === 'copy-unreadable' || code === 'copy-reverted';
}

const provisioningState = /^provisioning-state-(.+)$/;

/** What a failure was, in a sentence or two, for a person. Its code stands beside it. */
export function failureInWords({ code, means, call, action, copy }: NonNullable<ActiveState['lastFailure']>): string {
  if (isCopyReason(code)) return copy === undefined ? suspendReasons[code] : `${copy}: ${suspendReasons[code]}`;
  const own = ownCodes[code];
  if (own !== undefined) return own;
  const [, shown] = provisioningState.exec(code) ?? [];
  if (shown !== undefined)
    return `Azure shows the account in the provisioning state ${shown}, and refuses key operations meanwhile.`;
  const what = call === undefined ? 'A call to Azure' : `${calls[call]}${copy === undefined ? '' : ` (${copy})`}`;
  switch (means) {
    case undefined:
      return "The account's endpoint gave no clear answer on the key.";
    case 'not-applied':
      return `${what} failed and changed nothing; it is tried again.`;
    case 'outcome-unknown':
      return `${what} got no clear answer; whether it was applied is looked up before anything else is done.`;
    default:
      return withMissing(
        `${what} was refused. ${withCode(refusalSentences[means], means, code)}`,
        missingPermission(action, copy !== undefined),
      );
  }
}
