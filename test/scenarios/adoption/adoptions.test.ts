import { describe, expect, it } from 'vitest';
import { defaultDefinition } from '../../../local/simulated-azure/default-world.ts';
import type { AdoptionsView } from '../../../src/app/targets/adoption-views.ts';
import type { Target } from '../../../src/keys/target.ts';
import type { AccountRows } from '../../../src/rotation/ports.ts';
import { parseAccountId } from '../../../src/shared/resource-id.ts';
import type { MemoryClock } from '../../memory-world/memory-clock.ts';
import { type MemoryJournal, memoryJournal } from '../../memory-world/memory-journal.ts';
import type { MemoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { simulatedKeyturn } from '../simulated-keyturn.ts';
import { operator } from '../steered-rotation.ts';

const labs = '0b1f6471-1bf0-4dda-aec3-444455556666';
const subscriptions = [defaultDefinition.subscription.id, labs];
const vaults = ['kv-contoso-one', 'kv-contoso-two'];
const count = 40;
const numbers = Array.from({ length: count }, (_, n) => n);
const nameOf = (n: number) => `ai-${String(n).padStart(2, '0')}`;
const names = numbers.map(nameOf);
const roleless = 7;
const unproved = 9;
/** Somebody else's secret under one of their names. */
const foreign = [3, 8, 15];

/** A clock on which those who sleep at the same time wake at the same time, as adoptions beside each other do. */
function sharedClock(): MemoryClock {
  let nowMs = Date.UTC(2026, 0, 5, 9, 0, 0);
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    advance: (durationMs) => {
      nowMs += durationMs;
    },
    sleep: async (durationMs) => {
      const untilMs = nowMs + durationMs;
      // The others get as far as their own sleep meanwhile.
      for (let turn = 0; turn < 250; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      nowMs = Math.max(nowMs, untilMs);
    },
  };
}

/** A journal with a partition for each account. */
function partitions() {
  const journals = new Map<string, MemoryJournal>();
  const rows = (only: AccountRows, { clock, nextId }: MemoryWorld): AccountRows => {
    const of = ({ armId }: { readonly armId: string }) => {
      const known = journals.get(armId) ?? memoryJournal(clock.nowMs, nextId);
      journals.set(armId, known);
      return known;
    };
    return {
      ...only,
      load: async (account) => of(account).load(),
      save: async (account, fields, etag, history) => of(account).save(fields, etag, history),
      remove: async (account, etag) => of(account).remove(etag),
      loadNotes: async (account) => of(account).loadNotes(),
      saveNotes: async (account, fields) => of(account).saveNotes(fields),
      loadLastEvent: async (account) => of(account).loadLastEvent(),
      readHistory: async (account, key) => of(account).history.get(key) ?? null,
    };
  };
  /** Partitions that hold something. */
  const kept = () =>
    [...journals].filter(([, { row, notes, history }]) => row !== null || notes !== null || history.size > 0);
  return { rows, kept };
}

function targetOf(n: number): Target {
  const group = n % 2 === 0 ? 'rg-contoso' : 'rg-labs';
  const account = parseAccountId(
    `/subscriptions/${subscriptions[n % 2]}/resourceGroups/${group}/providers/Microsoft.CognitiveServices/accounts/${nameOf(n)}`,
  );
  if (account === null) throw new TypeError('no account id');
  return buildTarget({
    name: nameOf(n),
    account,
    vaultUrl: `https://${vaults[n < count / 2 ? 0 : 1]}.vault.azure.net`,
    prefix: nameOf(n),
    policy: { probe: n === unproved ? 'control-plane-only' : 'data-plane' },
  });
}

/** Twenty accounts in two subscriptions, whose secrets lie in two vaults. */
function open() {
  const { rows, kept } = partitions();
  const clock = sharedClock();
  const keyturn = simulatedKeyturn(
    {},
    {
      rows,
      clock,
      world: {
        otherSubscriptions: [{ id: labs }],
        resourceGroups: [
          { name: 'rg-ai102-challenge09' },
          { name: 'rg-contoso' },
          { name: 'rg-labs', subscription: labs },
        ],
        accounts: [
          ...(defaultDefinition.accounts ?? []),
          ...numbers.map((n) =>
            n % 2 === 0
              ? { name: nameOf(n), resourceGroup: 'rg-contoso' }
              : { name: nameOf(n), resourceGroup: 'rg-labs', subscription: labs },
          ),
        ],
        vaults: [
          ...(defaultDefinition.vaults ?? []),
          ...vaults.map((name) => ({ name, resourceGroup: 'rg-ai102-challenge09' })),
        ],
        roleAssignments: [
          ...(defaultDefinition.roleAssignments ?? []),
          ...vaults.map((on) => ({ principal: 'func-keyturn', role: 'Key Vault Secrets Officer', on })),
          ...numbers
            .filter((n) => n !== roleless)
            .map((n) => ({ principal: 'func-keyturn', role: 'Keyturn Key Rotator', on: nameOf(n) })),
        ],
      },
    },
  );
  const { azure, journal, hardeningRows } = keyturn;
  const vaultOf = (n: number) => {
    const vault = azure.world.vaults.find(({ name }) => name === vaults[n < count / 2 ? 0 : 1]);
    if (vault === undefined) throw new TypeError('no vault');
    return vault;
  };
  for (const n of foreign) {
    const seconds = Math.floor(clock.nowMs() / 1000);
    const version = {
      ...{ version: String(n).padStart(32, 'f'), value: 'somebody else’s', contentType: null, tags: {} },
      ...{ enabled: true, notBefore: null, expires: null, created: seconds, updated: seconds, managed: false },
    };
    vaultOf(n).secrets.push({ name: `${nameOf(n)}-key1`, versions: [version], deletedAtMs: null, busyUntilMs: 0 });
  }
  const app = keyturn.appFor(numbers.map(targetOf));
  const ask = async (dryRun: boolean, targets: readonly string[] | 'all' = 'all'): Promise<AdoptionsView> => {
    const answer = await app.adoptMany({ targets, takeOver: false, dryRun }, operator);
    if (answer.kind !== 'done') throw new TypeError(answer.kind);
    return answer.adoptions;
  };
  const everything = () =>
    structuredClone([
      azure.world,
      kept().map(([id, { row, notes, history }]) => [id, row, notes, [...history]]),
      [...journal.fleetRows],
      journal.pause,
      journal.queue,
      [...hardeningRows.rows],
    ]);
  const held = (n: number) => vaultOf(n).secrets.filter(({ name }) => name.startsWith(`${nameOf(n)}-`)).length;
  return { ...keyturn, app, ask, everything, held, clock };
}

const isFine = (n: number) => n !== roleless && !foreign.includes(n);
const reasonsOf = ({ targets }: AdoptionsView) =>
  Object.fromEntries(targets.flatMap(({ target, blockedBy }) => blockedBy.map(({ reason }) => [target, reason])));
const inTheWay = {
  [nameOf(roleless)]: 'account-access-denied',
  ...Object.fromEntries(foreign.map((n) => [nameOf(n), 'foreign-secret'])),
};
const outcomes = ({ targets }: AdoptionsView) => new Map(targets.map(({ target, outcome }) => [target, outcome]));
const fine = numbers.filter(isFine);

describe('forty targets in two vaults and two subscriptions', () => {
  it('are told of in a dry run, which changes nothing, as they are adopted then', async () => {
    const { ask, everything, held, azure, log } = open();
    const before = everything();
    const said = await ask(true);
    expect(everything()).toEqual(before);
    expect(reasonsOf(said)).toEqual(inTheWay);
    expect(said.counts).toEqual({ adopted: 36, alreadyAdopted: 0, blocked: 4, remaining: 0 });
    expect(said.targets.map(({ target }) => target)).toEqual(names);

    const ran = await ask(false);
    expect(ran).toEqual({ ...said, dryRun: false });
    expect(numbers.map(held)).toEqual(numbers.map((n) => (isFine(n) ? 4 : foreign.includes(n) ? 1 : 0)));
    expect(log.flatMap((event) => (event.event === 'target-adopted' ? event.target : [])).sort()).toEqual(
      fine.map(nameOf),
    );
    const probed = azure.calls.filter(({ host }) => host.startsWith(nameOf(unproved)));
    expect(probed).toEqual([]);
  });

  it('asked again go on with those that stood in the way, and leave the others as they are', async () => {
    const { ask, azure, everything } = open();
    await ask(false);
    const before = everything();
    const again = await ask(false);
    expect(everything()).toEqual(before);
    expect(again.counts).toEqual({ adopted: 0, alreadyAdopted: 36, blocked: 4, remaining: 0 });
    expect(reasonsOf(again)).toEqual(inTheWay);

    for (const vault of azure.world.vaults)
      vault.secrets.splice(
        0,
        vault.secrets.length,
        ...vault.secrets.filter(({ versions }) => versions[0]?.value !== 'somebody else’s'),
      );
    const mended = await ask(false);
    expect(mended.counts).toEqual({ adopted: 3, alreadyAdopted: 36, blocked: 1, remaining: 0 });
    expect((await ask(true)).counts).toEqual({ adopted: 0, alreadyAdopted: 39, blocked: 1, remaining: 0 });
  });

  it('are adopted by name, and a name that is none is told of beside them', async () => {
    const { ask } = open();
    const answer = await ask(false, [nameOf(1), 'contoso', nameOf(0)]);
    expect([...outcomes(answer)]).toEqual([
      [nameOf(1), 'adopted'],
      ['contoso', 'blocked'],
      [nameOf(0), 'adopted'],
    ]);
    expect(reasonsOf(answer)).toEqual({ contoso: 'unknown-target' });
  });

  it('are not begun when the time of a request is over, and remain for the next', async () => {
    const { ask, clock, afterEachCall, held } = open();
    // On this clock the calls of those that are at work beside each other take their time one after the other.
    let slowMs = 400;
    afterEachCall(async () => clock.advance(slowMs));
    const begunAtMs = clock.nowMs();
    const first = await ask(false);
    expect(clock.nowMs() - begunAtMs).toBeLessThan(200_000);
    expect(first.remaining.length).toBeGreaterThan(0);
    expect(first.counts.remaining).toBe(first.remaining.length);
    expect(first.targets.length + first.remaining.length).toBe(count);
    const untouched = first.remaining.map((name) => names.indexOf(name));
    expect(untouched.map(held)).toEqual(untouched.map((n) => (foreign.includes(n) ? 1 : 0)));
    slowMs = 0;
    expect((await ask(false, first.remaining)).remaining).toEqual([]);
    clock.advance(300_000);
    expect(reasonsOf(await ask(false))).toEqual(inTheWay);
  });

  it('remain in a subscription that Azure throttles, while those of the other are adopted', async () => {
    const { ask, azure, clock } = open();
    const fault = { kind: 'throttle', retryAfterSeconds: 600 } as const;
    azure.faults.add({ method: 'POST', matches: new RegExp(`${labs}.*listKeys`, 'i'), fault, times: 999 });
    const asked = names.filter((_, n) => n !== roleless);
    const answer = await ask(false, asked);
    expect(answer.remaining).toEqual(asked.filter((name) => names.indexOf(name) % 2 === 1));
    expect(answer.throttledSubscriptions).toEqual([
      { subscriptionId: labs, retryAfterSeconds: expect.toSatisfy((one) => one >= 600 && one < 610) },
    ]);
    expect(answer.counts.adopted).toBe(fine.filter((n) => n % 2 === 0).length);
    const callsToLabs = () => azure.calls.filter(({ path }) => path.includes(labs)).length;
    const before = callsToLabs();
    expect((await ask(true, asked)).remaining).toEqual(answer.remaining);
    expect(callsToLabs()).toBe(before);
    while (azure.faults.pending.length > 0) azure.faults.take('POST', `${labs}/listKeys`);
    clock.advance(620_000);
    expect((await ask(false)).counts).toEqual({ adopted: 17, alreadyAdopted: 19, blocked: 4, remaining: 0 });
  });

  it('remain when the instance is paused meanwhile, and are refused while it is', async () => {
    const { ask, app, clock } = open();
    const { sleep } = clock;
    let sleepers = 0;
    // Of those that wait for their vault's turn the first has gone to sleep.
    clock.sleep = async (durationMs) => {
      sleepers += 1;
      if (sleepers === 1) await app.setPause({ paused: true, reason: null }, operator);
      await sleep(durationMs);
    };
    const { remaining, counts } = await ask(false);
    expect(remaining.length).toBeGreaterThan(0);
    expect(counts.adopted).toBeGreaterThan(0);
    const refused = await app.adoptMany({ targets: 'all', takeOver: false, dryRun: false }, operator);
    expect(refused).toMatchObject({ kind: 'not-now', reason: 'paused' });
    const said = await ask(true);
    expect(said.counts).toEqual({
      adopted: 0,
      alreadyAdopted: counts.adopted,
      blocked: count - counts.adopted,
      remaining: 0,
    });
  });

  it('that failed last time come last, so that each request gets on', async () => {
    const { ask, azure } = open();
    await ask(false, foreign.map(nameOf));
    const before = azure.calls.length;
    await ask(false);
    const first = azure.calls
      .slice(before)
      .flatMap(({ method, path }) => (method === 'GET' ? (/accounts\/(ai-\d+)$/.exec(path)?.[1] ?? []) : []));
    expect([...new Set(first)].slice(-foreign.length).sort()).toEqual(foreign.map(nameOf));
  });

  it('of which some were midway when the process died are finished by asking again', async () => {
    const { ask, appFor, azure, clock, afterEachCall, held } = open();
    let isDead = false;
    let isBack = false;
    afterEachCall(async () => {
      // No multiple of the four secrets of a target, should each be stored without a pause.
      const stores = azure.calls.filter(({ method }) => method === 'PUT').length;
      isDead ||= !isBack && stores >= 18;
      if (isDead) await new Promise<never>(() => {});
    });
    void ask(false);
    // A worker that is still at it gets as far as the call that is never answered.
    for (let turn = 0; turn < 20_000; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(isDead).toBe(true);
    isBack = true;
    isDead = false;
    const stored = fine.map(held);
    expect(stored.some((secrets) => secrets > 0 && secrets < 4)).toBe(true);

    const app = appFor(numbers.map(targetOf));
    const again = async () => {
      const answer = await app.adoptMany({ targets: 'all', takeOver: false, dryRun: false }, operator);
      if (answer.kind !== 'done') throw new TypeError(answer.kind);
      return answer.adoptions;
    };
    expect(Object.values(reasonsOf(await again()))).toContain('busy');
    clock.advance(61_000);
    expect(Object.values(reasonsOf(await again()))).toContain('settling');
    clock.advance(241_000);
    expect(reasonsOf(await again())).toEqual(inTheWay);
    expect(fine.map(held)).toEqual(fine.map(() => 4));
  });
});
