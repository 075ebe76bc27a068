import { describe, expect, it } from 'vitest';
import { leaseMs, settleMs } from '../../../src/durable/numbers.ts';
import { parseHardeningRow } from '../../../src/hardening/hardening-row.ts';
import { leaseHardening } from '../../../src/hardening/lease-hardening.ts';
import { type Asking, askNetwork, networkPlace } from '../../../src/hardening/network/ask-network.ts';
import type { NetworkRequest } from '../../../src/hardening/network/network-request.ts';
import { networkState } from '../../../src/hardening/network/network-state.ts';
import type { AccountNetwork } from '../../../src/hardening/network/ports.ts';
import type { HardeningRows } from '../../../src/hardening/ports.ts';
import { memoryHardening } from '../../memory-world/memory-hardening-rows.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { asked, changeIn, closed, networkAccount, open, zoneName } from './network-builder.ts';

const toOpen: NetworkRequest = { ...asked, mode: 'public' };
const anyState: Asking = { dryRun: false, confirm: [], ifMatch: ['*'], by: 'operator-1' };
/** Everybody is let in: a risk, the only one. */
const confirmed: Asking = { ...anyState, confirm: ['opens-to-everyone'] };
/** No risk at all. */
const harmless: NetworkRequest = { ...asked, mode: 'selected-networks', ipRules: ['203.0.113.0/24'] };

/** An account whose rules are as given; `ask` as an operator does. */
function scene(rules: AccountNetwork['rules']) {
  const { clock } = memoryWorld();
  const { rows, ports } = memoryHardening(clock.nowMs);
  let id = 0;
  const newId = () => {
    id += 1;
    return `id-${id}`;
  };
  const account: AccountNetwork = {
    ...{ kind: 'OpenAI', endpoint: 'https://ai-contoso.openai.azure.com/', subdomain: 'ai-contoso', rules },
    ...{ provisioningState: 'Succeeded', localAuthDisabled: false, connections: [] },
  };
  const look = {
    account: async () => account,
    virtualNetwork: async () => null,
    privateEndpoint: async () => null,
    zoneGroups: async () => [],
    zoneExists: async () => false,
    zonesNamed: async () => [],
    zoneLinks: async () => [],
  };
  /** The messages that were sent: number, delay, and the row's number then. */
  const woken: unknown[] = [];
  const wake = async (wakeSeq: number, delayMs: number) =>
    void woken.push([wakeSeq, delayMs, Object([...rows.values()].at(-1)?.fields).wakeSeq]);
  const ask = (request: NetworkRequest, asking: Asking = anyState, hardeningRows: HardeningRows = ports) =>
    askNetwork(
      { networkReader: look, zoneNames: () => [zoneName], hardeningRows, clock, newId, wake, dataPlane: true },
      networkAccount,
      request,
      asking,
    );
  const hold = () => leaseHardening({ hardeningRows: ports, clock, newId }, networkPlace(networkAccount), null);
  const row = () => {
    const [stored] = rows.values();
    return stored === undefined ? null : parseHardeningRow(networkState, stored.fields);
  };
  return { clock, rows, ports, ask, hold, row, woken };
}

const begins = { change: { request: toOpen, confirmed: ['opens-to-everyone'], askedBy: 'operator-1' } };

