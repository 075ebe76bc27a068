import { aiDataPlane } from './ai-data-plane/ai-data-plane.ts';
import { arm } from './arm/arm.ts';
import type { HostedService } from './azure.ts';
import { entra } from './entra/entra.ts';
import { keyVault } from './key-vault/key-vault.ts';
import { managedIdentity } from './managed-identity.ts';

/** Every host of the simulated Azure and the service that answers there. */
export const services: readonly HostedService[] = [
  {
    host: /^(login\.microsoftonline\.com|login\.windows\.net|login\.microsoft\.com|sts\.windows\.net)$/,
    service: entra,
  },
  { host: /^management\.azure\.com$/, service: arm },
  { host: /\.vault\.azure\.net$/, service: keyVault },
  // App Service's endpoint on loopback, and the one of virtual machines.
  { host: /^(127\.0\.0\.1|localhost|169\.254\.169\.254)$/, service: managedIdentity },
  {
    host: /\.(cognitiveservices\.azure\.com|openai\.azure\.com|services\.ai\.azure\.com|api\.cognitive\.microsoft\.com)$/,
    service: aiDataPlane,
  },
];
