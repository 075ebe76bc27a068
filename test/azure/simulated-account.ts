import { arm } from '../../local/simulated-azure/arm/arm.ts';
import type { HostedService } from '../../local/simulated-azure/azure.ts';
import type { Account, World } from '../../local/simulated-azure/world.ts';
import { parseAccountId } from '../../src/shared/resource-id.ts';
import { resourceGroup, simulatedAccess, subscriptionId } from './simulated-access.ts';

/** Cognitive Services Contributor. */
const contributor = '25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68';

export const armId = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.CognitiveServices/accounts/ai-contoso`;
const parsedId = parseAccountId(armId);
if (parsedId === null) throw new TypeError(armId);
export const account = parsedId;
export const tags = { team: 'contoso' };

/** The adapters and one simulated account, with ARM and whatever other services a test asks for. */
export function simulatedAccount(
  options: {
    readonly kind?: string;
    readonly properties?: object;
    readonly roleGuid?: string;
    readonly world?: Partial<World>;
    readonly services?: readonly HostedService[];
  } = {},
) {
  const { kind = 'AIServices', roleGuid = contributor } = options;
  const domain = kind === 'OpenAI' ? 'openai.azure.com' : 'cognitiveservices.azure.com';
  const simulated: Account = {
    subscriptionId,
    resourceGroup,
    name: 'ai-contoso',
    internalId: '0123456789abcdef0123456789abcdef',
    resource: {
      kind,
      location: 'eastus',
      sku: { name: 'S0' },
      tags,
      etag: '"one"',
      properties: {
        endpoint: `https://ai-contoso.${domain}/`,
        customSubDomainName: 'ai-contoso',
        provisioningState: 'Succeeded',
        internalId: '0123456789abcdef0123456789abcdef',
        publicNetworkAccess: 'Enabled',
        ...options.properties,
      },
    },
    keys: [
      { slot: 'key1', value: 'a'.repeat(32), issuedAtMs: 0, replacedAtMs: null },
      { slot: 'key2', value: 'b'.repeat(32), issuedAtMs: 0, replacedAtMs: null },
    ],
    deployments: {},
  };
  return simulatedAccess({
    services: [{ host: /^management\.azure\.com$/, service: arm }, ...(options.services ?? [])],
    world: { accounts: [simulated], ...options.world },
    roleGuid,
  });
}
