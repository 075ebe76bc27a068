import type { NetworkView } from '../api/views.ts';

/** What a person fills in about an account's network. Lists are texts, one entry a line; an empty text says nothing. */
export interface NetworkForm {
  readonly mode: 'private' | 'selected-networks' | 'public';
  readonly ipRules: string;
  readonly subnets: string;
  readonly bypass: 'as-found' | 'AzureServices' | 'None';
  /** Where a private endpoint goes; `none`: the endpoints that are there. */
  readonly endpoint: 'none' | 'existing-subnet' | 'new-subnet';
  readonly endpointName: string;
  readonly endpointGroup: string;
  readonly subnetId: string;
  readonly subnetName: string;
  readonly subnetPrefix: string;
  readonly endpointPolicies: 'Disabled' | 'Enabled' | 'NetworkSecurityGroupEnabled' | 'RouteTableEnabled';
  readonly virtualNetwork: 'existing' | 'new';
  readonly virtualNetworkId: string;
  readonly virtualNetworkName: string;
  readonly virtualNetworkGroup: string;
  readonly location: string;
  readonly addressSpace: string;
  readonly zones: 'as-found' | 'existing' | 'policy-managed' | 'create';
  readonly zoneIds: string;
  readonly zoneGroup: string;
  readonly nxDomainRedirect: boolean;
  readonly keyturnEgress: string;
  readonly keyturnSubnetId: string;
  /** `name: address` or `name: subnet id`, or both with a comma between. */
  readonly consumers: string;
}

/** The form as the network is now. A mode that cannot be asked for becomes the nearest that is no more open. */
export function networkFormOf({ mode, ipRules, subnets }: NetworkView): NetworkForm {
  return {
    mode: mode === 'secured-by-perimeter' || mode === 'unknown' ? 'private' : mode,
    ...{ ipRules: ipRules.join('\n'), subnets: subnets.join('\n'), bypass: 'as-found' },
    ...{ endpoint: 'none', endpointName: '', endpointGroup: '', subnetId: '', subnetName: '', subnetPrefix: '' },
    ...{ endpointPolicies: 'Disabled', virtualNetwork: 'existing', virtualNetworkId: '', virtualNetworkName: '' },
    ...{ virtualNetworkGroup: '', location: '', addressSpace: '', zones: 'policy-managed', zoneIds: '', zoneGroup: '' },
    ...{ nxDomainRedirect: false, keyturnEgress: '', keyturnSubnetId: '', consumers: '' },
  };
}

/** The body of `PUT …/network`. What is not asked about stays as it is in Azure. */
export function networkBody(form: NetworkForm): object {
  const { mode, bypass, endpoint } = form;
  const keyturn = filled({ egress: form.keyturnEgress, subnetId: form.keyturnSubnetId });
  const consumers = partsOf(form.consumers, '\n').map(consumerOf);
  return {
    mode,
    ...(mode === 'selected-networks' ? { ipRules: entriesOf(form.ipRules), subnets: entriesOf(form.subnets) } : {}),
    ...(bypass === 'as-found' ? {} : { bypass }),
    ...(endpoint !== 'none'
      ? {
          privateEndpoint: {
            subnet: endpoint === 'new-subnet' ? newSubnet(form) : { id: form.subnetId.trim() },
            ...filled({ name: form.endpointName, resourceGroup: form.endpointGroup }),
          },
          ...(form.zones === 'as-found' ? {} : { privateDns: privateDns(form) }),
        }
      : {}),
    ...(Object.keys(keyturn).length === 0 ? {} : { keyturn }),
    ...(consumers.length === 0 ? {} : { consumers }),
  };
}

function newSubnet(form: NetworkForm): object {
  return {
    name: form.subnetName.trim(),
    prefix: form.subnetPrefix.trim(),
    privateEndpointNetworkPolicies: form.endpointPolicies,
    virtualNetwork:
      form.virtualNetwork === 'existing'
        ? { id: form.virtualNetworkId.trim() }
        : {
            name: form.virtualNetworkName.trim(),
            ...filled({ resourceGroup: form.virtualNetworkGroup }),
            location: form.location.trim(),
            addressSpace: form.addressSpace.trim(),
          },
  };
}

function privateDns({ zones, zoneIds, zoneGroup, nxDomainRedirect }: NetworkForm): object {
  if (zones === 'policy-managed') return { zones };
  return {
    zones,
    ...(zones === 'existing' ? { ids: entriesOf(zoneIds) } : filled({ resourceGroup: zoneGroup })),
    nxDomainRedirect,
  };
}

function consumerOf(line: string): object {
  // A name may have colons; an address and an ARM id have none.
  const at = line.lastIndexOf(':');
  if (at === -1) return { name: line };
  const places = entriesOf(line.slice(at + 1));
  const isId = (place: string) => place.startsWith('/');
  // Two of a kind are sent as they stand, for the API to refuse.
  const [subnetId, egress] = [places.filter(isId).join(', '), places.filter((place) => !isId(place)).join(', ')];
  return { name: line.slice(0, at).trim(), ...filled({ egress, subnetId }) };
}

/** The members whose text says something, without the blanks around it. */
function filled(members: Readonly<Record<string, string>>): Record<string, string> {
  const trimmed = Object.entries(members).map(([member, text]) => [member, text.trim()] as const);
  return Object.fromEntries(trimmed.filter(([, text]) => text !== ''));
}

/** The entries of a list, one a line or with commas between: blanks around them and empty lines are none. */
export function entriesOf(text: string): string[] {
  return partsOf(text, /[\n,]/);
}

function partsOf(text: string, separator: string | RegExp): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
