import { secretNames, type Target } from '../../src/keys/target.ts';
import { isSlot, type Slot, slots } from '../../src/shared/slot.ts';
import type { MemoryWorld } from './memory-world.ts';

/** All consumers there can be: every way of caching pointer and key that the target's policy allows, and readers of the direct value. */
export interface Consumers {
  /** Notes what stands in the vault now; call after everything that happens. */
  notification(): void;
  /** Each key that some consumer may call with now. */
  held(): ReadonlySet<string>;
  /** Keys that a fresh consumer would get now. */
  designated(): readonly string[];
  /** When `key` was last what a fresh consumer would get; null for never. */
  lastDesignatedAtMs(key: string): number | null;
}

interface Span<T> {
  readonly value: T;
  readonly fromMs: number;
}

export function consumers(world: MemoryWorld, target: Target): Consumers {
  const names = secretNames(target);
  const { pointerCacheMs, keyCacheMs } = target.policy;
  const pointer: Span<string | null>[] = [];
  const stored: Record<Slot, Span<string | null>[]> = { key1: [], key2: [] };
  const direct: Span<string | null>[] = [];
  const lastDesignated = new Map<string, number>();
  let before: readonly string[] = [];
  const nowMs = () => world.clock.nowMs();
  const note = (spans: Span<string | null>[], value: string | null) => {
    if (spans.length === 0 || spans[spans.length - 1]?.value !== value) spans.push({ value, fromMs: nowMs() });
  };
  /** What stood at some time in [fromMs, toMs]. */
  const during = (spans: readonly Span<string | null>[], fromMs: number, toMs: number) => {
    const found: { readonly value: string; readonly fromMs: number; readonly toMs: number }[] = [];
    let untilMs = Number.POSITIVE_INFINITY;
    // Asked after everything that happens, so from the newest back to the first that still counts.
    for (let at = spans.length - 1; at >= 0 && untilMs > fromMs; at -= 1) {
      const span = spans[at];
      if (span === undefined) break;
      const { value, fromMs: sinceMs } = span;
      if (value !== null && sinceMs <= toMs)
        found.push({ value, fromMs: Math.max(sinceMs, fromMs), toMs: Math.min(untilMs, toMs) });
      untilMs = sinceMs;
    }
    return found;
  };
  const designated = () => {
    const pointed = world.vault.value(names.pointer);
    const values = [
      pointed !== null && isSlot(pointed) ? world.vault.value(names[pointed]) : null,
      pointed === null || names.direct === null ? null : world.vault.value(names.direct),
    ];
    return values.filter((value) => value !== null);
  };
  return {
    notification() {
      note(pointer, world.vault.value(names.pointer));
      for (const slot of slots) note(stored[slot], world.vault.value(names[slot]));
      // Nobody is asked to read the direct value before the target is adopted.
      if (names.direct !== null)
        note(direct, world.vault.value(names.pointer) === null ? null : world.vault.value(names.direct));
      // What stood until this very moment counts, too.
      const now = designated();
      for (const key of before) lastDesignated.set(key, nowMs());
      for (const key of now) lastDesignated.set(key, nowMs());
      before = now;
    },
    held() {
      const now = nowMs();
      const keys = new Set<string>();
      for (const slot of slots)
        for (const span of during(stored[slot], now - keyCacheMs, now))
          if (during(pointer, span.fromMs - pointerCacheMs, span.toMs).some(({ value }) => value === slot))
            keys.add(span.value);
      for (const { value } of during(direct, now - pointerCacheMs - keyCacheMs, now)) keys.add(value);
      return keys;
    },
    designated,
    lastDesignatedAtMs: (key) => lastDesignated.get(key) ?? null,
  };
}
