import { describe, expect, test } from 'vitest';
import { type ErrorBody, json } from './bodies.ts';
import { type CallOptions, type DataPlane, dataPlane, key1, key2, principalId, startAtMs } from './data-plane.ts';

const languages = '/text/analytics/v3.1/languages';
const chat = '/openai/deployments/chat/chat/completions?api-version=2024-10-21';
const documents = { documents: [{ id: '1', text: 'The park is green.' }] };
const messages = { messages: [{ role: 'user', content: 'Hello' }] };
const detectLanguage = 'Microsoft.CognitiveServices/accounts/TextAnalytics/languages/action';

const detect = (plane: DataPlane, options: CallOptions = {}) => plane.call(languages, { body: documents, ...options });

describe('a key', () => {
  test.each(['ocp-apim-subscription-key', 'api-key'])('is taken in %s', async (name) => {
    const response = await detect(dataPlane(), { headers: { [name]: key2 } });
    expect(response.status).toBe(200);
  });

  test('that is wrong gets the recorded 401 of 224 bytes and no challenge', async () => {
    const plane = dataPlane();
    const response = await detect(plane, { headers: { 'ocp-apim-subscription-key': 'wrong' } });
    const text = await response.text();
    expect(response.status).toBe(401);
    expect(text).toHaveLength(224);
    expect(JSON.parse(text).error.code).toBe('401');
    expect([...response.headers.keys()].sort()).toEqual(['apim-request-id', 'content-length', 'content-type', 'date']);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('content-length')).toBe('224');
  });

  test('that is missing gets the same 401', async () => {
    const response = await detect(dataPlane(), { headers: {} });
    expect(response.status).toBe(401);
  });

  test('is noted as the caller, with the data action, and never itself', async () => {
    const plane = dataPlane();
    await detect(plane);
    expect(plane.azure.calls.at(-1)).toMatchObject({ caller: 'key', operation: detectLanguage, status: 200 });
    expect(JSON.stringify(plane.azure.calls)).not.toContain(key1);
  });

  test('finds its account on the regional host', async () => {
    const host = 'eastus2.api.cognitive.microsoft.com';
    expect((await detect(dataPlane(), { host })).status).toBe(200);
    const elsewhere = await detect(dataPlane(), { host: 'westeurope.api.cognitive.microsoft.com' });
    expect(elsewhere.status).toBe(401);
  });

  test('is refused if local authentication is off: 403 from Azure OpenAI, the bad-key 401 from Language', async () => {
    const plane = dataPlane({ properties: { disableLocalAuth: true } });
    const openAi = await plane.call(chat, { body: messages });
    expect(openAi.status).toBe(403);
    expect((await json<ErrorBody>(openAi)).error.code).toBe('AuthenticationTypeDisabled');
    expect((await detect(plane)).status).toBe(401);
  });

  test('is still taken for a while after local authentication was turned off, and refused for a while after it came back', async () => {
    const plane = dataPlane({ pace: { localAuthMs: 60_000 }, properties: { disableLocalAuth: true } });
    const [account] = plane.azure.world.accounts;
    if (account === undefined) throw new TypeError('no account');
    account.localAuthChange = { disabled: true, atMs: plane.clock.nowMs() };
    expect((await detect(plane)).status).toBe(200);
    await plane.clock.advance(60_000);
    expect((await detect(plane)).status).toBe(401);
    account.resource.properties.disableLocalAuth = false;
    account.localAuthChange = { disabled: false, atMs: plane.clock.nowMs() };
    expect((await detect(plane)).status).toBe(401);
    await plane.clock.advance(60_000);
    expect((await detect(plane)).status).toBe(200);
  });

  test('that is right for an account of another kind gets 401 with a challenge that names the realm', async () => {
    const plane = dataPlane({ kind: 'OpenAI' });
    const response = await detect(plane);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(
      'AzureApiManagementKey realm="https://contoso-ai.openai.azure.com/text/analytics",name="Ocp-Apim-Subscription-Key",type="header"',
    );
    expect(response.headers.get('apim-operation-name')).toBe('Detect+Language');
    expect(response.headers.get('content-length')).toBe('178');
    expect((await json<ErrorBody>(response)).error.message).toBe(
      'The Detect Language Operation under Text Analytics API (v3.1) is not supported with the current subscription key and pricing tier OpenAI.S0.',
    );
  });
});

