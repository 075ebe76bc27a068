import { difference } from '../../shared/difference.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { hasPrivatePath } from './cut-off-risks.ts';
import type { NetworkDifference } from './network-change.ts';
import type { NetworkFacts } from './network-facts.ts';
import type { NetworkRequest } from './network-request.ts';
import { networkRisk } from './network-risks.ts';
import { planPrivateDns } from './plan-private-dns.ts';
import { planPrivateEndpoint } from './plan-private-endpoint.ts';
import { planRules, planServiceEndpoints } from './plan-rules.ts';
import { hostIn } from './resource-names.ts';

/**
 * What differs between an account's network and what is asked for, in the order in which it is changed: the private way
 * in first, proved, and only then public access. Empty when nothing differs.
 * @param proved the private way in has been proved for this very change
 * @param dataPlane false if the target's settings keep Keyturn off the account's endpoint: then restricted access is not proved
 */
export function planNetwork(
  account: AccountId,
  request: NetworkRequest,
  facts: NetworkFacts,
  proved: boolean,
  dataPlane: boolean,
): readonly NetworkDifference[] {
  const { privateEndpoint, privateDns, mode } = request;
  const way = privateEndpoint === null ? [] : planPrivateEndpoint(account, privateEndpoint, facts);
  const names =
    privateEndpoint === null || privateDns === null ? [] : planPrivateDns(account, privateEndpoint, privateDns, facts);
  const publicAccess = planRules(request, facts, dataPlane);
  const proof = mode === 'private' && publicAccess.length > 0 && !proved ? [planProof(request, facts)] : [];
  return [...way, ...names, ...planServiceEndpoints(request, facts), ...proof, ...publicAccess];
}

function planProof(request: NetworkRequest, facts: NetworkFacts): NetworkDifference {
  const { account, zoneNames } = facts;
  const hosts =
    account.subdomain === null ? [] : (zoneNames ?? []).map((zone) => hostIn(zone, account.subdomain ?? ''));
  const risks = [];
  if (zoneNames === null) {
    const text = 'Which private DNS zones this kind of account has in this cloud is not known.';
    risks.push(networkRisk('zones-unknown', text));
  }
  if (!hasPrivatePath(request, facts)) {
    const text =
      'The account has no approved private endpoint and none is asked for (privateEndpoint): nobody at all could reach it.';
    risks.push(networkRisk('no-private-path', text));
  }
  const why =
    'Public access is disabled only once Keyturn, from where it runs, reaches the account over its private address.';
  return difference('private way in', why, { kind: 'prove-private-path', hosts }, risks);
}
