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
      /** The action or data action that the identity lacks, if the service named it. */
      readonly action?: string;
    };

/** The code of a call that Keyturn itself did not send, since a subscription's share of requests was spent: never Azure's. */
export const ownRateLimit = 'own-rate-limit';

/** Code of a call that was not sent since the request that it belongs to had used up its time. */
export const outOfTime = 'out-of-time';

/** Why a service refuses for good: each needs another hand. One sentence each in `docs/reasons.md`. */
export const refusalReasons = [
  /** The identity endpoint knows no identity of the given id, or more than one and was given no id. */
  'identity-not-found',
  /** 401: the token does not count, though the identity got one. */
  'token-invalid',
  /** 401 AKV10032 from the vault: it trusts another tenant. */
  'vault-in-another-tenant',
  /** 401 InvalidAuthenticationTokenTenant from ARM: the subscription trusts another tenant. */
  'subscription-in-another-tenant',
  /** ReadOnlyDisabledSubscription: unpaid, over its limit or cancelled. */
  'subscription-disabled',
  /** 404 SubscriptionNotFound: no such subscription, or none that the identity may see. */
  'subscription-not-found',
  /** 409 MissingSubscriptionRegistration. */
  'provider-not-registered',
  /** 403 from ARM: the identity lacks an action. */
  'account-access-denied',
  /** 403 from the vault: no role, or a role still spreading. */
  'vault-access-denied',
  /** A deny assignment of ARM's or on the vault: no role overrides it. */
  'deny-assignment',
  /** 403 from the vault's firewall or private-link rule. */
  'vault-network-denied',
  /** 403 ForbiddenByNsp: the vault is in a network security perimeter. */
  'vault-perimeter-denied',
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
  /** The vault's host does not exist, or has no such secret although one must be there. */
  'vault-not-found',
  /** 400: the request itself is wrong; a fault of Keyturn's or of a setting. */
  'bad-request',
  /** A row of the journal that this release cannot read: another build wrote it, or a person. */
  'journal-unreadable',
  /** An error code that no row of `to-failure.ts` names: what it means is not known, only that Azure refused. */
  'unknown-refusal',
] as const;

export type RefusalReason = (typeof refusalReasons)[number];

/** Refusals of which the sentence says too little without Azure's own code. */
const shownWithCode: ReadonlySet<string> = new Set<RefusalReason>([
  ...(['unknown-refusal', 'bad-request', 'token-invalid', 'journal-unreadable'] as const),
]);

/** A reason's sentence, with Azure's code if that says what the sentence cannot. */
export function withCode(sentence: string, reason: string, code: string | null | undefined): string {
  return code != null && shownWithCode.has(reason) ? `${sentence} Code: ${code}.` : sentence;
}

/** The one error that adapters throw. Its message holds only the failure's code: SDK messages can hold keys. */
export class FailureError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(`${failure.kind}: ${failure.code}`);
    this.name = 'FailureError';
    this.failure = failure;
  }
}

/** What to throw if nothing has changed and another try may succeed. */
export function notApplied(code: string, retryAfterMs: number | null = null): FailureError {
  return new FailureError({ kind: 'not-applied', code, retryAfterMs });
}

/** For a `catch` that goes on: an adapter's failure as a value. */
export function asFailure(error: unknown): FailureError {
  if (error instanceof FailureError) return error;
  throw error;
}
