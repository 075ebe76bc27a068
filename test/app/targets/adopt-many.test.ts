import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type AdoptionsMemory, adoptMany } from '../../../src/app/targets/adopt-many.ts';
import { offboardedRow } from '../../../src/rotation/adoption/offboarded.ts';
import type { AccountRows } from '../../../src/rotation/ports.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { parseAccountId } from '../../../src/shared/resource-id.ts';
import { fixedTargets, type KnownTarget, type TargetSource } from '../../../src/targets/target-source.ts';
import { operator } from '../../memory-world/life.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow } from '../../rotation/row-builder.ts';

type Row = 'none' | 'adopted' | 'not adopted';

const targetOf = (name: string) => {
  const account = parseAccountId(
    `/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/${name}`,
  );
  if (account === null) throw new TypeError(name);
  return buildTarget({ name, account, prefix: name });
};

const gone = async () => {
  throw new FailureError({ kind: 'refused', reason: 'account-not-found', code: 'ResourceNotFound' });
};

/** Targets whose accounts Azure does not show. `slowMs`: the time that passes once, after the first of them are begun. */
function open(names: readonly string[], { slowMs = 0, row = 'none' as Row, offboarded = false } = {}) {
  const { ports, clock } = memoryWorld();
  const targets = names.map(targetOf);
  const failedAtMs = new Map<string, number>();
  let left = slowMs;
  const rows: typeof ports.rows = {
    ...ports.rows,
    readHistory: async () => (offboarded ? offboardedRow('ada', 1).fields : null),
    load: async ({ account }) => {
      await setImmediate();
      clock.advance(left);
      left = 0;
      if (row === 'none') return null;
      const { vaultUrl, prefix } = targetOf(account);
      const fields = buildRow({ vaultUrl, prefix, ...(row === 'adopted' ? {} : { adoptedAtMs: null }) });
      return { fields, etag: 'e', savedAtMs: clock.nowMs(), storageNowMs: clock.nowMs() };
    },
  };
  const accounts: typeof ports.accounts = (...given) => ({ ...ports.accounts(...given), get: gone });
  const ask = (
    asked: 'all' | readonly string[],
    { dryRun = true, source = fixedTargets(targets) }: { dryRun?: boolean; source?: TargetSource } = {},
  ) =>
    adoptMany({ ...ports, rows, accounts, targets: source }, { targets: asked, takeOver: false, dryRun }, operator, {
      failedAtMs,
      turnsOfVaults: new Map(),
    });
  return { ask, targets, failedAtMs };
}

const seventyTwo = Array.from({ length: 72 }, (_, at) => `ai-${String(at).padStart(2, '0')}`);

