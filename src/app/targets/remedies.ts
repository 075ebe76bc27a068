import type { SuspendReason } from '../../rotation/reasons.ts';
import type { DriftReason } from '../../targets/drift.ts';

/** What to do about a suspended rotation, by its reason: the runbook's own words (docs/operations.md). */
export const suspendRemedies: Readonly<Record<SuspendReason, string>> = {
  'account-recreated': 'The account was deleted and recreated; all its keys are different. Adopt the target again.',
  'local-auth-disabled': 'Keys are turned off. Turn them on again, or remove the target.',
  'taken-over':
    "The pointer's tag keyturn-instance names another instance. Stop one of the two; to take the target over, adopt it with takeOver: true.",
  'endpoint-not-azure':
    "ARM's answer names an endpoint that is no address of an AI account in the cloud of KEYTURN_CLOUD. Nothing is sent or stored there. Check the cloud and the account.",
  'kind-not-probeable':
    'Keyturn knows no call that proves a key of this kind of account at its endpoint: docs/account-kinds.md says which and why. Set probe: control-plane-only on the target, or give the account a custom subdomain where the page asks for one; then resume.',
  'secrets-of-another-account':
    "A secret's tag ProviderAddress names another account. Give one of them another prefix.",
  'foreign-secret':
    "A secret under one of the target's names shows neither by its tags nor by its value that it is the target's. Give the target another prefix, or delete and purge the secret.",
  'account-moved':
    'The rotation was in flight when the account was moved. Resume: it looks at account and vault first.',
  'endpoint-deleted': 'The endpoint secret lies deleted. Repair recovers it; then resume.',
  'pointer-missing': 'Store {prefix}-active-key with the slot that consumers use, or repair.',
  'pointer-disabled': "Enable the pointer's current version.",
  'pointer-invalid': 'The pointer must hold key1 or key2. Repair stores the slot where it stood.',
  'pointer-moved': 'Somebody moved the pointer. Move it back to where the rotation had it, then resume.',
  'secret-missing': 'A key secret is gone. Repair: it is recovered, or stored again.',
  'secret-disabled': "Enable the secret's current version, or repair.",
  'secret-changed': 'Somebody stored another value in a key secret. Repair stores what the account has.',
  'vault-stale':
    'The vault holds a key that the account no longer has: somebody regenerated it, or stored another value. Repair.',
  'direct-stale': 'The direct-value secret does not hold the active key. Repair.',
  'too-many-tags':
    'Key Vault allows 15 tags; Keyturn needs five of a key secret, three of the pointer and two of the endpoint. Remove some of the others.',
  'out-of-band-regenerated':
    'Somebody regenerated a key during the rotation. Find out who uses it, repair, then resume; before the pointer it can be cancelled instead.',
  'account-provisioning-failed':
    "The account's provisioning state is Failed or Canceled. See the last deployment of the account in Azure and repeat it, or any update of the account, until the state is Succeeded; then resume.",
  'quota-used-up':
    'The account has used up its quota of calls. Choose a larger tier, or wait until Azure renews it, then resume. Keys of such an account can be rotated without calls by probe: control-plane-only.',
  'preparing-overdue': 'Something kept the rotation from starting for a day; lastFailure says what.',
  'regenerating-overdue': 'The inactive key could not be regenerated within an hour; see lastFailure.',
  'publishing-overdue': 'The new key could not be stored within a day; see lastFailure. Consumers use the old one.',
  'new-key-not-accepted':
    "The new key was not accepted within two hours. Check that Keyturn reaches the account's endpoint.",
  'switching-overdue': 'The pointer could not be written within a day; see lastFailure.',
  'overlapping-overdue': 'The active key could not be proved within a day, so the old one is kept alive.',
  'retiring-overdue':
    'The old key could not be regenerated within an hour; see lastFailure. With fence-lost the calls take too long, more than 3.5 s each, or the clock of the machine is set back again and again: move Keyturn nearer to account, vault and storage, or fix the clock.',
  'restocking-overdue':
    'The replaced key could not be stored within a day; see lastFailure. Consumers are not affected.',
  'confirming-overdue':
    'Both keys are replaced and stored; only the last check could not be made within a day: account or vault did not answer. See lastFailure, then resume.',
  'rolling-back-overdue': 'The pointer could not be moved back within an hour; see lastFailure.',
  'cancelling-overdue':
    'The rotation could not be undone within an hour; see lastFailure, then resume. Consumers use the old key.',
  'identity-not-found':
    'No identity of this client id is assigned to the function app, or several are and none was named. Assign it, or correct KEYTURN_IDENTITY_CLIENT_ID.',
  'token-invalid':
    "Azure takes no token of Keyturn's identity. Check that the app is set to the cloud of its subscriptions, and that no proxy removes the header Authorization; lastFailure has Azure's code.",
  'vault-in-another-tenant':
    "The vault's tenant is not the one of Keyturn's identity. If the subscription was moved, set the vault's tenantId to the new tenant; otherwise use a vault in the identity's tenant.",
  'subscription-in-another-tenant':
    "The account's subscription was moved to another tenant than the one of Keyturn's identity. Move it back, or run a Keyturn with an identity of that tenant.",
  'subscription-disabled':
    'The subscription is disabled (unpaid, over its spending limit, or cancelled). Re-enable it, then resume.',
  'subscription-not-found':
    "No subscription of this id exists, or Keyturn's identity has no role in it. Correct the account's id, or grant the roles.",
  'provider-not-registered':
    'The subscription is not registered for the resource provider: az provider register --namespace Microsoft.CognitiveServices, then resume.',
  'account-access-denied':
    "Give Keyturn's identity the role Keyturn Key Rotator (the template adds the function app's name) on the account; GET …/diagnosis has the command.",
  'vault-access-denied':
    'Grant Key Vault Secrets Officer on the vault. A vault that uses access policies needs get, list, set, recover there instead.',
  'deny-assignment':
    "A deny assignment (of a deployment stack or a managed application) forbids it; no role overrides that. Its owner must exclude Keyturn's identity.",
  'vault-network-denied': "Let Keyturn through the vault's firewall, or give it a private endpoint.",
  'vault-perimeter-denied':
    "The vault is in a network security perimeter. Give the perimeter's profile an inbound access rule for Keyturn's subscription or addresses.",
  'resource-lock': 'A ReadOnly lock blocks listKeys and regenerateKey too. Lift it for the rotation.',
  'azure-policy': 'An Azure policy forbids the operation. Exempt the account or the vault.',
  'vault-policy':
    'The vault demands an expiry, or a shorter validity: set secretExpiry: all or maxValidity on the target.',
  'vault-read-only': 'The vault stayed read-only beyond the deadline. Resume when it can be written again.',
  'account-not-found': 'The account does not exist, or Keyturn may not read it.',
  'vault-not-found': 'The vault does not exist.',
  'bad-request': 'Azure calls the request wrong. Please report it with lastFailure.',
  'journal-unreadable':
    'Run the build that wrote it; or, if nothing is under way, delete the row from the journal: the sweep makes it again from the vault.',
  'unknown-refusal':
    "Azure refused with a code that this release does not know; lastFailure has it. Look it up in Azure's documentation, put it right, then resume. Please report the code.",
};

