import type { PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline';
import { type CallNote, noteCall, requestIds } from '../shared/call-trail.ts';
import { memberOf, parsedJson } from '../shared/json.ts';
import { hourMs } from '../shared/time.ts';

/**
 * Where Azure's refusals name what the caller lacks, in the order in which they are tried: a linked scope's action stands
 * behind the one that is allowed.
 * - Resource Manager, LinkedAuthorizationFailed: "does not have permission to perform action(s) '…' on the linked scope(s)"
 * - Resource Manager, AuthorizationFailed: "does not have authorization to perform action '…' over scope"
 * - Key Vault, ForbiddenByRbac: "Action: '…'"
 * - an account's gateway, PermissionDenied: "lacks the required data action … to perform"
 */
const places = [
  /does not have permission to perform action(?:\(s\))? '([^',]{1,160})/,
  /does not have authorization to perform action '([^']{1,160})'/,
  /^Action: '([^']{1,160})'/m,
  /lacks the required data action [`']?([^\s`']{1,160})/,
];

/**
 * Letters, with a hyphen, colon or dot between them (`analyze-text`, `text:analyze`), and a verb at the end: a key or token in
 * the same message holds digits and can never look like this.
 * The longest segment of a known action has 35 letters. Some refusals leave the provider out:
 * `PrivateEndpointConnectionsApproval/action`, MicrosoftDocs/azure-docs#96892.
 */
const actionName =
  /^(?:Microsoft\.[A-Za-z]{2,30}\/)?(?:[A-Za-z][A-Za-z.:-]{0,39}\/){1,6}(?:action|read|write|delete)$/i;

/** The action or data action that an error's message says the caller lacks; null if it names none. */
function missingActionIn(message: string): string | null {
  // Event Grid names only the topic, and publishing has no other action.
  if (/does not have permission to send data to \//.test(message)) return 'Microsoft.EventGrid/events/send/action';
  // Log Analytics names only the workspace, or nothing.
  if (/insufficient access to perform the requested operation/.test(message))
    return 'Microsoft.OperationalInsights/workspaces/query/read';
  for (const place of places) {
    const named = place.exec(message)?.[1];
    if (named !== undefined) return actionName.test(named) ? named : null;
  }
  return null;
}

/** Longer than any pause of a rate limit, which are seconds and minutes; a quota is renewed by the day or the month. */
const leastPauseOfQuotaMs = hourMs;

/** What the gateway says once the calls of a free tier are used up, as recorded and reported. */
const usedUp = /out of call volume quota|exceeded its free quota/i;

/**
 * Whether an endpoint refused a call since the account's quota is used up: 403 or 429 that says so, or asks for an hour or
 * more. It says nothing of a key or token.
 */
export function saysQuotaUsedUp({ status, retryAfterMs, bodySays }: AzureAnswer): boolean {
  return (status === 403 || status === 429) && (bodySays(usedUp) || (retryAfterMs ?? 0) >= leastPauseOfQuotaMs);
}

/** What is kept of an answer of Azure's: nothing that could hold a key, but for `body`, which is only ever matched. */
export interface AzureAnswer {
  readonly status: number;
  /** The most telling error code in a safe form (`ForbiddenByRbac`, `401`), or null. */
  readonly code: string | null;
  /** The `Date` header, milliseconds since 1970. */
  readonly dateMs: number | null;
  readonly retryAfterMs: number | null;
  /** Whether the body's text matches. The text itself stays here. */
  bodySays(pattern: RegExp): boolean;
  /** The action or data action that the body says the caller lacks, or null. */
  missingAction(): string | null;
}

export function azureAnswer(response: PipelineResponse): AzureAnswer {
  const dateMs = instant(response.headers.get('date'));
  const text = response.bodyAsText ?? '';
  return {
    status: response.status,
    // Parsed only if it is asked for: a page of a list is long, and has no code.
    get code() {
      return vaultCode(text) ?? safeCode(errorCode(text)) ?? safeCode(response.headers.get('x-ms-error-code'));
    },
    dateMs,
    retryAfterMs: askedPauseMs(response.headers, dateMs),
    bodySays: (pattern) => pattern.test(text),
    missingAction: () => missingActionIn(errorMessage(text)),
  };
}

/**
 * Notes a request in the audit trail.
 * @param answered null: no answer came
 * @param said of a probe: what the answer says of the key
 */
export function noteRequest(
  service: CallNote['service'],
  request: PipelineRequest,
  answered: PipelineResponse | null,
  said?: CallNote['said'],
): void {
  const { host, pathname: path } = new URL(request.url);
  noteCall({
    ...{ service, method: request.method, host, path },
    status: answered?.status ?? null,
    atMs: instant(answered?.headers.get('date')),
    ...(said === undefined ? {} : { said }),
    ...requestIds((name) => request.headers.get(name), answered && ((name) => answered.headers.get(name))),
  });
}

/**
 * `text` when it is surely an error code: three digits, or letters with `.`, `_`, `-` up to 64. Keys hold digits,
 * so none gets through.
 */
export function safeCode(text: unknown): string | null {
  return typeof text === 'string' && /^(\d{3}|[A-Za-z][A-Za-z._-]{0,63})$/.test(text) ? text : null;
}

/**
 * The pause that the service asks for, at least 0, or null. `Retry-After` is in seconds or a date; a date is taken
 * against the answer's own `Date`, never against this machine's clock.
 */
function askedPauseMs(headers: PipelineResponse['headers'], dateMs: number | null): number | null {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const milliseconds = wholeNumber(headers.get(name));
    if (milliseconds !== null) return milliseconds;
  }
  const text = headers.get('retry-after');
  const seconds = wholeNumber(text);
  if (seconds !== null) return seconds * 1000;
  // A date begins with its day of the week; of a fraction or a negative number `Date.parse` would make one, too.
  const untilMs = /^[A-Za-z]{3},/.test(text?.trim() ?? '') ? instant(text) : null;
  return untilMs === null || dateMs === null ? null : Math.max(0, untilMs - dateMs);
}

/** More than a century, whatever the unit: how long is believed, anybody who waits decides. */
const mostAsked = 4_000_000_000_000;

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Math.min(Number(text), mostAsked) : null;
}

/**
 * Whether Resource Manager says that a resource does not exist. 404 does not by itself: a subscription that nobody may see
 * answers it as well, and so does a proxy's page, which has no code.
 */
export function saysAbsent({ status, code }: AzureAnswer): boolean {
  return status === 404 && code !== null && code !== 'SubscriptionNotFound';
}

/** A header's date, milliseconds since 1970; null if there is none. */
function instant(text: string | undefined): number | null {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? null : ms;
}

/** Inner before outer: Key Vault's outer code is `Forbidden` or `Conflict` whatever happened. */
function errorCode(text: string): unknown {
  const body = parsedJson(text);
  const error = memberOf(body, 'error') ?? memberOf(body, 'odata.error') ?? body;
  return memberOf(memberOf(error, 'innererror'), 'code') ?? memberOf(error, 'code');
}

/** Key Vault says why it takes no token only in its message: `AKV10032: Invalid issuer. …`. */
function vaultCode(text: string): string | null {
  return /^(AKV\d{5}):/.exec(errorMessage(text))?.[1] ?? null;
}

/** Taken out of its JSON, in which some services write quotes as `\u0027`. */
function errorMessage(text: string): string {
  const body = parsedJson(text);
  const message = memberOf(memberOf(body, 'error') ?? body, 'message');
  return typeof message === 'string' ? message : '';
}
