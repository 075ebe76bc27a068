import type { KeyPlace } from '../../../consumer/src/contract.ts';
import { type KeptKey, keepKey } from '../../../consumer/src/kept-key.ts';
import { readKey, type Secrets } from '../../../consumer/src/read-vault.ts';
import { secretNames, type Target } from '../../../src/keys/target.ts';
import { timersOf } from '../../consumer/kit-timers.ts';
import type { MemoryWorld } from '../../memory-world/memory-world.ts';
import { seededRandom } from '../seeded-random.ts';

/** So many of the kit's reads fail. */
const failingShare = 0.2;
/** Each asks so often: with each thing that happens would cost more than it finds, since a key that is dead stays so. */
const everyMs = 10_000;

/**
 * Applications that use the kit, by the pointer and by the direct value, and keep a key for as long as the settings allow. They do not
 * ask again after a 401: each that they get counts.
 * @returns lets each send a request; `ask` is called with its key in the same instant of the world, once promises have settled
 */
export function kitConsumers(
  world: MemoryWorld,
  target: Target,
): (ask: (consumer: string, key: string) => void) => void {
  const { vault, clock } = world;
  const { pointerCacheMs, keyCacheMs } = target.policy;
  const { direct } = secretNames(target);
  const random = seededRandom(23);
  const { time, timers } = timersOf(clock, random);
  const secrets: Secrets = {
    async getSecret(name) {
      if (random() < failingShare) throw Object.assign(new TypeError('unavailable'), { statusCode: 503 });
      const { secret } = vault.get(name);
      if (secret.kind !== 'stored') throw Object.assign(new TypeError(secret.kind), { statusCode: 404 });
      return { value: secret.value.reveal(), properties: { version: secret.version } };
    },
  };
  const keep = (place: KeyPlace) =>
    keepKey({
      read: (signal) => readKey(secrets, place, signal),
      cacheMs: pointerCacheMs + keyCacheMs,
      lastGoodForMs: 3_600_000,
      time,
      onEvent: () => {},
      unavailable: ({ reason }) => new TypeError(reason),
    });
  /** Those that have found a first key. */
  const kept = new Map<string, KeptKey>();
  const starting = new Set<string>();
  const consumers: readonly (readonly [string, KeyPlace])[] = [
    ['the kit', { prefix: target.prefix }],
    ...(direct === null ? [] : ([['the kit, direct', { secretName: direct }]] as const)),
  ];
  /** Without a key it is not there yet, and tries to start with each of its turns. */
  const start = (name: string, place: KeyPlace) => {
    // Nobody is asked to read the direct value before the target is adopted.
    if (starting.has(name) || vault.value(secretNames(target).pointer) === null) return;
    starting.add(name);
    void keep(place)
      .then((key) => kept.set(name, key))
      .catch(() => null)
      .finally(() => starting.delete(name));
  };
  let nextAtMs = Number.NEGATIVE_INFINITY;
  return (ask) => {
    if (clock.nowMs() < nextAtMs) return;
    nextAtMs = clock.nowMs() + everyMs;
    for (const timer of timers) if (timer.dueAtMs <= clock.monotonicMs() && timers.delete(timer)) timer.act();
    for (const [name, place] of consumers) {
      const key = kept.get(name);
      if (key === undefined) start(name, place);
      else
        void key.current().then(
          (hidden) => ask(name, hidden.reveal()),
          () => null,
        );
    }
  };
}
