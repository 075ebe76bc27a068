import type { NetworkView } from '../api/views.ts';

/** What a person fills in about an account's network. Lists are texts, one entry a line; an empty text says nothing. */
export interface NetworkForm {
  /** Empty: to be chosen. */
  readonly mode: '' | 'private' | 'selected-networks' | 'public';
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
  /** Empty: to be chosen. */
  readonly zones: '' | 'as-found' | 'existing' | 'policy-managed' | 'create';
  readonly zoneIds: string;
  readonly zoneGroup: string;
  readonly nxDomainRedirect: boolean;
  readonly keyturnEgress: string;
  readonly keyturnSubnetId: string;
  /** `name: address` or `name: subnet id`, or both with a comma between. */
  readonly consumers: string;
}

/** The form as the network is now. Instead of a mode that cannot be asked for one is to be chosen. */
export function networkFormOf({ mode, ipRules, subnets }: NetworkView): NetworkForm {
  return {
    mode: mode === 'secured-by-perimeter' || mode === 'unknown' ? '' : mode,
    ...{ ipRules: ipRules.join('\n'), subnets: subnets.join('\n'), bypass: 'as-found' },
    ...{ endpoint: 'none', endpointName: '', endpointGroup: '', subnetId: '', subnetName: '', subnetPrefix: '' },
    ...{ endpointPolicies: 'Disabled', virtualNetwork: 'existing', virtualNetworkId: '', virtualNetworkName: '' },
    ...{ virtualNetworkGroup: '', location: '', addressSpace: '', zones: '', zoneIds: '', zoneGroup: '' },
    ...{ nxDomainRedirect: false, keyturnEgress: '', keyturnSubnetId: '', consumers: '' },
  };
}

/** What was filled in since the network was as in `base`, on top of what it is now: lists keep what others have added since. */
export function mergedForm(base: NetworkForm, filledIn: NetworkForm, found: NetworkForm): NetworkForm {
  const list = (name: 'ipRules' | 'subnets') =>
    mergedList(entriesOf(base[name]), entriesOf(filledIn[name]), entriesOf(found[name])).join('\n');
  return {
    ...filledIn,
    mode: filledIn.mode === base.mode ? found.mode : filledIn.mode,
    ipRules: list('ipRules'),
    subnets: list('subnets'),
  };
}

/** What is there now, without what was taken out, and with what was added. */
export function mergedList<Entry>(
  base: readonly Entry[],
  filledIn: readonly Entry[],
  found: readonly Entry[],
): readonly Entry[] {
  const isIn = (list: readonly Entry[], entry: Entry) =>
    list.some((one) => JSON.stringify(one) === JSON.stringify(entry));
  return [
    ...found.filter((entry) => !isIn(base, entry) || isIn(filledIn, entry)),
    ...filledIn.filter((entry) => !isIn(base, entry) && !isIn(found, entry)),
  ];
}

/** What is still to be filled in before there is a plan; null: nothing. */
export function toFillIn({ mode, endpoint, zones, consumers }: NetworkForm): string | null {
  if (mode === '') return 'Choose who may reach it.';
  if (endpoint !== 'none' && zones === '') return 'Choose what becomes of private DNS.';
  const place = partsOf(consumers, '\n').find((line) => placeOf(line) === null);
  return place === undefined ? null : `Consumers: write a colon between name and address: “${place}”.`;
}

/** The members of the body, as the form calls them. A number is that of an entry. */
const labels: readonly (readonly [RegExp, string])[] = [
  [/^mode$/, 'Who may reach it'],
  [/^ipRules/, 'Addresses and ranges'],
  [/^subnets/, 'Subnets'],
  [/^bypass$/, 'Microsoft’s trusted services'],
  [/^privateEndpoint\.name$/, 'Name of the endpoint'],
  [/^privateEndpoint\.resourceGroup$/, 'Resource group of the endpoint'],
  [/^privateEndpoint\.subnet\.name$/, 'Name of the subnet'],
  [/^privateEndpoint\.subnet\.prefix$/, 'Range of the subnet'],
  [/^privateEndpoint\.subnet\.privateEndpointNetworkPolicies$/, 'Network policies for private endpoints'],
  [/^privateEndpoint\.subnet\.virtualNetwork\.name$/, 'Name of the virtual network'],
  [/^privateEndpoint\.subnet\.virtualNetwork\.location$/, 'Region'],
  [/^privateEndpoint\.subnet\.virtualNetwork\.addressSpace$/, 'Address space'],
  [/^privateEndpoint\.subnet\.virtualNetwork\.resourceGroup$/, 'Resource group of the virtual network'],
  [/^privateEndpoint\.subnet\.virtualNetwork\.id$/, 'Id of the virtual network'],
  [/^privateEndpoint\.subnet\.virtualNetwork/, 'Virtual network'],
  [/^privateEndpoint\.subnet/, 'Subnet'],
  [/^privateEndpoint/, 'Private endpoint'],
  [/^privateDns\.resourceGroup$/, 'Resource group of the zones'],
  [/^privateDns\.nxDomainRedirect$/, 'New links ask public DNS for names that a zone lacks'],
  [/^privateDns/, 'Zones'],
  [/^keyturn\.egress$/, 'Keyturn’s own address'],
  [/^keyturn\.subnetId$/, 'Keyturn’s own subnet'],
  [/^keyturn/, 'Who calls from where'],
  [/^consumers/, 'Consumers'],
];

/** Where the form has a member of the body, such as `ipRules[0]`; null: nowhere. */
export function fieldLabel(member: string): string | null {
  const [, label] = labels.find(([pattern]) => pattern.test(member)) ?? [];
  const [, index] = /\[(\d+)\]/.exec(member) ?? [];
  if (label === undefined) return null;
  return index === undefined ? label : `${label}, entry ${Number(index) + 1}`;
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
  const at = placeOf(line);
  if (at === null) return { name: line };
  const places = entriesOf(line.slice(at + 1));
  const isId = (place: string) => place.startsWith('/');
  // Two of a kind are sent as they stand, for the API to refuse.
  const [subnetId, egress] = [places.filter(isId).join(', '), places.filter((place) => !isId(place)).join(', ')];
  return { name: line.slice(0, at).trim(), ...filled({ egress, subnetId }) };
}

/**
 * Where the colon between a consumer's name and its places is; null: there is none. A name may have colons, and so has an IPv6 address,
 * which the API refuses as a whole: the last colon before a blank or an ARM id is meant, else the last before an address.
 */
function placeOf(line: string): number | null {
  const found = [/^.*:(?=\s|\/)/, /^.*:(?=[\d.]+\.\d)/, /^[^:]*:/].map((pattern) => pattern.exec(line)?.[0].length);
  const end = found.find((length) => length !== undefined);
  return end === undefined ? null : end - 1;
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
