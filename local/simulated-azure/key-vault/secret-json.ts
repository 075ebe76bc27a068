import type { VaultSecret, VaultSecretVersion } from '../world.ts';
import { isSince } from './api-version.ts';
import { purgeAtMs } from './find-secret.ts';
import { seconds, type VaultCall, vaultUrl } from './vault-call.ts';

/** What an answer shows of a secret; members stand in the order in which Key Vault writes them. */
export type Shown = 'with-value' | 'without-value' | 'as-item';

/**
 * One version of a secret as JSON. `as-item` is how lists show it.
 * @param idOf `version` puts the version into the id; `secret` leaves it out
 */
export function secretJson(
  call: VaultCall,
  secret: VaultSecret,
  version: VaultSecretVersion,
  shown: Shown,
  idOf: 'version' | 'secret' = 'version',
): Record<string, unknown> {
  const base = `${vaultUrl(call)}/secrets/${secret.name}`;
  const previous = secret.versions[secret.versions.indexOf(version) - 1];
  const tellsPrevious = shown === 'with-value' && isSince(call.apiVersion, '2025-07-01') && previous !== undefined;
  return {
    ...(shown === 'with-value' ? { value: version.value } : {}),
    ...(version.contentType === null ? {} : { contentType: version.contentType }),
    id: idOf === 'version' ? `${base}/${version.version}` : base,
    ...(tellsPrevious ? { previousVersion: previous.version } : {}),
    ...(version.managed ? { managed: true } : {}),
    attributes: attributesJson(call, version),
    ...(version.tags === null ? {} : { tags: version.tags }),
  };
}

/** The same of a deleted secret: what recovering needs comes first. A vault without soft delete shows none of that. */
export function deletedSecretJson(
  call: VaultCall,
  secret: VaultSecret,
  version: VaultSecretVersion,
  shown: Shown,
  idOf: 'version' | 'secret' = 'version',
): Record<string, unknown> {
  const body = secretJson(call, secret, version, shown, idOf);
  if (call.vault.softDeleteDays === 0) return body;
  return {
    recoveryId: `${vaultUrl(call)}/deletedsecrets/${secret.name}`,
    deletedDate: seconds(secret.deletedAtMs ?? 0),
    scheduledPurgeDate: seconds(purgeAtMs(secret, call)),
    ...body,
  };
}

function attributesJson({ vault, apiVersion }: VaultCall, version: VaultSecretVersion): Record<string, unknown> {
  const { softDeleteDays } = vault;
  return {
    enabled: version.enabled,
    ...(version.notBefore === null ? {} : { nbf: version.notBefore }),
    ...(version.expires === null ? {} : { exp: version.expires }),
    created: version.created,
    updated: version.updated,
    recoveryLevel: recoveryLevel(softDeleteDays),
    ...(softDeleteDays > 0 && isSince(apiVersion, '7.1-preview') ? { recoverableDays: softDeleteDays } : {}),
  };
}

function recoveryLevel(softDeleteDays: number): string {
  if (softDeleteDays === 0) return 'Purgeable';
  return softDeleteDays < 90 ? 'CustomizedRecoverable+Purgeable' : 'Recoverable+Purgeable';
}
