import type { VaultSecret, VaultSecretVersion } from '../world.ts';
import type { VaultCall } from './vault-call.ts';
import { beingDeleted, beingRecovered, deletedButRecoverable, secretNotFound } from './vault-refusal.ts';

const dayMs = 86_400_000;

/** The live secret of that name, whatever it is going through. */
export function liveSecret({ vault }: VaultCall, name: string): VaultSecret | undefined {
  return vault.secrets.find((secret) => isNamed(secret, name));
}

/** The deleted secret of that name, until its retention ends. */
export function deletedSecret(call: VaultCall, name: string): VaultSecret | undefined {
  return deletedSecrets(call).find((secret) => isNamed(secret, name));
}

/** The deleted secrets whose retention has not ended; the others are dropped here, as the vault purges them. */
export function deletedSecrets(call: VaultCall): readonly VaultSecret[] {
  const { deletedSecrets: kept } = call.vault;
  for (const secret of kept.filter((one) => purgeAtMs(one, call) <= call.nowMs)) remove(kept, secret);
  return kept;
}

/** The secret in the path, for reading: one that is just being recovered is not there yet. */
export function readableSecret(call: VaultCall): VaultSecret {
  const secret = liveSecret(call, call.name);
  if (secret === undefined || isBusy(secret, call)) throw secretNotFound(call.name, call.apiVersion);
  return secret;
}

/** The version in the path, or the current one. */
export function readableVersion(call: VaultCall): { secret: VaultSecret; version: VaultSecretVersion } {
  const secret = readableSecret(call);
  const asked = call.version?.toLowerCase();
  const version = asked === undefined ? secret.versions.at(-1) : secret.versions.find((one) => one.version === asked);
  if (version === undefined) throw secretNotFound(`${call.name}/${call.version}`, call.apiVersion);
  return { secret, version };
}

/** Refuses to make a secret under a name that is between two states, or kept for recovery. */
export function requireFreeName(call: VaultCall, name: string): void {
  const live = liveSecret(call, name);
  if (live !== undefined && isBusy(live, call)) throw beingRecovered(name);
  const deleted = deletedSecret(call, name);
  if (deleted === undefined) return;
  throw isBusy(deleted, call) ? beingDeleted() : deletedButRecoverable(name);
}

export function isBusy(secret: VaultSecret, { nowMs }: VaultCall): boolean {
  return nowMs < secret.busyUntilMs;
}

/** When the vault purges a deleted secret by itself, in milliseconds since 1970. */
export function purgeAtMs({ deletedAtMs }: VaultSecret, { vault }: VaultCall): number {
  return (deletedAtMs ?? 0) + vault.softDeleteDays * dayMs;
}

export function remove(secrets: VaultSecret[], secret: VaultSecret): void {
  secrets.splice(secrets.indexOf(secret), 1);
}

/** Names compare without case. */
function isNamed(secret: VaultSecret, name: string): boolean {
  return secret.name.toLowerCase() === name.toLowerCase();
}
