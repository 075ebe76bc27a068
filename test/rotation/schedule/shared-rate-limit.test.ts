import { describe, expect, it } from 'vitest';
import { sharedRateLimit } from '../../../src/rotation/schedule/shared-rate-limit.ts';
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
    const ports = sharedRateLimit({
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
    const listKeys = async (id: AccountId, isUrgent = false) => {
      await ports.askSharedLimit(id);
      return await ports
        .accounts(
          () => true,
          () => isUrgent,
        )
        .listKeys(id);
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

  it('is looked up in the journal once in five seconds', async () => {
    const world = memoryWorld();
    let loads = 0;
    const load = async (name: string) => {
      loads += 1;
      return await world.ports.pauses.load(name);
    };
    const { askSharedLimit } = sharedRateLimit({ ...world.ports, pauses: { ...world.ports.pauses, load } });
    const loadedAfter = async (passedMs: number) => {
      world.clock.advance(passedMs);
      await askSharedLimit(account);
      return loads;
    };
    expect([await loadedAfter(60_000), await loadedAfter(4_999), await loadedAfter(1)]).toEqual([1, 1, 2]);
    expect([await loadedAfter(4_999), await loadedAfter(1)]).toEqual([2, 3]);
  });

  it('holds up no other subscription', async () => {
    const { azure, one, other } = twoWorkers();
    azure.refuse = throttled('TooManyRequests', 17_000);
    await failureOf(one.listKeys(account));
    azure.refuse = null;
    expect(await failureOf(one.listKeys(elsewhere))).toBeNull();
    expect(await failureOf(other.listKeys(elsewhere))).toBeNull();
  });

  it('is asked again after fifteen minutes, whatever a worker with a wrong clock has written', async () => {
    const { world, one } = twoWorkers();
    const dayMs = 24 * 3_600_000;
    const wrongMs = world.clock.nowMs() + dayMs;
    await world.ports.pauses.save(`keyturn-test.throttled-${account.subscriptionId}`, {
      untilMs: wrongMs + dayMs,
      refusedAtMs: wrongMs,
    });
    const failure = await failureOf(one.listKeys(account));
    expect(failure?.kind === 'not-applied' && failure.retryAfterMs).toBeLessThanOrEqual(905_000);
    world.clock.advance(900_000);
    expect(await failureOf(one.listKeys(account))).toBeNull();
  });

  describe('for days', () => {
    const days = throttled('TooManyRequests', 15 * 24 * 3_600_000);
    const minuteMs = 60_000;

    it('is asked by one caller after fifteen minutes; the others wait for its answer', async () => {
      const { world, asked, azure, one, other } = twoWorkers();
      azure.refuse = days;
      await failureOf(one.listKeys(account));
      world.clock.advance(15 * minuteMs - 5_001);
      expect(await failureOf(other.listKeys(account))).toMatchObject({ code: 'SubscriptionRequestsThrottled' });
      world.clock.advance(1);
      expect(await failureOf(other.listKeys(account))).toMatchObject({ code: 'SubscriptionRequestsThrottled' });
      world.clock.advance(5_000);
      await failureOf(one.listKeys(account));
      await failureOf(other.listKeys(account));
      expect(asked).toEqual(['one', 'other']);
    });

    it('is open to all once the one was served', async () => {
      const { world, azure, one, other } = twoWorkers();
      azure.refuse = days;
      await failureOf(one.listKeys(account));
      azure.refuse = null;
      world.clock.advance(15 * minuteMs);
      expect(await failureOf(other.listKeys(account))).toBeNull();
      world.clock.advance(5_000);
      expect(await failureOf(one.listKeys(account))).toBeNull();
    });

    it('is asked after a minute by whoever ends a leaked key, and by nobody else', async () => {
      const { world, asked, azure, one, other } = twoWorkers();
      azure.refuse = days;
      await failureOf(one.listKeys(account));
      world.clock.advance(minuteMs);
      await failureOf(one.listKeys(account));
      await failureOf(other.listKeys(account, true));
      expect(asked).toEqual(['one', 'other']);
    });
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

/** A worker that has just begun: its monotonic clock stands at nought, and a sleeper is let go on at once. */
function youngWorker() {
  const world = memoryWorld();
  let nowMs = 0;
  const slept: number[] = [];
  const asked: string[] = [];
  const saved: string[] = [];
  const clock = {
    ...world.ports.clock,
    monotonicMs: () => nowMs,
    sleep: async (forMs: number) => {
      slept.push(forMs);
    },
  };
  const ports = sharedRateLimit({
    ...world.ports,
    clock,
    random: () => 0,
    pauses: { ...world.ports.pauses, save: async (key) => void saved.push(key) },
    accounts: (fence) => ({
      ...world.ports.accounts(fence),
      get: async (id) => {
        asked.push(id.subscriptionId);
        return await world.ports.accounts(fence).get(id);
      },
    }),
  });
  const get = (id: AccountId = account) => failureOf(ports.accounts(() => true).get(id));
  const read = (answer: () => Promise<unknown> = async () => null, id: AccountId = account) =>
    failureOf(
      ports.asReader(id, async () => {
        asked.push('read');
        return await answer();
      }),
    );
  const getInRotation = () => failureOf(ports.accountsOfRotation(() => true).get(account));
  const getToAdopt = () => failureOf(ports.accountsOfAdoptions(() => true).get(account));
  const getUrgently = () =>
    failureOf(
      ports
        .accountsOfRotation(
          () => true,
          () => true,
        )
        .get(account),
    );
  const many = async (count: number, one: () => Promise<unknown>) =>
    await Promise.all(Array.from({ length: count }, () => one()));
  return {
    get,
    read,
    getInRotation,
    getToAdopt,
    getUrgently,
    many,
    slept,
    asked,
    saved,
    pass: (forMs: number) => (nowMs += forMs),
  };
}

describe("a worker's share of a subscription", () => {
  it('lets twenty-five through at once, from its first second on', async () => {
    const { get, many, slept, asked } = youngWorker();
    expect(await many(25, get)).toEqual(Array(25).fill(null));
    expect(slept).toEqual([]);
    expect(asked).toHaveLength(25);
  });

  it('then lets five a second through, and whoever comes waits for that', async () => {
    const { get, many, slept, asked, pass } = youngWorker();
    await many(25, get);
    expect(await many(100, get)).toEqual(Array(100).fill(null));
    expect(slept).toEqual(Array.from({ length: 100 }, (_, index) => (index + 1) * 200));
    expect(asked).toHaveLength(125);
    pass(20_000 + 25 * 200);
    expect(await many(25, get)).toEqual(Array(25).fill(null));
    expect(slept).toHaveLength(100);
  });

  it('refuses only whoever would wait for more than twenty seconds, and never in the name of Azure', async () => {
    const { get, many, asked, saved } = youngWorker();
    await many(125, get);
    expect(await get()).toEqual({ kind: 'not-applied', code: 'own-rate-limit', retryAfterMs: 20_200 });
    expect(asked).toHaveLength(125);
    expect(saved).toEqual([]);
  });

  it('lets a rotation rest that would wait for more than a second', async () => {
    const { getInRotation, many, asked, saved } = youngWorker();
    await many(30, getInRotation);
    expect(asked).toHaveLength(30);
    expect(await getInRotation()).toEqual({ kind: 'not-applied', code: 'own-rate-limit', retryAfterMs: 1_200 });
    expect(saved).toEqual([]);
  });

  it('lets sixty adoptions of many through at once, then five a second, and rotations wait for none of them', async () => {
    const { getToAdopt, getInRotation, many, slept } = youngWorker();
    expect(await many(60, getToAdopt)).toEqual(Array(60).fill(null));
    expect(slept).toEqual([]);
    expect(await many(2, getToAdopt)).toEqual([null, null]);
    expect(slept).toEqual([200, 400]);
    expect(await many(25, getInRotation)).toEqual(Array(25).fill(null));
    expect(slept).toHaveLength(2);
  });

  it('counts what others send among adoptions, of which none loses its turn by that', async () => {
    const { get, getToAdopt, getInRotation, many, slept, pass } = youngWorker();
    await getInRotation();
    await get();
    await many(58, getToAdopt);
    expect(slept).toEqual([]);
    await getToAdopt();
    expect(slept).toEqual([200]);
    // While rotations take all that the bucket gains, adoptions wait.
    pass(200);
    await getInRotation();
    await getToAdopt();
    expect(slept).toEqual([200, 400]);
  });

  it('keeps nobody waiting who replaces a leaked key, and those after it the longer', async () => {
    const { get, getUrgently, many, slept } = youngWorker();
    await many(125, get);
    slept.length = 0;
    expect(await getUrgently()).toBeNull();
    expect(slept).toEqual([]);
    expect(await get()).toMatchObject({ code: 'own-rate-limit', retryAfterMs: 20_400 });
  });

  it('is its own in each subscription', async () => {
    const { get, many, slept } = youngWorker();
    await many(125, get);
    slept.length = 0;
    expect(await get(elsewhere)).toBeNull();
    expect(slept).toEqual([]);
  });
});

describe('what people read through Azure', () => {
  it('gets a fifth of what the bucket gains, and takes no turn of a rotation', async () => {
    const { read, getInRotation, many, slept, asked } = youngWorker();
    expect(await many(60, read)).toEqual(Array(60).fill(null));
    expect(slept).toEqual(Array.from({ length: 40 }, (_, index) => (index + 1) * 500));
    expect(await read()).toEqual({ kind: 'not-applied', code: 'own-rate-limit', retryAfterMs: 20_500 });
    expect(asked).toHaveLength(60);
    slept.length = 0;
    expect(await many(25, getInRotation)).toEqual(Array(25).fill(null));
    expect(slept).toEqual([]);
  });

  it('stops while Azure has throttled the subscription, and nowhere else', async () => {
    const { read, asked, saved } = youngWorker();
    const refused = throttled('SubscriptionRequestsThrottled', 17_000);
    expect(await read(() => Promise.reject(refused))).toMatchObject({ code: 'SubscriptionRequestsThrottled' });
    expect(saved).toEqual([`keyturn-test.throttled-${account.subscriptionId}`]);
    expect(await read()).toMatchObject({ kind: 'not-applied', code: 'SubscriptionRequestsThrottled' });
    expect(asked).toEqual(['read']);
    expect(await read(undefined, elsewhere)).toBeNull();
  });

  it('stops no rotation when the bucket of another provider is empty', async () => {
    const { read, getInRotation, saved } = youngWorker();
    expect(await read(() => Promise.reject(throttled('TooManyRequests', 17_000)))).toMatchObject({
      code: 'TooManyRequests',
    });
    expect(saved).toEqual([]);
    expect(await getInRotation()).toBeNull();
  });

  it('learns from the journal what another worker was answered', async () => {
    const { world, azure, one } = twoWorkers();
    azure.refuse = throttled('SubscriptionRequestsThrottled', 17_000);
    await failureOf(one.listKeys(account));
    const ports = sharedRateLimit(world.ports);
    expect(await failureOf(ports.asReader(account, async () => null))).toMatchObject({
      code: 'SubscriptionRequestsThrottled',
    });
  });
});

it('waits for no turn if Azure has throttled the subscription already', async () => {
  const { get, read, many, slept } = youngWorker();
  await many(100, get);
  await read(() => Promise.reject(throttled('SubscriptionRequestsThrottled', 17_000)));
  slept.length = 0;
  expect(await get()).toMatchObject({ code: 'SubscriptionRequestsThrottled' });
  expect(slept).toEqual([]);
});
