import { aiDataPlane } from './ai-data-plane/ai-data-plane.ts';
import { arm } from './arm/arm.ts';
import type { HostedService } from './azure.ts';
import { entra } from './entra/entra.ts';
import { managedIdentity } from './entra/managed-identity.ts';
import { microsoftGraph } from './entra/microsoft-graph.ts';
import { eventGridTopics } from './event-grid-topics/publish.ts';
import { keyVault } from './key-vault/key-vault.ts';
import { queryLogs } from './log-analytics/query-logs.ts';
import { simulatedClouds } from './simulated-clouds.ts';

/** Every host of the simulated Azure and the service that answers there: the hosts of each cloud answer only in its worlds. */
export const services: readonly HostedService[] = [
  // Its topics answer at the suffix of their cloud, in any world.
  { host: /\.eventgrid\.azure\.(net|us|cn)$/, service: eventGridTopics },
  // App Service's endpoint on loopback, and the one of virtual machines.
  { host: /^(127\.0\.0\.1|localhost|169\.254\.169\.254)$/, service: managedIdentity },
  ...Object.entries(simulatedClouds).flatMap(
    ([cloud, { loginHosts, armHost, vaultSuffix, cognitive, logAnalytics, metadata }]) => {
      const { own, regional, openAi, foundry } = cognitive;
      const accountSuffixes = [own, openAi, regional, ...(foundry === null ? [] : [foundry])];
      return [
        { cloud, host: anyOf('^', loginHosts), service: entra },
        { cloud, host: anyOf('^', [armHost]), service: arm },
        { cloud, host: anyOf('^', [metadata.msgraph_host]), service: microsoftGraph },
        { cloud, host: anyOf('\\.', [vaultSuffix]), service: keyVault },
        { cloud, host: anyOf('^', logAnalytics.hosts), service: queryLogs },
        { cloud, host: anyOf('\\.', accountSuffixes), service: aiDataPlane },
      ];
    },
  ),
];

function anyOf(start: string, endings: readonly string[]): RegExp {
  return new RegExp(`${start}(?:${endings.join('|').replaceAll('.', '\\.')})$`);
}
