import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app/create-app.ts';
import { firstPage, type TargetQuery, targetSorts } from '../../../src/app/targets/target-query.ts';
import type { Target } from '../../../src/keys/target.ts';
import { parseAccountId } from '../../../src/shared/resource-id.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { fleetWorld } from '../../attacks/fleet/fleet-world.ts';
import { simulatedTime } from '../../attacks/fleet/simulated-time.ts';
import { memoryHardening } from '../../memory-world/memory-hardening-rows.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

/** A fleet in three subscriptions, of which every third account is not adopted. */
async function fleet(accounts: number) {
  const time = simulatedTime(Date.UTC(2026, 0, 5, 9));
  const world = fleetWorld(time, { accounts, subscriptions: 3, random: () => 0.5, policyOf: () => ({}) });
  const targets = world.cells.map(({ target }) => target);
  const ports = world.ports(false);
  const loaded: string[] = [];
  const rows: typeof ports.rows = {
    ...ports.rows,
    load: (account) => {
      loaded.push(account.account);
      return ports.rows.load(account);
    },
  };
  const appWith = (some: readonly Target[]) => createApp({ ...ports, rows, targets: fixedTargets(some) });
  const app = appWith(targets);
  for (const [at, { name }] of targets.entries())
    if (at % 3 !== 0) await app.adopt(name, { activeSlot: null, takeOver: false }, { objectId: 'ada' });
  loaded.length = 0;
  const list = async (query: Partial<TargetQuery> = {}, some = app) => {
    const answer = await some.listTargets({ ...firstPage, ...query });
    if (answer.kind !== 'listed') throw new TypeError(answer.kind);
    return answer;
  };
  const names = async (query: Partial<TargetQuery>) => (await list(query)).targets.map(({ name }) => name);
  return { app, appWith, list, names, targets, loaded };
}

/** So many targets, of which no row stands; notes each reading: of how many, whether of most, and how many ran at once. */
function blankFleet(accounts: number) {
  const { ports } = memoryWorld();
  const ids = Array.from({ length: accounts }, (_, at) => `ai-${String(at).padStart(3, '0')}`);
  const targets = ids.map((name) => {
    const account = parseAccountId(
      `/subscriptions/ABCDEF01-1111-1111-1111-111111111111/resourceGroups/rg-labs/providers/Microsoft.CognitiveServices/accounts/${name}-x`,
    );
    if (account === null) throw new TypeError(name);
    return buildTarget({ name, account, prefix: name, vaultUrl: 'https://kv-contoso.vault.azure.net' });
  });
  const readings: { of: number; isWhole: boolean }[] = [];
  let [running, mostAtOnce] = [0, 0];
  const rows: typeof ports.rows = { ...ports.rows, load: async () => null, loadNotes: async () => null };
  const app = createApp({
    ...{ ...ports, rows, targets: fixedTargets(targets) },
    visitInBulk: async (items, _, isWhole, visit) => {
      readings.push({ of: items.length, isWhole });
      running += 1;
      mostAtOnce = Math.max(mostAtOnce, running);
      const journal = { rows, hardeningRows: memoryHardening(ports.clock.nowMs).ports };
      const answers = await Promise.all(items.map((item) => visit(item, journal)));
      running -= 1;
      return answers;
    },
  });
  const list = async (query: Partial<TargetQuery>) => {
    const answer = await app.listTargets({ ...firstPage, ...query });
    if (answer.kind !== 'listed') throw new TypeError(answer.kind);
    return answer;
  };
  return { list, readings, mostAtOnce: () => mostAtOnce };
}

