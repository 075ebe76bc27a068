import type { NetworkView } from '../api/views.ts';

/** What a person fills in about an account's network. Lists are texts, one entry a line. */
export interface NetworkForm {
  readonly mode: 'private' | 'selected-networks' | 'public';
  readonly ipRules: string;
  readonly subnets: string;
  readonly bypassAzureServices: boolean;
  readonly endpointSubnet: string;
  readonly zones: 'existing' | 'policy-managed' | 'create';
  readonly zoneIds: string;
  readonly keyturnEgress: string;
}

/** The form as the network is now. A mode that cannot be asked for becomes the nearest that is no more open. */
export function networkFormOf({ mode, ipRules, subnets, bypass }: NetworkView): NetworkForm {
  return {
    mode: mode === 'secured-by-perimeter' || mode === 'unknown' ? 'private' : mode,
    ipRules: ipRules.join('\n'),
    subnets: subnets.join('\n'),
    bypassAzureServices: bypass === 'AzureServices',
    ...{ endpointSubnet: '', zones: 'policy-managed', zoneIds: '', keyturnEgress: '' },
  };
}

/** The body of `PUT …/network`. */
export function networkBody(form: NetworkForm): object {
  const { mode, endpointSubnet, zones, keyturnEgress } = form;
  const subnet = endpointSubnet.trim();
  const egress = keyturnEgress.trim();
  return {
    mode,
    ...(mode === 'selected-networks' ? { ipRules: linesOf(form.ipRules), subnets: linesOf(form.subnets) } : {}),
    bypass: form.bypassAzureServices ? 'AzureServices' : 'None',
    ...(mode === 'private' && subnet !== ''
      ? {
          privateEndpoint: { subnet: { id: subnet } },
          privateDns: zones === 'existing' ? { zones, ids: linesOf(form.zoneIds) } : { zones },
        }
      : {}),
    ...(egress === '' ? {} : { keyturn: { egress } }),
  };
}

/** The entries of a text: blanks around them and empty lines are none. */
export function linesOf(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
