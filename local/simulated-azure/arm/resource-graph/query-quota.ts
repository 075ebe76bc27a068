import type { SimulatedAzure } from '../../simulated-azure.ts';

/** 15 queries in each window of 5 seconds: https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests */
const queries = 15;
const windowMs = 5_000;

interface Window {
  readonly endsAtMs: number;
  left: number;
}

const windowsOf = new WeakMap<SimulatedAzure, Map<string, Window>>();

/** Takes one query from the caller's window, when one is left; and what every answer says of it. */
export function takeQuery(
  azure: SimulatedAzure,
  principalId: string,
): { readonly passed: boolean; readonly headers: Readonly<Record<string, string>>; readonly waitSeconds: number } {
  const windows = windowsOf.get(azure) ?? new Map<string, Window>();
  windowsOf.set(azure, windows);
  const nowMs = azure.clock.nowMs();
  const last = windows.get(principalId);
  const window = last !== undefined && nowMs < last.endsAtMs ? last : { endsAtMs: nowMs + windowMs, left: queries };
  windows.set(principalId, window);
  const passed = window.left > 0;
  if (passed) window.left -= 1;
  const waitSeconds = Math.ceil((window.endsAtMs - nowMs) / 1000);
  const headers = {
    'x-ms-user-quota-remaining': String(window.left),
    'x-ms-user-quota-resets-after': `00:00:${String(waitSeconds).padStart(2, '0')}`,
    'x-ms-ratelimit-remaining-tenant-resource-requests': String(window.left),
  };
  return { passed, headers, waitSeconds };
}