describe('a key that took its slot a moment ago', () => {
  const regenerated = (pace: object) => {
    const plane = dataPlane({ pace });
    const old = plane.account.keys[0];
    if (old !== undefined) old.replacedAtMs = startAtMs;
    plane.account.keys.push({ slot: 'key1', value: 'new-key', issuedAtMs: startAtMs, replacedAtMs: null });
    return plane;
  };
  const status = async (plane: DataPlane, key: string, connectionId: string) =>
    (await detect(plane, { headers: { 'api-key': key }, connectionId })).status;
  const connections = Array.from({ length: 40 }, (_, at) => `connection-${at}`);
  const accepted = async (plane: DataPlane, key: string) => {
    const statuses = await Promise.all(connections.map((each) => status(plane, key, each)));
    return statuses.filter((each) => each === 200).length;
  };

  test('is refused until its time by a lone gateway node, to the millisecond', async () => {
    const plane = regenerated({ newKeyAcceptedMs: 10_000 });
    await plane.clock.advance(9_999);
    expect(await status(plane, 'new-key', 'c')).toBe(401);
    await plane.clock.advance(1);
    expect(await status(plane, 'new-key', 'c')).toBe(200);
  });

  test('leaves the old one accepted until its time, to the millisecond', async () => {
    const plane = regenerated({ oldKeyAcceptedMs: 10_000 });
    await plane.clock.advance(9_999);
    expect(await status(plane, key1, 'c')).toBe(200);
    await plane.clock.advance(1);
    expect(await status(plane, key1, 'c')).toBe(401);
  });

  test('is taken by node after node, and the old one refused by node after node', async () => {
    const plane = regenerated({ gatewayNodes: 4, newKeyAcceptedMs: 8_000, oldKeyAcceptedMs: 8_000 });
    const seen: { readonly fresh: number; readonly old: number }[] = [];
    for (let step = 0; step <= 4; step += 1) {
      seen.push({ fresh: await accepted(plane, 'new-key'), old: await accepted(plane, key1) });
      await plane.clock.advance(2_000);
    }
    const rising = seen.map(({ fresh }) => fresh);
    expect(rising[0]).toBe(0);
    expect(rising[4]).toBe(connections.length);
    expect(rising).toEqual([...new Set(rising)].sort((a, b) => a - b));
    expect(seen.every(({ fresh, old }) => fresh + old === connections.length)).toBe(true);
  });

  test('meets the same node for the whole life of a connection', async () => {
    const plane = regenerated({ gatewayNodes: 4, newKeyAcceptedMs: 8_000 });
    await plane.clock.advance(4_000);
    const first = await Promise.all(connections.map((each) => status(plane, 'new-key', each)));
    const second = await Promise.all(connections.map((each) => status(plane, 'new-key', each)));
    expect(new Set(first)).toEqual(new Set([200, 401]));
    expect(second).toEqual(first);
  });
});

describe('a token', () => {
  test.each(['https://cognitiveservices.azure.com', 'https://cognitiveservices.azure.com/', 'https://ai.azure.com'])(
    'for %s with the data action is let in, and its object id noted',
    async (audience) => {
      const plane = dataPlane({ dataActions: [detectLanguage] });
      const response = await detect(plane, { headers: await plane.bearer(audience) });
      expect(response.status).toBe(200);
      expect(plane.azure.calls.at(-1)?.caller).toBe(principalId);
    },
  );

  test('without the data action gets 401 PermissionDenied with the path template, not 403', async () => {
    const plane = dataPlane({ dataActions: [detectLanguage] });
    const response = await plane.call(chat, { body: messages, headers: await plane.bearer() });
    expect(response.status).toBe(401);
    const { error } = await json<ErrorBody>(response);
    expect(error.code).toBe('PermissionDenied');
    expect(error.message).toContain(
      `The principal ${principalId} lacks the required data action Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action to perform POST /openai/deployments/{deployment-id}/chat/completions operation.`,
    );
  });

  test('is asked for the data action of agents, which are not simulated beyond that', async () => {
    const path = '/api/projects/contoso/assistants/asst_1?api-version=2025-05-01';
    const dataAction = 'Microsoft.CognitiveServices/accounts/AIServices/agents/read';
    const without = dataPlane();
    const refused = await without.call(path, { headers: await without.bearer('https://ai.azure.com') });
    expect(refused.status).toBe(401);
    expect((await json<ErrorBody>(refused)).error.message).toContain(
      'GET /api/projects/{projectName}/assistants/{assistantId}',
    );
    const granted = dataPlane({ dataActions: [dataAction] });
    expect((await granted.call(path, { headers: await granted.bearer('https://ai.azure.com') })).status).toBe(501);
  });

  test.each([
    ['for another service', 'https://vault.azure.net', 0],
    ['that is over', 'https://cognitiveservices.azure.com', 90_000_000],
  ])('%s gets 401', async (_, audience, laterMs) => {
    const plane = dataPlane({ dataActions: [detectLanguage] });
    const headers = await plane.bearer(audience);
    await plane.clock.advance(laterMs);
    const response = await detect(plane, { headers });
    expect(response.status).toBe(401);
    expect(await json(response)).toMatchObject({ statusCode: 401 });
  });

  test('works if local authentication is off', async () => {
    const plane = dataPlane({ dataActions: [detectLanguage], properties: { disableLocalAuth: true } });
    expect((await detect(plane, { headers: await plane.bearer() })).status).toBe(200);
  });

  test('on the regional host gets 400, since nobody can tell the account', async () => {
    const plane = dataPlane({ dataActions: [detectLanguage] });
    const host = 'eastus2.api.cognitive.microsoft.com';
    const response = await detect(plane, { host, headers: await plane.bearer() });
    expect(response.status).toBe(400);
    expect((await json<ErrorBody>(response)).error.code).toBe('BadRequest');
  });
});

