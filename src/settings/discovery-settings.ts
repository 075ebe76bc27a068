import { guidPattern } from '../shared/arm-id.ts';
import { type FieldProblem, found } from '../shared/field-problem.ts';
import type { DiscoveryRules } from '../targets/discovered-targets.ts';
import { vaultUrl } from '../targets/vault-url.ts';
import { partsOf, type Variables } from './variables.ts';

/**
 * What tags on AI accounts may do, or everything that is wrong with it. Both lists or neither: without a vault that tags
 * may name, every account would be refused.
 */
export function discoverySettings(
  { KEYTURN_DISCOVERY_SUBSCRIPTIONS: subscriptionList, KEYTURN_DISCOVERY_VAULTS: vaultList }: Variables,
  vaultSuffix: string,
): { readonly rules: Pick<DiscoveryRules, 'subscriptions' | 'vaultUrls'>; readonly problems: readonly FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const subscriptions = partsOf(subscriptionList);
  for (const id of subscriptions) {
    if (guidPattern.test(id)) continue;
    const accepted = 'the ids of subscriptions, with commas between them';
    problems.push({ field: 'KEYTURN_DISCOVERY_SUBSCRIPTIONS', found: found(id), accepted });
  }
  const vaultUrls = partsOf(vaultList).flatMap((vault) => {
    const url = vaultUrl(vault, vaultSuffix);
    if (url !== null) return url;
    const accepted = `names of vaults, or their addresses https://<name>.${vaultSuffix}, with commas between them`;
    problems.push({ field: 'KEYTURN_DISCOVERY_VAULTS', found: found(vault), accepted });
    return [];
  });
  const pair = [
    ['KEYTURN_DISCOVERY_VAULTS', vaultList, subscriptionList, 'the vaults that tags may name'],
    ['KEYTURN_DISCOVERY_SUBSCRIPTIONS', subscriptionList, vaultList, 'the subscriptions in which tags count'],
  ] as const;
  for (const [field, own, other, what] of pair)
    if (own === undefined && other !== undefined)
      problems.push({ field, found: 'nothing', accepted: `${what}: both discovery settings, or neither` });
  return { rules: { subscriptions: subscriptions.map((id) => id.toLowerCase()), vaultUrls }, problems };
}
