import type { HttpClient } from '@azure/core-rest-pipeline';
import { SecretClient } from '@azure/keyvault-secrets';
import { keyVault } from '../../local/simulated-azure/key-vault/key-vault.ts';
import type { Vault } from '../../local/simulated-azure/world.ts';
import { resourceGroup, simulatedAccess, subscriptionId } from './simulated-access.ts';

export const vaultUrl = 'https://kv-contoso.vault.azure.net';

/** Key Vault Secrets Officer. */
const secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7';

/** The adapters and a simulated vault, whose secrets take five seconds to go and to come back. */
export function simulatedVault(
  options: { readonly vault?: Partial<Vault>; readonly through?: (wire: HttpClient) => HttpClient } = {},
) {
  const vault: Vault = {
    name: 'kv-contoso',
    subscriptionId,
    resourceGroup,
    location: 'eastus',
    softDeleteDays: 90,
    secrets: [],
    deletedSecrets: [],
    readOnly: false,
    expiryRequired: false,
    maxValidityDays: null,
    network: { publicNetworkAccess: 'Enabled', defaultAction: 'Allow', ipRules: [] },
    ...options.vault,
  };
  const simulated = simulatedAccess({
    services: [{ host: /\.vault\.azure\.net$/, service: keyVault }],
    world: { vaults: [vault] },
    roleGuid: secretsOfficer,
    through: options.through,
  });
  return {
    ...simulated,
    async deleteSecret(name: string) {
      const { azure, clock, credential, wire } = simulated;
      await new SecretClient(vaultUrl, credential, { httpClient: wire }).beginDeleteSecret(name);
      await clock.sleep(azure.world.pace.secretTransitionMs);
    },
  };
}
