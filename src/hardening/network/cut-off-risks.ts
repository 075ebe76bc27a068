import type { Risk } from '../../shared/difference.ts';
import { isInAny } from '../../shared/ip-range.ts';
import { publicAccess } from '../../shared/public-access.ts';
import { sameResource } from '../../shared/resource-id.ts';
import type { NetworkFacts } from './network-facts.ts';
import type { CallerPlace, NetworkRequest } from './network-request.ts';
import { type NetworkRiskName, networkRisk } from './network-risks.ts';
import type { NetworkRules } from './ports.ts';
import { networkIdOf } from './resource-names.ts';

/** Whom the rules would shut out, of those whose place is known. */
export function cutOffRisks(request: NetworkRequest, facts: NetworkFacts, to: NetworkRules): readonly Risk[] {
  const { keyturn, consumers, mode } = request;
  const risks: Risk[] = [];
  const risk = (name: NetworkRiskName, text: string) => risks.push(networkRisk(name, text));
  const nobody = to.ipRules.length === 0 && to.subnets.length === 0;
  if (mode === 'selected-networks' && nobody && !hasPrivatePath(request, facts))
    risk('nobody-gets-in', 'The list is empty and there is no private endpoint: nobody gets in.');
  if (keyturn === null)
    risk(
      'keyturn-place-unknown',
      'Where Keyturn runs was not told (keyturn), so only the proof shows whether it still gets in; if not, the rules are put back.',
    );
  else if (!getsIn(keyturn, request, facts, to))
    risk('cuts-off-keyturn', `Keyturn itself (${placeText(keyturn)}) would not get in any more.`);
  for (const consumer of consumers)
    if (!getsIn(consumer, request, facts, to))
      risk('cuts-off-consumer', `The consumer ${consumer.name} (${placeText(consumer)}) would not get in any more.`);
  return risks;
}

/** A subnet gets in when it is listed, or lies in the private endpoint's network, where the zones' names lead to it. */
function getsIn(place: CallerPlace, request: NetworkRequest, facts: NetworkFacts, to: NetworkRules): boolean {
  const { egress, subnetId } = place;
  const isOpen = publicAccess(to) !== 'private';
  if (isOpen && egress !== null && isInAny(egress, to.ipRules)) return true;
  if (subnetId === null) return false;
  if (isOpen && to.subnets.some(({ id }) => sameResource(id, subnetId))) return true;
  const networks = [...facts.privateNetworks, ...askedNetworks(request)];
  return networks.some((network) => sameResource(networkIdOf(subnetId), network));
}

/** Whether there is a private endpoint that leads to the account, or one is asked for. */
export function hasPrivatePath(request: NetworkRequest, { account }: NetworkFacts): boolean {
  return request.privateEndpoint !== null || account.connections.some(({ status }) => status === 'Approved');
}

/** The network that the private endpoint asked for is in, or will be in. */
function askedNetworks({ privateEndpoint }: NetworkRequest): readonly string[] {
  if (privateEndpoint === null) return [];
  const { subnet } = privateEndpoint;
  if (subnet.kind === 'existing') return [networkIdOf(subnet.id)];
  return subnet.virtualNetwork.kind === 'existing' ? [subnet.virtualNetwork.id] : [];
}

function placeText({ egress, subnetId }: CallerPlace): string {
  return [egress === null ? null : `egress ${egress}`, subnetId === null ? null : `subnet ${subnetId}`]
    .filter((part) => part !== null)
    .join(', ');
}