describe('the list of targets', () => {
  it.each([
    [9, 4, false],
    [9, 5, true],
    [1_100, 512, false],
    [1_100, 513, true],
  ])(
    'of %i reads the rows of %i as most of all: %s; such lists one after the other',
    async (accounts, limit, isWhole) => {
      const { list, readings, mostAtOnce } = blankFleet(accounts);
      await Promise.all([list({ limit }), list({ limit })]);
      expect(readings).toEqual([1, 2].map(() => ({ of: limit, isWhole })));
      expect(mostAtOnce()).toBe(isWhole ? 1 : 2);
    },
  );

  it.each([
    ['a part of the name', { text: 'i-00' }, 9],
    ['a part of the account’s id', { text: 'rg-labs' }, 9],
    ['a part of the account’s name', { text: '8-x' }, 1],
    ['a part of the vault', { text: 'kv-cont' }, 9],
    ['the subscription', { subscriptions: ['abcdef01-1111-1111-1111-111111111111'] }, 9],
    ['another subscription', { subscriptions: ['22222222-2222-2222-2222-222222222222'] }, 0],
  ])('is searched by %s, whatever its case', async (_, query, total) => {
    expect((await blankFleet(9).list(query)).total).toBe(total);
  });

  it.each([
    [8, expect.any(String)],
    [9, null],
    [10, null],
  ])('has no page after the last: %i of 9', async (limit, next) => {
    expect((await blankFleet(9).list({ limit })).next).toEqual(next);
  });

  it('shows what is due before an instant, and not at it', async () => {
    const { list } = await fleet(3);
    const [first] = (await list({ sort: 'due' })).targets;
    const dueMs = Date.parse(first?.nextDueAt ?? '');
    expect((await list({ dueBeforeMs: dueMs })).total).toBe(0);
    expect((await list({ dueBeforeMs: dueMs + 1 })).total).toBeGreaterThan(0);
  });

  it('reads the rows of its own page, and of no other target', async () => {
    const { list, loaded, targets } = await fleet(9);
    const { targets: page, total, next } = await list({ limit: 2 });
    expect(page.map(({ name }) => name)).toEqual(
      targets
        .map(({ name }) => name)
        .sort()
        .slice(0, 2),
    );
    expect([total, next]).toEqual([9, expect.any(String)]);
    expect(new Set(loaded).size).toBe(2);
  });

  it.each(['name', 'due', 'state'] as const)('in pages by %s, shows each target once', async (sort) => {
    const { list, targets } = await fleet(8);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), async (limit) => {
        const shown: string[] = [];
        let after: string | null = null;
        do {
          const page = await list({ sort, limit, after });
          expect(page.targets.length).toBeLessThanOrEqual(limit);
          shown.push(...page.targets.map(({ name }) => name));
          after = page.next;
        } while (after !== null);
        expect(shown.toSorted()).toEqual(targets.map(({ name }) => name).toSorted());
      }),
      { numRuns: 9 },
    );
  });

  it('goes on behind a target that has gone meanwhile', async () => {
    const { list, targets, appWith } = await fleet(6);
    const { next } = await list({ limit: 3 });
    const sorted = targets.map(({ name }) => name).sort();
    const left = targets.filter(({ name }) => name !== sorted[2]);
    const rest = await list({ limit: 3, after: next }, appWith(left));
    expect(rest.targets.map(({ name }) => name)).toEqual(sorted.slice(3));
  });

  it('shows those that fit', async () => {
    const { names, targets } = await fleet(9);
    const notAdopted = targets.filter((_, at) => at % 3 === 0).map(({ name }) => name);
    const [first] = targets;
    if (first === undefined) throw new TypeError();
    expect(await names({ states: ['not-adopted'] })).toEqual(notAdopted.toSorted());
    expect(await names({ states: ['idle', 'suspended'] })).not.toContain(notAdopted[0]);
    expect(await names({ needsPerson: false })).not.toContain(notAdopted[0]);
    expect(await names({ needsPerson: true })).toContain(notAdopted[0]);
    const subscription = first.account.subscriptionId.toLowerCase();
    expect(await names({ subscriptions: [subscription] })).toEqual(
      targets
        .filter(({ account }) => account.subscriptionId.toLowerCase() === subscription)
        .map(({ name }) => name)
        .toSorted(),
    );
    expect(await names({ text: first.name })).toContain(first.name);
    expect(await names({ text: 'nowhere-to-be-found' })).toEqual([]);
    expect(await names({ drift: ['copy-stale'] })).toEqual([]);
    expect(await names({ dueBeforeMs: 0 })).toEqual([]);
  });

  it('counts all that fit, on the page or not', async () => {
    const { list } = await fleet(9);
    expect(await list({ states: ['not-adopted'], limit: 1 })).toMatchObject({
      total: 3,
      targets: [{ needsPerson: true }],
    });
  });

  it('has the earliest due first, and last what never is', async () => {
    const { list } = await fleet(9);
    const due = (await list({ sort: 'due' })).targets.map(({ nextDueAt }) => nextDueAt);
    const known = due.filter((one) => one !== null);
    expect(due).toEqual([...known.toSorted(), ...due.filter((one) => one === null)]);
    expect(due.at(-1)).toBeNull();
  });

  it('has the targets of one subscription together, and reads no more rows than the page has', async () => {
    const { list, loaded } = await fleet(9);
    const subscriptionOf = (accountId: string) => parseAccountId(accountId)?.subscriptionId.toLowerCase() ?? '';
    const { targets: all } = await list({ sort: 'subscription' });
    const subscriptions = all.map(({ accountId }) => subscriptionOf(accountId));
    expect([subscriptions, new Set(subscriptions).size]).toEqual([subscriptions.toSorted(), 3]);
    loaded.length = 0;
    const first = await list({ sort: 'subscription', limit: 2 });
    const rest = await list({ sort: 'subscription', after: first.next });
    expect([...first.targets, ...rest.targets].map(({ name }) => name)).toEqual(all.map(({ name }) => name));
    expect(loaded).toHaveLength(9);
  });

  it.each(['', 'x', Buffer.from('[1]').toString('base64url')])('knows no page %j', async (after) => {
    const { app } = await fleet(1);
    expect(await app.listTargets({ ...firstPage, after })).toEqual({ kind: 'unknown-page' });
  });

  it('refuses a reason of drift that no target ever has: an empty list would say that all is well', async () => {
    const { app } = await fleet(1);
    const answer = await app.listTargets({ ...firstPage, drift: ['vault-stale', 'vault-stael'] });
    expect(answer).toMatchObject({ kind: 'unknown-drift', found: 'vault-stael' });
    expect((await app.listTargets({ ...firstPage, drift: ['vault-stale', 'resource-lock'] })).kind).toBe('listed');
  });

  it('knows no page of a list in another order, of which some targets would never come', async () => {
    const { app, list } = await fleet(4);
    for (const sort of targetSorts) {
      const { next: after } = await list({ sort, limit: 1 });
      for (const other of targetSorts)
        expect((await app.listTargets({ ...firstPage, sort: other, after })).kind).toBe(
          other === sort ? 'listed' : 'unknown-page',
        );
    }
  });
});
