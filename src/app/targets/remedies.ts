import type { SuspendReason } from '../../rotation/reasons.ts';
import type { DriftReason } from '../../targets/drift.ts';

const adoptAgain = "Adopt the target again. The pointer stays, and the account's keys are stored.";
const repairStores = 'Repair recovers the secret, or stores what the account has.';
const repairPointer = 'Repair recovers the pointer, or stores it where it stood.';
const findOutWho =
  'Find out who regenerates or stores keys, and repair. Before its switch a rotation can also be cancelled.';
const overdueAfterADay = 'Tried for a day. Fix what lastFailure names.';
const overdueAfterAnHour = 'Tried for an hour. Fix what lastFailure names.';
const correctOrRecover = "Correct the account's id or the vault's name, or recover what was deleted.";

/** What to do about a suspended rotation or drift, by its reason: the words of docs/reasons.md. */
export const remedies: Readonly<Record<SuspendReason | DriftReason, string>> = {
  'account-recreated': adoptAgain,
  'local-auth-disabled': 'Keys are turned off. Turn them on again, or remove the target.',
  'taken-over': 'Another instance claimed the target. Stop one of the two, or take it over.',
  'endpoint-not-azure':
    "ARM names an endpoint that is no AI account's in the cloud of KEYTURN_CLOUD. Nothing is sent there. Check the cloud and the account.",
  'kind-not-probeable':
    'No call proves a key of this kind. Set probe: control-plane-only, or give the account a custom subdomain if its kind needs one.',
  'secrets-of-another-account': "A secret's tag ProviderAddress names another account. Give one target another prefix.",
  'foreign-secret':
    "A secret does not show that it is the target's. Choose another prefix, or delete and purge the secret.",
  'account-moved': 'The account was moved meanwhile. Resume: Keyturn looks at account and vault first.',
  'endpoint-deleted': repairStores,
  'pointer-missing': repairPointer,
  'pointer-disabled':
    "Enable the pointer's current version. Repair leaves it to you: somebody may have wanted to stop consumers.",
  'pointer-invalid': repairPointer,
  'pointer-moved': 'Somebody moved the pointer. Move it back to where the rotation had it, then resume.',
  'secret-missing': repairStores,
  'secret-disabled': "Repair, or enable the secret's current version.",
  'secret-changed': repairStores,
  'vault-stale': findOutWho,
  'direct-stale': repairStores,
  'too-many-tags':
    'Key Vault allows 15 tags; Keyturn needs five of a key secret, three of the pointer, two of the endpoint. Remove others.',
  'out-of-band-regenerated': findOutWho,
  'account-provisioning-failed':
    "The account's state is Failed or Canceled. Repeat its last deployment, or any update, until it is Succeeded.",
  'quota-used-up':
    'The account has used up its calls. Choose a larger tier, wait until they are renewed, or rotate without calls by probe: control-plane-only.',
  'preparing-overdue': overdueAfterADay,
  'regenerating-overdue': overdueAfterAnHour,
  'publishing-overdue': overdueAfterADay,
  'new-key-not-accepted': "Tried for two hours. Check that Keyturn reaches the account's endpoint.",
  'switching-overdue': overdueAfterADay,
  'overlapping-overdue': overdueAfterADay,
  'retiring-overdue': overdueAfterAnHour,
  'restocking-overdue': overdueAfterADay,
  'confirming-overdue': overdueAfterADay,
  'rolling-back-overdue': overdueAfterAnHour,
  'cancelling-overdue': overdueAfterAnHour,
  'identity-not-found':
    'Assign the identity to the function app, or correct KEYTURN_IDENTITY_CLIENT_ID (a client id, not an object id).',
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
  'account-not-found': correctOrRecover,
  'vault-not-found': correctOrRecover,
  'bad-request': 'Azure calls the request wrong. Report it with lastFailure.',
  'journal-unreadable':
    'Run the build that wrote the row. If nothing is under way, delete the row: the sweep recreates it.',
  'unknown-refusal':
    "Keyturn does not know Azure's code, which lastFailure has. Look it up, fix the cause, then resume. Report the code.",
  'journal-lost': adoptAgain,
  'journal-restored':
    "The target's row is an older copy. Nothing to do: the next rotation waits a whole overlap first.",
  'keys-on-again':
    'Somebody turned keys on outside Keyturn. PUT …/keyless with enabled: true turns them off, with false rotates them again.',
  'pointer-to-dead-key': 'Consumers get a dead key and fail. Repair at once.',
  'active-key-refused': 'The endpoint refuses the active key, so consumers fail. Ask for the diagnosis.',
  'endpoint-stale': repairStores,
};
