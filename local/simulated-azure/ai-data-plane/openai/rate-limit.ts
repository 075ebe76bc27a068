import type { Exchange } from '../../exchange.ts';
import type { Account } from '../../world.ts';
import type { Operation } from '../operation.ts';
import { refusal, securityHeaders } from '../refusals.ts';
import type { Deployment } from './deployment.ts';
import { regionDisplayName } from './region-display-name.ts';

/** Both limits count by the minute. */
const renewalSeconds = 60;

interface Bucket {
  left: number;
  filledAtMs: number;
}

/** Buckets of each account's deployments; an account that is gone takes its buckets along. */
const buckets = new WeakMap<Account, Map<string, Bucket>>();

/**
 * Takes one request and `tokens` from the deployment's budgets, which refill all the time: the recorded reset headers,
 * 500 ms after one request of 120 and 7 ms after 14 tokens of 120000, show it. Gives the headers that tell what is left, or the 429.
 */
export function spend(
  exchange: Exchange,
  account: Account,
  operation: Operation,
  deployment: Deployment,
  tokens: number,
): { readonly headers: Record<string, string> } | { readonly refused: Response } {
  const nowMs = exchange.azure.clock.nowMs();
  const requestLimit = deployment.capacity;
  const tokenLimit = deployment.capacity * 1000;
  const requests = refilled(account, `${deployment.name}/requests`, requestLimit, nowMs);
  const tokenBucket = refilled(account, `${deployment.name}/tokens`, tokenLimit, nowMs);
  if (requests.left < 1) {
    return { refused: tooMany(exchange, account, operation, 'call', msUntil(1 - requests.left, requestLimit)) };
  }
  if (tokenBucket.left < tokens) {
    return { refused: tooMany(exchange, account, operation, 'token', msUntil(tokens - tokenBucket.left, tokenLimit)) };
  }
  requests.left -= 1;
  tokenBucket.left -= tokens;
  const headers = {
    'x-ratelimit-abusepenalty-active': 'False',
    'x-ratelimit-limit-requests': String(requestLimit),
    'x-ratelimit-limit-tokens': String(tokenLimit),
    'x-ratelimit-remaining-requests': String(Math.floor(requests.left)),
    'x-ratelimit-remaining-tokens': String(Math.floor(tokenBucket.left)),
    'x-ratelimit-renewalperiod-requests': String(renewalSeconds),
    'x-ratelimit-renewalperiod-tokens': String(renewalSeconds),
    'x-ratelimit-reset-requests': String(Math.ceil(msUntil(requestLimit - requests.left, requestLimit))),
    'x-ratelimit-reset-tokens': String(Math.ceil(msUntil(tokenLimit - tokenBucket.left, tokenLimit))),
  };
  return { headers };
}

function refilled(account: Account, name: string, limit: number, nowMs: number): Bucket {
  const ofAccount = buckets.get(account) ?? new Map<string, Bucket>();
  buckets.set(account, ofAccount);
  const bucket = ofAccount.get(name) ?? { left: limit, filledAtMs: nowMs };
  ofAccount.set(name, bucket);
  bucket.left = Math.min(limit, bucket.left + ((nowMs - bucket.filledAtMs) / 1000) * (limit / renewalSeconds));
  bucket.filledAtMs = nowMs;
  return bucket;
}

function msUntil(missing: number, limit: number): number {
  return (missing / limit) * renewalSeconds * 1000;
}

function tooMany(
  exchange: Exchange,
  account: Account,
  operation: Operation,
  what: 'call' | 'token',
  waitMs: number,
): Response {
  const seconds = String(Math.ceil(waitMs / 1000));
  const { kind, sku } = account.resource;
  const message = `Requests to the ${operation.name} Operation under ${operation.api(exchange)} have exceeded ${what} rate limit of your current ${kind} ${sku.name} pricing tier. Please retry after ${seconds} seconds. Please contact Azure support service if you would like to further increase the default rate limit.`;
  return refusal(429, JSON.stringify({ error: { code: '429', message } }), {
    'retry-after': seconds,
    [what === 'token' ? 'x-rate-limit-reset-tokens' : 'x-rate-limit-reset-requests']: seconds,
    ...securityHeaders,
    'policy-id': what === 'token' ? 'DeploymentRatelimit-Token' : 'DeploymentRatelimit-Call',
    'x-ms-region': regionDisplayName(account.resource.location),
    'x-ratelimit-remaining-requests': '0',
  });
}
