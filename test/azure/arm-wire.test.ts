/** What the adapters of Azure Resource Manager send, to the letter, and what they read in its answers. */
import { describe, expect, it } from 'vitest';
import type { AzureAccess } from '../../src/azure/azure-access.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { fakeWire, type SentRequest, type WireAnswer } from './fake-wire.ts';
import { account } from './simulated-account.ts';

const { subscriptionId, resourceGroup } = account;
const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers`;
const network = `${group}/Microsoft.Network/virtualNetworks/vnet`;
const subnet = `${network}/subnets/snet`;
const otherSubnet = `${network}/subnets/other`;
const endpoint = `${group}/Microsoft.Network/privateEndpoints/pe`;
const zone = `${group}/Microsoft.Network/privateDnsZones/privatelink.openai.azure.com`;
const identity = `${group}/Microsoft.ManagedIdentity/userAssignedIdentities/id-contoso`;
const role = '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd';
const wanted = {
  ...{ scope: account.armId, name: 'a-name', principalId: 'a-principal', principalType: 'ServicePrincipal' as const },
  ...{ roleGuid: role, description: 'Keyturn' },
};
const fence = () => true;

type Call = (access: AzureAccess) => Promise<unknown>;

const failureOf = (error: unknown) => {
  if (!(error instanceof FailureError)) throw error;
  return error.failure;
};

describe('a write sends', () => {
  const hand = (change: (hand: ReturnType<AzureAccess['network']['networkWriter']>) => Promise<void>): Call => {
    return ({ network: { networkWriter } }) => change(networkWriter(fence));
  };
  const rules = { publicNetworkAccess: 'Enabled', defaultAction: 'Deny', ipRules: ['203.0.113.7', '198.51.100.0/24'] };
  const zoneLink = { zoneId: zone, name: 'link', virtualNetworkId: network };

  it.each<[string, Call, string, body: unknown, headers?: Record<string, string>]>([
    [
      'a network',
      hand((to) => to.createVirtualNetwork({ id: network, location: 'eastus', addressSpace: '10.0.0.0/16' })),
      `PUT ${network}`,
      { location: 'eastus', properties: { addressSpace: { addressPrefixes: ['10.0.0.0/16'] } } },
    ],
    [
      'a subnet',
      hand((to) => to.createSubnet({ id: subnet, prefix: '10.0.0.0/24', privateEndpointNetworkPolicies: 'Enabled' })),
      `PUT ${subnet}`,
      { properties: { addressPrefix: '10.0.0.0/24', privateEndpointNetworkPolicies: 'Enabled' } },
    ],
    [
      'a private endpoint',
      hand((to) =>
        to.createPrivateEndpoint({
          ...{ id: endpoint, subnetId: subnet, location: 'eastus' },
          ...{ targetId: account.armId, groupId: 'account' },
        }),
      ),
      `PUT ${endpoint}`,
      {
        location: 'eastus',
        properties: {
          subnet: { id: subnet },
          privateLinkServiceConnections: [
            { name: 'pe', properties: { privateLinkServiceId: account.armId, groupIds: ['account'] } },
          ],
        },
      },
    ],
    [
      'an approval',
      hand((to) => to.approveConnection(account, 'pe.1')),
      `PUT ${account.armId}/privateEndpointConnections/pe.1`,
      {
        properties: {
          privateLinkServiceConnectionState: { status: 'Approved', description: 'Approved by Keyturn' },
        },
      },
    ],
    [
      'a zone, unless there is one',
      hand((to) => to.createZone(zone)),
      `PUT ${zone}`,
      { location: 'global' },
      { 'if-none-match': '*' },
    ],
    [
      'a link',
      hand((to) => to.linkZone({ ...zoneLink, nxDomainRedirect: false })),
      `PUT ${zone}/virtualNetworkLinks/link`,
      { location: 'global', properties: { registrationEnabled: false, virtualNetwork: { id: network } } },
    ],
    [
      'a link that asks the internet for names it has not',
      hand((to) => to.linkZone({ ...zoneLink, nxDomainRedirect: true })),
      `PUT ${zone}/virtualNetworkLinks/link`,
      {
        location: 'global',
        properties: {
          ...{ registrationEnabled: false, virtualNetwork: { id: network } },
          resolutionPolicy: 'NxDomainRedirect',
        },
      },
    ],
    [
      'a zone group',
      hand((to) => to.setZoneGroup(endpoint, 'default', [zone])),
      `PUT ${endpoint}/privateDnsZoneGroups/default`,
      {
        properties: {
          privateDnsZoneConfigs: [{ name: 'privatelink-openai-azure-com', properties: { privateDnsZoneId: zone } }],
        },
      },
    ],
    [
      'rules',
      hand((to) =>
        to.setRules(account, {
          ...{ ...rules, bypass: 'None' },
          subnets: [
            { id: subnet, ignoreMissingServiceEndpoint: true },
            { id: otherSubnet, ignoreMissingServiceEndpoint: false },
          ],
        }),
      ),
      `PATCH ${account.armId}`,
      {
        properties: {
          publicNetworkAccess: 'Enabled',
          networkAcls: {
            ...{ defaultAction: 'Deny', bypass: 'None' },
            ipRules: [{ value: '203.0.113.7' }, { value: '198.51.100.0/24' }],
            virtualNetworkRules: [
              { id: subnet, ignoreMissingVnetServiceEndpoint: true },
              { id: otherSubnet, ignoreMissingVnetServiceEndpoint: false },
            ],
          },
        },
      },
    ],
    [
      'rules of an account without a bypass',
      hand((to) => to.setRules(account, { ...rules, ipRules: [], subnets: [], bypass: null })),
      `PATCH ${account.armId}`,
      {
        properties: {
          publicNetworkAccess: 'Enabled',
          networkAcls: { defaultAction: 'Deny', ipRules: [], virtualNetworkRules: [] },
        },
      },
    ],
    [
      'keys off',
      ({ localAuth }) => localAuth.setDisabled(account, true, fence),
      `PATCH ${account.armId}`,
      { properties: { disableLocalAuth: true } },
    ],
    [
      'keys on',
      ({ localAuth }) => localAuth.setDisabled(account, false, fence),
      `PATCH ${account.armId}`,
      { properties: { disableLocalAuth: false } },
    ],
    [
      'a role assignment',
      ({ authorization }) => authorization.assign(wanted, fence),
      `PUT ${account.armId}/providers/Microsoft.Authorization/roleAssignments/a-name`,
      {
        properties: {
          roleDefinitionId: `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
          ...{ principalId: 'a-principal', principalType: 'ServicePrincipal', description: 'Keyturn' },
        },
      },
    ],
    [
      'the end of a role assignment',
      ({ authorization }) => authorization.unassign(account.armId, 'a-name', fence),
      `DELETE ${account.armId}/providers/Microsoft.Authorization/roleAssignments/a-name`,
      null,
    ],
    [
      'an identity',
      ({ identities }) => identities.create(identity, 'eastus', fence),
      `PUT ${identity}`,
      { location: 'eastus' },
    ],
    [
      'a regenerate of key1',
      ({ accounts }) => accounts(fence).regenerate(account, 'key1'),
      `POST ${account.armId}/regenerateKey`,
      { keyName: 'Key1' },
    ],
    [
      'a regenerate of key2',
      ({ accounts }) => accounts(fence).regenerate(account, 'key2'),
      `POST ${account.armId}/regenerateKey`,
      { keyName: 'Key2' },
    ],
  ])('%s', async (_, call, line, body, headers = {}) => {
    const answer = { key1: 'one', key2: 'two', location: 'eastus', properties: { principalId: 'p', clientId: 'c' } };
    const { access, sent } = fakeWire(() => ({ status: 200, body: answer }));
    await call(access);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([line]);
    expect(sent[0]?.body).toEqual(body);
    expect(sent[0]?.headers).toMatchObject(headers);
  });

  it.each<[string, etag: string | undefined]>([
    ['guarded by its ETag', '"s1"'],
    ['as it is, if Azure shows none', undefined],
  ])('a subnet back whole with one service endpoint more, %s', async (_, etag) => {
    const properties = {
      ...{ addressPrefix: '10.0.0.0/24', serviceEndpoints: [{ service: 'Microsoft.Storage' }] },
      delegations: [{ name: 'd', properties: { serviceName: 'Microsoft.Web/serverFarms' } }],
    };
    const { access, sent } = fakeWire(({ method }) =>
      method === 'GET' ? { body: { id: subnet, name: 'snet', etag, properties } } : { status: 202 },
    );
    await access.network.networkWriter(fence).addServiceEndpoint(subnet, 'Microsoft.CognitiveServices');
    const [, put] = sent;
    expect(put?.method).toBe('PUT');
    expect(put?.body).toMatchObject({
      properties: {
        ...properties,
        serviceEndpoints: [{ service: 'Microsoft.Storage' }, { service: 'Microsoft.CognitiveServices' }],
      },
    });
    expect(put?.headers['if-match']).toBe(etag);
  });
});

