import type { Failure, RefusalReason } from '../shared/failure.ts';
import { type AzureAnswer, safeCode } from './azure-answer.ts';

export type AzureService = 'arm' | 'vault' | 'table' | 'queue' | 'event-grid' | 'account';

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
  readonly service: AzureService | 'any';
  readonly effect: 'read' | 'write' | 'any';
  readonly status: number;
  /** The error code, or `any`: whatever it is, but there is one: a proxy's page has none. */
  readonly code: string;
  /** What the body must say besides, where Azure gives one code to two things. */
  readonly says?: RegExp;
  readonly means: Meaning;
}

/**
 * What Azure's error answers mean; the first row that fits counts. Not here:
 * - 4xx that no row names: not applied. Azure refuses before it acts.
 * - 408, 499 and every 5xx on a write: outcome unknown. 503 too: ARM's front door answers it also when the resource
 *   provider took the request and did not answer in time, and a wrong "not applied" would regenerate a key twice,
 *   where a wrong "unknown" costs one settle time. Storage alone documents 503 as refused before work.
 */
const rows: readonly Row[] = [
  // Resource Manager
  { service: 'arm', effect: 'any', status: 403, code: 'RequestDisallowedByPolicy', means: 'azure-policy' },
  { service: 'arm', effect: 'any', status: 403, code: 'any', means: 'account-access-denied' },
  { service: 'arm', effect: 'any', status: 404, code: 'any', means: 'account-not-found' },
  { service: 'arm', effect: 'any', status: 409, code: 'ScopeLocked', means: 'resource-lock' },
  // Comes as 400, some hundred milliseconds after a GET that said Succeeded.
  { service: 'arm', effect: 'any', status: 400, code: 'AccountProvisioningStateInvalid', means: 'not-applied' },
  {
    service: 'arm',
    effect: 'any',
    status: 400,
    code: 'any',
    says: /disableLocalAuth is set to be true/i,
    means: 'local-auth-disabled',
  },
  { service: 'arm', effect: 'any', status: 400, code: 'any', means: 'bad-request' },
  // Key Vault; its codes are the inner ones.
  { service: 'vault', effect: 'any', status: 403, code: 'ForbiddenByFirewall', means: 'vault-network-denied' },
  { service: 'vault', effect: 'any', status: 403, code: 'ForbiddenByConnection', means: 'vault-network-denied' },
  { service: 'vault', effect: 'any', status: 403, code: 'ForbiddenByRbac', means: 'vault-access-denied' },
  // The vault's own access policies, in spite of the name: "does not have secrets set permission on key vault".
  { service: 'vault', effect: 'any', status: 403, code: 'ForbiddenByPolicy', means: 'vault-access-denied' },
  { service: 'vault', effect: 'any', status: 403, code: 'AccessDenied', means: 'vault-access-denied' },
  { service: 'vault', effect: 'any', status: 403, code: 'any', says: /read[- ]?only/i, means: 'vault-read-only' },
  {
    service: 'vault',
    effect: 'write',
    status: 403,
    code: 'any',
    says: /disallowed by policy|policy (requirement|violation)|expir|validity/i,
    means: 'vault-policy',
  },
  { service: 'vault', effect: 'any', status: 403, code: 'any', means: 'vault-access-denied' },
  { service: 'vault', effect: 'any', status: 404, code: 'any', means: 'vault-not-found' },
  { service: 'vault', effect: 'any', status: 400, code: 'any', means: 'bad-request' },
  // Storage: https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes
  { service: 'table', effect: 'any', status: 503, code: 'ServerBusy', means: 'not-applied' },
  { service: 'queue', effect: 'any', status: 503, code: 'ServerBusy', means: 'not-applied' },
  { service: 'table', effect: 'any', status: 400, code: 'any', means: 'bad-request' },
  { service: 'queue', effect: 'any', status: 400, code: 'any', means: 'bad-request' },
];

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
  const meaning = rows.find((row) => fits(row, answer, call))?.means ?? byStatus(answer.status, call.effect);
  switch (meaning) {
    case 'not-applied': {
      const action = call.service === 'event-grid' ? answer.missingAction() : null;
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
    (row.service === 'any' || row.service === call.service) &&
    (row.effect === 'any' || row.effect === call.effect) &&
    row.status === answer.status &&
    answer.code !== null &&
    (row.code === 'any' || row.code === answer.code) &&
    (row.says === undefined || answer.bodySays(row.says))
  );
}

function byStatus(status: number, effect: 'read' | 'write'): 'not-applied' | 'outcome-unknown' {
  const isRefusal = status >= 300 && status < 500 && status !== 408 && status !== 499;
  return effect === 'write' && !isRefusal ? 'outcome-unknown' : 'not-applied';
}

function transportCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown-error';
  if (error.name === 'AbortError') return 'timeout';
  return safeCode('code' in error ? error.code : null) ?? 'connection-failed';
}