/** What to do about a finding of the sweep, by its reason: the runbook's own words. */
export const driftRemedies: Readonly<Record<DriftReason, string>> = {
  'journal-lost':
    "The account's row is gone from the journal, and vault and account disagree, so a rotation may have been under way. Adopt again: the pointer stays, and what the account has is stored.",
  'journal-restored':
    "The account's row is an older copy. Nothing to do: the next rotation waits a whole overlap first.",
  'account-recreated': 'The account was deleted and recreated. Adopt the target again.',
  'local-auth-disabled': 'Keys are turned off. Turn them on again, or remove the target.',
  'keys-on-again':
    'Somebody turned keys on again outside Keyturn. PUT …/keyless turns them off (enabled: true), or rotates them again (enabled: false).',
  'endpoint-not-azure':
    "ARM's answer names an endpoint that is no address of an AI account in the cloud of KEYTURN_CLOUD. Nothing is sent or stored there. Check the cloud and the account.",
  'taken-over': 'Another instance has claimed the target. Remove it here, or take it over.',
  'secrets-of-another-account':
    "A secret's tag ProviderAddress names another account. Give one of them another prefix.",
  'pointer-missing': 'Repair: the pointer is recovered, or stored where it stood.',
  'pointer-disabled':
    "Enable the pointer's current version. Repair leaves it to you: somebody may have meant to stop consumers.",
  'pointer-invalid': 'Repair: the pointer is stored where it stood.',
  'pointer-to-dead-key': 'Consumers that read the pointer now are refused. Repair at once.',
  'secret-missing':
    'Repair: the secret is recovered, or stored. Consumers whose pointer names it are led to the other key first.',
  'secret-disabled': "Repair, or enable the secret's current version.",
  'out-of-band-regenerated': 'The account has a key that Keyturn did not make. Find out who regenerates, and repair.',
  'vault-stale': "The account's key is the known one, or none was known; somebody stored another value. Repair.",
  'active-key-refused':
    'The endpoint refuses the active key, so consumers fail, although vault and account agree on the key. Ask for the diagnosis: the account may be restricted, moved or broken.',
  'direct-stale': 'The direct-value secret does not hold the active key. Repair.',
  'endpoint-stale': 'The endpoint secret is gone, disabled or holds something else. Repair.',
  'too-many-tags':
    'Key Vault allows 15 tags; Keyturn needs five of a key secret, three of the pointer and two of the endpoint. Remove some of the others before the next rotation.',
};
