/** To create a secret is to store a version of it, be it the first or not; all else is `other`. */
export type VaultRequest = 'creation' | 'other';

/**
 * Secrets transactions per vault and region in ten seconds: https://learn.microsoft.com/azure/key-vault/general/service-limits.
 * Assumed: the ten seconds are the last ten, and creations do not count among the others.
 */
const mostInWindow: Readonly<Record<VaultRequest, number>> = { creation: 300, other: 4_000 };
const windowMs = 10_000;

/** When the last requests were let in, as many as a window holds; the oldest of them stands at `next`. */
interface Window {
  readonly atMs: Float64Array;
  next: number;
}

const windowsOf = new WeakMap<object, Record<VaultRequest, Window>>();

/** Counts a request to `vault`; null if it is let in, else in how many seconds to come again: a refused one does not count. */
export function countRequest(vault: object, request: VaultRequest, nowMs: number): number | null {
  const windows = windowsOf.get(vault) ?? { creation: emptyWindow('creation'), other: emptyWindow('other') };
  windowsOf.set(vault, windows);
  const window = windows[request];
  const { [window.next]: oldestMs = Number.NEGATIVE_INFINITY } = window.atMs;
  if (oldestMs > nowMs - windowMs) return Math.ceil((oldestMs + windowMs - nowMs) / 1000);
  window.atMs[window.next] = nowMs;
  window.next = (window.next + 1) % mostInWindow[request];
  return null;
}

function emptyWindow(request: VaultRequest): Window {
  return { atMs: new Float64Array(mostInWindow[request]).fill(Number.NEGATIVE_INFINITY), next: 0 };
}
