import { beforeAll, describe, expect, it } from 'vitest';
import { knownTargets } from '../../../src/app/targets/known-targets.ts';
import type { Target } from '../../../src/keys/target.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import type { LogEvent } from '../../../src/shared/log-event.ts';
import { parseAccountId } from '../../../src/shared/resource-id.ts';
import type { Inventory } from '../../../src/targets/ports.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { memoryFound } from '../../memory-world/memory-found.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildLeak, buildRow, buildState } from '../../rotation/row-builder.ts';

const [here, there] = ['11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222'];

function tagged(name: string, tags: Record<string, string> = {}, subscription = here) {
  const armId = `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/${name}`;
  const account = parseAccountId(armId);
  if (account === null) throw new TypeError(armId);
  return { account, tags: { 'keyturn-vault': 'kv-contoso', ...tags } };
}

function open(declared: readonly Target[] = []) {
  const world = memoryWorld();
  const found = memoryFound();
  const log: LogEvent[] = [];
  let inventory: Inventory | 'outage' = { accounts: [], subscriptions: new Set([here]) };
  let asked = 0;
  const search = {
    taggedAccounts: async () => {
      asked += 1;
      if (inventory === 'outage') throw new FailureError({ kind: 'not-applied', code: '503', retryAfterMs: null });
      return inventory;
    },
  };
  const rules = {
    subscriptions: [here, there],
    vaultUrls: ['https://kv-contoso.vault.azure.net'],
    vaultSuffix: 'vault.azure.net',
    instance: 'keyturn-test',
  };
  const parts = { declared: fixedTargets(declared), search, found, rows: world.ports.rows, rules, clock: world.clock };
  const source = (changes: Partial<Parameters<typeof knownTargets>[0]> = {}) =>
    knownTargets({ ...parts, log: (event) => log.push(event), ...changes });
  const see = async (accounts: Inventory['accounts'] | 'outage', subscriptions = [here, there]) => {
    inventory = accounts === 'outage' ? accounts : { accounts, subscriptions: new Set(subscriptions) };
    await source().refresh();
    return (await source().list()).map(({ target, blocked }) => `${target.name} ${blocked ?? 'may begin'}`);
  };
  return { found, log, source, see, rules, world, asked: () => asked };
}

describe('five thousand targets', () => {
  const fleet = Array.from({ length: 5_000 }, (_, index) => tagged(`ai-${String(index).padStart(5, '0')}`));

  // Seen once, and changed by none of the tests: it takes as long as all the others.
  const opened = open();
  beforeAll(async () => {
    await opened.see(fleet);
  });

  /** One worker, and how often it has read the whole list, and single rows. */
  function worker() {
    const reads = { lists: 0, rows: 0 };
    const found: typeof opened.found = {
      ...opened.found,
      list: (instance) => {
        reads.lists += 1;
        return opened.found.list(instance);
      },
      find: (instance, kind, key) => {
        reads.rows += 1;
        return opened.found.find(instance, kind, key);
      },
    };
    return { ...opened, one: opened.source({ found }), reads };
  }

  it('are read once a sweep', async () => {
    const { one, reads } = worker();
    await one.refresh();
    expect(await one.list()).toHaveLength(5_000);
    expect(reads).toEqual({ lists: 1, rows: 0 });
  });

  it('are read once for a list, once for all events of a moment, and not at all for one target', async () => {
    const { one, reads, world } = worker();
    await Promise.all([one.list(), one.report()]);
    expect(reads).toEqual({ lists: 1, rows: 0 });
    world.clock.advance(15_000);
    for (let event = 0; event < 500; event += 1) expect(await one.list()).toHaveLength(5_000);
    // The row of the last look says that nobody has looked since.
    expect(reads).toEqual({ lists: 1, rows: 1 });
    expect(await one.read('ai-00042')).toMatchObject({ target: { name: 'ai-00042' }, origin: 'discovered' });
    expect(reads).toEqual({ lists: 1, rows: 2 });
    world.clock.advance(1);
    await opened.source().refresh();
    world.clock.advance(15_000);
    expect(await one.list()).toHaveLength(5_000);
    expect(reads).toEqual({ lists: 2, rows: 3 });
  });

  it('are read again after a reading that failed', async () => {
    const { source, found } = worker();
    let outage = true;
    const list: typeof found.list = async (instance) => {
      if (outage) throw new FailureError({ kind: 'not-applied', code: '503', retryAfterMs: null });
      return found.list(instance);
    };
    const one = source({ found: { ...found, list } });
    await expect(one.list()).rejects.toThrow();
    outage = false;
    expect(await one.list()).toHaveLength(5_000);
  });
});

