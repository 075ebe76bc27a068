import { secretNames } from '../../src/keys/target.ts';
import { type SimulatedKeyturn, secretValue, statusOnEveryNode } from './simulated-keyturn.ts';

/** A consumer that keeps pointer and key for as long as the target's settings allow, each by itself. */
export interface CachedConsumer {
  readonly requests: number;
  /** What the account answered besides success, with the simulated time. */
  readonly failures: readonly { readonly atMs: number; readonly statuses: readonly number[] }[];
  /** One request at this moment, tried on every gateway node. */
  call(): Promise<void>;
}

/**
 * The worst consumer that the settings allow: caches are renewed only when they have expired.
 * @param reads `pointer`: pointer, then key secret; `direct`: the one secret that holds the key
 * @param ask what every gateway node answers to a key; default to a language call
 */
export function cachedConsumer(
  keyturn: SimulatedKeyturn,
  reads: 'pointer' | 'direct',
  ask: (key: string) => Promise<Set<number>> = (key) => statusOnEveryNode(keyturn.azure, key),
): CachedConsumer {
  const { vault, clock, target } = keyturn;
  const { pointerCacheMs, keyCacheMs } = target.policy;
  const names = secretNames(target);
  const cache = new Map<string, { readonly value: string; readonly untilMs: number }>();
  const read = (name: string, keptMs: number): string => {
    const kept = cache.get(name);
    if (kept !== undefined && clock.nowMs() < kept.untilMs) return kept.value;
    const value = secretValue(vault, name) ?? '';
    cache.set(name, { value, untilMs: clock.nowMs() + keptMs });
    return value;
  };
  let requests = 0;
  const failures: { atMs: number; statuses: number[] }[] = [];
  return {
    get requests() {
      return requests;
    },
    failures,
    async call() {
      const key =
        reads === 'pointer'
          ? read(read(names.pointer, pointerCacheMs) === 'key1' ? names.key1 : names.key2, keyCacheMs)
          : read(names.direct ?? '', keyCacheMs);
      const statuses = await ask(key);
      requests += 1;
      if (statuses.size !== 1 || !statuses.has(200)) failures.push({ atMs: clock.nowMs(), statuses: [...statuses] });
    },
  };
}
