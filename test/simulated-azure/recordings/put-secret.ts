import type { VaultSecret, VaultSecretVersion, World } from '../../../local/simulated-azure/world.ts';
import { guidOf } from './placeholders.ts';
import { at, isObject, type Json, textAt } from './recorded-file.ts';
import { vaultOf } from './starting-vault.ts';

export interface WantedSecret {
  readonly vault: string;
  readonly name: string;
  readonly wanted: 'live' | 'deleted';
  readonly shown: Json | undefined;
  readonly busy: boolean;
}

/** Puts a secret into the vault, live or deleted, as an answer shows it; what it does not show is as in a new one. */
export function putSecret(
  world: World,
  nowMs: number,
  { vault: vaultName, name, wanted, shown, busy }: WantedSecret,
): void {
  const vault = vaultOf(world, vaultName);
  const same = (secret: VaultSecret) => secret.name.toLowerCase() === name.toLowerCase();
  const existing = [...vault.secrets, ...vault.deletedSecrets].find(same);
  const secret: VaultSecret = existing ?? { name, versions: [], deletedAtMs: null, busyUntilMs: 0 };
  const version = versionFrom(name, shown);
  const present = secret.versions.find((one) => one.version === version.version);
  if (present === undefined) secret.versions.push(version);
  else if (versionOf(shown) !== undefined)
    Object.assign(present, { ...version, value: present.value, created: present.created });
  secret.versions.sort((a, b) => a.created - b.created);
  for (const list of [vault.secrets, vault.deletedSecrets]) {
    const position = list.findIndex(same);
    if (position >= 0) list.splice(position, 1);
  }
  secret.deletedAtMs = wanted === 'live' ? null : nowMs;
  secret.busyUntilMs = busy ? Number.MAX_SAFE_INTEGER : 0;
  (wanted === 'live' ? vault.secrets : vault.deletedSecrets).push(secret);
}

export function removeSecret(world: World, vaultName: string, name: string): void {
  const vault = vaultOf(world, vaultName);
  for (const list of [vault.secrets, vault.deletedSecrets]) {
    const present = list.findIndex((secret) => secret.name.toLowerCase() === name.toLowerCase());
    if (present >= 0) list.splice(present, 1);
  }
}

function versionFrom(name: string, shown: Json | undefined): VaultSecretVersion {
  const number = (member: string) => {
    const value = at(shown, 'attributes', member);
    return typeof value === 'number' ? value : null;
  };
  const tags = at(shown, 'tags');
  return {
    version: versionOf(shown) ?? guidOf(name).replaceAll('-', ''),
    value: textAt(shown, 'value') ?? 'value-unknown',
    contentType: textAt(shown, 'contentType') ?? null,
    tags: isObject(tags) ? (tags as Record<string, string>) : null,
    enabled: at(shown, 'attributes', 'enabled') !== false,
    notBefore: number('nbf'),
    expires: number('exp'),
    created: number('created') ?? 1_500_000_000,
    updated: number('updated') ?? 1_500_000_000,
    managed: at(shown, 'managed') === true,
  };
}

export function disableSecret(world: World, vaultName: string, name: string, version: string | undefined): void {
  const secret = vaultOf(world, vaultName).secrets.find((one) => one.name.toLowerCase() === name.toLowerCase());
  const meant = secret?.versions.find((one) => one.version === version) ?? secret?.versions.at(-1);
  if (meant !== undefined) meant.enabled = false;
}

/** What a client can set of a version, as one text to compare. */
export function settingsOf(shown: Json | undefined): string {
  const { contentType, tags, enabled, notBefore, expires } = versionFrom('', shown);
  return JSON.stringify({ contentType, tags, enabled, notBefore, expires });
}

/** The version in an id such as `https://v.vault.azure.net/secrets/name/<version>`. */
export function versionOf(shown: Json | undefined): string | undefined {
  return textAt(shown, 'id')?.split('/')[5];
}
