import type { RefusalReason } from '../shared/failure.ts';

/** What a change of an account's network is waiting for, or doing. `docs/network.md` has an entry for each. */
export const networkWaits = {
  'azure-working': 'Azure is still making what was asked for.',
  'azure-refused-for-now': 'Azure refused the last call for now; it is made again.',
  'outcome-settling': 'Azure did not answer the last call; nothing is done until it can no longer be applied.',
  'name-not-private': 'From where Keyturn runs, a name of the account does not mean a private address yet.',
  'name-unknown':
    'From where Keyturn runs, a name of the account gets no address: a zone hides it, or its record is missing.',
  'private-path-silent': 'The names are private, but no call over the private address has been accepted yet.',
  'door-moving': 'The account is taking over its new rules.',
  'proving-door': 'The new rules are in force; Keyturn makes sure that it still gets in.',
  'rules-not-back': 'The former rules are being put back.',
  paused: 'The whole instance is paused.',
} as const;

export type NetworkWait = keyof typeof networkWaits;

/** How a change of an account's network ended, besides Azure's refusals. */
export const networkEnds = {
  applied: 'The account’s network is as it was asked for.',
  'shut-out': 'With the new rules Keyturn did not get in, or lost its vault, so the former rules were put back.',
  'path-not-proved': 'The private way in did not work in time, so the public door stayed as it was.',
  'not-taking': 'A change was handed over, and Azure never showed it.',
  'newly-blocked': 'While it was at work something changed that needs a person; the plan says what.',
  'rules-changed-meanwhile': 'Somebody else changed the rules while they were being proved; theirs were left alone.',
} as const;

export type NetworkEnd = keyof typeof networkEnds | RefusalReason;

/** The sentence for each of Azure's refusals, where an account's network is concerned. */
export const networkRefusals: Readonly<Record<RefusalReason, string>> = {
  'identity-not-found': "The app's identity endpoint knows no identity of this client id.",
  'token-invalid': "Azure calls the token of Keyturn's identity invalid.",
  'vault-in-another-tenant': "The vault trusts another tenant than the one of Keyturn's identity.",
  'subscription-in-another-tenant': "A subscription trusts another tenant than the one of Keyturn's identity.",
  'subscription-disabled': 'A subscription is disabled, and so read-only.',
  'subscription-not-found': "A subscription does not exist, or Keyturn's identity may not see it.",
  'provider-not-registered': 'The subscription is not registered for a resource provider that the step needs.',
  'account-access-denied': "Keyturn's identity lacks an action that the step needs.",
  'vault-access-denied': "Keyturn's identity lacks an action on the vault.",
  'deny-assignment': "A deny assignment forbids the change to Keyturn's identity; no role overrides that.",
  'vault-network-denied': "The vault's network rules keep Keyturn out.",
  'vault-perimeter-denied': "The vault's network security perimeter keeps Keyturn out.",
  'resource-lock': 'A lock on the resource, its group or subscription forbids the change.',
  'azure-policy': 'An Azure policy forbids the change.',
  'vault-policy': 'A policy of the vault refuses the change.',
  'vault-read-only': 'The vault is read-only.',
  'local-auth-disabled': 'Keys are turned off on this account.',
  'account-not-found':
    'The account, or a group that a resource is to be made in, does not exist, or Keyturn may not see it.',
  'vault-not-found': 'The vault does not exist.',
  'bad-request': 'Azure calls the request itself wrong; `code` says why.',
  'unknown-refusal': 'Azure refused with a code that Keyturn does not know; `code` has it.',
};
