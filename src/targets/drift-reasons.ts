import { namesOf } from '../shared/names-of.ts';
import { refusalReasons } from '../shared/refusals.ts';

/** How vault, account and journal can disagree. Each has an entry in docs/reasons.md. */
export const driftReasons = {
  'journal-lost':
    "Keyturn's record of this target is gone, and vault and account disagree, so a rotation may have been under way. Adopt it again.",
  'journal-restored': "Keyturn's record of this target is an older copy; the age of all that it holds restarts.",
  'account-recreated': 'The account was deleted and recreated; its keys are different. Adopt it again.',
  'local-auth-disabled': 'Keys are turned off on this account: there is nothing to rotate.',
  'keys-on-again': 'This account was keyless, and somebody outside Keyturn has turned keys on again.',
  'endpoint-not-azure': 'Azure shows an endpoint for this account that is no address of an AI account of this cloud.',
  'taken-over': 'The pointer belongs to another Keyturn instance.',
  'secrets-of-another-account': 'A secret under this prefix belongs to another account.',
  'pointer-missing': 'The pointer secret does not exist.',
  'pointer-disabled': 'The pointer secret is disabled.',
  'pointer-invalid': 'The pointer names no slot.',
  'pointer-to-dead-key': 'The pointer designates a key that the account no longer has: consumers that read it fail.',
  'secret-missing': 'A key secret does not exist.',
  'secret-disabled': 'A key secret is disabled.',
  'out-of-band-regenerated': 'Somebody regenerated a key outside Keyturn.',
  'vault-stale': 'A key secret does not hold the key that the account has in its slot.',
  'active-key-refused':
    'The endpoint refuses the active key, although vault and account agree on it: consumers fail. Diagnose the target.',
  'direct-stale': 'The direct-value secret does not hold the active key.',
  'copy-stale': 'A copy does not hold the active key, so its readers use another one, which may no longer work.',
  'copy-unreadable': 'A copy cannot be read, so nobody knows which key it holds.',
  'copy-not-sticky':
    'A copy is a setting that moves when slots are swapped, and not every slot of its app is declared as a copy.',
  'endpoint-stale': "The endpoint secret does not hold the account's endpoint.",
  'too-many-tags': 'A secret has so many tags that its next version has no room for those that Keyturn adds.',
} as const satisfies Record<string, string>;

export type DriftReason = keyof typeof driftReasons;

/** Found by a look, or why none could be taken: what Azure refuses is for a person, too. */
export const notedReasons = [...namesOf(driftReasons), ...refusalReasons] as const;

export type NotedReason = (typeof notedReasons)[number];
