import type { Failure } from '../shared/failure.ts';
import type { RefusalReason } from '../shared/refusals.ts';
import { type AzureAnswer, safeCode } from './azure-answer.ts';

export type AzureService = 'arm' | 'vault' | 'table' | 'queue' | 'blob' | 'event-grid' | 'log' | 'account';

/** What is known of a call that failed. */
export interface FailedCall {
  readonly service: AzureService;
  readonly effect: 'read' | 'write';
  /** The last answer, when one came. */
  readonly answer: AzureAnswer | null;
  /** Bytes may have left, and no answer has come. */
  readonly underWay: boolean;
}

type Meaning = 'not-applied' | 'outcome-unknown' | RefusalReason;

interface Row {
  /** Absent: either. */
  readonly effect?: 'read' | 'write';
  readonly status: number | 'any';
  /** The error code, or `any`: whatever it is, but there is one: a proxy's page has none. */
  readonly code: string | RegExp;
  /** What the body must say besides, if Azure gives one code to two things. */
  readonly says?: RegExp;
  readonly means: Meaning;
}

const storageRows: readonly Row[] = [
  // https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes
  { status: 503, code: 'ServerBusy', means: 'not-applied' },
  { status: 400, code: 'any', means: 'bad-request' },
];

/**
 * What Azure's error answers mean; the first row that fits counts. Not here:
 * - 4xx whose code no row names: `unknown-refusal`, unless Azure says when to come again. Without a code it is no answer of
 *   Azure's (a proxy's page): not applied.
 * - 408, 412, 425, 429 and 499 on a read: not applied, they pass by themselves.
 * - 408, 499 and every 5xx on a write: outcome unknown. 503 too: ARM's front door answers it also when the resource
 *   provider took the request and did not answer in time, and a wrong "not applied" would regenerate a key twice,
 *   while a wrong "unknown" costs one settle time. Only storage documents 503 as refused before work.
 *
 * Sources: https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors,
 * https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
 */
const rows: Partial<Readonly<Record<AzureService, readonly Row[]>>> = {
  arm: [
    // Whatever the status: these codes mean one thing.
    { status: 'any', code: 'InvalidAuthenticationTokenTenant', means: 'subscription-in-another-tenant' },
    { status: 'any', code: 'ReadOnlyDisabledSubscription', means: 'subscription-disabled' },
    { status: 'any', code: 'SubscriptionNotFound', means: 'subscription-not-found' },
    { status: 'any', code: 'MissingSubscriptionRegistration', means: 'provider-not-registered' },
    { status: 'any', code: 'ScopeLocked', means: 'resource-lock' },
    { status: 'any', code: 'RequestDisallowedByPolicy', means: 'azure-policy' },
    { status: 'any', code: 'DenyAssignmentAuthorizationFailed', means: 'deny-assignment' },
    { status: 403, code: 'LinkedAuthorizationFailed', says: /blocked by deny assignments/i, means: 'deny-assignment' },
    { status: 403, code: /^(Linked)?AuthorizationFailed$/, means: 'account-access-denied' },
    // The token is renewed before the next call.
    { status: 401, code: 'ExpiredAuthenticationToken', means: 'not-applied' },
    { status: 401, code: /^(InvalidAuthenticationToken(Audience)?|AuthenticationFailed)$/, means: 'token-invalid' },
    { status: 404, code: /^(Resource|ResourceGroup|ParentResource)?NotFound$/, means: 'account-not-found' },
    { status: 409, code: 'RequestConflict', means: 'not-applied' },
    { status: 409, code: 'AnotherOperationInProgress', means: 'not-applied' },
    { status: 409, code: 'RetryableErrorDueToAnotherOperation', means: 'not-applied' },
    { status: 409, code: 'Conflict', means: 'not-applied' },
    // Comes as 400, some hundred milliseconds after a GET that said Succeeded.
    { status: 400, code: 'AccountProvisioningStateInvalid', means: 'not-applied' },
    { status: 400, code: 'any', says: /disableLocalAuth is set to be true/i, means: 'local-auth-disabled' },
    { status: 400, code: 'any', means: 'bad-request' },
  ],
  // Its codes are the inner ones, and those that stand in the text of a 401.
  vault: [
    { status: 401, code: 'AKV10032', means: 'vault-in-another-tenant' },
    { status: 401, code: /^(Unauthorized|AKV\d{5})$/, means: 'token-invalid' },
    { status: 403, code: /^ForbiddenBy(Firewall|Connection)$/, means: 'vault-network-denied' },
    { status: 403, code: 'ForbiddenByNsp', means: 'vault-perimeter-denied' },
    // Every refusal of a role names a deny assignment; `null` if none was met.
    {
      status: 403,
      code: 'ForbiddenByRbac',
      says: /DenyAssignmentId: (?!null\b|\(not found\)|\\)\S/,
      means: 'deny-assignment',
    },
    { status: 403, code: 'ForbiddenByRbac', means: 'vault-access-denied' },
    // The vault's own access policies, in spite of the name: "does not have secrets set permission on key vault".
    { status: 403, code: /^(ForbiddenByPolicy|AccessDenied)$/, means: 'vault-access-denied' },
    { status: 403, code: 'any', says: /read[- ]?only/i, means: 'vault-read-only' },
    {
      effect: 'write',
      status: 403,
      code: 'any',
      says: /disallowed by policy|policy (requirement|violation)|expiration date|validity period/i,
      means: 'vault-policy',
    },
    { status: 404, code: 'any', means: 'vault-not-found' },
    { status: 409, code: /^ObjectIs(BeingDeleted|BeingRecovered|DeletedButRecoverable)$/, means: 'not-applied' },
    { status: 409, code: 'Conflict', means: 'not-applied' },
    { status: 400, code: 'any', means: 'bad-request' },
  ],
  table: storageRows,
  queue: storageRows,
};

