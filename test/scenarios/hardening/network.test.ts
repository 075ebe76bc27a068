import { describe, expect, test } from 'vitest';
import { builtInRoles } from '../../../local/simulated-azure/roles.ts';
import { leaseMs } from '../../../src/durable/numbers.ts';
import { type NetworkKeyturn, networkKeyturn, privateRequest } from './network-keyturn.ts';
import { slowWhile } from './slow-answers.ts';

const host = 'ai-secure-demo.cognitiveservices.azure.com';

async function call(keyturn: NetworkKeyturn, callerAddress: string): Promise<number> {
  const key = keyturn.account.keys.find(({ slot, replacedAtMs }) => slot === 'key1' && replacedAtMs === null)?.value;
  const request = new Request(`https://${host}/text/analytics/v3.1/languages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'ocp-apim-subscription-key': key ?? '' },
    body: JSON.stringify({ documents: [{ id: '1', text: 'Hello' }] }),
  });
  return (await keyturn.azure.handle(request, { callerAddress, connectionId: crypto.randomUUID() })).status;
}

describe('an account is made private', () => {
  test('endpoint, zones and links first, proved from inside, then public access; step by step, and the vault is still reached', async () => {
    const keyturn = await networkKeyturn();
    const before = await call(keyturn, '198.51.100.20');
    const begun = await keyturn.ask(privateRequest(keyturn));
    expect(begun).toMatchObject({ kind: 'begun', change: { state: 'running' } });
    await keyturn.deliverAll();
    const seen = await keyturn.look();
    expect(seen).toMatchObject({ mode: 'private', change: { state: 'applied', reason: 'applied' } });
    expect(seen.change?.steps.map(({ kind }) => kind)).toEqual([
      'create-private-endpoint',
      'create-zone',
      'link-zone',
      'create-zone',
      'link-zone',
      'create-zone',
      'link-zone',
      'set-zone-group',
      'prove-private-path',
      'set-network-rules',
    ]);
    expect(seen.names.map(({ addresses }) => addresses)).toEqual([['10.20.2.4'], ['10.20.2.5'], ['10.20.2.6']]);
    const stages = expect.arrayContaining([{ stage: 'network-closed', since: expect.any(String) }]);
    expect(await keyturn.app.readTarget('demo')).toMatchObject({ target: { hardeningStages: { stages } } });
    expect([before, await call(keyturn, '198.51.100.20'), await call(keyturn, '10.20.1.7')]).toEqual([200, 403, 200]);
  });

  test('a change is found by its own id, while it runs and once it has ended', async () => {
    const keyturn = await networkKeyturn();
    const begun = await keyturn.ask(privateRequest(keyturn));
    const id = begun.kind === 'begun' ? begun.change.id : '';
    for (const state of ['running', 'applied']) {
      expect(await keyturn.app.readNetworkChange('demo', id)).toMatchObject({ kind: 'found', change: { id, state } });
      expect(await keyturn.app.readNetworkChange('demo', 'another')).toEqual({ kind: 'unknown-change' });
      await keyturn.deliverAll();
    }
  });

  test('the same body again changes nothing and sends no write', async () => {
    const keyturn = await networkKeyturn();
    await keyturn.ask(privateRequest(keyturn));
    await keyturn.deliverAll();
    const writes = keyturn.writes().length;
    expect(await keyturn.ask(privateRequest(keyturn))).toMatchObject({
      kind: 'applied',
      view: { mode: 'private' },
    });
    await keyturn.deliverAll();
    expect(keyturn.writes().length).toBe(writes);
  });

  test('a dry run tells the whole plan and sends no write', async () => {
    const keyturn = await networkKeyturn();
    const answer = await keyturn.ask(privateRequest(keyturn), { dryRun: true });
    expect(answer.kind === 'plan' && answer.plan.differences.map(({ change }) => change.kind)).toEqual([
      'create-private-endpoint',
      ...['create-zone', 'link-zone', 'create-zone', 'link-zone', 'create-zone', 'link-zone'],
      'set-zone-group',
      'prove-private-path',
      'set-network-rules',
    ]);
    expect(keyturn.writes()).toEqual([]);
    expect(keyturn.journal.queue).toEqual([]);
  });

  test('a network and a subnet are made as asked', async () => {
    const keyturn = await networkKeyturn();
    const request = privateRequest(keyturn);
    await keyturn.ask({
      ...request,
      mode: 'public',
      privateEndpoint: {
        name: 'pe-made',
        resourceGroup: null,
        subnet: {
          kind: 'new',
          name: 'snet-made',
          prefix: '10.30.4.0/26',
          privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled',
          virtualNetwork: {
            kind: 'new',
            name: 'vnet-made',
            resourceGroup: null,
            location: 'eastus',
            addressSpace: '10.30.0.0/16',
          },
        },
      },
    });
    await keyturn.deliverAll();
    const made = keyturn.network.virtualNetworks.find(({ name }) => name === 'vnet-made');
    expect(made).toMatchObject({
      addressPrefixes: ['10.30.0.0/16'],
      subnets: [
        {
          name: 'snet-made',
          prefixes: ['10.30.4.0/26'],
          privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled',
        },
      ],
    });
    expect((await keyturn.look()).change).toMatchObject({ state: 'applied' });
  });

  test('a zone of the hub that is linked already is used, and none is made', async () => {
    const keyturn = await networkKeyturn();
    const [hub] = keyturn.azure.world.subscriptions;
    const names = ['cognitiveservices.azure.com', 'openai.azure.com', 'services.ai.azure.com'];
    const ids = names.map((name) => {
      keyturn.network.privateDnsZones.push({
        subscriptionId: hub?.id ?? '',
        resourceGroup: keyturn.account.resourceGroup,
        name: `privatelink.${name}`,
        tags: undefined,
        etag: crypto.randomUUID(),
        links: [
          {
            name: 'link-hub',
            tags: undefined,
            etag: '"1"',
            networkId: keyturn.networkId,
            registrationEnabled: false,
            resolutionPolicy: undefined,
            createdAtMs: 0,
          },
        ],
        records: [],
      });
      return `/subscriptions/${hub?.id}/resourceGroups/${keyturn.account.resourceGroup}/providers/Microsoft.Network/privateDnsZones/privatelink.${name}`;
    });
    await keyturn.ask({
      ...privateRequest(keyturn),
      privateDns: { zones: 'existing', ids, nxDomainRedirect: false },
    });
    await keyturn.deliverAll();
    expect((await keyturn.look()).change?.steps.map(({ kind }) => kind)).toEqual([
      'create-private-endpoint',
      'set-zone-group',
      'prove-private-path',
      'set-network-rules',
    ]);
    expect((await keyturn.look()).mode).toBe('private');
  });

  test('if a policy manages the zones, public access stays until its records are there', async () => {
    const keyturn = await networkKeyturn();
    await keyturn.ask({ ...privateRequest(keyturn), privateDns: { zones: 'policy-managed' } });
    for (let delivered = 0; delivered < 12; delivered += 1) await keyturn.deliverOne();
    expect(await keyturn.look()).toMatchObject({
      mode: 'public',
      change: { state: 'running', reason: 'name-not-private' },
    });
    const names = ['cognitiveservices.azure.com', 'openai.azure.com', 'services.ai.azure.com'];
    for (const [index, name] of names.entries()) {
      keyturn.network.privateDnsZones.push({
        subscriptionId: keyturn.account.subscriptionId,
        resourceGroup: 'rg-hub',
        name: `privatelink.${name}`,
        tags: undefined,
        etag: crypto.randomUUID(),
        links: [
          {
            name: 'by-policy',
            tags: undefined,
            etag: '"1"',
            networkId: keyturn.networkId,
            registrationEnabled: false,
            resolutionPolicy: undefined,
            createdAtMs: 0,
          },
        ],
        records: [
          {
            type: 'A',
            name: 'ai-secure-demo',
            etag: crypto.randomUUID(),
            properties: { ttl: 10, aRecords: [{ ipv4Address: `10.20.2.${4 + index}` }] },
          },
        ],
      });
    }
    await keyturn.deliverAll();
    expect(await keyturn.look()).toMatchObject({ mode: 'private', change: { state: 'applied' } });
  });

  test('without a private way in that Keyturn can prove, public access stays enabled', async () => {
    const keyturn = await networkKeyturn();
    // Keyturn runs on the internet: no zone of that network helps it.
    keyturn.network.callers.splice(0);
    await keyturn.ask({ ...privateRequest(keyturn), keyturn: null });
    await keyturn.deliverAll();
    expect(await keyturn.look()).toMatchObject({
      mode: 'public',
      change: { state: 'failed', reason: 'path-not-proved' },
    });
    expect(keyturn.networkRules().publicNetworkAccess).toBe('Enabled');
  });
});

describe('whoever may decide on connections alone', () => {
  /** Keyturn with a role that may approve a connection, but not make one that is approved at once. */
  async function decider(prepare: (keyturn: NetworkKeyturn) => Promise<void> = async () => {}) {
    const keyturn = await networkKeyturn({ armOperationMs: 0 });
    await prepare(keyturn);
    const { world } = keyturn.azure;
    const contributor = world.roleAssignments.findIndex(
      ({ roleGuid }) => roleGuid === '25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68',
    );
    const [assignment] = world.roleAssignments.splice(contributor, 1);
    if (assignment === undefined) throw new Error('no contributor');
    const guid = '7c9e2a4b-3d5f-4e61-8a72-9b0c1d2e3f41';
    const actions = ['read', 'write', 'privateEndpointConnections/write'];
    Object.assign(world, {
      customRoles: [
        ...(world.customRoles ?? []),
        {
          guid,
          roleName: 'Decider',
          description: '',
          kind: 'CustomRole',
          assignableScopes: ['/'],
          actions: actions.map((action) => `Microsoft.CognitiveServices/accounts/${action}`),
          notActions: [],
          dataActions: [],
          notDataActions: [],
        },
      ],
    });
    world.roleAssignments.push({ ...assignment, roleGuid: guid });
    return keyturn;
  }

  test('approves one that waits', async () => {
    const keyturn = await decider(async (before) => {
      await before.ask({ ...privateRequest(before), mode: 'public' });
      await before.deliverAll();
    });
    const { properties } = keyturn.account.resource;
    const connections = JSON.stringify(properties.privateEndpointConnections);
    properties.privateEndpointConnections = JSON.parse(connections.replaceAll('"Approved"', '"Pending"'));
    await keyturn.ask(privateRequest(keyturn));
    await keyturn.deliverAll();
    const seen = await keyturn.look();
    expect(seen.change?.steps.map(({ kind }) => kind)).toContain('approve-connection');
    expect([seen.mode, seen.connections.map(({ status }) => status)]).toEqual(['private', ['Approved']]);
  });

  test('is refused an endpoint of its own, and told which action it lacks', async () => {
    const keyturn = await decider();
    await keyturn.ask(privateRequest(keyturn));
    await keyturn.deliverAll();
    expect((await keyturn.look()).change).toMatchObject({
      state: 'failed',
      reason: 'account-access-denied',
      missingAction: 'Microsoft.CognitiveServices/accounts/privateEndpointConnectionsApproval/action',
    });
  });
});

test('a closed account is opened again only with a confirmation, and keeps its endpoint', async () => {
  const keyturn = await networkKeyturn();
  await keyturn.ask(privateRequest(keyturn));
  await keyturn.deliverAll();
  expect(await keyturn.ask({ mode: 'public' })).toMatchObject({
    kind: 'not-confirmed',
    plan: { toConfirm: ['opens-to-everyone'] },
  });
  await keyturn.ask({ mode: 'public' }, { confirm: ['opens-to-everyone'] });
  await keyturn.deliverAll();
  expect(await keyturn.look()).toMatchObject({ mode: 'public', change: { state: 'applied' } });
  expect(keyturn.network.privateEndpoints).toHaveLength(1);
});

describe('nobody is locked out', () => {
  const selected = { mode: 'selected-networks', ipRules: ['198.51.100.0/24'] } as const;

  test('when Keyturn does not get in with the new rules, the former ones are put back, every one of them', async () => {
    const keyturn = await networkKeyturn();
    keyturn.account.resource.properties.networkAcls = {
      defaultAction: 'Allow',
      bypass: 'AzureServices',
      ipRules: [{ value: '203.0.113.77' }],
      virtualNetworkRules: [],
    };
    await keyturn.ask(selected);
    await keyturn.deliverAll();
    expect(await keyturn.look()).toMatchObject({
      mode: 'public',
      ipRules: ['203.0.113.77'],
      bypass: 'AzureServices',
      change: { state: 'restored', reason: 'shut-out' },
    });
    expect(await call(keyturn, '198.51.100.20')).toBe(200);
  });

  test.each([
    ['SecuredByPerimeter', 'Deny', 'secured-by-perimeter', 'leaves-perimeter'],
    ['SecuredByPerimeter', 'Allow', 'secured-by-perimeter', 'leaves-perimeter'],
    ['SomethingNew', 'Allow', 'unknown', 'replaces-unknown-value'],
  ])('an account that was %s and %s is put back to the letter', async (access, action, mode, risk) => {
    const keyturn = await networkKeyturn();
    const { properties } = keyturn.account.resource;
    const networkAcls = { defaultAction: action, bypass: 'AzureServices', ipRules: [], virtualNetworkRules: [] };
    Object.assign(properties, { publicNetworkAccess: access, networkAcls });
    expect(await keyturn.look()).toMatchObject({ mode, publicNetworkAccess: access, defaultAction: action });
    expect(await keyturn.ask(selected)).toMatchObject({ kind: 'not-confirmed', open: [{ name: risk }] });
    expect(keyturn.writes()).toEqual([]);
    await keyturn.ask(selected, { confirm: [risk] });
    await keyturn.deliverAll();
    expect((await keyturn.look()).change).toMatchObject({ state: 'restored', reason: 'shut-out' });
    expect(properties).toMatchObject({ publicNetworkAccess: access, networkAcls });
  });

  test('an account that somebody puts into a perimeter before the rules are set is left in it', async () => {
    const keyturn = await networkKeyturn();
    await keyturn.ask({ ...selected, ipRules: ['203.0.113.10'] });
    keyturn.account.resource.properties.publicNetworkAccess = 'SecuredByPerimeter';
    await keyturn.deliverAll();
    expect(await keyturn.look()).toMatchObject({
      publicNetworkAccess: 'SecuredByPerimeter',
      change: { state: 'failed', reason: 'newly-blocked' },
    });
    expect(keyturn.writes()).toEqual([]);
  });

  test('when the vault is out of reach with the new rules, the former ones are put back', async () => {
    const keyturn = await networkKeyturn();
    await keyturn.ask({ ...selected, ipRules: ['203.0.113.10'] });
    keyturn.afterEachCall(async () => {
      const closed = JSON.stringify(keyturn.networkRules()).includes('Deny');
      keyturn.vault.network.publicNetworkAccess = closed ? 'Disabled' : 'Enabled';
    });
    await keyturn.deliverAll();
    expect(await keyturn.look()).toMatchObject({ mode: 'public', change: { state: 'restored' } });
  });

  test.each([
    ['refuses for its perimeter', 403, 'ForbiddenByNsp', 'restored'],
    ['refuses in a way that nobody knows', 403, 'ForbiddenBySomethingNew', 'restored'],
    // It was reached: who may not read its secrets is told elsewhere.
    ['lets the call in and has no role for it', 403, 'ForbiddenByRbac', 'applied'],
  ])('a vault that %s under the new rules: the change is %s', async (_, status, code, state) => {
    const keyturn = await networkKeyturn();
    await keyturn.ask({ ...selected, ipRules: ['203.0.113.10'] });
    const fault = { kind: 'fail-before', status, code } as const;
    keyturn.azure.faults.add({ method: 'GET', matches: /\.vault\.azure\.net/, fault, times: 9_999 });
    await keyturn.deliverAll();
    expect(await keyturn.look()).toMatchObject({ change: { state } });
  });

  test('rules that somebody else sets meanwhile are left alone', async () => {
    const keyturn = await networkKeyturn();
    await keyturn.ask(selected);
    keyturn.afterEachCall(async () => {
      if (!JSON.stringify(keyturn.networkRules()).includes('198.51.100.0/24')) return;
      keyturn.account.resource.properties.networkAcls = {
        defaultAction: 'Deny',
        ipRules: [{ value: '192.0.2.1' }],
        virtualNetworkRules: [],
      };
    });
    await keyturn.deliverAll();
    expect((await keyturn.look()).change).toMatchObject({ state: 'failed', reason: 'rules-changed-meanwhile' });
    expect(JSON.stringify(keyturn.networkRules())).toContain('192.0.2.1');
  });

  test('with Keyturn on the list the rules stay', async () => {
    const keyturn = await networkKeyturn();
    await keyturn.ask({ ...selected, ipRules: ['203.0.113.10'], keyturn: { egress: '203.0.113.10', subnetId: null } });
    await keyturn.deliverAll();
    expect(await keyturn.look()).toMatchObject({ mode: 'selected-networks', change: { state: 'applied' } });
    expect([await call(keyturn, '198.51.100.20'), await call(keyturn, '203.0.113.10')]).toEqual([403, 200]);
  });

  test.each([
    ['keys', false, 10],
    ['a token, since keys are off', true, 8],
  ])('is proved by one worker alone, however slow each answer to %s is', async (_, disableLocalAuth, calls) => {
    const keyturn = await networkKeyturn();
    const { account, azure, log } = keyturn;
    Object.assign(account.resource.properties, { disableLocalAuth });
    const roleGuid = builtInRoles.find(({ roleName }) => roleName === 'Cognitive Services Language Reader')?.guid;
    const [given] = azure.world.roleAssignments;
    if (given === undefined || roleGuid === undefined) throw new TypeError();
    const principalId = azure.world.principals.find(({ name }) => name === 'func-keyturn')?.objectId ?? '';
    azure.world.roleAssignments.push({ ...given, roleGuid, principalId, name: crypto.randomUUID() });
    const slow = slowWhile(keyturn, 'network', (state) => Object(state).change?.phase.kind === 'closing');
    const keyturnGetsIn = { egress: '203.0.113.10', subnetId: null };
    await keyturn.ask({ ...selected, ipRules: ['203.0.113.10'], keyturn: keyturnGetsIn });
    await keyturn.deliverAll();
    expect(await keyturn.look()).toMatchObject({ mode: 'selected-networks', change: { state: 'applied' } });
    expect(log.filter(({ event }) => event === 'lease-lost')).toEqual([]);
    expect(slow.answers()).toBeGreaterThanOrEqual(5 * calls);
    expect(slow.oldestLeaseMs()).toBeLessThan(leaseMs + 1_000);
  });

  test('whoever would be cut off is told before, and nothing begins without a confirmation', async () => {
    const keyturn = await networkKeyturn();
    const request = {
      ...selected,
      keyturn: { egress: '203.0.113.10', subnetId: null },
      consumers: [
        { name: 'shop', egress: '192.0.2.44', subnetId: null },
        { name: 'bot', egress: '198.51.100.3', subnetId: null },
      ],
    };
    const answer = await keyturn.ask(request);
    expect(answer).toMatchObject({
      kind: 'not-confirmed',
      plan: { toConfirm: ['cuts-off-keyturn', 'cuts-off-consumer'] },
    });
    expect(JSON.stringify(answer)).toContain('shop');
    expect(JSON.stringify(answer)).not.toContain('bot');
    const confirm = ['cuts-off-keyturn', 'cuts-off-consumer'];
    expect((await keyturn.ask(request, { confirm, ifMatch: null })).kind).toBe('unconditional');
    expect((await keyturn.ask(request, { confirm, ifMatch: ['"stale"'] })).kind).toBe('changed-meanwhile');
    expect((await keyturn.ask(request, { confirm })).kind).toBe('begun');
  });

  test('a subnet gets its service endpoint before it is listed, and its callers come in by it', async () => {
    const keyturn = await networkKeyturn();
    const request = {
      mode: 'selected-networks',
      subnets: [keyturn.appSubnet],
      keyturn: { egress: null, subnetId: keyturn.appSubnet },
    } as const;
    expect(await keyturn.ask(request)).toMatchObject({
      kind: 'not-confirmed',
      plan: { toConfirm: ['drops-connections', 'cuts-off-vault'] },
    });
    await keyturn.ask(request, { confirm: ['drops-connections', 'cuts-off-vault'] });
    await keyturn.deliverAll();
    expect((await keyturn.look()).change).toMatchObject({ state: 'applied' });
    expect([await call(keyturn, '10.20.1.9'), await call(keyturn, '10.20.2.9')]).toEqual([200, 403]);
  });
});

describe('a change is held back', () => {
  test('without a custom subdomain, with the command that sets one', async () => {
    const keyturn = await networkKeyturn();
    delete keyturn.account.resource.properties.customSubDomainName;
    const answer = await keyturn.ask(privateRequest(keyturn));
    expect(answer).toMatchObject({ kind: 'not-confirmed', plan: { blockedBy: [{ name: 'no-custom-subdomain' }, {}] } });
    expect(JSON.stringify(answer)).toContain('--custom-domain');
  });

  test('while a rotation is in flight, and goes on once it is over', async () => {
    const keyturn = await networkKeyturn();
    await keyturn.app.startRotation('demo', { inactiveKeyUnused: true, idempotencyKey: null }, { objectId: 'o' });
    expect(await keyturn.ask(privateRequest(keyturn))).toMatchObject({ kind: 'not-now', reason: 'in-flight' });
  });

  test('while another change is under way; the same one again answers with it', async () => {
    const keyturn = await networkKeyturn();
    const begun = await keyturn.ask(privateRequest(keyturn));
    await keyturn.deliverOne();
    const again = await keyturn.ask(privateRequest(keyturn));
    const idOf = (answer: typeof begun) => (answer.kind === 'begun' ? answer.change.id : null);
    expect(idOf(again)).toBe(idOf(begun));
    expect(await keyturn.ask({ mode: 'selected-networks', ipRules: ['203.0.113.10'] })).toMatchObject({
      kind: 'not-now',
      reason: 'network-change-running',
    });
    await keyturn.deliverAll();
    expect((await keyturn.look()).mode).toBe('private');
  });

  test('while another change is under way, if it asks for what still is: the change goes on', async () => {
    const keyturn = await networkKeyturn();
    expect((await keyturn.ask(privateRequest(keyturn))).kind).toBe('begun');
    const asItIs = { mode: 'public' as const };
    expect(await keyturn.ask(asItIs, { dryRun: true })).toMatchObject({
      kind: 'plan',
      plan: { differences: [], blockedBy: [{ name: 'network-change-running' }] },
    });
    expect(await keyturn.ask(asItIs)).toMatchObject({ kind: 'not-now', reason: 'network-change-running' });
    await keyturn.deliverAll();
    expect((await keyturn.look()).mode).toBe('private');
    expect((await keyturn.ask(privateRequest(keyturn))).kind).toBe('applied');
  });

  test('a dry run is refused if the request would be for its condition', async () => {
    const keyturn = await networkKeyturn();
    const consumers = [{ name: 'shop', egress: '198.51.100.7', subnetId: null }];
    const request = { mode: 'selected-networks' as const, ipRules: ['203.0.113.10'], consumers };
    const planned = await keyturn.ask(request, { dryRun: true, ifMatch: null });
    if (planned.kind !== 'plan') throw new TypeError(planned.kind);
    const { etag, plan } = planned;
    const confirm = [...plan.toConfirm];
    expect(confirm).not.toEqual([]);
    for (const dryRun of [true, false]) {
      expect(await keyturn.ask(request, { dryRun, confirm, ifMatch: ['"another"'] })).toEqual({
        kind: 'changed-meanwhile',
        etag,
      });
      expect(await keyturn.ask(request, { dryRun, confirm, ifMatch: null })).toEqual({ kind: 'unconditional', etag });
    }
    for (const ifMatch of [['"another"', etag], ['*']])
      expect(await keyturn.ask(request, { dryRun: true, confirm, ifMatch })).toMatchObject({
        kind: 'plan',
        plan: { toConfirm: [], blockedBy: [] },
      });
    expect(keyturn.writes()).toEqual([]);
    expect(await keyturn.ask(request, { confirm, ifMatch: [etag] })).toMatchObject({ kind: 'begun' });
  });

  test('a plan without subnets needs no right on one', async () => {
    const keyturn = await networkKeyturn();
    const planned = await keyturn.ask({ mode: 'selected-networks', ipRules: ['203.0.113.10'] }, { dryRun: true });
    expect(planned.kind === 'plan' && planned.plan.differences.map(({ needs }) => needs)).toEqual([
      ['Microsoft.CognitiveServices/accounts/write', 'Microsoft.CognitiveServices/accounts/listKeys/action'],
    ]);
  });

  test('a dry run foresees a subnet that takes no private endpoint', async () => {
    const keyturn = await networkKeyturn();
    const [, endpoints] = keyturn.network.virtualNetworks[0]?.subnets ?? [];
    if (endpoints === undefined) throw new Error('no subnet');
    endpoints.more.delegations = [{ name: 'apps', properties: { serviceName: 'Microsoft.Web/serverFarms' } }];
    const planned = await keyturn.ask(privateRequest(keyturn), { dryRun: true });
    expect(planned).toMatchObject({ plan: { blockedBy: [{ name: 'subnet-delegated' }] } });
    expect(await keyturn.ask(privateRequest(keyturn))).toMatchObject({ kind: 'not-confirmed' });
    expect(keyturn.writes()).toEqual([]);
  });

  test('a network in a subscription that nobody may see is no network that is missing', async () => {
    const keyturn = await networkKeyturn();
    const fault = { kind: 'fail-before', status: 404, code: 'SubscriptionNotFound' } as const;
    keyturn.azure.faults.add({ method: 'GET', matches: /virtualNetworks/, fault, times: 9 });
    const refused = await keyturn.ask(privateRequest(keyturn), { dryRun: true });
    expect(refused).toMatchObject({ kind: 'unavailable', reason: 'subscription-not-found' });
  });

  test.each([
    [400, 'SubnetIsFull', 'subnet-full', 'The subnet has no free address'],
    [400, 'PrivateEndpointCreationNotAllowedAsSubnetIsDelegated', 'subnet-delegated', 'The subnet is delegated'],
    [400, 'InvalidPrivateEndpointName', 'bad-request', 'Azure calls the request itself wrong'],
    [409, 'SomethingNew', 'unknown-refusal', 'a code that Keyturn does not know'],
    [409, 'ReadOnlyDisabledSubscription', 'subscription-disabled', 'The subscription is disabled'],
    [409, 'MissingSubscriptionRegistration', 'provider-not-registered', 'is not registered'],
    [403, 'DenyAssignmentAuthorizationFailed', 'deny-assignment', 'A deny assignment forbids'],
  ])('%i %s ends it as %s, with the code in view and log', async (status, code, reason, detail) => {
    const keyturn = await networkKeyturn();
    const fault = { kind: 'fail-before', status, code } as const;
    keyturn.azure.faults.add({ method: 'PUT', matches: /privateEndpoints/, fault, times: 9 });
    await keyturn.ask(privateRequest(keyturn));
    await keyturn.deliverAll();
    const { change } = await keyturn.look();
    expect(change).toMatchObject({ state: 'failed', reason, code, missingAction: null, fix: null });
    expect(change?.detail).toContain(detail);
    expect(change?.detail).not.toContain('privateEndpoints/write');
    expect(keyturn.log).toContainEqual(expect.objectContaining({ event: 'network-change-ended', reason, code }));
  });

  test('a missing role ends it, and names the actions that the step needs', async () => {
    const keyturn = await networkKeyturn();
    const { roleAssignments } = keyturn.azure.world;
    const network = roleAssignments.findIndex(({ roleGuid }) => roleGuid === '4d97b98b-1d4f-4787-a291-c67834d212e7');
    const dns = roleAssignments.findIndex(({ roleGuid }) => roleGuid === 'b12aa53e-6015-4669-85d0-8515ebb3ae7f');
    const reader = { ...roleAssignments[network], roleGuid: 'acdd72a7-3385-48ef-bd42-f606fba81ae7' };
    roleAssignments.splice(Math.max(network, dns), 1);
    roleAssignments.splice(Math.min(network, dns), 1, reader as (typeof roleAssignments)[number]);
    await keyturn.ask(privateRequest(keyturn));
    await keyturn.deliverAll();
    const { change } = await keyturn.look();
    expect(change).toMatchObject({ state: 'failed', reason: 'account-access-denied' });
    expect(change?.detail).toContain('Microsoft.Network/privateEndpoints/write');
  });
});
