import { describe, expect, it } from 'vitest';
import type { Fault } from '../../local/simulated-azure/faults.ts';
import type { World } from '../../local/simulated-azure/world.ts';
import type { Failure } from '../../src/shared/failure.ts';
import { accountsContract } from '../contracts/accounts.contract.ts';
import { account, armId, simulatedAccount, tags } from './simulated-account.ts';

/** Cognitive Services User: lists keys, regenerates none. */
const user = 'a97b65f3-24c7-4388-baec-2e87135dc908';

accountsContract('Resource Manager, simulated, through the true client', async () => {
  const { access } = simulatedAccount();
  return { accounts: (fence) => access.accounts(fence), account, kind: 'AIServices', tags };
});

describe('an account', () => {
  it.each<{ readonly fault: Fault; readonly becomes: Partial<Failure>; readonly applied: boolean }>([
    { fault: { kind: 'lose-reply' }, becomes: { kind: 'outcome-unknown', code: 'ECONNRESET' }, applied: true },
    {
      fault: { kind: 'throttle', retryAfterSeconds: 9 },
      becomes: { kind: 'not-applied', retryAfterMs: 9_000 },
      applied: false,
    },
    {
      fault: { kind: 'fail-before', status: 503, code: 'ServerTimeout' },
      becomes: { kind: 'outcome-unknown' },
      applied: false,
    },
    {
      fault: { kind: 'fail-before', status: 409, code: 'RequestConflict' },
      becomes: { kind: 'not-applied' },
      applied: false,
    },
  ])('is asked once to regenerate, whatever happens: $fault.kind', async ({ fault, becomes, applied }) => {
    const { azure, access } = simulatedAccount();
    const accounts = access.accounts(() => true);
    const before = (await accounts.listKeys(account)).key1.reveal();
    azure.faults.add({ method: 'POST', matches: /regenerateKey$/, fault, times: 9 });
    const calls = azure.calls.length;
    await expect(accounts.regenerate(account, 'key1')).rejects.toMatchObject({ failure: becomes });
    expect(azure.calls.length - calls).toBe(1);
    expect((await accounts.listKeys(account)).key1.reveal() !== before).toBe(applied);
  });

  it.each<{
    readonly says: string;
    readonly roleGuid?: string;
    readonly world?: Partial<World>;
    readonly over?: object;
    readonly reason: string;
  }>([
    { says: 'that the identity may not touch', roleGuid: user, reason: 'account-access-denied' },
    {
      says: 'under a read-only lock',
      world: { locks: [{ scope: armId, name: 'lock', level: 'ReadOnly' }] },
      reason: 'resource-lock',
    },
    { says: 'without local auth', over: { disableLocalAuth: true }, reason: 'local-auth-disabled' },
  ])('$says refuses with $reason', async ({ roleGuid, world, over, reason }) => {
    const { access } = simulatedAccount({
      ...(roleGuid === undefined ? {} : { roleGuid }),
      ...(world === undefined ? {} : { world }),
      properties: over ?? {},
    });
    const call = access.accounts(() => true).regenerate(account, 'key1');
    await expect(call).rejects.toMatchObject({ failure: { kind: 'refused', reason } });
  });
});