describe('an adoption of many', () => {
  it.each([
    [90_000, 0],
    [90_001, 8],
    [150_000, 8],
    [150_001, 72],
  ])(
    'of which sixty-four are at work %i ms after it came leaves %i of seventy-two to the next',
    async (slowMs, remain) => {
      const { remaining, counts } = await open(seventyTwo, { slowMs }).ask('all');
      expect([remaining.length, counts.remaining, counts.blocked]).toEqual([remain, remain, 72 - remain]);
    },
  );

  it.each<[string, Row, dryRun: boolean, before: number | null, noted: boolean]>([
    ['notes one that failed', 'none', false, null, true],
    ['notes none of a dry run', 'none', true, null, false],
    ['keeps what a dry run meets again', 'none', true, 1, true],
    ['forgets one that is in order', 'adopted', false, 1, false],
  ])('%s, so that it comes last', async (_, row, dryRun, before, noted) => {
    const { ask, targets, failedAtMs } = open(['ai-a'], { row });
    const id = targets[0]?.account.armId ?? '';
    if (before !== null) failedAtMs.set(id, before);
    await ask('all', { dryRun });
    expect(failedAtMs.has(id)).toBe(noted);
  });

  /** Adoptions of targets in those vaults, on a clock that stands, and the waits of each. `ask` adopts them all. */
  const inVaults = (vaults: readonly string[], load: AccountRows['load'], readHistory: AccountRows['readHistory']) => {
    const { ports } = memoryWorld();
    const waited: number[] = [];
    const clock = {
      ...ports.clock,
      monotonicMs: () => 0,
      sleep: async (forMs: number) => void waited.push(Math.floor(forMs)),
    };
    const rows: typeof ports.rows = { ...ports.rows, load, readHistory };
    const accounts: typeof ports.accounts = (...given) => ({ ...ports.accounts(...given), get: gone });
    const targets = vaults.map((vault, at) =>
      buildTarget({ ...targetOf(`ai-${at}`), vaultUrl: `https://${vault}.vault.azure.net` }),
    );
    const memory: AdoptionsMemory = { failedAtMs: new Map(), turnsOfVaults: new Map() };
    const parts = { ...ports, clock, rows, accounts, targets: fixedTargets(targets) };
    return {
      waited,
      memory,
      ask: () => adoptMany(parts, { targets: 'all', takeOver: false, dryRun: false }, operator, memory),
    };
  };

  it.each([
    ['as many a second as a vault stores, with four secrets each', ['kv-one', 'kv-one', 'kv-one'], 1, [148, 296]],
    ['as many in each of two vaults', ['kv-one', 'kv-two', 'kv-one', 'kv-two'], 1, [148, 148]],
    ['no more if two requests come at once', ['kv-one', 'kv-one'], 2, [148, 296, 444]],
  ])('begins %s', async (_, vaults, requests, waitedMs) => {
    const { ask, waited } = inVaults(
      vaults,
      async () => null,
      async () => null,
    );
    await Promise.all(Array.from({ length: requests }, ask));
    expect(waited).toEqual(waitedMs);
  });

  it.each([
    ['takes a turn of the vault that comes just in time', 90_000, 0],
    ['leaves one that comes too late to others, who may use it', 90_001, 1],
  ])('%s', async (_, turnMs, remain) => {
    const { ask, memory } = inVaults(
      ['kv-one'],
      async () => null,
      async () => null,
    );
    const vaultUrl = 'https://kv-one.vault.azure.net';
    memory.turnsOfVaults.set(vaultUrl, turnMs);
    const { counts } = await ask();
    expect([counts.remaining, memory.turnsOfVaults.get(vaultUrl) === turnMs]).toEqual([remain, remain === 1]);
  });

  it('leaves out one that a person offboarded while it waited for its turn', async () => {
    let reads = 0;
    const offboarded = async () => {
      reads += 1;
      return reads > 2 ? offboardedRow('ada', 1).fields : null;
    };
    const { targets } = await inVaults(['kv-one', 'kv-one'], async () => null, offboarded).ask();
    const reasons = targets.map(({ blockedBy }) => blockedBy.map((stop) => stop.reason));
    expect(reasons).toEqual([['account-not-found'], ['offboarded']]);
  });

  it('begins with those that did not fail, and with who failed longest ago', async () => {
    const { ask, targets, failedAtMs } = open(seventyTwo, { slowMs: 90_001 });
    for (const [at, { account }] of targets.slice(0, 30).entries()) failedAtMs.set(account.armId, 30 - at);
    // Sixty-four are begun before the time is over.
    const { remaining } = await ask('all');
    expect(remaining).toEqual(seventyTwo.slice(0, 8));
  });

  it.each<[string, Row, asked: 'all' | readonly string[], reason: string]>([
    ['leaves out one that a person offboarded', 'none', 'all', 'offboarded'],
    ['takes one in again that is asked for by name', 'none', ['ai-a'], 'account-not-found'],
    ['goes on with one that is being adopted again', 'not adopted', 'all', 'account-not-found'],
  ])('%s', async (_, row, asked, reason) => {
    const { targets } = await open(['ai-a'], { row, offboarded: true }).ask(asked);
    expect(targets.map(({ blockedBy }) => blockedBy.map((stop) => stop.reason))).toEqual([[reason]]);
  });

  it('is of no target that is only brought to its end, and of one by name that is not listed yet', async () => {
    const { ask } = open([]);
    const known = (name: string, blocked: KnownTarget['blocked']): KnownTarget => {
      return { target: targetOf(name), origin: 'discovered', blocked };
    };
    const source: TargetSource = {
      ...fixedTargets([]),
      list: async () => [known('ai-a', null), known('ai-b', 'no-longer-a-target'), known('ai-c', 'paused-by-tag')],
      find: async (name) => (name === 'ai-new' ? known(name, null) : null),
    };
    const told = async (asked: 'all' | readonly string[]) =>
      (await ask(asked, { source })).targets.map(({ target, blockedBy: [stop] }) => `${target} ${stop?.reason}`);
    expect(await told('all')).toEqual(['ai-a account-not-found', 'ai-c account-not-found']);
    expect(await told(['ai-new', 'ai-none'])).toEqual(['ai-new account-not-found', 'ai-none unknown-target']);
  });
});
