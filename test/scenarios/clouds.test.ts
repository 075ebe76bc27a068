import { TextAnalyticsClient } from '@azure/ai-text-analytics';
import { describe, expect, it } from 'vitest';
import { defaultSubscriptionId } from '../../local/simulated-azure/default-world.ts';
import { issueToken } from '../../local/simulated-azure/entra/issue-token.ts';
import { simulatedHttpClient } from '../../local/simulated-azure/http-client.ts';
import { type CloudName, clouds } from '../../src/azure/clouds.ts';
import { scopedCredential } from '../../src/azure/entra/credential.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { operator } from '../memory-world/life.ts';
import { currentKey, secretValue, simulatedKeyturn } from './simulated-keyturn.ts';

const names: readonly CloudName[] = ['public', 'usgovernment', 'china'];

describe('in each cloud', () => {
  it.each(names)('%s: an account is adopted and rotated, and no other cloud is asked', async (cloud) => {
    const { app, azure, account, vault, journal, clock, target } = simulatedKeyturn({}, { cloud });
    const before = { key1: currentKey(account, 'key1'), key2: currentKey(account, 'key2') };
    expect(await app.adopt('demo', { activeSlot: null }, operator)).toMatchObject({ kind: 'adopted' });
    clock.advance(target.policy.overlapMs + 2_000);
    expect(await app.startRotation('demo', { inactiveKeyUnused: true }, operator)).toMatchObject({ kind: 'started' });
    await deliverAll(journal, app);

    const read = await app.readTarget('demo');
    expect(read).toMatchObject({ target: { state: 'idle', activeSlot: 'key2', rotation: null } });
    expect(currentKey(account, 'key1')).not.toBe(before.key1);
    expect(secretValue(vault, 'ai-services-key2')).toBe(currentKey(account, 'key2'));
    const endpoint = secretValue(vault, 'ai-services-endpoint');
    expect(endpoint).toBe(`https://ai-secure-demo.${clouds[cloud].cognitive.hosts.custom?.suffix}/`);
    const hosts = new Set(azure.calls.map(({ host }) => host));
    expect([...hosts].toSorted()).toEqual(
      [
        new URL(clouds[cloud].arm.endpoint).host,
        `kv-ai102-secure.${clouds[cloud].vault.suffix}`,
        `ai-secure-demo.${clouds[cloud].cognitive.hosts.custom?.suffix}`,
      ].toSorted(),
    );
    expect(azure.calls.filter(({ status }) => status === 501)).toEqual([]);
  });

  it.each(names)('%s: a client that fixes the public scope is given the right one', async (cloud) => {
    const { azure } = simulatedKeyturn({}, { cloud, world: languageUser });
    const principal = azure.world.principals.find(({ name }) => name === 'func-keyturn');
    if (principal === undefined) throw new TypeError('no func-keyturn');
    const asked: string[] = [];
    const inner = {
      getToken: async (scopes: string | string[]) => {
        asked.push(String(scopes));
        const audience = String(scopes).replace(/\/\.default$/, '');
        const { token } = await issueToken(azure, { principal, audience });
        return { token, expiresOnTimestamp: Date.now() + 3_600_000 };
      },
    };
    const { scope, hosts } = clouds[cloud].cognitive;
    const options = { httpClient: simulatedHttpClient(azure), retryOptions: { maxRetries: 0 } };
    const endpoint = `https://ai-secure-demo.${hosts.custom?.suffix}/`;
    const detect = (credential: typeof inner | ReturnType<typeof scopedCredential>) =>
      new TextAnalyticsClient(endpoint, credential, options).detectLanguage(['Hello world, this is a test.']);
    const [found] = await detect(scopedCredential(inner, scope));
    expect(found).toMatchObject({ primaryLanguage: { iso6391Name: 'en' } });
    expect(asked).toEqual([scope]);
    if (cloud !== 'public') await expect(detect(inner)).rejects.toMatchObject({ statusCode: 401 });
  });

  it.each(names)('%s: a custom topic has an address of that cloud', async (cloud) => {
    const { azure, clock } = simulatedKeyturn({}, { cloud });
    const principal = azure.world.principals.find(({ name }) => name === 'keyturn-operator');
    if (principal === undefined) throw new TypeError('no keyturn-operator');
    const { endpoint, scope } = clouds[cloud].arm;
    const group = `/subscriptions/${defaultSubscriptionId}/resourceGroups/rg-ai102-challenge09`;
    const url = `${endpoint}${group}/providers/Microsoft.EventGrid/topics/evgt-notices?api-version=2022-06-15`;
    const send = async (method: string, body: string | null) => {
      const { token } = await issueToken(azure, { principal, audience: scope.replace(/\/\.default$/, '') });
      const headers = { authorization: `Bearer ${token}` };
      const caller = { callerAddress: '203.0.113.30', connectionId: 'person' };
      return await azure.handle(new Request(url, { method, headers, body }), caller);
    };
    expect((await send('PUT', JSON.stringify({ location: 'eastus' }))).status).toBe(201);
    clock.advance(60_000);
    expect(await (await send('GET', null)).json()).toMatchObject({
      properties: { endpoint: `https://evgt-notices.eastus-1.${clouds[cloud].eventGrid.suffix}/api/events` },
    });
  });

  it.each([
    ['public', 'https://management.usgovcloudapi.net/tenants?api-version=2022-12-01'],
    ['usgovernment', 'https://kv-ai102-secure.vault.azure.net/secrets/a'],
    ['china', 'https://login.microsoftonline.com/common/.well-known/openid-configuration'],
    ['china', 'https://ai-secure-demo.services.ai.azure.com/'],
  ] as const)('%s: %s is no host', async (cloud, url) => {
    const { azure } = simulatedKeyturn({}, { cloud });
    const answer = await azure.handle(new Request(url), { callerAddress: '203.0.113.10', connectionId: 'c1' });
    expect(answer.status).toBe(501);
    expect(await answer.text()).toContain(new URL(url).host);
  });

  it.each([
    ['usgovernment', 'login.microsoftonline.us', 'https://login.microsoftonline.us/'],
    ['china', 'login.chinacloudapi.cn', 'https://login.partner.microsoftonline.cn/'],
  ] as const)('%s: %s publishes who issues its tokens', async (cloud, host, issuer) => {
    const { azure } = simulatedKeyturn({}, { cloud });
    const url = `https://${host}/${azure.world.tenantId}/v2.0/.well-known/openid-configuration`;
    const answer = await azure.handle(new Request(url), { callerAddress: '203.0.113.10', connectionId: 'c1' });
    expect(await answer.json()).toMatchObject({
      issuer: `${issuer}${azure.world.tenantId}/v2.0`,
      token_endpoint: expect.stringContaining(host),
    });
  });
});

const languageUser = {
  roleAssignments: [{ principal: 'func-keyturn', role: 'Cognitive Services Language Reader', on: 'ai-secure-demo' }],
};
