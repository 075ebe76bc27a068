/**
 * What went wrong, as what to do next.
 * - `not-applied`: nothing changed; try again after a pause (`retryAfterMs`, when the service named one, is obeyed)
 * - `outcome-unknown`: the change may have been applied, now or later; let it settle, look, then continue
 * - `refused`: trying again is of no use until a person acts
 */
export type Failure =
  | {
      readonly kind: 'not-applied';
      readonly code: string;
      readonly retryAfterMs: number | null;
      /** As below: of a call that is worth trying again all the same. */
      readonly action?: string;
    }
  | { readonly kind: 'outcome-unknown'; readonly code: string }
  | {
      readonly kind: 'refused';
      readonly reason: RefusalReason;
      readonly code: string;
      /** The action or data action that the identity lacks, where the service named it. */
      readonly action?: string;
    };

/** Why a service refuses for good: each needs another hand. One sentence each in `docs/operations.md`. */
export const refusalReasons = [
  /** 403 from ARM: the identity lacks an action. */
  'account-access-denied',
  /** 403 from the vault: no role, or a role still spreading. */
  'vault-access-denied',
  /** 403 from the vault's firewall or private-link rule. */
  'vault-network-denied',
  /** 409 ScopeLocked: a ReadOnly lock blocks every POST on the account. */
  'resource-lock',
  /** 403 RequestDisallowedByPolicy. */
  'azure-policy',
  /** 403 from a Key Vault data-plane policy: expiry missing or validity too long. */
  'vault-policy',
  /** The vault is read-only while its region fails over: a long wait with an alert. */
  'vault-read-only',
  /** The account has local auth off: there are no keys to list or regenerate. */
  'local-auth-disabled',
  /** 404 from ARM. */
  'account-not-found',
  /** The vault's host does not exist, or has no such secret where one must be. */
  'vault-not-found',
  /** 400: the request itself is wrong; a fault of Keyturn's or of a setting. */
  'bad-request',
] as const;

export type RefusalReason = (typeof refusalReasons)[number];

/** The one error that adapters throw. Its message holds the failure's code alone: SDK messages can hold keys. */
export class FailureError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(`${failure.kind}: ${failure.code}`);
    this.name = 'FailureError';
    this.failure = failure;
  }
}
