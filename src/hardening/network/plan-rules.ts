import { difference, type Risk } from '../../shared/difference.ts';
import { sameResource } from '../../shared/resource-id.ts';
import { cutOffRisks } from './cut-off-risks.ts';
import type { NetworkDifference } from './network-change.ts';
import type { NetworkFacts } from './network-facts.ts';
import type { NetworkRequest } from './network-request.ts';
import { type NetworkRiskName, networkRisk } from './network-risks.ts';
import type { NetworkRules } from './ports.ts';
import { isProvable } from './prove-way-in.ts';
import { serviceEndpointName } from './resource-names.ts';

/** The rules that are asked for. What the request leaves open stays as found. */
export function askedRules(request: NetworkRequest, found: NetworkRules): NetworkRules {
  const { mode, ipRules, subnets, bypass } = request;
  return {
    publicNetworkAccess: mode === 'private' ? 'Disabled' : 'Enabled',
    defaultAction: mode === 'selected-networks' ? 'Deny' : mode === 'public' ? 'Allow' : found.defaultAction,
    ipRules: ipRules ?? found.ipRules,
    subnets:
      subnets?.map(
        (id) => found.subnets.find((one) => sameResource(one.id, id)) ?? { id, ignoreMissingServiceEndpoint: false },
      ) ?? found.subnets,
    bypass: bypass ?? found.bypass,
  };
}

/** Whether two sets of rules let the same callers in; order and case say nothing. */
export function sameRules(one: NetworkRules, other: NetworkRules): boolean {
  const text = ({ publicNetworkAccess, defaultAction, ipRules, subnets, bypass }: NetworkRules) =>
    JSON.stringify([
      publicNetworkAccess.toLowerCase(),
      defaultAction.toLowerCase(),
      ipRules.map(withoutOnePrefix).sort(),
      subnets.map(({ id }) => id.toLowerCase()).sort(),
      bypass?.toLowerCase() ?? null,
    ]);
  return text(one) === text(other);
}

/** The service endpoints that rules need: before public access is restricted, since Azure refuses such a rule without. */
export function planServiceEndpoints(request: NetworkRequest, facts: NetworkFacts): readonly NetworkDifference[] {
  return (request.subnets ?? []).flatMap((id): NetworkDifference[] => {
    const subnet = facts.ruleSubnets.get(id.toLowerCase()) ?? null;
    const change = { kind: 'add-service-endpoint', subnetId: id, service: serviceEndpointName } as const;
    const what = `service endpoint of ${id}`;
    if (subnet === null) {
      const risk = networkRisk('subnet-missing', `The subnet ${id} does not exist, or Keyturn may not see it.`);
      return [difference(what, 'A rule for a subnet needs the subnet.', change, [risk])];
    }
    if (subnet.serviceEndpoints.some((service) => sameResource(service, serviceEndpointName))) return [];
    const risks = [
      networkRisk(
        'drops-connections',
        `Adding a service endpoint breaks the open connections of everything in ${id} to AI services, and their calls come with private addresses from then on.`,
      ),
    ];
    const ofKeyturn = request.keyturn?.subnetId ?? null;
    if (ofKeyturn !== null && sameResource(ofKeyturn, id)) {
      const text =
        'Keyturn itself runs in this subnet: its open connections break, to the vault too, and the vault must still let the subnet in.';
      risks.push(networkRisk('cuts-off-vault', text));
    }
    const why = `A rule for a subnet counts only with its service endpoint ${serviceEndpointName}.`;
    return [difference(what, why, change, risks)];
  });
}

/** Public access: one difference, or none. */
export function planRules(
  request: NetworkRequest,
  facts: NetworkFacts,
  dataPlane: boolean,
): readonly NetworkDifference[] {
  const { account } = facts;
  const to = askedRules(request, account.rules);
  const from = account.rules;
  if (sameRules(from, to)) return [];
  const risks: Risk[] = [...lostRisks(from, to)];
  const risk = (name: NetworkRiskName, text: string) => risks.push(networkRisk(name, text));
  if (request.mode === 'public')
    risk('opens-to-everyone', 'Whoever has a key or a token gets in from anywhere on the internet.');
  else {
    if (account.subdomain === null)
      risk(
        'no-custom-subdomain',
        'The account has no custom subdomain: neither rules nor private endpoints work without. Set one first (it can never be changed): az cognitiveservices account update --custom-domain.',
      );
    risks.push(...cutOffRisks(request, facts, to));
    if (!dataPlane || !isProvable(account)) {
      const why = dataPlane
        ? 'No call is known that proves a key or token of this kind of account at its endpoint'
        : "The target's settings (probe: control-plane-only) keep Keyturn off the account's endpoint";
      risk('public-access-unproved', `${why}: whether anybody still gets in is not tried.`);
    }
  }
  if (request.mode === 'private' && to.ipRules.length + to.subnets.length > 0)
    risk('rules-are-moot', 'IP rules and subnets count for nothing while public network access is disabled.');
  const gone = from.ipRules.filter(
    (rule) => !to.ipRules.some((kept) => withoutOnePrefix(kept) === withoutOnePrefix(rule)),
  );
  if (gone.length > 0) risk('rules-removed', `These IP rules are removed: ${gone.join(', ')}.`);
  const why = {
    private: 'Only private endpoints are to get in.',
    'selected-networks': 'Only what is listed is to get in.',
    public: 'Everybody is to get in.',
  }[request.mode];
  return [difference('network rules of the account', why, { kind: 'set-network-rules', from, to }, risks)];
}

/** What Keyturn knows of each of Azure's open enums. */
const knownValues = {
  publicNetworkAccess: ['enabled', 'disabled', 'securedbyperimeter'],
  defaultAction: ['allow', 'deny'],
  bypass: ['azureservices', 'none'],
} as const;

/** What the account has now and would lose, if it is more than its own rules, or not known. */
function lostRisks(from: NetworkRules, to: NetworkRules): readonly Risk[] {
  return (['publicNetworkAccess', 'defaultAction', 'bypass'] as const).flatMap((member): readonly Risk[] => {
    const value = from[member];
    if (value === null || value.toLowerCase() === to[member]?.toLowerCase()) return [];
    if (value.toLowerCase() === 'securedbyperimeter')
      return [
        networkRisk(
          'leaves-perimeter',
          'A network security perimeter decides now who gets in (publicNetworkAccess SecuredByPerimeter); from then on the account itself does.',
        ),
      ];
    if (knownValues[member].some((known) => known === value.toLowerCase())) return [];
    return [
      networkRisk(
        'replaces-unknown-value',
        `The account's ${member} is ${value}, which Keyturn does not know: whoever it keeps out may get in.`,
      ),
    ];
  });
}

/** Azure shows a single address with or without `/32`. */
function withoutOnePrefix(rule: string): string {
  return rule.replace(/\/32$/, '');
}
