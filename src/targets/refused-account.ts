import type { FieldProblem } from '../shared/field-problem.ts';

/** Why an account with tags of Keyturn's is no target. Each has an entry in docs/operations.md. */
export const refusedReasons = {
  'bad-tag': 'A tag cannot be used as it stands.',
  'vault-not-allowed': 'The vault that the tags name is not on the list of KEYTURN_DISCOVERY_VAULTS.',
  'subscription-not-allowed': "The account's subscription is not on the list of KEYTURN_DISCOVERY_SUBSCRIPTIONS.",
  'declared-already': 'The account is declared as a target in the settings, which win over its tags.',
  'name-taken': 'Another target has this name; it had it first.',
  'secrets-taken': 'Another target has this vault and prefix, or one of the secret names; it had them first.',
} as const;

export type RefusedReason = keyof typeof refusedReasons;

/** An account that its tags alone do not make a target, and why. */
export interface RefusedAccount {
  readonly accountId: string;
  readonly reason: RefusedReason;
  /** By tag; each names what stands there, and the other target where there is one. */
  readonly problems: readonly FieldProblem[];
}
