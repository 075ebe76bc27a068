import { deletedSecret, isBusy, liveSecret, remove } from './find-secret.ts';
import { deletedSecretJson, secretJson } from './secret-json.ts';
import type { VaultAnswer, VaultCall } from './vault-call.ts';
import { beingDeleted, beingRecovered, deletedSecretNotFound, secretNotFound } from './vault-refusal.ts';

/** DELETE: all versions at once. For some seconds the secret is neither here nor among the deleted ones. */
export function deleteSecret(call: VaultCall): VaultAnswer {
  const { vault, nowMs } = call;
  const secret = liveSecret(call, call.name);
  const version = secret?.versions.at(-1);
  if (secret === undefined || version === undefined) throw secretNotFound(call.name, call.apiVersion);
  if (isBusy(secret, call)) throw beingRecovered(call.name);
  remove(vault.secrets, secret);
  secret.deletedAtMs = nowMs;
  secret.busyUntilMs = nowMs + call.exchange.azure.world.pace.secretTransitionMs;
  if (vault.softDeleteDays > 0) vault.deletedSecrets.push(secret);
  return { status: 200, body: deletedSecretJson(call, secret, version, 'without-value') };
}

/** GET of a deleted secret: its last version, without the value. */
export function getDeletedSecret(call: VaultCall): VaultAnswer {
  const secret = deletedSecret(call, call.name);
  const version = secret?.versions.at(-1);
  if (secret === undefined || version === undefined || isBusy(secret, call)) throw deletedSecretNotFound(call.name);
  return { status: 200, body: deletedSecretJson(call, secret, version, 'without-value') };
}

/** POST recover: answers at once; the secret can be read some seconds later. */
export function recoverDeletedSecret(call: VaultCall): VaultAnswer {
  const { vault, nowMs } = call;
  const secret = deletedSecret(call, call.name);
  const version = secret?.versions.at(-1);
  if (secret === undefined || version === undefined) throw secretNotFound(call.name, call.apiVersion);
  if (isBusy(secret, call)) throw beingDeleted();
  remove(vault.deletedSecrets, secret);
  secret.deletedAtMs = null;
  secret.busyUntilMs = nowMs + call.exchange.azure.world.pace.secretTransitionMs;
  vault.secrets.push(secret);
  return { status: 200, body: secretJson(call, secret, version, 'without-value') };
}

/** DELETE of a deleted secret: gone for good, its name is free. */
export function purgeDeletedSecret(call: VaultCall): VaultAnswer {
  const secret = deletedSecret(call, call.name);
  if (secret === undefined) throw deletedSecretNotFound(call.name);
  if (isBusy(secret, call)) throw beingDeleted();
  remove(call.vault.deletedSecrets, secret);
  return { status: 204, body: null };
}
