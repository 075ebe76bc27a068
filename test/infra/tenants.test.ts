import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compiled, type Deployed, deployed, type Resource } from './deployed.ts';

const made = deployed('private');
const existing = deployed('existing');
const minimal = deployed('minimal');

/** What a private endpoint leads to, through which zone. */
function endpoints({ ofType }: Deployed): readonly string[] {
  return ofType('Microsoft.Network/privateEndpoints').map(({ name, properties }) => {
    const [{ properties: link }] = Object(properties.privateLinkServiceConnections);
    const group = ofType('Microsoft.Network/privateEndpoints/privateDnsZoneGroups').find((one) =>
      one.name.startsWith(`${name}/`),
    );
    const zone = String(Object(group?.properties.privateDnsZoneConfigs)[0]?.properties.privateDnsZoneId);
    return `${link.groupIds} of ${link.privateLinkServiceId.split('/').at(-1)} by ${zone.split('/').slice(4).join('/')}`;
  });
}

const subnets = ({ ofType }: Deployed): readonly unknown[] =>
  ofType('Microsoft.Network/privateEndpoints').map(({ properties }) => Object(properties.subnet).id);

const site = (deployment: Deployed): Resource['properties'] =>
  deployment.ofType('Microsoft.Web/sites')[0]?.properties ?? {};

