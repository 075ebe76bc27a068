import { secretNames, type Target } from '../../../src/keys/target.ts';
import { isSlot, type Slot, slots } from '../../../src/shared/slot.ts';

/** A value that stood in a secret, from when until when. */
interface Stood {
  readonly value: string;
  readonly fromMs: number;
  untilMs: number;
}

/**
 * All consumers that the target's settings allow, at once: anyone who read the pointer at any moment and kept it as long as
 * allowed, then read the key and kept that as long as allowed, and then was as slow to send as a request may be; and who
 * reads the direct value, where there is one.
 */
export interface ConsumerCrowd {
  /** Call whenever the vault may have changed. `read` gives the current value of a secret, or null. */
  notification(read: (secretName: string) => string | null, nowMs: number): void;
  /** Every key that one of them may send now. */
  held(nowMs: number): ReadonlySet<string>;
}

export function consumerCrowd(target: Target): ConsumerCrowd {
  const names = secretNames(target);
  const { pointerCacheMs, keyCacheMs, longestRequestMs } = target.policy;
  const stood: Record<'pointer' | 'direct' | Slot, Stood[]> = { pointer: [], direct: [], key1: [], key2: [] };
  return {
    notification(read, nowMs) {
      for (const what of ['pointer', 'direct', ...slots] as const) {
        const name = names[what];
        // Nobody reads the direct value before the target is adopted, which the pointer tells.
        const value = name === null || (what === 'direct' && read(names.pointer) === null) ? null : read(name);
        const last = stood[what].at(-1);
        if (value === null || last?.value === value) continue;
        if (last !== undefined) last.untilMs = nowMs;
        stood[what].push({ value, fromMs: nowMs, untilMs: Number.POSITIVE_INFINITY });
      }
    },
    held(nowMs) {
      const keys = new Set<string>();
      for (const pointer of stood.pointer) {
        if (!isSlot(pointer.value)) continue;
        for (const key of stood[pointer.value]) {
          // The key was read while the pointer was known, while it stood, and not too long ago.
          const readFromMs = Math.max(pointer.fromMs, key.fromMs, nowMs - keyCacheMs - longestRequestMs);
          const readUntilMs = Math.min(pointer.untilMs + pointerCacheMs, key.untilMs, nowMs);
          if (readFromMs <= readUntilMs) keys.add(key.value);
        }
      }
      // Who follows the direct value keeps it as long as the others keep pointer and key together.
      const directFromMs = nowMs - pointerCacheMs - keyCacheMs - longestRequestMs;
      for (const { value, untilMs } of stood.direct) if (untilMs >= directFromMs) keys.add(value);
      return keys;
    },
  };
}