describe('network rules', () => {
  const rules = { networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '198.51.100.0/24' }] } };

  test('turn away an address that is not on the list, before any key is looked at', async () => {
    const response = await detect(dataPlane({ properties: rules }), { headers: { 'api-key': 'wrong' } });
    expect(response.status).toBe(403);
    expect(response.headers.get('policy-id')).toBe('ThrowExceptionDueToTrafficDenied');
    expect(response.headers.get('content-length')).toBe('90');
    expect((await json<ErrorBody>(response)).error).toEqual({
      code: '403',
      message: 'Access denied due to Virtual Network/Firewall rules.',
    });
  });

  test('let in an address of a range on the list', async () => {
    expect((await detect(dataPlane({ properties: rules }), { callerAddress: '198.51.100.77' })).status).toBe(200);
  });

  test('are moot when public access is disabled: nobody gets in from outside', async () => {
    const plane = dataPlane({ properties: { ...rules, publicNetworkAccess: 'Disabled' } });
    const response = await detect(plane, { callerAddress: '198.51.100.77' });
    expect(response.status).toBe(403);
    expect((await json<ErrorBody>(response)).error.message).toBe(
      'Public access is disabled. Please configure private endpoint.',
    );
  });

  test('are not asked of a private address when a private endpoint is approved', async () => {
    const approved = { properties: { privateLinkServiceConnectionState: { status: 'Approved' } } };
    const properties = { publicNetworkAccess: 'Disabled', privateEndpointConnections: [approved] };
    expect((await detect(dataPlane({ properties }), { callerAddress: '10.0.0.4' })).status).toBe(200);
    const without = dataPlane({ properties: { publicNetworkAccess: 'Disabled' } });
    expect((await detect(without, { callerAddress: '10.0.0.4' })).status).toBe(403);
  });

  test('send callers of the regional host to the right endpoint', async () => {
    const plane = dataPlane({ properties: rules });
    const response = await detect(plane, { host: 'eastus2.api.cognitive.microsoft.com' });
    expect(response.status).toBe(403);
    expect((await json<ErrorBody>(response)).error.message).toContain(
      'Please use the correct endpoint for making requests.',
    );
  });
});

describe('what is not known', () => {
  test.each([
    ['a path', '/vision/v3.2/analyze', undefined],
    ['a subdomain', languages, 'nobody.cognitiveservices.azure.com'],
  ])('%s is a loud 501 that names the request', async (_, path, host) => {
    const plane = dataPlane();
    const response = await plane.call(path, { body: {}, ...(host === undefined ? {} : { host }) });
    expect(response.status).toBe(501);
    expect((await json<ErrorBody>(response)).error.message).toContain(
      `POST https://${host ?? 'contoso-ai.cognitiveservices.azure.com'}${path}`,
    );
  });

  test('a missing api-version is 404 Resource not found', async () => {
    const response = await dataPlane().call('/openai/models');
    expect(response.status).toBe(404);
    expect((await json<ErrorBody>(response)).error.message).toBe('Resource not found');
  });
});