describe('a private deployment', () => {
  it('has no public access to storage and app', () => {
    expect(made.ofType('Microsoft.Storage/storageAccounts').map(({ properties }) => properties)).toMatchObject([
      { publicNetworkAccess: 'Disabled', networkAcls: { defaultAction: 'Deny' } },
    ]);
    expect(site(made).publicNetworkAccess).toBe('Disabled');
  });

  it('reaches storage, vaults and app by private endpoints, whose names it finds in its own zones', () => {
    const zone = (name: string) => `rg-keyturn/providers/Microsoft.Network/privateDnsZones/privatelink.${name}`;
    expect(endpoints(made)).toEqual([
      `blob of stkeyturnzeb2ugsbcdobw by ${zone('blob.core.windows.net')}`,
      `queue of stkeyturnzeb2ugsbcdobw by ${zone('queue.core.windows.net')}`,
      `table of stkeyturnzeb2ugsbcdobw by ${zone('table.core.windows.net')}`,
      `vault of kv-contoso by ${zone('vaultcore.azure.net')}`,
      `sites of func-keyturn-contoso by ${zone('azurewebsites.net')}`,
    ]);
    const zones = made.ofType('Microsoft.Network/privateDnsZones').map(({ name }) => name);
    const links = made.ofType('Microsoft.Network/privateDnsZones/virtualNetworkLinks');
    expect(links.map(({ name }) => name.split('/')[0])).toEqual(zones);
    const [network] = made.ofType('Microsoft.Network/virtualNetworks');
    for (const { properties } of links) expect(properties.virtualNetwork).toEqual({ id: network?.id });
    for (const subnet of subnets(made)) expect(subnet).toBe(`${network?.id}/subnets/endpoints`);
  });

  it('calls from its own subnet, by one fixed address', () => {
    const [network] = made.ofType('Microsoft.Network/virtualNetworks');
    const [gateway] = made.ofType('Microsoft.Network/natGateways');
    const [address] = made.ofType('Microsoft.Network/publicIPAddresses');
    expect(site(made).virtualNetworkSubnetId).toBe(`${network?.id}/subnets/app`);
    const own = Object(network?.properties.subnets)[0].properties;
    expect(own).toMatchObject({
      natGateway: { id: gateway?.id },
      delegations: [{ properties: { serviceName: 'Microsoft.App/environments' } }],
    });
    expect(gateway?.properties.publicIpAddresses).toEqual([{ id: address?.id }]);
    expect(address?.properties.publicIPAllocationMethod).toBe('Static');
    expect(String(made.outputs.egressAddress)).toContain('ipAddress');
  });

  it('is spread over zones, if asked', () => {
    expect(made.ofType('Microsoft.Web/serverfarms')).toMatchObject([{ properties: { zoneRedundant: true } }]);
    expect(made.ofType('Microsoft.Storage/storageAccounts')).toMatchObject([{ sku: { name: 'Standard_ZRS' } }]);
    expect(minimal.ofType('Microsoft.Storage/storageAccounts')).toMatchObject([{ sku: { name: 'Standard_LRS' } }]);
  });

  it('sends the audit log of its vaults to the workspace, if asked', () => {
    const settings = made.ofType('Microsoft.Insights/diagnosticSettings');
    expect(settings).toMatchObject([
      {
        id: expect.stringMatching(/\/vaults\/kv-contoso\/providers\//),
        properties: {
          workspaceId: expect.stringMatching(/\/workspaces\/log-contoso$/),
          logs: [{ category: 'AuditEvent', enabled: true }],
        },
      },
    ]);
  });

  it('tags everything that takes tags', () => {
    // https://learn.microsoft.com/azure/azure-resource-manager/management/tag-support
    const untagged = made.resources.filter((one) => Object(one).tags?.owner !== 'platform').map(({ type }) => type);
    expect([...new Set(untagged)].toSorted()).toEqual([
      'Microsoft.Authorization/roleAssignments',
      'Microsoft.Authorization/roleDefinitions',
      'Microsoft.EventGrid/systemTopics/eventSubscriptions',
      'Microsoft.Insights/diagnosticSettings',
      'Microsoft.Network/privateEndpoints/privateDnsZoneGroups',
      'Microsoft.Storage/storageAccounts/blobServices/containers',
      'Microsoft.Storage/storageAccounts/queueServices/queues',
      'Microsoft.Web/sites/basicPublishingCredentialsPolicies',
    ]);
  });
});

describe('a deployment that is not private', () => {
  it('makes no network, and nothing that costs for one', () => {
    expect(minimal.resources.filter(({ type }) => type.startsWith('Microsoft.Network/'))).toEqual([]);
    expect(site(minimal)).toMatchObject({ publicNetworkAccess: 'Enabled', virtualNetworkSubnetId: null });
  });
});

describe('what is there already', () => {
  it.each([
    'Microsoft.EventGrid/systemTopics',
    'Microsoft.Network/natGateways',
    'Microsoft.Network/privateDnsZones',
    'Microsoft.Network/virtualNetworks',
    'Microsoft.Storage/storageAccounts',
    'Microsoft.Storage/storageAccounts/blobServices',
    'Microsoft.Storage/storageAccounts/queueServices',
    'Microsoft.Web/serverfarms',
  ])('is not written: %s', (type) => {
    expect(existing.ofType(type)).toEqual([]);
  });

  it('is used: plan, storage, subnets, zones and system topic', () => {
    expect(site(existing).serverFarmId).toMatch(/\/rg-contoso-web\/.*\/plan-contoso$/);
    expect(site(existing).virtualNetworkSubnetId).toMatch(/\/vnet-contoso\/subnets\/app$/);
    expect(site(existing).vnetRouteAllEnabled).toBe(true);
    for (const subnet of subnets(existing)) expect(subnet).toMatch(/\/vnet-contoso\/subnets\/endpoints$/);
    const zones = 'rg-contoso-dns/providers/Microsoft.Network/privateDnsZones/privatelink';
    expect(endpoints(existing)).toEqual([
      `blob of stcontoso by ${zones}.blob.core.windows.net`,
      `queue of stcontoso by ${zones}.queue.core.windows.net`,
      `table of stcontoso by ${zones}.table.core.windows.net`,
      `vault of kv-contoso by ${zones}.vaultcore.azure.net`,
    ]);
    expect(existing.ofType('Microsoft.EventGrid/systemTopics/eventSubscriptions').map(({ id }) => id)).toEqual([
      expect.stringMatching(
        /\/rg-contoso-events\/.*\/systemTopics\/topic-contoso\/eventSubscriptions\/keyturn-func-keyturn-contoso$/,
      ),
    ]);
    const inStorage = existing.resources.filter(({ type }) => type.startsWith('Microsoft.Storage/'));
    expect(inStorage).toHaveLength(5);
    for (const { id } of inStorage) expect(id).toMatch(/\/rg-contoso-data\/.*\/stcontoso\//);
  });

  it('may let only some addresses call the app, and deploy to it', () => {
    expect(site(existing)).toMatchObject({
      publicNetworkAccess: 'Enabled',
      siteConfig: expect.objectContaining({
        ipSecurityRestrictionsDefaultAction: 'Deny',
        ipSecurityRestrictions: [
          { name: 'allowed-0', ipAddress: '203.0.113.0/24', tag: 'Default', action: 'Allow', priority: 100 },
          { name: 'allowed-1', ipAddress: '198.51.100.7/32', tag: 'Default', action: 'Allow', priority: 101 },
        ],
        scmIpSecurityRestrictionsUseMain: true,
      }),
    });
  });

  it('lets Event Grid in beside them, if it pushes', () => {
    expect(site(deployed('usgovernment')).siteConfig).toMatchObject({
      ipSecurityRestrictionsDefaultAction: 'Deny',
      ipSecurityRestrictions: [
        { ipAddress: '203.0.113.0/24', tag: 'Default', action: 'Allow' },
        { ipAddress: 'AzureEventGrid', tag: 'ServiceTag', action: 'Allow' },
      ],
    });
  });
});

describe('who may not assign roles', () => {
  const [grants] = compiled('grants.json');

  it('needs rights in no other resource group than the guide says', () => {
    const groups = (one: Deployed) => [
      ...new Set(one.resources.map(({ id }) => /\/resourceGroups\/([^/]+)/.exec(id)?.[1])),
    ];
    // Its own, those of storage and system topic; nothing is written beside account, plan, network, zones or workspace.
    expect(groups(existing).toSorted()).toEqual(['rg-contoso-data', 'rg-contoso-events', 'rg-keyturn']);
    const audited = made
      .ofType('Microsoft.Insights/diagnosticSettings')
      .concat(made.ofType('Microsoft.EventGrid/systemTopics'));
    for (const { id } of audited) expect(id).toMatch(/\/resourceGroups\/rg-contoso-ai\//);
    // What is joined, approved or written to from there, and so takes a right of its own.
    const text = JSON.stringify(existing.resources.filter(({ id }) => id.includes('/rg-keyturn/')));
    const named = new Set([...text.matchAll(/resourceGroups\/(rg-contoso-[a-z]+)/g)].map(([, group]) => group));
    expect([...named].toSorted()).toEqual([
      ...['rg-contoso-ai', 'rg-contoso-data', 'rg-contoso-dns'],
      ...['rg-contoso-logs', 'rg-contoso-net', 'rg-contoso-web'],
    ]);
    const parameters = readFileSync('infra/snapshots/existing.bicepparam', 'utf8');
    const given = [...parameters.matchAll(/^param (\w+) = (?:\{\n.*?)?'\/subscriptions/gm)].map(
      ([, name = '']) => name,
    );
    const guide =
      /^With `assignRoles: false` you need[\s\S]*?\n\n/m.exec(readFileSync('infra/README.md', 'utf8'))?.[0] ?? '';
    expect(given.filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
    expect(given).toContain('existingPlanId');
  });

  it('gets every parameter that the granting template takes', () => {
    const text = String(existing.outputs.grants);
    const given = [...text.matchAll(/'(\w+)', createObject\('value'/g)].map(([, name = '']) => name);
    expect([...given, 'vaultTopicPrincipalIds'].toSorted()).toEqual(Object.keys(grants?.parameters ?? {}).toSorted());
    expect(existing.outputs).toHaveProperty('vaultTopicPrincipalIds', expect.stringContaining('topic-contoso'));
  });

  it('gives each, in one spelling, also if roles are assigned', () => {
    const main = readFileSync('infra/main.bicep', 'utf8');
    const [, params = ''] = /^module access 'grants\.bicep'[\s\S]*?params: \{\n([\s\S]*?)\n {4}\}/m.exec(main) ?? [];
    const given = [...params.matchAll(/^ +(\w+): /gm)].map(([, name = '']) => name);
    // The topics' roles are assigned where the topics are made.
    const other = ['vaultTopicPrincipalIds'];
    expect([...given, ...other].toSorted()).toEqual(Object.keys(grants?.parameters ?? {}).toSorted());
  });
});
