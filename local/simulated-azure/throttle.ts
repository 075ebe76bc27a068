import type { SimulatedAzure } from './simulated-azure.ts';

/** What the buckets belong to: a whole simulated Azure, or whatever else has its clock. */
export type Throttled = Pick<SimulatedAzure, 'clock'>;

/** What a request costs: a GET or HEAD is a read, a DELETE a delete, all else, POST actions too, a write. */
export type RequestClass = 'reads' | 'writes' | 'deletes';

/** Whose bucket pays: a subscription's and principal's; `subscriptionId` null is the tenant's. */
export interface Payer {
  readonly subscriptionId: string | null;
  readonly principalId: string;
}

export type Throttling =
  | { readonly kind: 'passed'; readonly headers: Readonly<Record<string, string>> }
  | {
      readonly kind: 'throttled';
      readonly retryAfterSeconds: number;
      readonly headers: Readonly<Record<string, string>>;
    };

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/**
 * Bucket size and refill for each subscription and principal, since the token bucket scheme of 2024:
 * https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 */
const limits: Readonly<Record<RequestClass, { readonly size: number; readonly perSecond: number }>> = {
  reads: { size: 250, perSecond: 25 },
  writes: { size: 200, perSecond: 10 },
  deletes: { size: 200, perSecond: 10 },
};

/** The bucket that all principals of a subscription share is so many times larger (same page). */
const globalFactor = 15;

const bucketsOf = new WeakMap<Throttled, Map<string, Bucket>>();

/** Takes one token for the request, or says how many whole seconds to wait for the next one; a refusal costs nothing. */
export function throttle(azure: Throttled, payer: Payer, requestClass: RequestClass): Throttling {
  const { size, perSecond } = limits[requestClass];
  const who = payer.subscriptionId?.toLowerCase() ?? 'tenant';
  const own = filled(azure, `${who} ${payer.principalId} ${requestClass}`, size, perSecond);
  const shared = filled(azure, `${who} ${requestClass}`, size * globalFactor, perSecond * globalFactor);
  if (own.tokens < 1 || shared.tokens < 1) {
    const waits = [(1 - own.tokens) / perSecond, (1 - shared.tokens) / (perSecond * globalFactor)];
    const retryAfterSeconds = Math.max(1, Math.ceil(Math.max(...waits)));
    return { kind: 'throttled', retryAfterSeconds, headers: remaining(payer, requestClass, own, shared) };
  }
  own.tokens -= 1;
  shared.tokens -= 1;
  return { kind: 'passed', headers: remaining(payer, requestClass, own, shared) };
}

function filled(azure: Throttled, name: string, size: number, perSecond: number): Bucket {
  const buckets = bucketsOf.get(azure) ?? new Map<string, Bucket>();
  bucketsOf.set(azure, buckets);
  const nowMs = azure.clock.nowMs();
  const bucket = buckets.get(name) ?? { tokens: size, filledAtMs: nowMs };
  buckets.set(name, bucket);
  bucket.tokens = Math.min(size, bucket.tokens + ((nowMs - bucket.filledAtMs) / 1000) * perSecond);
  bucket.filledAtMs = nowMs;
  return bucket;
}

function remaining(payer: Payer, requestClass: RequestClass, own: Bucket, shared: Bucket): Record<string, string> {
  if (payer.subscriptionId === null) {
    return { [`x-ms-ratelimit-remaining-tenant-${requestClass}`]: String(Math.floor(own.tokens)) };
  }
  return {
    [`x-ms-ratelimit-remaining-subscription-${requestClass}`]: String(Math.floor(own.tokens)),
    [`x-ms-ratelimit-remaining-subscription-global-${requestClass}`]: String(Math.floor(shared.tokens)),
  };
}