describe('a network request', () => {
  it.each<
    [says: string, from: AccountNetwork['rules'], request: NetworkRequest, asking: Partial<Asking>, kind: string]
  >([
    ['is only planned by a dry run', closed, toOpen, { dryRun: true }, 'planned'],
    [
      'is planned by a dry run with the risks that nobody took',
      closed,
      toOpen,
      { dryRun: true, confirm: [], ifMatch: null },
      'planned',
    ],
    ['is planned by a dry run if nothing differs', open, toOpen, { dryRun: true, ifMatch: null }, 'planned'],
    ['of another state is not planned either', closed, toOpen, { dryRun: true, ifMatch: ['"old"'] }, 'stale'],
    [
      'that takes a risk without saying of which state is not planned either',
      closed,
      toOpen,
      { dryRun: true, ifMatch: null },
      'unconditional',
    ],
    ['of another state than it was seen in is not carried out', closed, toOpen, { ifMatch: ['"old"'] }, 'stale'],
    ['of another state is not even answered as unchanged', open, toOpen, { ifMatch: ['"old"'] }, 'stale'],
    ['that asks for what is there changes nothing', open, toOpen, {}, 'unchanged'],
    ['whose risk nobody took is held back', closed, toOpen, { confirm: [] }, 'blocked'],
    [
      'whose risk nobody took is held back, whatever was seen',
      closed,
      toOpen,
      { confirm: [], ifMatch: null },
      'blocked',
    ],
    [
      'that takes a risk without saying of which state is not carried out',
      closed,
      toOpen,
      { ifMatch: null },
      'unconditional',
    ],
    ['that takes a risk of any state begins', closed, toOpen, {}, 'begun'],
    ['that takes a risk of one of several states begins', closed, toOpen, { ifMatch: ['"old"', '*'] }, 'begun'],
    ['without a risk begins without saying of which state', open, harmless, { confirm: [], ifMatch: null }, 'begun'],
  ])('%s', async (_, from, request, asking, kind) => {
    const { ask, row } = scene(from);
    expect((await ask(request, { ...confirmed, ...asking })).kind).toBe(kind);
    expect(row() === null).toBe(kind !== 'begun');
  });

  it('begins by the ETag of the plan that was seen', async () => {
    const { ask } = scene(closed);
    const { etag } = { etag: '', ...(await ask(toOpen, { ...anyState, dryRun: true })) };
    expect((await ask(toOpen, { ...confirmed, ifMatch: [etag] })).kind).toBe('begun');
  });

  it('that begins is written down, and its lease given back', async () => {
    const { ask, row, clock, woken } = scene(closed);
    const begun = await ask(toOpen, confirmed);
    const phase = { kind: 'working', first: null, proved: false };
    const change = {
      ...{ request: toOpen, confirmed: ['opens-to-everyone'], id: 'id-2', askedBy: 'operator-1' },
      ...{ askedAtMs: clock.nowMs(), phase, done: [], waitingFor: null },
    };
    expect(begun).toEqual({
      kind: 'begun',
      change,
      plan: [expect.anything()],
      callsWithKeys: true,
      waitsFor: null,
    });
    expect(row()).toMatchObject({
      lease: { kind: 'released' },
      wakeAtMs: clock.nowMs(),
      wakeSeq: 1,
      state: { change, closedSinceMs: null },
    });
    // The message is sent first, and comes when the row is surely saved.
    expect(woken).toEqual([[1, 2_000, 0]]);
  });

  it.each([
    ['the same', toOpen, true],
    ['another one', { ...toOpen, bypass: 'None' }, false],
  ] as const)('while one is under way tells of it and touches nothing: %s', async (_, request, same) => {
    const { ask, rows } = scene(closed);
    await ask(toOpen, confirmed);
    const before = JSON.stringify([...rows]);
    expect(await ask(request, confirmed)).toEqual({
      ...{ kind: 'running', change: expect.objectContaining(begins.change), same },
    });
    expect(JSON.stringify([...rows])).toBe(before);
  });

  it('that meets one begun in the same moment tells of that one, whose message stands, and keeps no lease', async () => {
    const { ask, ports, row, woken } = scene(closed);
    let isFirst = true;
    const raced: HardeningRows = {
      ...ports,
      load: async (account, area) => {
        const found = await ports.load(account, area);
        if (isFirst) {
          isFirst = false;
          await ask(toOpen, { ...confirmed, by: 'operator-2' });
        }
        return found;
      },
    };
    const answer = await ask(toOpen, confirmed, raced);
    const change = expect.objectContaining({ id: 'id-2', askedBy: 'operator-2' });
    expect(answer).toEqual({ kind: 'running', change, same: true });
    expect(row()).toMatchObject({ lease: { kind: 'released' }, wakeSeq: 1, state: { change } });
    expect(woken).toEqual([[1, 2_000, 0]]);
  });

  it('waits for a worker that holds the lease, and its last calls', async () => {
    const { ask, hold, clock } = scene(closed);
    await hold();
    clock.advance(1_000);
    expect(await ask(toOpen, confirmed)).toEqual({ kind: 'busy', forMs: leaseMs + settleMs - 1_000 });
  });

  it('asks only for the network’s own row', async () => {
    const { ask, ports } = scene(closed);
    await ports.save(networkAccount, 'access', changeIn({ kind: 'working', first: null, proved: false }), null);
    expect((await ask(toOpen, confirmed)).kind).toBe('begun');
  });
});
