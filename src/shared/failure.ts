import type { RefusalReason } from './refusals.ts';

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

/** What a service answers 429 with: a subscription's, tenant's or vault's bucket is empty, or the provider's own. */
export function isRateRefusal(code: string): boolean {
  return /Throttled|TooManyRequests|^http-429$/i.test(code);
}

/** Code of a call that was not sent since the request that it belongs to had used up its time. */
export const outOfTime = 'out-of-time';

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

/** For a `catch` that goes on after a refusal only, which is then a value. */
export function asRefusal(error: unknown): Extract<Failure, { kind: 'refused' }> {
  if (error instanceof FailureError && error.failure.kind === 'refused') return error.failure;
  throw error;
}

/** For a `catch` that goes on: an adapter's failure as a value. */
export function asFailure(error: unknown): FailureError {
  if (error instanceof FailureError) return error;
  throw error;
}
