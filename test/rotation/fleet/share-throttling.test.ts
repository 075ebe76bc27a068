import { describe, expect, it } from 'vitest';
import { shareThrottling } from '../../../src/rotation/fleet/share-throttling.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import type { AccountId } from '../../../src/shared/resource-id.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

const { account } = buildTarget();
const elsewhere = { ...account, subscriptionId: '22222222-2222-2222-2222-222222222222' };

/** Two workers of one instance, over one journal; `refuse` is what Azure answers to each call, null for success. */
function twoWorkers() {
  const world = memoryWorld();
  const asked: string[] = [];
  const azure: { refuse: FailureError | null } = { refuse: null };
  const worker = (name: string) => {
    const ports = shareThrottling({
      ...world.ports,
      accounts: (fence) => ({
        ...world.ports.accounts(fence),
        listKeys: async (id) => {
          asked.push(name);
          if (azure.refuse !== null) throw azure.refuse;
          return await world.ports.accounts(fence).listKeys(id);
        },
      }),
    });
    const listKeys = async (id: AccountId) => {
      await ports.askOthers(id);
      return await ports.accounts(() => true).listKeys(id);
    };
    return { listKeys };
  };
  return { world, asked, azure, one: worker('one'), other: worker('other') };
}

const throttled = (code: string, retryAfterMs: number | null) =>
  new FailureError({ kind: 'not-applied', code, retryAfterMs });
const failureOf = async (work: Promise<unknown>) =>
  await work.then(
    () => null,
    (error: unknown) => (error instanceof FailureError ? error.failure : null),
  );

describe('a subscription that Azure has throttled', () => {
  it('is asked by no worker before Retry-After is over, and then by each', async () => {
    const { world, asked, azure, one, other } = twoWorkers();
    azure.refuse = throttled('SubscriptionRequestsThrottled', 17_000);
    expect(await failureOf(one.listKeys(account))).toMatchObject({ kind: 'not-applied' });
    azure.refuse = null;
    world.clock.advance(16_999);
    const refused = await Promise.all([failureOf(one.listKeys(account)), failureOf(other.listKeys(account))]);
    for (const failure of refused) {
      expect(failure).toMatchObject({ kind: 'not-applied', code: 'SubscriptionRequestsThrottled' });
      // Never shorter than what is left of it.
      expect(failure?.kind === 'not-applied' && failure.retryAfterMs).toBeGreaterThanOrEqual(1);
    }
    expect(asked).toEqual(['one']);
    world.clock.advance(1);
    expect(await failureOf(other.listKeys(account))).toBeNull();
    expect(await failureOf(one.listKeys(account))).toBeNull();
  });

  it('holds up no other subscription', async () => {
    const { azure, one, other } = twoWorkers();
    azure.refuse = throttled('TooManyRequests', 17_000);
    await failureOf(one.listKeys(account));
    azure.refuse = null;
    expect(await failureOf(one.listKeys(elsewhere))).toBeNull();
    expect(await failureOf(other.listKeys(elsewhere))).toBeNull();
  });

  it('is asked again after five minutes, whatever a worker with a wrong clock has written', async () => {
    const { world, one } = twoWorkers();
    const untilMs = world.clock.nowMs() + 24 * 3_600_000;
    await world.ports.pauses.save(`keyturn-test.throttled-${account.subscriptionId}`, { untilMs });
    const failure = await failureOf(one.listKeys(account));
    expect(failure?.kind === 'not-applied' && failure.retryAfterMs).toBeLessThanOrEqual(305_000);
  });

  it.each([
    ['a busy account', throttled('AccountProvisioningStateInvalid', 17_000)],
    ['a refusal', new FailureError({ kind: 'refused', reason: 'resource-lock', code: 'ScopeLocked' })],
    ['a throttling without Retry-After', throttled('TooManyRequests', null)],
  ])('is not meant by %s', async (_, refuse) => {
    const { asked, azure, one, other } = twoWorkers();
    azure.refuse = refuse;
    await failureOf(one.listKeys(account));
    await failureOf(other.listKeys(account));
    expect(asked).toEqual(['one', 'other']);
  });
});
