import { namesOf } from './names-of.ts';

/**
 * Why a service refuses for good, in the words of the runbook: each needs another hand. `to-failure.ts` has the statuses and
 * codes that mean it.
 */
export const refusalSentences = {
  'identity-not-found': "The app's identity endpoint knows no identity of this client id.",
  'token-invalid': "Azure calls the token of Keyturn's identity invalid.",
  'vault-in-another-tenant': "The vault trusts another tenant than the one of Keyturn's identity.",
  'subscription-in-another-tenant': "The subscription trusts another tenant than the one of Keyturn's identity.",
  'subscription-disabled': 'The subscription is disabled, and so read-only.',
  'subscription-not-found': "The subscription does not exist, or Keyturn's identity may not see it.",
  'provider-not-registered': 'The subscription is not registered for the resource provider.',
  'account-access-denied': "Keyturn's identity lacks an action on the account.",
  'vault-access-denied': "Keyturn's identity lacks an action on the vault.",
  'deny-assignment': "A deny assignment forbids it to Keyturn's identity; no role overrides that.",
  'vault-network-denied': "The vault's network rules keep Keyturn out.",
  'vault-perimeter-denied': "The vault's network security perimeter keeps Keyturn out.",
  'resource-lock': 'A lock on the account, its group or subscription forbids key operations.',
  'azure-policy': 'An Azure policy forbids the operation.',
  'vault-policy': 'A policy of the vault refuses a secret with these dates.',
  'vault-read-only': 'The vault stayed read-only for too long.',
  'local-auth-disabled': 'Keys are turned off on this account: there is nothing to rotate.',
  'account-not-found': 'The account does not exist, or Keyturn may not see it.',
  'vault-not-found': 'The vault or a secret in it does not exist.',
  'bad-request': 'Azure calls the request itself wrong.',
  'journal-unreadable':
    "A row of Keyturn's own journal cannot be read: an older or unreleased build wrote it, or a person. Azure refused nothing.",
  'unknown-refusal': 'Azure refused with a code that Keyturn does not know.',
};

export type RefusalReason = keyof typeof refusalSentences;

export const refusalReasons = namesOf(refusalSentences);

const correctOrRecover =
  "Correct the account's id or the vault's name, or recover what was deleted: an account within 48 hours.";

/** What to do about it, in the same words. */
export const refusalRemedies: Readonly<Record<RefusalReason, string>> = {
  'identity-not-found':
    'Assign the identity to the function app, or correct KEYTURN_IDENTITY_CLIENT_ID (a client id, not an object id). Without it the system-assigned identity is used, which must be turned on.',
  'token-invalid': 'Check that KEYTURN_CLOUD is right, and that no proxy removes the header Authorization.',
  'vault-in-another-tenant':
    "The vault's tenant is not the identity's. Set it to the identity's, or use a vault of that tenant.",
  'subscription-in-another-tenant': 'Move the subscription back, or run a Keyturn in its new tenant.',
  'subscription-disabled': 'Pay, raise the spending limit, or reactivate the subscription.',
  'subscription-not-found': "Correct the account's id, or give Keyturn its roles in that subscription.",
  'provider-not-registered':
    "Run az provider register --namespace Microsoft.CognitiveServices in the account's subscription.",
  'account-access-denied':
    "Give Keyturn's identity the role Keyturn Key Rotator on the account. The diagnosis has the command.",
  'vault-access-denied':
    'Grant Key Vault Secrets Officer on the vault; with access policies, get, list, set and recover.',
  'deny-assignment': "A deny assignment overrides every role. Its owner must exclude Keyturn's identity.",
  'vault-network-denied': "Let Keyturn through the vault's firewall, or give the vault a private endpoint.",
  'vault-perimeter-denied': "Give the vault's network security perimeter an inbound access rule for Keyturn.",
  'resource-lock': 'A ReadOnly lock blocks listKeys and regenerateKey. Remove it, or make it CanNotDelete.',
  'azure-policy': 'Exempt the account or the vault from the Azure policy.',
  'vault-policy': 'The vault demands an expiry, or a shorter one. Set secretExpiry: all or maxValidity on the target.',
  'vault-read-only': 'The vault is read-only, as after a failover of its region. Resume once it can be written.',
  'local-auth-disabled': 'Keys are turned off. Turn them on again, or remove the target.',
  'account-not-found': correctOrRecover,
  'vault-not-found': correctOrRecover,
  'bad-request': 'Azure calls the request wrong. Report it with lastFailure.',
  'journal-unreadable':
    'Run the build that wrote the row. If nothing is under way, delete the row: the sweep recreates it.',
  'unknown-refusal':
    "Keyturn does not know Azure's code, which lastFailure has. Look it up, fix the cause, then resume. Report the code.",
};
