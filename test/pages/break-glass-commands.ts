import type { SimulatedAzure } from '../../local/simulated-azure/simulated-azure.ts';

/** A shell that knows variables and the few `az` commands of the break-glass page, as the REST calls that `az` makes of them. */
export interface AzCommands {
  /** Runs one line and answers what it prints; throws on a command or an answer that it does not know. */
  run(line: string): Promise<string>;
}

/** @param tokenFor an access token of the person at the shell, for an audience */
export function azCommands(azure: SimulatedAzure, tokenFor: (audience: string) => Promise<string>): AzCommands {
  const variables = new Map<string, string>();
  const expand = (text: string) => text.replace(/\$([A-Z0-9]+)/g, (_, name: string) => variables.get(name) ?? '');

  const send = async (method: string, url: string, body: unknown): Promise<Record<string, unknown>> => {
    const { hostname } = new URL(url);
    const audience = hostname.endsWith('vault.azure.net') ? 'https://vault.azure.net' : 'https://management.azure.com';
    const request = new Request(url, {
      method,
      headers: { authorization: `Bearer ${await tokenFor(audience)}`, 'content-type': 'application/json' },
      body: method === 'GET' ? null : JSON.stringify(body),
    });
    const response = await azure.handle(request, { callerAddress: '203.0.113.30', connectionId: 'shell' });
    if (!response.ok) throw new TypeError(`${method} ${url} answered ${response.status}`);
    return (await response.json()) as Record<string, unknown>;
  };

  const az = async (command: string): Promise<string> => {
    const words = command.split(' ').filter((word) => word !== '');
    const firstOption = words.findIndex((word) => word.startsWith('--'));
    const name = words.slice(1, firstOption).join(' ');
    const option = (flag: string) => words[words.indexOf(flag, firstOption) + 1] ?? '';
    const subscription = azure.world.subscriptions[0]?.id;
    const account = `https://management.azure.com/subscriptions/${subscription}/resourceGroups/${option('--resource-group')}/providers/Microsoft.CognitiveServices/accounts/${option('--name')}`;
    const secret = `https://${option('--vault-name')}.vault.azure.net/secrets/${option('--name')}?api-version=7.4`;
    const answer = await (() => {
      switch (name) {
        case 'cognitiveservices account keys list':
          return send('POST', `${account}/listKeys?api-version=2024-10-01`, {});
        case 'cognitiveservices account keys regenerate':
          return send('POST', `${account}/regenerateKey?api-version=2024-10-01`, { keyName: option('--key-name') });
        case 'keyvault secret show':
          return send('GET', secret, null);
        case 'keyvault secret set':
          return send('PUT', secret, { value: option('--value') });
        default:
          throw new TypeError(`not a command of the page: az ${name}`);
      }
    })();
    return words.includes('--query') ? String(answer[option('--query')]) : '';
  };

  return {
    async run(line) {
      const assigned = /^([A-Z0-9]+)=(.*)$/.exec(line);
      const command = expand(assigned?.[2]?.replace(/^\$\((.*)\)$/, '$1') ?? line);
      const printed = command.startsWith('az ') ? await az(command) : command;
      if (assigned?.[1] === undefined) return printed;
      variables.set(assigned[1], printed);
      return '';
    },
  };
}
