import { type RefusalReason, refusalSentences } from '../shared/refusals.ts';

/** What a check finds when nothing is wrong. */
const goodNews = {
  'no-rotation': 'No rotation is in flight, and none is overdue.',
  'rotation-goes-on': 'A rotation is in flight, and goes on by itself.',
  'vault-answers': 'The vault gives Keyturn what it asks for.',
  'names-lead-there': 'Names resolve as they should.',
  'token-accepted': "The account accepts Keyturn's token.",
  'role-not-needed': 'Keyturn holds no role for calls without keys, and needs none while keys are in use.',
  'key-is-current':
    'The key that consumers are given is the account’s own and is accepted, and no cache can hold a dead one.',
  'keys-turned-off': 'Keys are turned off on this account; there is none to hold.',
  'address-allowed': 'The rules let this address in.',
} as const;

function sentencesOf<Reason extends RefusalReason>(...reasons: readonly Reason[]) {
  return Object.fromEntries(reasons.map((one) => [one, refusalSentences[one]])) as Readonly<Record<Reason, string>>;
}

/** What is wrong, or could not be tested. What may come without a fix has an entry in docs/reasons.md. */
export const faults = {
  ...sentencesOf('identity-not-found', 'token-invalid', 'vault-in-another-tenant', 'subscription-in-another-tenant'),
  ...sentencesOf('subscription-disabled', 'subscription-not-found', 'provider-not-registered', 'deny-assignment'),
  ...sentencesOf('vault-perimeter-denied', 'resource-lock', 'azure-policy', 'account-not-found', 'unknown-refusal'),
  'target-not-adopted': 'The target is not adopted: Keyturn rotates nothing of it.',
  'rotation-suspended': 'A rotation waits for a person.',
  'rotation-overdue': 'A rotation makes no progress, or none was completed long after one was due.',
  'journal-unclear': 'The journal could not be read, so how the rotation stands is not known.',
  'token-unavailable': "The app's identity endpoint gave no token.",
  'vault-role-missing': "Keyturn's identity has no role that lets it read secrets, or the role has not spread yet.",
  'vault-access-policy-missing': "The vault uses access policies, and none lets Keyturn's identity in.",
  'vault-firewall': "The vault's firewall does not let Keyturn's address in.",
  'vault-private-only': 'The vault takes calls only over private endpoints, and Keyturn did not come over one.',
  'vault-not-there': 'There is no vault of that name.',
  'vault-unclear': 'The vault gave no clear answer.',
  'name-resolves-publicly':
    "A private endpoint exists, but here the account's name leads to a public address: the private DNS zone is not linked to this network, or has no record.",
  'name-not-there':
    "The account's name does not exist here: a private DNS zone for other accounts shadows it, or the account is gone.",
  'name-unclear': 'No name server answered.',
  'role-spreading': 'A role was assigned recently and does not count everywhere yet: that takes up to ten minutes.',
  'role-missing': 'Keyturn has a role on the account, but none that allows calls without keys.',
  'account-provisioning-failed':
    'A deployment or change of the account failed or was canceled; until that is put right Azure refuses operations on its keys.',
  'account-role-missing': "Keyturn's identity may not read the account or list its keys.",
  'subdomain-missing': 'The account has no custom subdomain: without one it takes no tokens.',
  'token-blocked': 'The network let no call through, so tokens could not be tried.',
  'endpoint-not-called':
    "The target's settings (probe: control-plane-only) keep Keyturn off the account's endpoint: nothing was called, so this could not be tried.",
  'token-not-tried':
    'No call is known that tells of this kind of account, at the host of its endpoint, whether a token is accepted: nothing was called.',
  'token-unclear': 'The account gave no clear answer to a token.',
  'pointer-unusable': 'The pointer secret is missing, disabled, or names no slot.',
  'stored-key-missing': 'The secret that the pointer names is missing or disabled.',
  'stored-key-dead': 'The vault gives consumers a key that the account no longer has.',
  'direct-key-dead': 'The direct-value secret gives consumers another key than the active one.',
  'stored-key-refused': 'The account has the stored key, but its endpoint refuses it.',
  'key-leaked': 'A key was reported as leaked and may still be valid.',
  'dead-key-cached': 'A key was invalidated while caches may still hold it: consumers that have not read again fail.',
  'key-unclear': 'Vault or account gave no clear answer on the key in use.',
  'address-not-allowed': "The account's rules do not let this address in.",
  'public-access-disabled':
    'Public access is off: this address can only come over a private endpoint; rules for addresses are moot.',
  'address-private':
    'A private address comes over a private endpoint or a subnet; rules for addresses do not concern it.',
  'address-unknown': 'Give the caller’s address as `egress` to have it tested.',
  'rules-elsewhere':
    'A network security perimeter decides who gets in, or a setting that Keyturn does not know: whether this address does cannot be told from the account’s own rules.',
  'rules-unknown': 'The account’s rules could not be read.',
} as const;

/** What a check may find, each with its sentence. */
export const diagnosisReasons = { ...goodNews, ...faults } as const;

export type DiagnosisReason = keyof typeof diagnosisReasons;
