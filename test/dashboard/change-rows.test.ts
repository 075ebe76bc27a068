import { describe, expect, it } from 'vitest';
import type { PlannedChange } from '../../dashboard/api/views.ts';
import { withShortIds } from '../../dashboard/decisions/arm-ids.ts';
import { type ChangeRow, changeRows } from '../../dashboard/decisions/change-rows.ts';

const subscription = '0b1f6471-1bf0-4dda-aec3-111122223333';
const inHub = `/subscriptions/${subscription}/resourceGroups/rg-hub/providers/Microsoft.Network`;
const [network, endpointId] = [`${inHub}/virtualNetworks/vnet-ai`, `${inHub}/privateEndpoints/pe-contoso`];
const subnet = `${network}/subnets/snet-endpoints`;
const zone = `${inHub}/privateDnsZones/privatelink.openai.azure.com`;
const account = `/subscriptions/${subscription}/resourceGroups/rg-hub/providers/Microsoft.CognitiveServices/accounts/contoso`;
const group: ChangeRow = ['Resource group', ['rg-hub, subscription 0b1f6471…']];
const principalId = '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a01';

const rules = {
  ...{ publicNetworkAccess: 'Enabled', defaultAction: 'Deny', bypass: 'AzureServices' },
  ...{ ipRules: ['203.0.113.7', '198.51.100.0/24'], subnets: [{ id: subnet, ignoreMissingServiceEndpoint: false }] },
};
const setRules = (to: Partial<typeof rules>) =>
  ({ kind: 'set-network-rules', from: rules, to: { ...rules, ...to } }) as const;
const kept: readonly ChangeRow[] = [
  ['Addresses kept', rules.ipRules],
  ['Subnets kept', ['vnet-ai/snet-endpoints in rg-hub, subscription 0b1f6471…']],
];

