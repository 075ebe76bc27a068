import type { Vault } from '../world.ts';
import { tooManyRequests } from './vault-refusal.ts';

/** https://learn.microsoft.com/azure/key-vault/general/service-limits: secrets transactions per vault and region. */
const requestsPerWindow = 4_000;
const windowMs = 10_000;

const acceptedAtMs = new WeakMap<Vault, number[]>();

/** Counts a request to `vault`; past 4 000 in 10 seconds it is refused, and a refused one does not count. */
export function countRequest(vault: Vault, nowMs: number): void {
  const recent = (acceptedAtMs.get(vault) ?? []).filter((atMs) => atMs > nowMs - windowMs);
  acceptedAtMs.set(vault, recent);
  const [oldest] = recent;
  if (oldest !== undefined && recent.length >= requestsPerWindow) {
    throw tooManyRequests(Math.ceil((oldest + windowMs - nowMs) / 1000));
  }
  recent.push(nowMs);
}