/** Transport errors that come before a connection stands: nothing was sent. */
const connectErrors = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/**
 * What to do about a failed call. Of `error` only a transport code is taken, never its message.
 *
 * No answer: a write that may have left is `outcome-unknown` (timeout, abort, reset); anything else is `not-applied`.
 * A 2xx that the SDK throws on (202 from regenerateKey) was applied or may be: `outcome-unknown` for a write.
 */
export function toFailure(error: unknown, call: FailedCall): Failure {
  const { answer } = call;
  return answer === null ? withoutAnswer(error, call) : withAnswer(answer, call);
}

function withoutAnswer(error: unknown, { effect, underWay }: FailedCall): Failure {
  const code = transportCode(error);
  const mayBeApplied = effect === 'write' && underWay && !connectErrors.has(code);
  return mayBeApplied ? { kind: 'outcome-unknown', code } : { kind: 'not-applied', code, retryAfterMs: null };
}

function withAnswer(answer: AzureAnswer, call: FailedCall): Failure {
  const code = answer.code ?? `http-${answer.status}`;
  const meaning = rows[call.service]?.find((row) => fits(row, answer, call))?.means ?? byStatus(answer, call);
  switch (meaning) {
    case 'not-applied': {
      const action = call.service === 'event-grid' || call.service === 'log' ? answer.missingAction() : null;
      return { kind: 'not-applied', code, retryAfterMs: answer.retryAfterMs, ...(action === null ? {} : { action }) };
    }
    case 'outcome-unknown':
      return { kind: 'outcome-unknown', code };
    case 'account-access-denied':
    case 'vault-access-denied': {
      const action = answer.missingAction();
      return { kind: 'refused', reason: meaning, code, ...(action === null ? {} : { action }) };
    }
    default:
      return { kind: 'refused', reason: meaning, code };
  }
}

function fits(row: Row, answer: AzureAnswer, call: FailedCall): boolean {
  return (
    (row.effect === undefined || row.effect === call.effect) &&
    (row.status === 'any' ? answer.status >= 400 : row.status === answer.status) &&
    answer.code !== null &&
    (row.code === 'any' || (row.code instanceof RegExp ? row.code.test(answer.code) : row.code === answer.code)) &&
    (row.says === undefined || answer.bodySays(row.says))
  );
}

/** 4xx that pass by themselves: a lost race (412), a throttle, a connection that was too slow. */
const passing = new Set([408, 412, 425, 429, 499]);

function byStatus({ status, code, retryAfterMs }: AzureAnswer, { service, effect }: FailedCall): Meaning {
  const isRefusal = status >= 300 && status < 500 && status !== 408 && status !== 499;
  if (effect === 'write' && !isRefusal) return 'outcome-unknown';
  const isUnknown = status >= 400 && status < 500 && !passing.has(status) && code !== null && retryAfterMs === null;
  return isUnknown && (service === 'arm' || service === 'vault') ? 'unknown-refusal' : 'not-applied';
}

/** Why there is no answer, or no end of one, in a word: `timeout`, `ECONNRESET`. */
export function transportCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown-error';
  if (error.name === 'AbortError') return 'timeout';
  return safeCode('code' in error ? error.code : null) ?? 'connection-failed';
}
