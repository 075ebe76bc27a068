import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { missingActionIn } from './arm/missing-action.ts';

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
    code: vaultCode(text) ?? safeCode(errorCode(text)) ?? safeCode(response.headers.get('x-ms-error-code')),
    dateMs,
    retryAfterMs: retryAfterMs((name) => response.headers.get(name), dateMs),
    bodySays: (pattern) => pattern.test(text),
    missingAction: () => missingActionIn(errorMessage(text)),
  };
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
export function retryAfterMs(header: (name: string) => string | undefined, dateMs: number | null): number | null {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const milliseconds = wholeNumber(header(name));
    if (milliseconds !== null) return milliseconds;
  }
  const text = header('retry-after');
  const seconds = wholeNumber(text);
  if (seconds !== null) return seconds * 1000;
  // A date begins with its day of the week; of a fraction or a negative number `Date.parse` would make one, too.
  const untilMs = /^[A-Za-z]{3},/.test(text?.trim() ?? '') ? instant(text) : null;
  return untilMs === null || dateMs === null ? null : Math.max(0, untilMs - dateMs);
}

/** More than a century, whatever the unit: how long is believed, whoever waits decides. */
const mostAsked = 4_000_000_000_000;

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Math.min(Number(text), mostAsked) : null;
}

/**
 * Whether Resource Manager says that a resource does not exist. 404 alone does not: a subscription that nobody may see
 * answers it as well, and so does a proxy's page, which has no code.
 */
export function saysAbsent({ status, code }: AzureAnswer): boolean {
  return status === 404 && code !== null && code !== 'SubscriptionNotFound';
}

/** A header's date, milliseconds since 1970; null where there is none. */
export function instant(text: string | undefined): number | null {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? null : ms;
}

/** Inner before outer: Key Vault's outer code is `Forbidden` or `Conflict` whatever happened. */
function errorCode(text: string): unknown {
  const body = parsed(text);
  const error = member(body, 'error') ?? member(body, 'odata.error') ?? body;
  return member(member(error, 'innererror'), 'code') ?? member(error, 'code');
}

/** Key Vault says why it takes no token only in its message: `AKV10032: Invalid issuer. …`. */
function vaultCode(text: string): string | null {
  return /^(AKV\d{5}):/.exec(errorMessage(text))?.[1] ?? null;
}

/** Taken out of its JSON, where some services write quotes as `\u0027`. */
function errorMessage(text: string): string {
  const body = parsed(text);
  const message = member(member(body, 'error') ?? body, 'message');
  return typeof message === 'string' ? message : '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : null;
}
