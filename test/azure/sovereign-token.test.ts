import { createHttpHeaders } from '@azure/core-rest-pipeline';
import { expect, it } from 'vitest';
import { azureAccess } from '../../src/azure/azure-access.ts';
import { clouds } from '../../src/azure/clouds.ts';
import { SecretText } from '../../src/shared/secret-text.ts';

it.each([
  ['public', 'https://cognitiveservices.azure.com/.default', 'https://a.cognitiveservices.azure.com/'],
  ['usgovernment', 'https://cognitiveservices.azure.us/.default', 'https://a.cognitiveservices.azure.us/'],
  ['china', 'https://cognitiveservices.azure.cn/.default', 'https://a.cognitiveservices.azure.cn/'],
] as const)(
  'in the cloud %s the token is asked for that cloud, and goes to its hosts alone',
  async (name, scope, endpoint) => {
    const asked: string[] = [];
    const sent: string[] = [];
    const { tokenProbe } = azureAccess({
      cloud: clouds[name],
      credential: {
        getToken: async (scopes) => {
          asked.push(String(scopes));
          return { token: 'the-token', expiresOnTimestamp: Number.MAX_SAFE_INTEGER };
        },
      },
      storage: { kind: 'connection-string', value: new SecretText('UseDevelopmentStorage=true') },
      httpClient: {
        sendRequest: async (request) => {
          sent.push(`${new URL(request.url).origin} ${request.headers.get('authorization')}`);
          const results = { documents: [{ id: '1' }], errors: [] };
          const bodyAsText = JSON.stringify({ kind: 'LanguageDetectionResults', results, data: [] });
          return {
            request,
            status: 200,
            headers: createHttpHeaders({ 'content-type': 'application/json' }),
            bodyAsText,
          };
        },
      },
    });
    for (const kind of ['AIServices', 'OpenAI'])
      expect(await tokenProbe.call({ kind, endpoint })).toEqual({ kind: 'accepted' });
    expect(new Set(asked)).toEqual(new Set([scope]));
    expect(sent).toEqual([
      `${new URL(endpoint).origin} Bearer the-token`,
      `${new URL(endpoint).origin} Bearer the-token`,
    ]);
    expect(await tokenProbe.call({ kind: 'AIServices', endpoint: 'https://a.contoso.example/' })).toMatchObject({
      kind: 'unknown',
      code: 'endpoint-not-azure',
    });
    expect(sent).toHaveLength(2);
  },
);
