import { isInAny, isPrivateAddress } from '../../shared/ip-range.ts';
import { publicAccess } from '../../shared/public-access.ts';
import type { DiagnosisFacts } from '../diagnosis-facts.ts';
import { type Found, namedInCli, ok, problem, unknown } from '../finding.ts';

/** Whether the account's rules let the caller's address in. */
export function callerAddress({ exposure, address, target }: DiagnosisFacts): Found {
  if (exposure.kind === 'failed') return unknown('rules-unknown', { code: exposure.failure.code });
  const { publicNetworkAccess, defaultAction, ipRules } = exposure.value.rules;
  const evidence = {
    address: address?.value ?? null,
    from: address?.from ?? null,
    publicNetworkAccess,
    defaultAction,
    ipRules: ipRules.length,
  };
  const access = publicAccess(exposure.value.rules);
  if (access === 'secured-by-perimeter' || access === 'unknown') return unknown('rules-elsewhere', evidence);
  if (access === 'public' || (access === 'selected-networks' && ipRules.includes('0.0.0.0/0')))
    return ok('address-allowed', evidence);
  if (address === null) return unknown('address-unknown', evidence);
  if (isPrivateAddress(address.value)) return unknown('address-private', evidence);
  const network = { method: 'PUT', path: `/api/targets/${target.name}/network?dryRun=true` } as const;
  if (access === 'private')
    return problem('public-access-disabled', evidence, {
      text: 'Call over a private endpoint, or allow selected networks; the plan shows first what that changes.',
      call: { ...network, body: { mode: 'selected-networks', ipRules: [...ipRules, address.value] } },
    });
  if (isInAny(address.value, ipRules)) return ok('address-allowed', evidence);
  return problem('address-not-allowed', evidence, {
    text: 'Add the address to the rules; the plan tells first what that changes.',
    call: { ...network, body: { mode: 'selected-networks', ipRules: [...ipRules, address.value] } },
    command: `az cognitiveservices account network-rule add ${namedInCli(target.account)} --ip-address ${address.value}`,
  });
}
