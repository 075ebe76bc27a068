import { describe, expect, test } from 'vitest';
import { tried } from '../../vitest/whole-search.ts';
import { type Ask, type NetworkKeyturn, networkKeyturn, privateRequest } from './network-keyturn.ts';

/** The queue shows a message again when its worker has died: host.json has no say in the ten minutes. */
const visibilityMs = 10 * 60_000;

type Boundary = { readonly after: 'write' | 'save'; readonly nth: number };

/**
 * Delivers everything; at the boundary the worker dies: nothing of it reaches Azure or the journal any more, until the
 * queue shows its message again. Answers whether the boundary was met.
 */
async function deliverThrough(keyturn: NetworkKeyturn, { after, nth }: Boundary): Promise<boolean> {
  const died = new Error('the process dies here');
  let state = 'alive';
  const before = keyturn.writes().length;
  let saves = 0;
  const meets = () => after === 'write' && keyturn.writes().length - before >= nth;
  keyturn.afterEachCall(async () => {
    if (state === 'alive' && meets()) state = 'dead';
    if (state === 'dead') throw died;
  });
  const { save } = keyturn.hardeningRows.ports;
  Object.assign(keyturn.hardeningRows.ports, {
    save: async (...args: Parameters<typeof save>) => {
      if (state === 'dead') throw died;
      const saved = await save(...args);
      saves += 1;
      if (state === 'alive' && after === 'save' && saves >= nth) {
        state = 'dead';
        throw died;
      }
      return saved;
    },
  });
  for (let delivered = 0; delivered < 300; delivered += 1) {
    const next = [...keyturn.journal.queue].sort((one, other) => one.dueAtMs - other.dueAtMs)[0];
    if (next === undefined && state === 'revived') {
      // It died between a save and its message: the one that comes back is of an earlier save, and the sweep wakes the change.
      state = 'swept';
      keyturn.clock.advance(6 * 60_000);
      await keyturn.app.sweep();
      continue;
    }
    if (next === undefined) return state !== 'alive';
    await keyturn.deliverOne().catch(() => {});
    if (state === 'dead') {
      keyturn.journal.queue.push({ wakeUp: next.wakeUp, dueAtMs: keyturn.clock.nowMs() + visibilityMs });
      // The rest of its time passes while Azure goes on.
      keyturn.clock.advance(visibilityMs);
      state = 'revived';
      await keyturn.settle();
    }
  }
  throw new RangeError('the change does not come to rest');
}

const private_ = (keyturn: NetworkKeyturn): Ask => ({
  ...privateRequest(keyturn),
  privateDns: { zones: 'existing', ids: hubZones(keyturn), nxDomainRedirect: false },
});

/** The zones of the account's kind, linked to its network. */
function hubZones({ network, networkId, account }: NetworkKeyturn): string[] {
  return ['cognitiveservices.azure.com', 'openai.azure.com', 'services.ai.azure.com'].map((suffix) => {
    const name = `privatelink.${suffix}`;
    const { subscriptionId, resourceGroup } = account;
    const link = {
      name: 'hub',
      tags: undefined,
      etag: '"1"',
      networkId,
      registrationEnabled: false,
      resolutionPolicy: undefined,
      createdAtMs: 0,
    };
    if (!network.privateDnsZones.some((zone) => zone.name === name)) {
      network.privateDnsZones.push({
        subscriptionId,
        resourceGroup,
        name,
        tags: undefined,
        etag: name,
        links: [link],
        records: [],
      });
    }
    return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Network/privateDnsZones/${name}`;
  });
}

const boundaries = (after: Boundary['after'], count: number): Boundary[] =>
  Array.from({ length: count }, (_, index) => ({ after, nth: index + 1 }));

describe('a worker dies', () => {
  test.each([...boundaries('write', 3), ...tried(boundaries('save', 9), 3)])(
    'after $after $nth of disabling public access: the next one goes on, and the account ends private',
    async (boundary) => {
      const keyturn = await networkKeyturn({ armOperationMs: 1_000 });
      await keyturn.ask(private_(keyturn));
      expect(await deliverThrough(keyturn, boundary)).toBe(true);
      expect(await keyturn.look()).toMatchObject({ mode: 'private', change: { state: 'applied' } });
      const made = keyturn.network.privateEndpoints.map(({ name }) => name);
      expect(made).toEqual(['pe-ai-secure-demo']);
    },
  );

  test.each([...boundaries('write', 2), ...tried(boundaries('save', 6), 3)])(
    'after $after $nth of a change that shuts Keyturn out: the next one puts the former rules back',
    async (boundary) => {
      const keyturn = await networkKeyturn({ armOperationMs: 1_000 });
      keyturn.account.resource.properties.networkAcls = {
        defaultAction: 'Allow',
        ipRules: [{ value: '203.0.113.77' }],
        virtualNetworkRules: [],
      };
      await keyturn.ask({ mode: 'selected-networks', ipRules: ['198.51.100.0/24'] });
      expect(await deliverThrough(keyturn, boundary)).toBe(true);
      expect(await keyturn.look()).toMatchObject({
        mode: 'public',
        ipRules: ['203.0.113.77'],
        change: { state: 'restored' },
      });
    },
  );

  test.each([
    ['', false],
    [' while all is paused', true],
  ])('and its message is lost too: the sweep wakes the change%s, once', async (_, paused) => {
    const keyturn = await networkKeyturn({ armOperationMs: 1_000 });
    await keyturn.ask(private_(keyturn));
    const operator = { objectId: 'ada' };
    if (paused) await keyturn.app.setPause({ paused, reason: 'a change freeze' }, operator);
    keyturn.journal.queue.splice(0);
    const woken = () => keyturn.journal.queue.filter(({ wakeUp }) => wakeUp.area === 'network');
    await keyturn.app.sweep();
    expect(woken()).toEqual([]);
    keyturn.clock.advance(6 * 60_000);
    await keyturn.app.sweep();
    expect(woken()).toHaveLength(1);
    if (paused) await keyturn.app.setPause({ paused: false, reason: null }, operator);
    await keyturn.deliverAll();
    expect(await keyturn.look()).toMatchObject({ mode: 'private', change: { state: 'applied' } });
  });
});

test('Azure that answers nothing, or refuses for now, only costs time', async () => {
  const keyturn = await networkKeyturn({ armOperationMs: 1_000 });
  const { faults } = keyturn.azure;
  const matches = /privateEndpoints|accounts\/ai-secure-demo$/;
  faults.add({ method: 'PUT', matches, fault: { kind: 'lose-reply' }, times: 1 });
  faults.add({ method: 'PATCH', matches, fault: { kind: 'lose-reply' }, times: 1 });
  const groups = /privateDnsZoneGroups/;
  faults.add({ method: 'PUT', matches: groups, fault: { kind: 'throttle', retryAfterSeconds: 30 }, times: 1 });
  faults.add({
    method: 'PUT',
    matches: groups,
    fault: { kind: 'fail-before', status: 503, code: 'ServerBusy' },
    times: 1,
  });
  await keyturn.ask(private_(keyturn));
  await keyturn.deliverAll();
  expect(await keyturn.look()).toMatchObject({ mode: 'private', change: { state: 'applied' } });
  expect(faults.pending).toEqual([]);
});
