import { describe, expect, it } from 'vitest';
import type { Fault } from '../../local/simulated-azure/faults.ts';
import type { Vault } from '../../local/simulated-azure/world.ts';
import type { Failure } from '../../src/shared/failure.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { secretsContract } from '../contracts/secrets.contract.ts';
import { simulatedVault, vaultUrl } from './simulated-vault.ts';

secretsContract('Key Vault, simulated, through the true client', async () => {
  const { access, deleteSecret } = simulatedVault();
  return { secrets: (fence) => access.secrets(vaultUrl, fence), deleteSecret };
});

describe('a vault', () => {
  it('is asked once for its challenge, whoever holds the lease', async () => {
    const { azure, access } = simulatedVault();
    for (let lease = 0; lease < 3; lease += 1) await store(access.secrets(vaultUrl, () => true));
    expect(azure.calls.map(({ status }) => status)).toEqual([401, 200, 200, 200]);
  });

  it.each<{ readonly fault: Fault; readonly becomes: Partial<Failure> }>([
    { fault: { kind: 'lose-reply' }, becomes: { kind: 'outcome-unknown', code: 'ECONNRESET' } },
    { fault: { kind: 'fail-before', status: 503, code: 'Busy' }, becomes: { kind: 'outcome-unknown', code: 'Busy' } },
    { fault: { kind: 'throttle', retryAfterSeconds: 9 }, becomes: { kind: 'not-applied', retryAfterMs: 9_000 } },
  ])('is written to once, whatever happens: $fault.kind', async ({ fault, becomes }) => {
    const { azure, access } = simulatedVault();
    const secrets = access.secrets(vaultUrl, () => true);
    await secrets.read('ai-key1');
    azure.faults.add({ method: 'PUT', matches: /ai-key1/, fault, times: 9 });
    const before = azure.calls.length;
    await expect(store(secrets)).rejects.toMatchObject({ failure: becomes });
    expect(azure.calls.length - before).toBe(1);
  });

  it.each<{ readonly vault: Partial<Vault>; readonly reason: string }>([
    { vault: { readOnly: true }, reason: 'vault-read-only' },
    { vault: { expiryRequired: true }, reason: 'vault-policy' },
    {
      vault: { network: { publicNetworkAccess: 'Disabled', defaultAction: 'Allow', ipRules: [] } },
      reason: 'vault-network-denied',
    },
    {
      vault: { network: { publicNetworkAccess: 'Enabled', defaultAction: 'Deny', ipRules: [] } },
      reason: 'vault-network-denied',
    },
  ])('that is $vault refuses a store with $reason', async ({ vault, reason }) => {
    const secrets = simulatedVault({ vault }).access.secrets(vaultUrl, () => true);
    await expect(store(secrets)).rejects.toMatchObject({ failure: { kind: 'refused', reason } });
  });

  it('refuses who has no role, on reads too', async () => {
    const { azure, access } = simulatedVault();
    azure.world.roleAssignments.length = 0;
    const secrets = access.secrets(vaultUrl, () => true);
    const refusal = { failure: { kind: 'refused', reason: 'vault-access-denied', code: 'ForbiddenByRbac' } };
    await expect(store(secrets)).rejects.toMatchObject(refusal);
    await expect(secrets.read('ai-key1')).rejects.toMatchObject(refusal);
  });

  it('tells its own time with absent secrets too', async () => {
    const { azure, access } = simulatedVault();
    const { secret, vaultNowMs } = await access.secrets(vaultUrl, () => true).read('ai-key1');
    expect({ secret, vaultNowMs }).toEqual({ secret: { kind: 'absent' }, vaultNowMs: azure.clock.nowMs() });
  });

  it('that does not tell its time has not been read, and may have been written', async () => {
    const undated = simulatedVault({
      through: (wire) => ({
        async sendRequest(request) {
          const response = await wire.sendRequest(request);
          response.headers.delete('date');
          return response;
        },
      }),
    });
    const secrets = undated.access.secrets(vaultUrl, () => true);
    await expect(secrets.read('ai-key1')).rejects.toMatchObject({ failure: { kind: 'not-applied', code: 'no-date' } });
    await expect(store(secrets)).rejects.toMatchObject({ failure: { kind: 'outcome-unknown', code: 'no-date' } });
  });

  it('whose secret does not come back in a minute is left to a later look', async () => {
    const { azure, access, deleteSecret } = simulatedVault();
    const secrets = access.secrets(vaultUrl, () => true);
    await store(secrets);
    await deleteSecret('ai-key1');
    azure.world.pace.secretTransitionMs = 3_600_000;
    await expect(secrets.recover('ai-key1')).rejects.toMatchObject({
      failure: { kind: 'outcome-unknown', code: 'still-recovering' },
    });
  });
});

function store(secrets: ReturnType<ReturnType<typeof simulatedVault>['access']['secrets']>) {
  return secrets.store({
    name: 'ai-key1',
    value: new SecretText('v'),
    contentType: null,
    tags: {},
    expiresAtMs: null,
  });
}
