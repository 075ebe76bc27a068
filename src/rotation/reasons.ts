import { type RefusalReason, refusalSentences } from '../shared/refusals.ts';

/** Why a rotation rests for a while and goes on by itself. One sentence each: the admin API and the runbook show the same. */
export const waitReasons = {
  settling: 'A write may still be under way; nothing is written until it can no longer be applied.',
  'caches-not-expired': 'A consumer may still hold the inactive key; it is regenerated when every cache has expired.',
  'copies-not-expired':
    'Code may still use the key that a copy held before; a key is regenerated when every copy has stood for its cache.',
  'copies-watched': 'The copies are read again, ten minutes and an hour after the old key was replaced.',
  'account-busy': 'The account is being changed by somebody; Azure refuses key operations meanwhile.',
  'account-provisioning-failed':
    'Azure says that the account itself failed to be set up or changed; it refuses key operations until that is put right.',
  'quota-used-up':
    "The account's quota of calls is used up, so its keys cannot be tried until it is renewed or a larger tier is chosen.",
  recheck: 'One look is not enough to believe that nothing changed; a second follows.',
  'keys-stale': 'Azure still lists the key from before the regenerate.',
  'new-key-spreading': 'The new key is not yet accepted everywhere.',
  'endpoint-unclear': "The account's endpoint gave no clear answer on the key.",
  paused: 'The whole instance is paused: nothing is begun until it is resumed.',
  held: 'An operator holds the overlap: the old key stays alive until the hold is released.',
  stragglers:
    'Somebody was last seen reading the old key: it is kept until people are notified, and for as long as the target asks.',
  overlap: 'Consumers that cached the old key may still use it.',
  'old-key-lingers': 'The retired key has not been seen refused yet; Azure may take hours to forget it.',
  'retry-later': 'Azure did not answer, or asked Keyturn to wait.',
  'vault-read-only': 'The vault is read-only, as after a failover of its region.',
  'role-spreading': 'Azure denied access; a new role assignment takes up to ten minutes to count.',
  'token-invalid': "Azure calls the token of Keyturn's identity invalid; another one is tried.",
  'unknown-refusal': 'Azure refused with a code that Keyturn does not know.',
} as const;

export type WaitReason = keyof typeof waitReasons;

/** Why a rotation waits for a person. Each has an entry in docs/reasons.md. */
export const suspendReasons = {
  'account-recreated': 'The account was deleted and recreated; its keys are different. Adopt it again.',
  'local-auth-disabled': 'Keys are turned off on this account: there is nothing to rotate.',
  'taken-over': 'The pointer belongs to another Keyturn instance.',
  'endpoint-not-azure': 'Azure shows an endpoint for this account that is no address of an AI account of this cloud.',
  'kind-not-probeable':
    'No call is known that proves a key of this kind of account at its endpoint; with probe: control-plane-only its keys are rotated without such a proof.',
  'secrets-of-another-account': 'A secret under this prefix belongs to another account.',
  'foreign-secret':
    "A secret under one of the target's names does not show that it is the target's: neither by its tags nor by its value.",
  'account-moved': 'The account was moved to another resource id during the rotation, and adopted under it.',
  'endpoint-deleted': 'The endpoint secret lies deleted, and its name cannot be used.',
  'pointer-missing': 'The pointer secret does not exist.',
  'pointer-disabled': 'The pointer secret is disabled.',
  'pointer-invalid': 'The pointer names no slot.',
  'pointer-moved': 'Somebody moved the pointer during the rotation.',
  'secret-missing': 'A key secret does not exist.',
  'secret-disabled': 'A key secret is disabled.',
  'secret-changed': 'Somebody stored another value during the rotation.',
  'vault-stale': 'The vault holds a key that the account no longer has. Repair stores what the account has.',
  'direct-stale': 'The direct-value secret does not hold the active key.',
  'too-many-tags': 'A secret has so many tags that its next version has no room for those that Keyturn adds.',
  'out-of-band-regenerated': 'Somebody else regenerated a key during the rotation.',
  'copy-foreign': "A copy holds a value that is none of the account's two keys; it is never overwritten.",
  'copy-unreadable': 'A copy cannot be read, so nobody knows which key it holds.',
  'copy-not-written': 'A copy cannot be written, so the key that it holds is not regenerated.',
  'copy-not-sticky':
    'A copy is a setting that moves when slots are swapped, and not every slot of its app is declared as a copy.',
  'copy-reverted': 'A copy holds the old key again: somebody else writes it.',
  'account-provisioning-failed': waitReasons['account-provisioning-failed'],
  'quota-used-up': waitReasons['quota-used-up'],
  'preparing-overdue': 'The rotation could not begin in time.',
  'regenerating-overdue': 'The inactive key could not be regenerated in time.',
  'publishing-overdue': 'The new key could not be stored in time.',
  'new-key-not-accepted': 'The new key was not accepted in time.',
  'switching-overdue': 'The pointer could not be switched in time.',
  'updating-copies-overdue': 'The copies could not be given the new key in time, so the old one is kept alive.',
  'overlapping-overdue': 'The active key could not be proved in time, so the old one is kept alive.',
  'stragglers-remain': 'Somebody still reads the old key, and the target wants a person to decide then.',
  'retiring-overdue': 'The old key could not be regenerated in time.',
  'restocking-overdue': 'The replaced old key could not be stored in time.',
  'confirming-overdue': 'Vault and account could not be compared in time after both keys were replaced.',
  'rolling-back-overdue': 'The pointer could not be moved back in time.',
  'cancelling-overdue': 'The rotation could not be undone in time.',
} as const satisfies Record<string, string>;

export type SuspendReason = keyof typeof suspendReasons | RefusalReason;

/** Why an operator's request, noted before, was not carried out when its turn came. */
export const requestRefusals = {
  'rotation-over': 'The rotation was over before the request was carried out.',
  'only-in': 'The rotation had moved on to a state in which this is not possible.',
  'old-key-dead': 'The old key no longer works, so consumers stay with the new one.',
  'no-copy-named': 'A suspended rotation goes on without copies only if the request names them.',
  'not-shorter': 'The overlap asked for is not shorter than the one in force.',
  'key-leaked':
    'A key that would have stayed valid by it was reported as leaked meanwhile: ask again, and confirm it by name.',
} as const;

export type RequestRefusal = keyof typeof requestRefusals;

/** The sentence for any reason. */
export function sentenceFor(reason: WaitReason | SuspendReason): string {
  const sentences: Record<WaitReason | SuspendReason, string> = {
    ...waitReasons,
    ...refusalSentences,
    ...suspendReasons,
  };
  return sentences[reason];
}