describe('what Azure answers to a role assignment', () => {
  it.each([
    ['RoleAssignmentExists', 409, 'exists'],
    ['PrincipalNotFound', 400, 'principal-unknown'],
    ['UnmatchedPrincipalType', 400, 'principal-type-wrong'],
    ['RoleAssignmentUpdateNotPermitted', 400, 'name-taken'],
  ])('%s is no failure', async (code, status, said) => {
    const { access } = fakeWire(() => ({ status, body: { error: { code, message: 'x' } } }));
    expect(await access.authorization.assign(wanted, fence)).toBe(said);
  });

  it('anything else is one, and so is what it answers to the end of another scope', async () => {
    const { access } = fakeWire(() => ({
      status: 404,
      body: { error: { code: 'ResourceGroupNotFound', message: 'x' } },
    }));
    await expect(access.authorization.assign(wanted, fence)).rejects.toBeInstanceOf(FailureError);
    await expect(access.authorization.unassign(account.armId, 'a', fence)).rejects.toBeInstanceOf(FailureError);
  });

  it('one that is gone is gone', async () => {
    const { access } = fakeWire(() => ({
      status: 404,
      body: { error: { code: 'RoleAssignmentNotFound', message: '' } },
    }));
    await expect(access.authorization.unassign(account.armId, 'a', fence)).resolves.toBeUndefined();
  });
});

