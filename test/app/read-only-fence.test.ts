import { expect, it } from 'vitest';
import { FailureError } from '../../src/shared/failure.ts';
import { readOnlyFence } from '../../src/shared/fence.ts';
import { memoryWorld } from '../memory-world/memory-world.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

it('who holds no lease reads, and sends no write', async () => {
  const { ports, account, vault } = memoryWorld();
  const { vaultUrl, account: id } = buildTarget();
  vault.put({ name: 'ai-services-key1', contentType: null, tags: {}, expiresAtMs: null }, 'a-key');
  const secrets = ports.secrets(vaultUrl, readOnlyFence);
  const accounts = ports.accounts(readOnlyFence);
  expect((await secrets.read('ai-services-key1')).secret.kind).toBe('stored');
  expect((await accounts.listKeys(id)).key1.reveal()).toBe(account.keys.key1);
  const lost = new FailureError({ kind: 'not-applied', code: 'fence-lost', retryAfterMs: null });
  const version = vault.versionsOf('ai-services-key1')[0]?.version.version ?? '';
  await expect(secrets.disableVersion('ai-services-key1', version)).rejects.toEqual(lost);
  await expect(accounts.regenerate(id, 'key1')).rejects.toEqual(lost);
});
