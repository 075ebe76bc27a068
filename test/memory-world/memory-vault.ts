import type { ReadSecret, SecretToStore, SecretVersion } from '../../src/keys/ports.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { SecretText } from '../../src/shared/secret-text.ts';

interface HeldVersion {
  readonly version: SecretVersion;
  readonly value: string;
}

/** One vault. Dates are whole seconds, rounded down, by a clock of its own. */
export interface MemoryVault {
  /** How far this vault's clock is ahead of the world's. */
  clockAheadMs: number;
  nowMs(): number;
  readonly secrets: Map<string, { versions: HeldVersion[]; deleted: boolean }>;
  put(secret: Omit<SecretToStore, 'value'>, value: string): SecretVersion;
  get(name: string, version?: string): ReadSecret;
  versionsOf(name: string): readonly HeldVersion[];
  /** Changes the newest version, or the one named. */
  setEnabled(name: string, version: string | null, enabled: boolean): void;
  setTags(name: string, version: string, tags: Readonly<Record<string, string>>): void;
  setDeleted(name: string, deleted: boolean): void;
  /** Makes an older version the newest again, with its old id and dates, as restoring a backup does. */
  restore(name: string, version: string): void;
  /** The newest version's value; null when it cannot be read. */
  value(name: string): string | null;
}

export function memoryVault(worldNowMs: () => number, nextId: (prefix: string) => string): MemoryVault {
  const living = (name: string): HeldVersion[] => {
    const secret = vault.secrets.get(name);
    return secret === undefined || secret.deleted ? [] : secret.versions;
  };
  const answer = (held: HeldVersion | undefined): ReadSecret => ({
    vaultNowMs: vault.nowMs(),
    secret:
      held === undefined
        ? { kind: 'absent' }
        : held.version.enabled
          ? { kind: 'stored', ...held.version, value: new SecretText(held.value) }
          : { kind: 'disabled' },
  });
  const vault: MemoryVault = {
    clockAheadMs: 0,
    nowMs: () => Math.floor((worldNowMs() + vault.clockAheadMs) / 1000) * 1000,
    secrets: new Map(),
    put({ name, contentType, tags, expiresAtMs }, value) {
      const secret = vault.secrets.get(name) ?? { versions: [], deleted: false };
      // 409 ObjectIsDeletedButRecoverable: the name is not free.
      if (secret.deleted) throw new FailureError({ kind: 'not-applied', code: 'Conflict', retryAfterMs: null });
      vault.secrets.set(name, secret);
      const id = nextId('version-');
      const version = { name, version: id, enabled: true, createdAtMs: vault.nowMs(), expiresAtMs, contentType, tags };
      secret.versions.push({ version, value });
      return version;
    },
    get: (name, version) =>
      answer(
        version === undefined
          ? living(name).at(-1)
          : living(name).find(({ version: { version: id } }) => id === version),
      ),
    versionsOf: living,
    setEnabled(name, version, enabled) {
      const versions = living(name);
      const at =
        version === null ? versions.length - 1 : versions.findIndex((held) => held.version.version === version);
      const held = versions[at];
      if (held !== undefined) versions[at] = { ...held, version: { ...held.version, enabled } };
    },
    setTags(name, version, tags) {
      const versions = living(name);
      const at = versions.findIndex((held) => held.version.version === version);
      const held = versions[at];
      if (held !== undefined) versions[at] = { ...held, version: { ...held.version, tags } };
    },
    setDeleted(name, deleted) {
      const secret = vault.secrets.get(name);
      if (secret !== undefined) secret.deleted = deleted;
    },
    restore(name, version) {
      const secret = vault.secrets.get(name);
      const kept = secret?.versions.find((held) => held.version.version === version);
      if (secret === undefined || kept === undefined) return;
      secret.versions = [...secret.versions.filter((held) => held !== kept), kept];
    },
    value(name) {
      const held = living(name).at(-1);
      return held?.version.enabled ? held.value : null;
    },
  };
  return vault;
}