describe('an answer is read', () => {
  const look = (read: (look: AzureAccess['network']['networkReader']) => Promise<unknown>): Call => {
    return ({ network: { networkReader } }) => read(networkReader);
  };
  const page = (...value: object[]) => ({ value });
  const bare = { kind: 'AIServices', properties: { endpoint: 'https://contoso/', internalId: 'i' } };

  it.each<[string, Call, answer: unknown, read: unknown]>([
    [
      'as the network of an account',
      look((to) => to.account(account)),
      {
        ...{ kind: 'OpenAI', location: 'eastus' },
        properties: {
          ...{ endpoint: 'https://contoso.openai.azure.com/', customSubDomainName: 'contoso' },
          ...{ provisioningState: 'Succeeded', disableLocalAuth: true, publicNetworkAccess: 'SecuredByPerimeter' },
          networkAcls: {
            ...{ defaultAction: 'Deny', bypass: 'AzureServices', ipRules: [{ value: '203.0.113.7' }] },
            virtualNetworkRules: [{ id: subnet, ignoreMissingVnetServiceEndpoint: true }, { id: otherSubnet }],
          },
          privateEndpointConnections: [
            {
              name: 'contoso/pe.1',
              properties: {
                privateEndpoint: { id: endpoint },
                privateLinkServiceConnectionState: { status: 'Pending' },
              },
            },
            { name: 'pe.2', properties: { privateEndpoint: { id: endpoint }, privateLinkServiceConnectionState: {} } },
            { name: 'without-endpoint', properties: { privateLinkServiceConnectionState: { status: 'Approved' } } },
          ],
        },
      },
      {
        ...{ kind: 'OpenAI', endpoint: 'https://contoso.openai.azure.com/', location: 'eastus', subdomain: 'contoso' },
        ...{ provisioningState: 'Succeeded', localAuthDisabled: true },
        rules: {
          ...{ publicNetworkAccess: 'SecuredByPerimeter', defaultAction: 'Deny', bypass: 'AzureServices' },
          ipRules: ['203.0.113.7'],
          subnets: [
            { id: subnet, ignoreMissingServiceEndpoint: true },
            { id: otherSubnet, ignoreMissingServiceEndpoint: false },
          ],
        },
        connections: [
          { name: 'pe.1', endpointId: endpoint, status: 'Pending' },
          { name: 'pe.2', endpointId: endpoint, status: 'Unknown' },
        ],
      },
    ],
    [
      'as the network of an account that says nothing of it: open to all',
      look((to) => to.account(account)),
      bare,
      {
        ...{ kind: 'AIServices', endpoint: 'https://contoso/', location: null, subdomain: null },
        ...{ provisioningState: 'Unknown', localAuthDisabled: false, connections: [] },
        rules: { publicNetworkAccess: 'Enabled', defaultAction: 'Allow', ipRules: [], subnets: [], bypass: null },
      },
    ],
    [
      'as a virtual network',
      look((to) => to.virtualNetwork(network)),
      {
        ...{ id: network, location: 'eastus' },
        properties: {
          ...{ addressSpace: { addressPrefixes: ['10.0.0.0/16'] }, provisioningState: 'Succeeded' },
          subnets: [
            {
              id: subnet,
              properties: {
                ...{ addressPrefix: '10.0.0.0/24', provisioningState: 'Updating' },
                ...{ serviceEndpoints: [{ service: 'Microsoft.Storage' }, {}], ipConfigurations: [{}, {}] },
                ...{ delegations: [{ properties: { serviceName: 'Microsoft.Web/serverFarms' } }] },
                privateEndpointNetworkPolicies: 'Enabled',
              },
            },
            { id: otherSubnet, properties: { addressPrefixes: ['10.0.1.0/24', '10.0.2.0/24'] } },
          ],
        },
      },
      {
        ...{ id: network, location: 'eastus', addressSpace: ['10.0.0.0/16'], state: 'Succeeded' },
        subnets: [
          {
            ...{ id: subnet, prefixes: ['10.0.0.0/24'], serviceEndpoints: ['Microsoft.Storage'], state: 'Updating' },
            delegations: ['Microsoft.Web/serverFarms'],
            takenAddresses: 2,
          },
          {
            ...{ id: otherSubnet, prefixes: ['10.0.1.0/24', '10.0.2.0/24'], serviceEndpoints: [], state: 'Unknown' },
            ...{ delegations: [], takenAddresses: 0 },
          },
        ],
      },
    ],
    [
      'as a virtual network that shows nothing of itself',
      look((to) => to.virtualNetwork(network)),
      { id: network },
      { id: network, location: '', addressSpace: [], subnets: [], state: 'Unknown' },
    ],
    [
      'as a private endpoint',
      look((to) => to.privateEndpoint(endpoint)),
      {
        id: endpoint,
        properties: {
          ...{ provisioningState: 'Succeeded', subnet: { id: subnet } },
          privateLinkServiceConnections: [{ name: 'a', properties: { privateLinkServiceId: account.armId } }],
        },
      },
      { id: endpoint, subnetId: subnet, targetId: account.armId, state: 'Succeeded' },
    ],
    [
      'as a private endpoint that somebody must approve',
      look((to) => to.privateEndpoint(endpoint)),
      { properties: { manualPrivateLinkServiceConnections: [{ properties: { privateLinkServiceId: 'elsewhere' } }] } },
      { id: endpoint, subnetId: '', targetId: 'elsewhere', state: 'Unknown' },
    ],
    [
      'as zone groups',
      look((to) => to.zoneGroups(endpoint)),
      page(
        {
          name: 'mine',
          properties: {
            provisioningState: 'Succeeded',
            privateDnsZoneConfigs: [{ name: 'z', properties: { privateDnsZoneId: zone } }, { name: 'none' }],
          },
        },
        {},
      ),
      [
        { name: 'mine', zoneIds: [zone], state: 'Succeeded' },
        { name: 'default', zoneIds: [], state: 'Unknown' },
      ],
    ],
    ['as a zone', look((to) => to.zoneExists(zone)), { id: zone }, true],
    [
      'as zones of these names, in any case',
      look((to) => to.zonesNamed(subscriptionId, ['privatelink.openai.azure.com'])),
      page(
        { id: zone, name: 'PrivateLink.OpenAI.azure.com' },
        { id: 'other', name: 'contoso.com' },
        { name: 'privatelink.openai.azure.com' },
      ),
      [zone],
    ],
    [
      'as links of a zone',
      look((to) => to.zoneLinks(zone)),
      page({ name: 'one', properties: { virtualNetwork: { id: network }, resolutionPolicy: 'NxDomainRedirect' } }, {}),
      [
        { name: 'one', virtualNetworkId: network },
        { name: '', virtualNetworkId: '' },
      ],
    ],
    [
      'as role assignments, without those that name nobody',
      ({ authorization }) => authorization.assignmentsAt(account.armId),
      page(
        {
          name: 'a',
          properties: {
            ...{ scope: account.armId, principalId: 'p', principalType: 'User', description: 'why' },
            ...{ roleDefinitionId: `/x/roleDefinitions/${role.toUpperCase()}`, condition: 'only if' },
            createdOn: '2026-01-05T12:00:00Z',
          },
        },
        { name: 'b', properties: { scope: '/', principalId: 'q', roleDefinitionId: `/x/${role}`, condition: '' } },
        { name: 'c', properties: { scope: '/', roleDefinitionId: `/x/${role}` } },
        { name: 'd', properties: { scope: '/', principalId: 'q' } },
      ),
      [
        {
          ...{ name: 'a', scope: account.armId, principalId: 'p', principalType: 'User', roleGuid: role },
          ...{ description: 'why', hasCondition: true, createdAtMs: Date.UTC(2026, 0, 5, 12) },
        },
        {
          ...{ name: 'b', scope: '/', principalId: 'q', principalType: 'Unknown', roleGuid: role },
          ...{ description: null, hasCondition: false, createdAtMs: null },
        },
      ],
    ],
    [
      'as a role',
      ({ authorization }) => authorization.roleByGuid(account.armId, role),
      {
        name: role,
        properties: {
          roleName: 'A role',
          permissions: [{ actions: ['a'], notActions: ['b'], dataActions: ['c'], notDataActions: ['d'] }, {}],
        },
      },
      {
        ...{ guid: role, name: 'A role' },
        permissions: [
          { actions: ['a'], notActions: ['b'], dataActions: ['c'], notDataActions: ['d'] },
          { actions: [], notActions: [], dataActions: [], notDataActions: [] },
        ],
      },
    ],
    [
      'as a role without permissions',
      ({ authorization }) => authorization.roleByName(account.armId, 'A role'),
      page({ name: role, properties: { roleName: 'A role' } }),
      { guid: role, name: 'A role', permissions: [] },
    ],
    ['as no role', ({ authorization }) => authorization.roleByName(account.armId, 'A role'), page(), null],
    [
      'as an identity',
      ({ identities }) => identities.find(identity),
      { location: 'eastus', properties: { principalId: 'p', clientId: 'c' } },
      { armId: identity, principalId: 'p' },
    ],
    [
      'as an account',
      ({ accounts }) => accounts(fence).get(account),
      {
        ...{ kind: 'AIServices', location: 'eastus', tags: { team: 'contoso' } },
        properties: {
          ...{ internalId: 'i', endpoint: 'https://contoso.cognitiveservices.azure.com/' },
          ...{ provisioningState: 'Updating', disableLocalAuth: true },
        },
      },
      {
        ...{ internalId: 'i', kind: 'AIServices', location: 'eastus', provisioningState: 'Updating' },
        ...{ endpoint: 'https://contoso.cognitiveservices.azure.com/', endpointIsAzure: true },
        ...{ localAuthDisabled: true, tags: { team: 'contoso' } },
      },
    ],
    [
      'as an account that says little',
      ({ accounts }) => accounts(fence).get(account),
      { ...bare, location: 'eastus' },
      {
        ...{ internalId: 'i', kind: 'AIServices', location: 'eastus', provisioningState: 'Unknown' },
        ...{ endpoint: 'https://contoso/', endpointIsAzure: false, localAuthDisabled: false, tags: {} },
      },
    ],
    [
      'as an account that takes keys or not',
      ({ localAuth }) => localAuth.read(account),
      {
        ...{ kind: 'AIServices', location: 'eastus' },
        properties: {
          ...{ internalId: 'i', endpoint: 'https://contoso/', customSubDomainName: 'contoso' },
          ...{ provisioningState: 'Succeeded', disableLocalAuth: true },
        },
      },
      {
        ...{ internalId: 'i', kind: 'AIServices', endpoint: 'https://contoso/', location: 'eastus' },
        ...{ customSubdomain: 'contoso', provisioningState: 'Succeeded', localAuthDisabled: true },
      },
    ],
    [
      'as an account that does not say whether it takes keys: it does',
      ({ localAuth }) => localAuth.read(account),
      { ...bare, properties: { ...bare.properties, customSubDomainName: '' } },
      {
        ...{ internalId: 'i', kind: 'AIServices', endpoint: 'https://contoso/', location: null },
        ...{ customSubdomain: null, provisioningState: 'Unknown', localAuthDisabled: false },
      },
    ],
  ])('%s', async (_, call, answer, read) => {
    const { access } = fakeWire(() => ({ body: answer }));
    expect(await call(access)).toEqual(read);
  });

  const absent = { status: 404, body: { error: { code: 'ResourceNotFound', message: '' } } };
  const denied = { status: 403, body: { error: { code: 'AuthorizationFailed', message: '' } } };
  it.each<[string, Call, WireAnswer, read: unknown]>([
    ['no virtual network', look((to) => to.virtualNetwork(network)), absent, null],
    ['no private endpoint', look((to) => to.privateEndpoint(endpoint)), absent, null],
    ['no zone', look((to) => to.zoneExists(zone)), absent, false],
    ['no links', look((to) => to.zoneLinks(zone)), absent, []],
    ['no zones, if none may be read', look((to) => to.zonesNamed(subscriptionId, ['z'])), denied, []],
    ['no role', ({ authorization }) => authorization.roleByGuid(account.armId, role), absent, null],
    ['no identity', ({ identities }) => identities.find(identity), absent, null],
  ])('as %s', async (_, call, answer, read) => {
    const { access } = fakeWire(() => answer);
    expect(await call(access)).toEqual(read);
  });

  it.each<[string, Call, answer: unknown, code: string]>([
    [
      'an account without its kind',
      look((to) => to.account(account)),
      { properties: bare.properties },
      'account-incomplete',
    ],
    [
      'an account without an endpoint',
      look((to) => to.account(account)),
      { kind: 'OpenAI', properties: {} },
      'account-incomplete',
    ],
    [
      'an account without an id',
      ({ accounts }) => accounts(fence).get(account),
      { ...bare, location: 'x', properties: { endpoint: 'https://a/' } },
      'account-incomplete',
    ],
    ['an account without a region', ({ accounts }) => accounts(fence).get(account), bare, 'account-incomplete'],
    [
      'an account, for its keys',
      ({ localAuth }) => localAuth.read(account),
      { properties: bare.properties },
      'account-incomplete',
    ],
    ['one key', ({ accounts }) => accounts(fence).listKeys(account), { key1: 'one' }, 'keys-missing'],
    [
      'an identity without its ids',
      ({ identities }) => identities.find(identity),
      { properties: { clientId: 'c' } },
      'identity-incomplete',
    ],
  ])('as no answer: %s', async (_, call, answer, code) => {
    const { access } = fakeWire(() => ({ body: answer }));
    const failure = await call(access).then(() => null, failureOf);
    expect(failure).toEqual({ kind: 'not-applied', code, retryAfterMs: null });
  });

  it('as an unknown outcome: a regenerate that shows one key', async () => {
    const { access } = fakeWire(() => ({ body: { key1: 'one' } }));
    const failure = await access
      .accounts(fence)
      .regenerate(account, 'key1')
      .then(() => null, failureOf);
    expect(failure).toEqual({ kind: 'outcome-unknown', code: 'keys-missing' });
  });

  it.each<[string, Call]>([
    ['a network', look((to) => to.virtualNetwork('no-id'))],
    ['a zone', look((to) => to.zoneExists(''))],
  ])('of nothing that is no id: %s', async (_, call) => {
    const { access, sent } = fakeWire(() => ({}));
    await expect(call(access)).rejects.toMatchObject({ failure: { kind: 'refused', code: 'not-an-arm-id' } });
    expect(sent).toEqual([]);
  });
});

describe('a read asks', () => {
  const query = (of: SentRequest | undefined) => of?.query ?? {};

  it('which assignments count at a scope, those from above too', async () => {
    const { access, sent } = fakeWire(() => ({ body: { value: [] } }));
    await access.authorization.assignmentsAt(account.armId);
    expect(query(sent[0]).$filter).toBe('atScope()');
    expect(sent[0]?.path).toBe(`${account.armId}/providers/Microsoft.Authorization/roleAssignments`);
  });

  it('for a role by a name, whatever it holds', async () => {
    const { access, sent } = fakeWire(() => ({ body: { value: [] } }));
    await access.authorization.roleByName(account.armId, "Contoso's role");
    expect(query(sent[0]).$filter).toBe("roleName eq 'Contoso''s role'");
  });

  it('who Keyturn is by its own token, once', async () => {
    const { access, sent } = fakeWire(() => ({}));
    expect(await access.identities.ownPrincipalId()).toBe('own-id');
    expect(sent).toEqual([]);
  });
});
