import { SecretClient } from '@azure/keyvault-secrets';
import { azureFetch, simulatedParts } from './kit-consumers.ts';
import { recipe, runRecipe } from './recipe.ts';
import { type RotationWorld, seeded } from './rotation-world.ts';

/** The recipe for Node without the kit in the simulated Azure, and a request with the key that it gives. */
export async function nodeRecipe({ keyturn }: RotationWorld, cacheMinutes = 30) {
  const { credential, clientOptions } = simulatedParts(keyturn, seeded(5));
  const { currentKey } = (await runRecipe(
    recipe('node').replace('cacheMs = 30 *', `cacheMs = ${cacheMinutes} *`),
    ['currentKey'],
    {
      '@azure/identity': { DefaultAzureCredential: class {} },
      '@azure/keyvault-secrets': {
        SecretClient: class extends SecretClient {
          constructor(address: string) {
            super(address, credential, clientOptions);
          }
        },
      },
    },
    { Date: { now: keyturn.clock.nowMs } },
  )) as { readonly currentKey: (refused?: string) => Promise<string> };
  const url = 'https://ai-secure-demo.cognitiveservices.azure.com/openai/v1/models';
  return {
    currentKey,
    send: async (key: string) => (await azureFetch(keyturn)(url, { headers: { 'api-key': key } })).status,
  };
}
