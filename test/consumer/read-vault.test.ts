/** What the kit makes of the vault's answers, on the true client. */
import { SecretClient } from '@azure/keyvault-secrets';
import { expect, it } from 'vitest';
import type { KeyPlace } from '../../consumer/src/contract.ts';
import { readKey } from '../../consumer/src/read-vault.ts';
import { currentKey, type SimulatedKeyturn, simulatedKeyturn } from '../scenarios/simulated-keyturn.ts';
import { operator } from '../scenarios/steered-rotation.ts';
import { simulatedParts } from './kit-consumers.ts';

const prefix: KeyPlace = { prefix: 'ai-services' };

async function adopted() {
  const keyturn = simulatedKeyturn({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });
  await keyturn.app.adopt('demo', { activeSlot: 'key2' }, operator);
  return keyturn;
}

/** @param beforeEachCall runs before each call of the vault, with the path that it asks for */
async function readOf(
  keyturn: SimulatedKeyturn,
  place: KeyPlace,
  beforeEachCall: (path: string) => void = () => {},
  credential?: ConstructorParameters<typeof SecretClient>[1],
) {
  const parts = simulatedParts(keyturn, () => 0.5);
  const { httpClient } = parts.clientOptions;
  const client = new SecretClient(parts.vaultUrl, credential ?? parts.credential, {
    ...parts.clientOptions,
    httpClient: {
      sendRequest(request) {
        beforeEachCall(new URL(request.url).pathname);
        return httpClient.sendRequest(request);
      },
    },
  });
  return await readKey(client, place, AbortSignal.timeout(60_000));
}

function currentVersion({ vault }: SimulatedKeyturn, name: string) {
  const version = vault.secrets.find((secret) => secret.name === name)?.versions.at(-1);
  if (version === undefined) throw new TypeError(`no ${name}`);
  return version;
}

it.each([
  ['the pointer', prefix, 'key2'],
  ['its own name', { secretName: 'ai-services-key' }, null],
] as const)('reads the active key by %s, with slot and version', async (_name, place, slot) => {
  const keyturn = await adopted();
  const answer = await readOf(keyturn, place);
  if (answer.kind !== 'read') throw new TypeError(answer.failure.reason);
  const { key, version } = answer.value;
  expect(key.reveal()).toBe(currentKey(keyturn.account, 'key2'));
  expect(answer.value.slot).toBe(slot);
  expect(version).toBe(currentVersion(keyturn, slot === null ? 'ai-services-key' : 'ai-services-key2').version);
});

it.each([
  ['secret-missing', 404, { prefix: 'other' }, () => {}],
  ['secret-missing', 404, { secretName: 'other' }, () => {}],
  [
    'secret-disabled',
    403,
    prefix,
    (keyturn: SimulatedKeyturn) => Object.assign(currentVersion(keyturn, 'ai-services-key2'), { enabled: false }),
  ],
  [
    'pointer-unusable',
    null,
    prefix,
    (keyturn: SimulatedKeyturn) => Object.assign(currentVersion(keyturn, 'ai-services-active-key'), { value: 'key3' }),
  ],
  [
    'secret-empty',
    null,
    prefix,
    (keyturn: SimulatedKeyturn) => Object.assign(currentVersion(keyturn, 'ai-services-key2'), { value: '' }),
  ],
  [
    'access-denied',
    403,
    prefix,
    ({ azure }: SimulatedKeyturn) => {
      azure.world.roleAssignments.splice(0);
    },
  ],
  [
    'vault-unavailable',
    503,
    prefix,
    ({ azure }: SimulatedKeyturn) =>
      azure.faults.add({
        method: 'GET',
        matches: /vault\.azure\.net/,
        fault: { kind: 'fail-before', status: 503, code: 'ServiceUnavailable' },
        times: 9,
      }),
  ],
  [
    'vault-unavailable',
    null,
    prefix,
    ({ azure }: SimulatedKeyturn) =>
      azure.faults.add({ method: 'GET', matches: /vault\.azure\.net/, fault: { kind: 'lose-reply' }, times: 9 }),
  ],
] as const)('answers %s (%s)', async (reason, status, place, spoil) => {
  const keyturn = await adopted();
  spoil(keyturn);
  expect(await readOf(keyturn, place)).toMatchObject({ kind: 'failed', failure: { reason, status } });
});

it('answers token-unavailable if the credential fails', async () => {
  const failing = {
    getToken: () =>
      Promise.reject(Object.assign(new Error('no identity here'), { name: 'CredentialUnavailableError' })),
  };
  const answer = await readOf(await adopted(), prefix, () => {}, failing);
  expect(answer).toMatchObject({ kind: 'failed', failure: { reason: 'token-unavailable' } });
});

it('a key that is disabled after its pointer was read is looked for again, from the pointer on', async () => {
  const keyturn = await adopted();
  let pointerReads = 0;
  const answer = await readOf(keyturn, prefix, (path) => {
    if (path.includes('active-key')) pointerReads += 1;
    if (!path.includes('key2')) return;
    Object.assign(currentVersion(keyturn, 'ai-services-key2'), { enabled: false });
    Object.assign(currentVersion(keyturn, 'ai-services-active-key'), { value: 'key1' });
  });
  expect(answer).toMatchObject({ kind: 'read', value: { slot: 'key1' } });
  // The first one meets the vault's challenge.
  expect(pointerReads).toBeGreaterThanOrEqual(2);
});
