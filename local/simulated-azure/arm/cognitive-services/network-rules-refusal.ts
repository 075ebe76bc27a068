import { isIPv4 } from 'node:net';
import { rangeOf } from '../../network/cidr.ts';
import { isPrivate } from '../../network/network-path.ts';
import { findSubnet } from '../../network/network-world.ts';
import { armError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { linkedRefusal } from '../linked-refusal.ts';
import { listIn, objectIn } from '../network/network-answer.ts';

/** https://learn.microsoft.com/azure/ai-services/cognitive-services-virtual-networks */
const mostRules = 100;

/** What is wrong with `networkAcls`; the rules are documented, the wording of the refusals is not on record. Null when fine. */
export function networkRulesRefusal(call: ArmCall, networkAcls: unknown, subdomain: unknown): Response | null {
  if (networkAcls === undefined || networkAcls === null) return null;
  const refuse = (message: string) => armError(400, 'BadRequest', message);
  const acls = objectIn(networkAcls);
  const ipRules = listIn(acls.ipRules).map((rule) => String(objectIn(rule).value));
  const subnetIds = listIn(acls.virtualNetworkRules).map((rule) => objectIn(rule));
  const action = acls.defaultAction ?? 'Allow';
  if (action !== 'Allow' && action !== 'Deny') return refuse(`The default action '${String(action)}' is invalid.`);
  const hasRules = action === 'Deny' || ipRules.length > 0 || subnetIds.length > 0;
  if (hasRules && typeof subdomain !== 'string') {
    return refuse('Network rules need an account with a custom subdomain name.');
  }
  if (ipRules.length > mostRules) return refuse(`There may be ${mostRules} IP rules at most.`);
  if (subnetIds.length > mostRules) return refuse(`There may be ${mostRules} virtual network rules at most.`);
  for (const value of ipRules) {
    const [address = '', bits] = value.split('/');
    if (!isIPv4(address) || rangeOf(value) === null)
      return refuse(`The IP rule '${value}' is no IPv4 address or CIDR range.`);
    if (bits === '31' || bits === '32')
      return refuse(`The IP rule '${value}' is invalid: write small ranges as addresses.`);
    if (isPrivate(address)) return refuse(`The IP rule '${value}' is invalid: only public addresses are allowed.`);
  }
  const ids = subnetIds.map(({ id }) => String(id));
  const joinAction = 'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action';
  const linked = linkedRefusal(
    call,
    ids.map((scope) => ({ action: joinAction, scope })),
  );
  if (linked !== null) return linked;
  for (const { id, ignoreMissingVnetServiceEndpoint } of subnetIds) {
    if (ignoreMissingVnetServiceEndpoint === true) continue;
    const found = findSubnet(call.world, String(id));
    const has = found?.subnet.serviceEndpoints.some(({ service }) => service === 'Microsoft.CognitiveServices');
    if (has === true) continue;
    return armError(
      400,
      'SubnetsHaveNoServiceEndpointsConfigured',
      `Subnets ${String(id).split('/').at(-1)} of virtual network ${String(id).split('/')[8]} do not have ServiceEndpoints for Microsoft.CognitiveServices resources configured. Add Microsoft.CognitiveServices to subnet's ServiceEndpoints collection before trying to ACL Microsoft.CognitiveServices resources to these subnets.`,
    );
  }
  return null;
}
