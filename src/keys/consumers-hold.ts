import type { Target, TargetPolicy } from './target.ts';

/** Between the last read of a cached pointer and the request that uses it. */
const marginMs = 1000;
/** App Service refreshes references to secrets within 24 h; two hours for the restart that follows. */
export const directHoldMs = 26 * 60 * 60 * 1000;

/** How long a consumer that follows the pointer may use a key after the pointer has left it. Milliseconds. */
export function pointerHoldMs({ pointerCacheMs, keyCacheMs, longestRequestMs }: TargetPolicy): number {
  return pointerCacheMs + keyCacheMs + longestRequestMs + marginMs;
}

/** How long any consumer of the target may use a key after the switch to another. Milliseconds. */
export function consumersHoldMs({ layout, policy }: Target): number {
  const byPointerMs = pointerHoldMs(policy);
  return layout.kind === 'pointer' ? byPointerMs : Math.max(byPointerMs, directHoldMs);
}
