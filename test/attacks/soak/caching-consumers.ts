import { secretNames, type Target } from '../../../src/keys/target.ts';
import { isSlot } from '../../../src/shared/slot.ts';
import type { MemoryWorld } from '../../memory-world/memory-world.ts';
import { kitConsumers } from './kit-consumers.ts';

/** Consumers as they are in the field: each reads pointer and key, or the direct value, when its cache is over, and calls. */
export interface CachingConsumers {
  /** Every consumer calls once; call it after everything that happens. */
  call(): void;
  requests: number;
  /** Requests that failed though no person had killed their key, each as a sentence. */
  readonly failures: string[];
  /** Requests with a key that a person outside had killed, by act. */
  readonly causedByPeople: Map<string, number>;
}

/** A value with the instant until which it is believed. */
interface Cached<T> {
  value: T | null;
  untilMs: number;
}

/** @param killedBy the act by which people killed a key; undefined: they did not */
export function cachingConsumers(
  world: MemoryWorld,
  target: Target,
  killedBy: (key: string) => string | undefined,
): CachingConsumers {
  const names = secretNames(target);
  const { pointerCacheMs, keyCacheMs, longestRequestMs } = target.policy;
  const { vault, account, clock } = world;
  const cached = <T>(forMs: number, offset: number, read: () => T | null): (() => T | null) => {
    const held: Cached<T> = { value: null, untilMs: Number.NEGATIVE_INFINITY };
    return () => {
      if (clock.nowMs() < held.untilMs) return held.value;
      // The first stretch is shorter by the offset, so that consumers of one kind renew at different times.
      const first = held.untilMs === Number.NEGATIVE_INFINITY;
      held.value = read();
      // Who could not read asks again at once.
      held.untilMs = held.value === null ? clock.nowMs() : clock.nowMs() + forMs * (first ? offset : 1);
      return held.value;
    };
  };
  const readPointer = () => {
    const value = vault.value(names.pointer);
    return value !== null && isSlot(value) ? value : null;
  };
  const apart = (pointerMs: number, keyMs: number, offset: number) => {
    const pointer = cached(pointerMs, offset, readPointer);
    const keys = {
      key1: cached(keyMs, 1 - offset, () => vault.value(names.key1)),
      key2: cached(keyMs, 1 - offset, () => vault.value(names.key2)),
    };
    return () => {
      const slot = pointer();
      return slot === null ? null : keys[slot]();
    };
  };
  const snapshot = (forMs: number, offset: number) =>
    cached(forMs, offset, () => {
      const slot = readPointer();
      return slot === null ? null : vault.value(names[slot]);
    });
  const direct = (forMs: number, offset: number) =>
    cached(forMs, offset, () =>
      names.direct === null || vault.value(names.pointer) === null ? null : vault.value(names.direct),
    );
  const longestMs = pointerCacheMs + keyCacheMs;
  const reads: readonly (readonly [string, () => string | null])[] = [
    ['apart, no cache', apart(0, 0, 1)],
    ['apart, key cache only', apart(0, keyCacheMs, 0.4)],
    ['apart, pointer cache only', apart(pointerCacheMs, 0, 0.7)],
    ['apart, full caches', apart(pointerCacheMs, keyCacheMs, 0.99)],
    ['apart, full caches, early', apart(pointerCacheMs, keyCacheMs, 0.01)],
    ['apart, full caches, between', apart(pointerCacheMs, keyCacheMs, 0.5)],
    ['snapshot', snapshot(Math.max(pointerCacheMs, keyCacheMs), 0.3)],
    ['snapshot, longest', snapshot(longestMs, 0.6)],
    ['snapshot, in its longest request', snapshot(longestMs + longestRequestMs, 0.9)],
    ...(names.direct === null
      ? []
      : ([
          ['direct, no cache', direct(0, 1)],
          ['direct', direct(longestMs, 0.5)],
          ['direct, in its longest request', direct(longestMs + longestRequestMs, 0.8)],
        ] as const)),
  ];
  const callWithKit = kitConsumers(world, target);
  const crowd: CachingConsumers = { call, requests: 0, failures: [], causedByPeople: new Map() };
  function call(): void {
    const answers = new Map<string, boolean>();
    for (const [consumer, read] of reads) {
      const key = read();
      if (key === null) continue;
      const isAccepted = answers.get(key) ?? account.accepts(key);
      answers.set(key, isAccepted);
      note(consumer, key, isAccepted);
    }
    callWithKit((consumer, key) => note(consumer, key, account.accepts(key)));
  }
  function note(consumer: string, key: string, isAccepted: boolean): void {
    crowd.requests += 1;
    if (isAccepted) return;
    const act = killedBy(key);
    if (act !== undefined) crowd.causedByPeople.set(act, (crowd.causedByPeople.get(act) ?? 0) + 1);
    else crowd.failures.push(`a request failed with ${key} (${consumer})`);
  }
  return crowd;
}