describe('one target', () => {
  it('is shown as in the list: paused by its tag, or kept off by what the settings declare', async () => {
    const target = buildTarget();
    const paused = { account: target.account, tags: { 'keyturn-pause': 'true' } };
    const { source, found, rules, world } = open([target]);
    const search = {
      taggedAccounts: async () => ({ accounts: [paused, tagged('ai-a')], subscriptions: new Set(rules.subscriptions) }),
    };
    const one = source({ search });
    await one.refresh();
    for (const { target: listed, blocked } of await one.list())
      expect(await one.read(listed.name)).toMatchObject({ target: { name: listed.name }, blocked });
    const [discovered] = (await one.list()).filter(({ origin }) => origin === 'discovered');
    expect(discovered?.target.name).toBe('ai-a');
    // Declared since, with the same secrets: the settings win at once.
    const declaredSince = buildTarget({
      name: 'other',
      prefix: 'ai-a',
      vaultUrl: 'https://kv-contoso.vault.azure.net',
    });
    const later = knownTargets({
      ...{ declared: fixedTargets([declaredSince]), search, found, rows: world.ports.rows, rules, clock: world.clock },
      log: () => undefined,
    });
    expect((await later.list()).map(({ target: { name } }) => name)).toEqual(['other']);
    expect(await later.read('ai-a')).toBeNull();
    expect(await later.read('nobody')).toBeNull();
  });
});

