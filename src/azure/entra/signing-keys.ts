import { createPipelineRequest, type HttpClient } from '@azure/core-rest-pipeline';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import * as z from 'zod';
import type { Clock } from '../../shared/clock.ts';
import { FailureError, notApplied } from '../../shared/failure.ts';
import { dayMs } from '../../shared/time.ts';
import { plainPipeline, socketsHttpClient } from '../http-stack.ts';

/** How old the keys may get before they are fetched again: so long a key that was removed is still taken. */
const refetchAfterMs = 10 * 60_000;
/** How old they may get while they cannot be fetched: Entra ID rolls keys over weeks, and keeps a new one back for a day. */
const keepMs = dayMs;
/** Between two tries: after a failure, and if a token names a key that the set lacks, since such tokens cost nothing to make. */
const cooldownMs = { failed: 10_000, fetched: 30_000 } as const;
/** A caller waits so long for a fetch at most. */
const fetchTimeoutMs = 5_000;

/** Only what makes it a key set: jose looks at the rest. An empty one is no answer, since a tenant always has a key. */
const keySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

/**
 * The tenant's signing keys; one set serves tokens of both versions. Fetched at the first token, again every ten minutes,
 * and for a key id that is not among them. While they cannot be fetched the last ones are kept for a day; what a fetch no
 * longer shows is not taken any more.
 * @returns a key, or throws jose's `JWKSNoMatchingKey` when a fresh set lacks it, or `FailureError` when the keys cannot be fetched
 */
export function entraSigningKeys(
  { authorityHost, tenantId }: { readonly authorityHost: string; readonly tenantId: string },
  clock: Clock,
  httpClient: HttpClient = socketsHttpClient(),
): JWTVerifyGetKey {
  const url = `https://${authorityHost}/${tenantId}/discovery/v2.0/keys`;
  let kept: { readonly keyFor: JWTVerifyGetKey; readonly atMs: number } | null = null;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let lastTryFailed = false;
  let underWay: Promise<void> | null = null;

  /** A clock that was set back counts as time that has passed. */
  const since = (atMs: number): number => Math.abs(clock.nowMs() - atMs);
  const fetchNow = async (): Promise<void> => {
    triedAtMs = clock.nowMs();
    try {
      kept = { keyFor: createLocalJWKSet(await fetchKeySet(url, httpClient)), atMs: triedAtMs };
      lastTryFailed = false;
    } catch {
      lastTryFailed = true;
    }
  };
  /** Fetches, or waits for the fetch under way; nothing within the cool-down. */
  const refetch = async (): Promise<void> => {
    if (underWay === null && since(triedAtMs) < (lastTryFailed ? cooldownMs.failed : cooldownMs.fetched)) return;
    underWay ??= fetchNow().finally(() => {
      underWay = null;
    });
    await underWay;
  };
  const usable = (): JWTVerifyGetKey => {
    if (kept !== null && since(kept.atMs) < keepMs) return kept.keyFor;
    throw unavailable();
  };

  return async (header, token) => {
    if (kept === null || since(kept.atMs) >= refetchAfterMs) await refetch();
    try {
      return await usable()(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await refetch();
      // A set that may be behind says nothing against a key that it lacks.
      if (lastTryFailed) throw unavailable();
      return await usable()(header, token);
    }
  };
}

function unavailable(): FailureError {
  return new FailureError({ kind: 'not-applied', code: 'signing-keys-unavailable', retryAfterMs: cooldownMs.failed });
}

/** @throws whatever goes wrong: the caller only counts it as a failed try */
async function fetchKeySet(url: string, httpClient: HttpClient): Promise<JSONWebKeySet> {
  const request = createPipelineRequest({ url, timeout: fetchTimeoutMs });
  const { status, bodyAsText } = await plainPipeline().sendRequest(httpClient, request);
  if (status !== 200) throw notApplied(`http-${status}`);
  return keySet.parse(JSON.parse(bodyAsText ?? ''));
}
