import type { PlannedChange, PlanView } from '../api/views.ts';
import { groupOf, placed } from './arm-ids.ts';

/** What a change writes, each with its label. */
export type ChangeRow = readonly [label: string, values: readonly string[]];

/** What a difference writes, as the form and Azure's portal call it; empty if its name says all, or it writes nothing. */
export function changeRows(change: PlanView['differences'][number]['change']): readonly ChangeRow[] {
  return rowsOf(change as PlannedChange).filter(([, values]) => values.length > 0);
}

const row = (label: string, ...values: readonly (string | null)[]): ChangeRow => [
  label,
  // A change that something blocks may have empty members.
  values.filter((value): value is string => value !== null && value !== ''),
];

const groupRow = (id: string) => row('Resource group', groupOf(id));

function rowsOf(change: PlannedChange): readonly ChangeRow[] {
  switch (change.kind) {
    case 'create-virtual-network':
      return [row('Address space', change.addressSpace), row('Region', change.location), groupRow(change.id)];
    case 'create-subnet': {
      const policies = endpointPolicies[change.privateEndpointNetworkPolicies] ?? change.privateEndpointNetworkPolicies;
      return [row('Range', change.prefix), row('Network policies', policies), groupRow(change.id)];
    }
    case 'add-service-endpoint':
      return [row('Service', change.service), groupRow(change.subnetId)];
    case 'create-private-endpoint':
      return [
        ...[row('Subnet', placed(change.subnetId)), row('Target sub-resource', change.groupId)],
        ...[row('Region', change.location), groupRow(change.id)],
      ];
    case 'approve-connection':
      return [row('Status', 'Approved'), row('Private endpoint', placed(change.endpointId))];
    case 'create-zone':
      return [groupRow(change.id)];
    case 'link-zone':
      return [
        row('Name of the link', change.name),
        row('Names that the zone lacks', change.nxDomainRedirect ? 'are asked of public DNS' : 'get no address'),
        row('Virtual network', placed(change.virtualNetworkId)),
        row('Resource group of the zone', groupOf(change.zoneId)),
      ];
    case 'set-zone-group':
      return [row('Name of the group', change.name), row('Zones', ...change.zoneIds.map(placed))];
    case 'prove-private-path':
      return [row('Names to prove', ...change.hosts)];
    case 'set-network-rules':
      return rulesRows(change.from, change.to);
    case 'create-identity':
      return [row('Region', change.location), groupRow(change.armId)];
    case 'assign': {
      const { identity, role, scope } = change.grant;
      const who = identity.kind === 'user-assigned' ? placed(identity.armId) : identity.principalId;
      return [row('Identity', who), row('Role', role.guid), row('Scope', placed(scope))];
    }
    case 'unassign':
      return [row('Assignment', change.name), row('Scope', placed(change.scope))];
    case 'disable-local-auth':
      return [row('Local authentication', 'off')];
    case 'enable-local-auth':
      return [row('Local authentication', 'on')];
    case 'untag':
      return [row('Tags removed', ...change.tags)];
    case 'prove-own-access':
    case 'prove-keyless':
    case 'adopt-keys':
    case 'forget-target':
    case 'remove-history':
      return [];
    default:
      change satisfies never;
      return [];
  }
}

const endpointPolicies: Readonly<Record<string, string>> = {
  Disabled: 'none',
  Enabled: 'security groups and routes',
  NetworkSecurityGroupEnabled: 'security groups',
  RouteTableEnabled: 'routes',
};

type Rules = Extract<PlannedChange, { kind: 'set-network-rules' }>['to'];

/** Who is let in anew, who no longer, and who still. */
function rulesRows(from: Rules, to: Rules): readonly ChangeRow[] {
  const others: Readonly<Record<string, string>> = { Allow: 'let in', Deny: 'kept out' };
  const services: Readonly<Record<string, string>> = { AzureServices: 'let through', None: 'not let through' };
  const said = (value: string | null, known: Readonly<Record<string, string>>) =>
    value === null ? 'Azure does not say' : (known[value] ?? value);
  const turn = (label: string, one: string | null, other: string | null, known: Readonly<Record<string, string>>) =>
    row(label, one === other ? null : `${said(one, known)} → ${said(other, known)}`);
  const subnets = (rules: Rules) => rules.subnets.map(({ id }) => placed(id));
  return [
    turn('Public network access', from.publicNetworkAccess, to.publicNetworkAccess, {}),
    turn('Who is not listed', from.defaultAction, to.defaultAction, others),
    turn('Microsoft’s trusted services', from.bypass, to.bypass, services),
    ...listRows('Addresses', from.ipRules, to.ipRules),
    ...listRows('Subnets', subnets(from), subnets(to)),
  ];
}

function listRows(label: string, from: readonly string[], to: readonly string[]): readonly ChangeRow[] {
  // Azure shows a single address with or without /32, and names in any case.
  const same = (one: string) => one.replace(/\/32$/, '').toLowerCase();
  const [before, after] = [new Set(from.map(same)), new Set(to.map(same))];
  return [
    row(`${label} added`, ...to.filter((one) => !before.has(same(one)))),
    row(`${label} removed`, ...from.filter((one) => !after.has(same(one)))),
    row(`${label} kept`, ...to.filter((one) => before.has(same(one)))),
  ];
}
