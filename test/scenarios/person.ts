import { issueToken } from '../../local/simulated-azure/entra/issue-token.ts';
import type { SimulatedKeyturn } from './simulated-keyturn.ts';

/** Somebody with every right, who changes Azure behind Keyturn's back, through Azure's own routes. */
export interface Person {
  regenerate(slot: 'key1' | 'key2'): Promise<void>;
  /** As `az keyvault secret set` does: a new version without the tags of the one before. */
  store(name: string, value: string): Promise<void>;
  deleteSecret(name: string): Promise<void>;
}

export function person({ azure, account, vault }: SimulatedKeyturn): Person {
  const ask = async (audience: string, method: string, url: string, body: unknown): Promise<void> => {
    const principal = azure.world.principals.find(({ name }) => name === 'keyturn-operator');
    if (principal === undefined) throw new TypeError('the default world has no operator');
    const { token } = await issueToken(azure, { principal, audience });
    const request = new Request(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await azure.handle(request, { callerAddress: '203.0.113.9', connectionId: 'a person' });
    if (!answer.ok) throw new TypeError(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  };
  const { subscriptionId, resourceGroup, name: accountName } = account;
  const armId = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.CognitiveServices/accounts/${accountName}`;
  const keysUrl = `https://management.azure.com${armId}/regenerateKey?api-version=2025-06-01`;
  const secretUrl = (name: string) => `https://${vault.name}.vault.azure.net/secrets/${name}?api-version=7.6`;
  return {
    regenerate: (slot) => ask('https://management.azure.com', 'POST', keysUrl, { keyName: slot }),
    store: (name, value) => ask('https://vault.azure.net', 'PUT', secretUrl(name), { value }),
    deleteSecret: (name) => ask('https://vault.azure.net', 'DELETE', secretUrl(name), null),
  };
}