describe('a plan shows what is written', () => {
  it.each<[string, PlannedChange, readonly ChangeRow[]]>([
    [
      'of a new network',
      { kind: 'create-virtual-network', id: network, location: 'eastus', addressSpace: '10.40.0.0/16' },
      [['Address space', ['10.40.0.0/16']], ['Region', ['eastus']], group],
    ],
    [
      'of a new subnet, with its policies as the form calls them',
      {
        kind: 'create-subnet',
        id: subnet,
        prefix: '10.40.1.0/27',
        privateEndpointNetworkPolicies: 'RouteTableEnabled',
      },
      [['Range', ['10.40.1.0/27']], ['Network policies', ['routes']], group],
    ],
    [
      'of a subnet that is missing, of which nothing is known',
      { kind: 'create-subnet', id: subnet, prefix: '', privateEndpointNetworkPolicies: '' },
      [group],
    ],
    [
      'of a service endpoint',
      { kind: 'add-service-endpoint', subnetId: subnet, service: 'Microsoft.CognitiveServices' },
      [['Service', ['Microsoft.CognitiveServices']], group],
    ],
    [
      'of a private endpoint',
      {
        ...({ kind: 'create-private-endpoint', id: endpointId, subnetId: subnet } as const),
        ...{ location: 'eastus', targetId: account, groupId: 'account' },
      },
      [
        ['Subnet', ['vnet-ai/snet-endpoints in rg-hub, subscription 0b1f6471…']],
        ['Target sub-resource', ['account']],
        ['Region', ['eastus']],
        group,
      ],
    ],
    [
      'of an approval',
      { kind: 'approve-connection', connection: 'pe-contoso.1', endpointId },
      [
        ['Status', ['Approved']],
        ['Private endpoint', ['pe-contoso in rg-hub, subscription 0b1f6471…']],
      ],
    ],
    ['of a new zone', { kind: 'create-zone', id: zone }, [group]],
    [
      'of a link',
      { kind: 'link-zone', zoneId: zone, name: 'link-vnet-ai', virtualNetworkId: network, nxDomainRedirect: true },
      [
        ['Name of the link', ['link-vnet-ai']],
        ['Names that the zone lacks', ['are asked of public DNS']],
        ['Virtual network', ['vnet-ai in rg-hub, subscription 0b1f6471…']],
        ['Resource group of the zone', group[1]],
      ],
    ],
    [
      'of a zone group',
      { kind: 'set-zone-group', endpointId, name: 'default', zoneIds: [zone] },
      [
        ['Name of the group', ['default']],
        ['Zones', ['privatelink.openai.azure.com in rg-hub, subscription 0b1f6471…']],
      ],
    ],
    [
      'of a proof, which writes nothing',
      { kind: 'prove-private-path', hosts: ['contoso.openai.azure.com'] },
      [['Names to prove', ['contoso.openai.azure.com']]],
    ],
    [
      'of rules: whom they let in anew, no longer, and still',
      setRules({ ipRules: ['203.0.113.7/32', '203.0.113.99'], subnets: [] }),
      [
        ['Addresses added', ['203.0.113.99']],
        ['Addresses removed', ['198.51.100.0/24']],
        ['Addresses kept', ['203.0.113.7/32']],
        ['Subnets removed', ['vnet-ai/snet-endpoints in rg-hub, subscription 0b1f6471…']],
      ],
    ],
    [
      'of rules that let Microsoft’s services through no more',
      setRules({ bypass: 'None' }),
      [['Microsoft’s trusted services', ['let through → not let through']], ...kept],
    ],
    [
      'of rules that let everybody in',
      setRules({ defaultAction: 'Allow' }),
      [['Who is not listed', ['kept out → let in']], ...kept],
    ],
    [
      'of public access that is disabled',
      setRules({ publicNetworkAccess: 'Disabled' }),
      [['Public network access', ['Enabled → Disabled']], ...kept],
    ],
    [
      'of a new identity',
      { kind: 'create-identity', armId: `${inHub}/userAssignedIdentities/id-shop`, location: 'eastus' },
      [['Region', ['eastus']], group],
    ],
    [
      'of a role',
      {
        kind: 'assign',
        grant: {
          identity: { kind: 'keyturn', principalId },
          role: { guid: 'a97b65f3', name: 'Cognitive Services User', canListKeys: true, isBroad: false },
          scope: account,
        },
      },
      [
        ['Identity', [principalId]],
        ['Role', ['a97b65f3']],
        ['Scope', ['contoso in rg-hub, subscription 0b1f6471…']],
      ],
    ],
    [
      'of a role that is removed',
      { kind: 'unassign', scope: account, name: 'assignment-1', principalId, roleGuid: 'a97b65f3' },
      [
        ['Assignment', ['assignment-1']],
        ['Scope', ['contoso in rg-hub, subscription 0b1f6471…']],
      ],
    ],
    ['of keys that are turned off', { kind: 'disable-local-auth' }, [['Local authentication', ['off']]]],
    ['of keys that are turned on', { kind: 'enable-local-auth' }, [['Local authentication', ['on']]]],
    [
      'of tags',
      { kind: 'untag', secret: 'ai-key1', version: '1', tags: ['keyturn-instance'] },
      [['Tags removed', ['keyturn-instance']]],
    ],
    ['of what its name says already', { kind: 'remove-history' }, []],
  ])('%s', (_, change, rows) => {
    expect(changeRows(change)).toEqual(rows);
  });

  it('and nothing of a change that this page does not know', () => {
    expect(changeRows({ kind: 'of-tomorrow' })).toEqual([]);
  });
});

describe('a sentence', () => {
  it.each([
    [`subnet ${subnet}`, 'subnet vnet-ai/snet-endpoints'],
    [`link of privatelink.openai.azure.com to ${network}`, 'link of privatelink.openai.azure.com to vnet-ai'],
    [`${zone}, and ${subnet}`, 'privatelink.openai.azure.com, and vnet-ai/snet-endpoints'],
    ['network rules of the account', 'network rules of the account'],
    ['/subscriptions/elsewhere', '/subscriptions/elsewhere'],
  ])('with %s is short', (text, short) => {
    expect(withShortIds(text)).toBe(short);
  });
});
