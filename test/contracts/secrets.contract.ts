import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReadSecret, Secrets, SecretToStore } from '../../src/keys/ports.ts';
import type { Fence } from '../../src/shared/fence.ts';
import { SecretText } from '../../src/shared/secret-text.ts';

/** A vault in which the contract may do as it likes. */
export interface SecretsUnderTest {
  secrets(fence: Fence): Secrets;
  /** Deletes a secret as a person would, and resolves when it lies in the soft-deleted state. */
  deleteSecret(name: string): Promise<void>;
}

/** What every `Secrets` must do; each test uses names of its own. */
export function secretsContract(name: string, open: () => Promise<SecretsUnderTest>) {
  describe(`${name} keeps the Secrets contract`, () => {
    let vault: SecretsUnderTest;
    let secrets: Secrets;
    beforeAll(async () => {
      vault = await open();
      secrets = vault.secrets(() => true);
    });

    it('answers absent, not deleted and without versions for a name that nobody used', async () => {
      expect((await secrets.read(someName())).secret).toEqual({ kind: 'absent' });
      expect((await secrets.readVersion(someName(), randomVersion())).secret).toEqual({ kind: 'absent' });
      expect(await secrets.listVersions(someName())).toEqual([]);
      expect(await secrets.deletedTags(someName())).toBeNull();
    });

    it('reads back what it stored, with the vault’s own time', async () => {
      const name = someName();
      const { stored, vaultNowMs } = await secrets.store({
        name,
        value: new SecretText('the value'),
        contentType: 'text/plain',
        tags: { service: 'cognitive-services', 'key-number': '1' },
        expiresAtMs: Date.UTC(2031, 0, 1) + 999,
      });
      const read = await secrets.read(name);
      expect(textOf(read)).toBe('the value');
      expect(read.secret).toMatchObject(stored);
      expect(stored).toMatchObject({
        name,
        enabled: true,
        contentType: 'text/plain',
        tags: { service: 'cognitive-services', 'key-number': '1' },
        // The vault keeps whole seconds.
        expiresAtMs: Date.UTC(2031, 0, 1),
      });
      expect(stored.version).toMatch(/^[0-9a-f]{32}$/);
      expect(stored.createdAtMs % 1000).toBe(0);
      expect(vaultNowMs - stored.createdAtMs).toBeLessThan(60_000);
      expect(read.vaultNowMs).toBeGreaterThanOrEqual(vaultNowMs);
    });

    it('stores without type, tags and expiry, and says null and nothing', async () => {
      const name = someName();
      const { stored } = await secrets.store(plain(name, 'v'));
      expect(stored).toMatchObject({ contentType: null, expiresAtMs: null, tags: {} });
    });

    it('makes a version of each store; the older ones stay readable by their ids', async () => {
      const name = someName();
      const first = await secrets.store(plain(name, 'one'));
      const second = await secrets.store(plain(name, 'two'));
      expect(textOf(await secrets.read(name))).toBe('two');
      expect(textOf(await secrets.readVersion(name, first.stored.version))).toBe('one');
      const versions = await secrets.listVersions(name);
      expect(versions.map(({ version }) => version)).toEqual([first.stored.version, second.stored.version].sort());
      expect(versions).toContainEqual(first.stored);
    });

    it('lists more versions than one page holds', async () => {
      const name = someName();
      for (let count = 0; count < 28; count += 1) await secrets.store(plain(name, String(count)));
      expect(new Set((await secrets.listVersions(name)).map(({ version }) => version)).size).toBe(28);
    });

    it('disables one version, keeps what else it holds, and calls it disabled', async () => {
      const name = someName();
      const old = await secrets.store({ ...plain(name, 'old'), tags: { keep: 'me' }, contentType: 'text/plain' });
      await secrets.store(plain(name, 'new'));
      await secrets.disableVersion(name, old.stored.version);
      expect((await secrets.readVersion(name, old.stored.version)).secret).toEqual({ kind: 'disabled' });
      expect(await secrets.listVersions(name)).toContainEqual({ ...old.stored, enabled: false });
      expect(textOf(await secrets.read(name))).toBe('new');
    });

    it('calls a secret disabled when its current version is', async () => {
      const name = someName();
      const { stored } = await secrets.store(plain(name, 'v'));
      await secrets.disableVersion(name, stored.version);
      expect((await secrets.read(name)).secret).toEqual({ kind: 'disabled' });
    });

    it('refuses to disable what is not there', async () => {
      await expect(secrets.disableVersion(someName(), randomVersion())).rejects.toMatchObject({
        failure: { kind: 'refused', reason: 'vault-not-found' },
      });
    });

    it('replaces the tags of one version, and leaves its value and all else', async () => {
      const name = someName();
      const tags = { 'keyturn-instance': 'one', owner: 'contoso' };
      const { stored } = await secrets.store({ ...plain(name, 'v'), tags, contentType: 'text/plain' });
      await secrets.setTags(name, stored.version, { owner: 'contoso' });
      const read = await secrets.read(name);
      expect(textOf(read)).toBe('v');
      expect(read.secret).toMatchObject({ ...stored, tags: { owner: 'contoso' } });
      expect(await secrets.listVersions(name)).toEqual([{ ...stored, tags: { owner: 'contoso' } }]);
    });

    it('brings a deleted secret back with all its versions', async () => {
      const name = someName();
      const first = await secrets.store(plain(name, 'one'));
      await secrets.store({ ...plain(name, 'two'), tags: { owner: 'contoso' } });
      await vault.deleteSecret(name);
      expect(await secrets.deletedTags(name)).toEqual({ owner: 'contoso' });
      expect((await secrets.read(name)).secret).toEqual({ kind: 'absent' });
      await expect(secrets.store(plain(name, 'three'))).rejects.toMatchObject({ failure: { kind: 'not-applied' } });

      await secrets.recover(name);
      expect(textOf(await secrets.read(name))).toBe('two');
      expect(textOf(await secrets.readVersion(name, first.stored.version))).toBe('one');
      expect(await secrets.deletedTags(name)).toBeNull();
      await secrets.recover(name);
    });

    it('writes nothing without the fence, and reads all the same', async () => {
      const name = someName();
      const { stored } = await secrets.store(plain(name, 'v'));
      const fenced = vault.secrets(() => false);
      const lost = { failure: { kind: 'not-applied', code: 'fence-lost' } };
      await expect(fenced.store(plain(name, 'w'))).rejects.toMatchObject(lost);
      await expect(fenced.disableVersion(name, stored.version)).rejects.toMatchObject(lost);
      await expect(fenced.setTags(name, stored.version, { new: 'tag' })).rejects.toMatchObject(lost);
      expect(textOf(await fenced.read(name))).toBe('v');
    });
  });
}

function someName(): string {
  return `ai-contoso-${randomUUID()}`;
}

function randomVersion(): string {
  return randomUUID().replaceAll('-', '');
}

function plain(name: string, value: string): SecretToStore {
  return { name, value: new SecretText(value), contentType: null, tags: {}, expiresAtMs: null };
}

function textOf({ secret }: ReadSecret): string {
  return secret.kind === 'stored' ? secret.value.reveal() : secret.kind;
}