describe('targets by tags', () => {
  it('are asked of Azure once a sweep, and known to every other worker from the rows', async () => {
    const { see, source, asked } = open();
    await see([tagged('ai-a')]);
    expect((await source().find('ai-a'))?.origin).toBe('discovered');
    expect(await source().find('ai-b')).toBeNull();
    expect(asked()).toBe(1);
  });

  it('are written when they change, and not again', async () => {
    const { see, found, log } = open();
    await see([tagged('ai-a'), tagged('ai-b')]);
    found.written.length = 0;
    expect(await see([tagged('ai-a'), tagged('ai-b', { 'keyturn-pause': 'true' })])).toEqual([
      'ai-a may begin',
      'ai-b paused-by-tag',
    ]);
    expect(found.written.filter((row) => !row.includes('look'))).toEqual(['+ target-ai-b']);
    expect(await see([tagged('ai-b')])).toEqual(['ai-b may begin']);
    expect(log.map((event) => ('target' in event ? `${event.event} ${String(event.target)}` : event.event))).toEqual([
      'target-discovered ai-a',
      'target-discovered ai-b',
      'target-gone ai-a',
    ]);
  });

  it('stand as they were while Azure cannot be asked, and the report says so', async () => {
    const { see, source, log } = open();
    await see([tagged('ai-a'), tagged('ai-b', { 'keyturn-vault': 'kv-evil' })]);
    expect(await see('outage')).toEqual(['ai-a may begin']);
    expect(await source().report()).toMatchObject({ failure: '503', refused: [{ reason: 'vault-not-allowed' }] });
    expect(log).toContainEqual({ event: 'discovery-failed', code: '503' });
    await see([]);
    expect(await source().report()).toMatchObject({ failure: null, refused: [] });
  });

  it('stand as of the last look that succeeded, until the next one does', async () => {
    const { see, source, world } = open();
    const foundAtMs = world.clock.nowMs();
    await see([tagged('ai-a')], [here]);
    world.clock.advance(60_000);
    await see('outage');
    expect(await source().report()).toEqual({ foundAtMs, failure: '503', unreadable: [there], refused: [] });
    world.clock.advance(60_000);
    await see([]);
    const nowMs = world.clock.nowMs();
    expect(await source().report()).toEqual({ foundAtMs: nowMs, failure: null, unreadable: [], refused: [] });
  });

  it('are read again after what was found could not be saved', async () => {
    const { found, source } = open();
    const search = { taggedAccounts: async () => ({ accounts: [tagged('ai-a')], subscriptions: new Set([here]) }) };
    const save: typeof found.save = async (...rows) => {
      await found.save(...rows);
      throw new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
    };
    const one = source({ search, found: { ...found, save } });
    expect(await one.list()).toEqual([]);
    await expect(one.refresh()).rejects.toThrow('timeout');
    expect((await one.list()).map(({ target }) => target.name)).toEqual(['ai-a']);
  });

  it('are looked for by nobody if discovery was never on', async () => {
    const { source, rules, found, asked } = open();
    await source({ rules: { ...rules, subscriptions: [] } }).refresh();
    expect([found.written, asked()]).toEqual([[], 0]);
  });

  const leak = buildLeak();
  const gone = buildLeak({ slot: 'key2', failure: 'account-not-found' });
  const suspended = (reason: 'vault-stale' | 'account-not-found') =>
    ({ kind: 'suspended', reason, sinceMs: 1, from: buildState('probing') }) as const;
  it.each<[string, Partial<AccountRow> | null, boolean]>([
    ['has no row', null, false],
    ['is at rest', {}, false],
    ['rotates', { rotation: buildState('probing') }, true],
    ['waits for a person', { rotation: suspended('vault-stale') }, true],
    ['waits for a person, and its account is gone', { rotation: suspended('account-not-found') }, false],
    ['has a leaked key that is about to be replaced', { leak: leak }, true],
    ['has a leaked key', { leaks: [leak] }, true],
    ['had a leaked key, and its account is gone', { leaks: [gone] }, false],
    ['has one of two leaked keys still', { leaks: [gone, leak] }, true],
    ['is at work in a newer release', { schemaVersion: 99 as never }, true],
  ])('whose tags are gone are kept only to finish what is under way: one that %s', async (_, row, isKept) => {
    const { see, world } = open();
    await see([tagged('ai-a')]);
    if (row !== null) world.journal.save(buildRow(row), null, []);
    expect(await see([])).toEqual(isKept ? ['ai-a no-longer-a-target'] : []);
  });

  it('stand as they were in a subscription that may not be read any more, and the report names it', async () => {
    const { see, source } = open();
    await see([tagged('ai-a'), tagged('ai-b', {}, there)]);
    expect(await see([tagged('ai-a')], [here])).toEqual(['ai-a may begin', 'ai-b may begin']);
    expect(await source().report()).toMatchObject({ unreadable: [there] });
  });

  it('that are refused are logged once, and again for another reason', async () => {
    const { see, log } = open();
    const bad = tagged('ai-a', { 'keyturn-overlap': 'x' });
    await see([bad]);
    await see([bad]);
    await see([tagged('ai-a', { 'keyturn-vault': 'kv-evil' })]);
    const reasons = log.flatMap((event) => (event.event === 'account-refused' ? event.reason : []));
    expect(reasons).toEqual(['bad-tag', 'vault-not-allowed']);
  });

  it('pause a declared one, which wins over its other tags', async () => {
    const { account } = tagged('ai-a');
    const declared = [buildTarget({ name: 'demo', account })];
    const { world, found, rules, log } = open();
    const search = {
      taggedAccounts: async () => ({
        accounts: [{ account, tags: { 'keyturn-pause': 'true' } }],
        subscriptions: new Set([here]),
      }),
    };
    const parts = {
      declared: fixedTargets(declared),
      search,
      found,
      rows: world.ports.rows,
      rules,
      clock: world.clock,
    };
    const source = knownTargets({ ...parts, log: (event) => log.push(event) });
    await source.refresh();
    expect(await source.list()).toMatchObject([{ origin: 'declared', blocked: 'paused-by-tag' }]);
  });

  it('pause no declared one once discovery is switched off, though the next sweep is still to come', async () => {
    const target = buildTarget();
    const { source, rules } = open([target]);
    const accounts = [{ account: target.account, tags: { 'keyturn-pause': 'true' } }];
    const search = { taggedAccounts: async () => ({ accounts, subscriptions: new Set([here]) }) };
    await source({ search }).refresh();
    const blocked = async (one: ReturnType<typeof source>) => [
      ...(await one.list()).map((listed) => listed.blocked),
      (await one.read('demo'))?.blocked,
    ];
    expect(await blocked(source())).toEqual(['paused-by-tag', 'paused-by-tag']);
    expect(await blocked(source({ rules: { ...rules, subscriptions: [] } }))).toEqual([null, null]);
    const other = { ...tagged('ai-b').account };
    expect(await blocked(source({ declared: fixedTargets([buildTarget({ account: other })]) }))).toEqual([null, null]);
  });

  it('are not found by the name of their tags once the settings declare their account', async () => {
    const { see, source } = open();
    await see([tagged('ai-a')]);
    const declared = [buildTarget({ name: 'demo', account: tagged('ai-a').account })];
    expect((await source().find('ai-a'))?.origin).toBe('discovered');
    expect(await source({ declared: fixedTargets(declared) }).find('ai-a')).toBeNull();
  });

  it('give way at once to a declared one that reaches for their secrets', async () => {
    const { see, source } = open();
    await see([tagged('ai-a'), tagged('ai-b')]);
    const declared = [buildTarget({ name: 'x', prefix: 'ai-a', vaultUrl: 'https://kv-contoso.vault.azure.net' })];
    const listed = await source({ declared: fixedTargets(declared) }).list();
    expect(listed.map(({ target }) => target.name)).toEqual(['x', 'ai-b']);
  });

  it('begin nothing once discovery is switched off, and are forgotten by the next sweep', async () => {
    const { see, source, rules, asked } = open();
    await see([tagged('ai-a')]);
    const off = source({ rules: { ...rules, subscriptions: [] } });
    expect(await off.list()).toMatchObject([{ blocked: 'no-longer-a-target' }]);
    expect(await off.report()).toBeNull();
    await off.refresh();
    expect(await off.list()).toEqual([]);
    expect(asked()).toBe(1);
  });
});
