import type { Risk, RiskLevel } from '../../shared/difference.ts';

/** Every risk of a network's plan, with its level; `docs/network.md` has an entry for each. */
export const networkRisks = {
  'no-custom-subdomain': 'blocked',
  'zones-unknown': 'blocked',
  'zone-missing': 'blocked',
  'virtual-network-missing': 'blocked',
  'subnet-missing': 'blocked',
  'subnet-differs': 'blocked',
  'network-differs': 'blocked',
  'subnet-delegated': 'blocked',
  'subnet-full': 'blocked',
  'prefix-outside': 'blocked',
  'prefix-taken': 'blocked',
  'endpoint-elsewhere': 'blocked',
  'connection-rejected': 'blocked',
  'no-private-path': 'blocked',
  'opens-to-everyone': 'confirm',
  'leaves-perimeter': 'confirm',
  'replaces-unknown-value': 'confirm',
  'nobody-gets-in': 'confirm',
  'drops-connections': 'confirm',
  'hides-other-accounts': 'confirm',
  'cuts-off-keyturn': 'confirm',
  'cuts-off-vault': 'confirm',
  'cuts-off-consumer': 'confirm',
  'public-access-unproved': 'confirm',
  'rules-are-moot': 'advisory',
  'rules-removed': 'advisory',
  'keyturn-place-unknown': 'advisory',
  'other-zone-linked': 'advisory',
  'redirects-unknown-names': 'advisory',
} as const satisfies Record<string, RiskLevel>;

export type NetworkRiskName = keyof typeof networkRisks;

export function networkRisk(name: NetworkRiskName, text: string): Risk {
  return { name, level: networkRisks[name], text };
}
