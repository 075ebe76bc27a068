import { ClientSecretCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { expect, test } from 'vitest';
import { createSimulatedAzure } from '../../../local/simulated-azure/azure.ts';
import { realClock } from '../../../local/simulated-azure/clock.ts';
import { entra } from '../../../local/simulated-azure/entra/entra.ts';
import { simulatedHttpClient } from '../../../local/simulated-azure/http-client.ts';
import { keyVault } from '../../../local/simulated-azure/key-vault/key-vault.ts';
import { principal, tenantId } from '../entra/entra-world.ts';
import { assignment, noonSeconds, secretsOfficer, setUp, vaultId, vaultUrl } from './vault-world.ts';

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const noon = new Date(noonSeconds * 1000);

test('a secret is set and read back with all that was said of it', async () => {
  const { client } = setUp();
  const expiresOn = new Date('2027-02-01T00:00:00Z');
  const tags = { service: 'cognitive-services', 'key-number': '1' };
  await client().setSecret('ai-key1', 'the-value', { contentType: 'text/plain', expiresOn, tags });
  const secret = await client().getSecret('ai-key1');
  expect(secret.value).toBe('the-value');
  expect(secret.properties).toMatchObject({
    contentType: 'text/plain',
    enabled: true,
    expiresOn,
    tags,
    createdOn: noon,
    updatedOn: noon,
    recoverableDays: 90,
    recoveryLevel: 'Recoverable+Purgeable',
    vaultUrl,
  });
});

test('each set makes a version, which stays readable by its id', async () => {
  const { client } = setUp();
  const first = await client().setSecret('ai-key1', 'one');
  const second = await client().setSecret('ai-key1', 'two');
  const version = first.properties.version ?? '';
  expect(version).toMatch(/^[0-9a-f]{32}$/);
  expect(second.properties.version).not.toBe(version);
  expect((await client().getSecret('ai-key1')).value).toBe('two');
  expect((await client().getSecret('ai-key1', { version })).value).toBe('one');
});

test('an update changes what it names and leaves the rest', async () => {
  const { client, clock } = setUp();
  const { properties } = await client().setSecret('ai-key1', 'v', { contentType: 'text/plain', tags: { a: '1' } });
  await clock.advance(5_000);
  const updated = await client().updateSecretProperties('ai-key1', properties.version ?? '', { tags: { b: '2' } });
  expect(updated).toMatchObject({
    contentType: 'text/plain',
    createdOn: noon,
    updatedOn: new Date(noon.getTime() + 5_000),
  });
  expect(updated.tags).toEqual({ b: '2' });
});

test('lists page through everything, versions in order of their ids', async () => {
  const { client } = setUp();
  for (let index = 0; index < 30; index += 1) await client().setSecret('many', String(index));
  for (let index = 10; index < 37; index += 1) await client().setSecret(`s-${index}`, 'v');
  const names = (await collect(client().listPropertiesOfSecrets())).map(({ name }) => name);
  expect(names).toEqual(['many', ...Array.from({ length: 27 }, (_, index) => `s-${10 + index}`)]);
  const versions = (await collect(client().listPropertiesOfSecretVersions('many'))).map(({ version }) => version);
  expect(versions).toHaveLength(30);
  expect(versions).toEqual([...versions].sort());
});

test('a deleted secret is listed, recovered and deleted for good', async () => {
  const { client, vault } = setUp();
  const pace = { intervalInMs: 1 };
  await client().setSecret('ai-key1', 'v', { tags: { a: '1' } });
  const deleted = await (await client().beginDeleteSecret('ai-key1', pace)).pollUntilDone();
  expect(deleted.properties).toMatchObject({
    recoveryId: `${vaultUrl}/deletedsecrets/ai-key1`,
    deletedOn: noon,
    scheduledPurgeDate: new Date(noon.getTime() + 90 * 86_400_000),
  });
  expect((await collect(client().listDeletedSecrets())).map(({ name }) => name)).toEqual(['ai-key1']);
  expect(await collect(client().listPropertiesOfSecrets())).toEqual([]);
  await (await client().beginRecoverDeletedSecret('ai-key1', pace)).pollUntilDone();
  expect((await client().getSecret('ai-key1')).value).toBe('v');
  await (await client().beginDeleteSecret('ai-key1', pace)).pollUntilDone();
  await client().purgeDeletedSecret('ai-key1');
  expect(vault.deletedSecrets).toEqual([]);
});

test('a backup brings all versions back', async () => {
  const { client } = setUp();
  await client().setSecret('ai-key1', 'one', { tags: { a: '1' } });
  const { properties } = await client().setSecret('ai-key1', 'two');
  const backup = await client().backupSecret('ai-key1');
  await (await client().beginDeleteSecret('ai-key1', { intervalInMs: 1 })).pollUntilDone();
  await client().purgeDeletedSecret('ai-key1');
  const restored = await client().restoreSecretBackup(backup ?? new Uint8Array());
  expect(restored.version).toBe(properties.version);
  expect((await client().getSecret('ai-key1')).value).toBe('two');
  expect(await collect(client().listPropertiesOfSecretVersions('ai-key1'))).toHaveLength(2);
});

test('the client follows the challenge to Entra and comes back with its token', async () => {
  const { world } = setUp();
  const app = principal({ kind: 'application', name: 'runner', secret: 'right-secret' });
  world.principals.push(app);
  world.roleAssignments.push({ ...assignment(secretsOfficer, vaultId), principalId: app.objectId });
  const azure = createSimulatedAzure({
    world,
    clock: realClock(),
    services: [
      { host: /^login\.(microsoftonline\.com|windows\.net)$/, service: entra },
      { host: /\.vault\.azure\.net$/, service: keyVault },
    ],
  });
  const httpClient = simulatedHttpClient(azure);
  const credential = new ClientSecretCredential(tenantId, app.clientId, 'right-secret', { httpClient });
  await new SecretClient(vaultUrl, credential, { httpClient }).setSecret('ai-key1', 'v');
  const vaultCalls = azure.calls.filter(({ host }) => host.endsWith('.vault.azure.net'));
  expect(vaultCalls.map(({ status, caller, operation }) => ({ status, caller, operation }))).toEqual([
    { status: 401, caller: null, operation: 'Microsoft.KeyVault/vaults/secrets/setSecret/action' },
    { status: 200, caller: app.objectId, operation: 'Microsoft.KeyVault/vaults/secrets/setSecret/action' },
  ]);
});

test.each(['7.0', '7.1', '7.2', '7.3', '7.4', '7.5', '7.6', '2025-07-01', '2026-04-01'])(
  'the client of api-version %s sets and reads',
  async (serviceVersion) => {
    const { client } = setUp();
    const options = { serviceVersion } as Parameters<typeof client>[0];
    await client(options).setSecret('ai-key1', 'v');
    expect((await client(options).getSecret('ai-key1')).value).toBe('v');
  },
);
