/** What the other adapters ask of Azure's services, and what they read in the answers. */
import { describe, expect, it, vi } from 'vitest';
import type { AzureAccess } from '../../src/azure/azure-access.ts';
import { callAccount } from '../../src/hardening/network/prove-way-in.ts';
import type { CloudEvent } from '../../src/notifications/ports.ts';
import { type CallTrail, withCallTrail } from '../../src/shared/call-trail.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { readOnlyFence } from '../../src/shared/fence.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { fakeWire, type SentRequest, type WireAnswer } from './fake-wire.ts';
import { account } from './simulated-account.ts';

const { subscriptionId, armId } = account;
const subscription = `/subscriptions/${subscriptionId}`;
const vaultUrl = 'https://kv-contoso.vault.azure.net';
const vaultId = `${subscription}/resourceGroups/rg-contoso/providers/Microsoft.KeyVault/vaults/kv-contoso`;
const topicId = `${subscription}/resourceGroups/rg-contoso/providers/Microsoft.EventGrid/systemTopics/of-kv`;
const endpoint = 'https://contoso.cognitiveservices.azure.com/';
const fence = () => true;
const refusal = (code: string, message = '', status = 403): WireAnswer => ({
  status,
  body: { error: { code, message } },
});

const failureOf = (error: unknown) => {
  if (!(error instanceof FailureError)) throw error;
  return error.failure;
};
const failed = (call: Promise<unknown>) => call.then(() => null, failureOf);

describe('a secret is read', () => {
  const created = 1_767_614_400;
  const read = async (secret: object) =>
    await fakeWire(() => ({ body: secret }))
      .access.secrets(vaultUrl, fence)
      .read('ai-key1');
  const id = `${vaultUrl}/secrets/ai-key1/v1`;

  it('with all that the vault tells', async () => {
    const attributes = { enabled: true, created, exp: created + 60 };
    const tags = { team: 'contoso' };
    const { secret } = await read({ id, value: 'a-value', contentType: 'text/plain', attributes, tags });
    expect(secret).toEqual({
      ...{ kind: 'stored', name: 'ai-key1', version: 'v1', value: new SecretText('a-value'), enabled: true },
      ...{ createdAtMs: created * 1_000, expiresAtMs: (created + 60) * 1_000, contentType: 'text/plain', tags },
    });
  });

  it('as enabled, without an end, a type and tags, if the vault tells none', async () => {
    const { secret } = await read({ id, value: 'a-value', attributes: { created } });
    expect(secret).toMatchObject({ enabled: true, expiresAtMs: null, contentType: null, tags: {} });
  });

  it.each<[string, object, code: string]>([
    ['a value', { id, attributes: { created } }, 'value-missing'],
    ['a version', { id: `${vaultUrl}/secrets/ai-key1`, value: 'x', attributes: { created } }, 'secret-incomplete'],
    ['an age', { id, value: 'x', attributes: {} }, 'secret-incomplete'],
  ])('not at all without %s', async (_, secret, code) => {
    expect(await failed(read(secret))).toEqual({ kind: 'not-applied', code, retryAfterMs: null });
  });

  it.each<[string, WireAnswer, kind: string]>([
    ['no secret', refusal('SecretNotFound', '', 404), 'absent'],
    [
      'one that is disabled',
      { status: 403, body: { error: { code: 'Forbidden', innererror: { code: 'SecretDisabled' } } } },
      'disabled',
    ],
  ])('as %s', async (_, answer, kind) => {
    const secrets = fakeWire(() => answer).access.secrets(vaultUrl, fence);
    expect((await secrets.read('ai-key1')).secret).toEqual({ kind });
  });

  it('as no secret only if the vault itself says so', async () => {
    const secrets = fakeWire(() => refusal('VaultNotFound', '', 404)).access.secrets(vaultUrl, fence);
    expect(await failed(secrets.read('ai-key1'))).toMatchObject({ kind: 'refused', reason: 'vault-not-found' });
    expect(await failed(secrets.listVersions('ai-key1'))).toMatchObject({ reason: 'vault-not-found' });
    expect(await failed(secrets.deletedTags('ai-key1'))).toMatchObject({ reason: 'vault-not-found' });
  });
});

/** Resource Graph's answer to its first page. */
const graph = (rows: readonly object[], more: object = {}): WireAnswer => ({
  body: { totalRecords: rows.length, count: rows.length, data: rows, facets: [], resultTruncated: 'false', ...more },
});
const isGraph = ({ path }: SentRequest) => path.toLowerCase().endsWith('microsoft.resourcegraph/resources');

describe('accounts with tags are searched', () => {
  const row = (id: string, tags: unknown) => ({ id, tags });
  const search = (pages: readonly WireAnswer[]) => {
    const left = [...pages];
    return fakeWire(() => left.shift() ?? graph([]));
  };

  it('in every subscription that may be read, page by page, each whole', async () => {
    const { access, sent } = search([
      graph([{ subscriptionId: subscriptionId.toUpperCase() }]),
      graph([row(armId, { 'keyturn-vault': 'kv', count: 5 })], { totalRecords: 2, $skipToken: 'page-2' }),
      graph([row(armId.replace('contoso-ai', 'other'), null)], { totalRecords: 2 }),
    ]);
    const { accounts, subscriptions } = await access.search.taggedAccounts();
    expect([...subscriptions]).toEqual([subscriptionId.toLowerCase()]);
    expect(accounts.map(({ tags }) => tags)).toEqual([{ 'keyturn-vault': 'kv', count: '5' }, {}]);
    const asked = sent.map(({ body }) => body as { query: string; options: Record<string, unknown> });
    expect(asked.map(({ options }) => options)).toEqual([
      { resultFormat: 'objectArray', $top: 1_000 },
      { resultFormat: 'objectArray', $top: 1_000 },
      { resultFormat: 'objectArray', $top: 1_000, $skipToken: 'page-2' },
    ]);
    expect(asked.map(({ query }) => query.split('\n')[0])).toEqual(['resourcecontainers', 'resources', 'resources']);
  });

  it.each<[string, WireAnswer, code: string]>([
    ['rows that no page brings', graph([row(armId, {})], { totalRecords: 2 }), 'rows-missing'],
    ['no rows at all', { body: { totalRecords: 0, count: 0, facets: [], resultTruncated: 'false' } }, 'rows-missing'],
    ['a row without its id', graph([{ tags: {} }]), 'row-unreadable'],
    ['an id of something else', graph([row(vaultId, {})]), 'row-unreadable'],
  ])('not at all with %s', async (_, answer, code) => {
    const { access } = search([graph([{ subscriptionId }]), answer]);
    expect(await failed(access.search.taggedAccounts())).toEqual({ kind: 'not-applied', code, retryAfterMs: null });
  });
});

describe('event subscriptions of a vault', () => {
  const ofVault = `${vaultId}/providers/Microsoft.EventGrid/eventSubscriptions`;
  const ofTopic = `${topicId}/eventSubscriptions`;
  const topics = `${subscription}/providers/Microsoft.EventGrid/systemTopics`;
  const vaultRow = { id: vaultId, type: 'Microsoft.KeyVault/vaults', source: '' };
  const topicRow = { id: topicId, type: 'microsoft.eventgrid/systemtopics', source: vaultId.toUpperCase() };
  const functionId = `${subscription}/x/functions/secret-near-expiry`;
  const toFunction = { endpointType: 'AzureFunction', properties: { resourceId: functionId } };
  const shown = (properties: object) => ({ properties: { destination: toFunction, ...properties } });
  const plain = {
    ...{ isWorking: true, eventTypes: null, subject: { beginsWith: '', endsWith: '', hasCase: false } },
    destination: { kind: 'function', resourceId: functionId },
  };

  /** Resource Manager's lists by their paths; one that is missing may not be read. */
  const wireOf = (rows: readonly object[], lists: Readonly<Record<string, readonly unknown[]>>) =>
    fakeWire((request) => {
      if (isGraph(request)) return graph(rows);
      const list = lists[request.path];
      return list === undefined ? refusal('AuthorizationFailed') : { body: { value: list } };
    });
  const look = (wire: ReturnType<typeof wireOf>) => wire.access.vaultEvents.look().subscriptions(vaultUrl);

  it.each<[string, row: unknown, read: object]>([
    ['that says little: every event', shown({}), plain],
    [
      'with a filter',
      shown({
        filter: {
          ...{ includedEventTypes: ['Microsoft.KeyVault.SecretNearExpiry'], subjectBeginsWith: 'ai-' },
          ...{ subjectEndsWith: '-key1', isSubjectCaseSensitive: true },
        },
      }),
      {
        ...plain,
        eventTypes: ['Microsoft.KeyVault.SecretNearExpiry'],
        subject: { beginsWith: 'ai-', endsWith: '-key1', hasCase: true },
      },
    ],
    [
      'to a webhook',
      shown({ destination: { endpointType: 'WebHook', properties: { endpointBaseUrl: 'https://f/hook' } } }),
      { ...plain, destination: { kind: 'webhook', address: 'https://f/hook' } },
    ],
    [
      'to a queue',
      shown({ destination: { endpointType: 'StorageQueue', properties: { queueName: 'events' } } }),
      { ...plain, destination: { kind: 'queue', queue: 'events' } },
    ],
    [
      'to something else',
      shown({ destination: { endpointType: 'EventHub', properties: { resourceId: 'x' } } }),
      { ...plain, destination: { kind: 'other' } },
    ],
    [
      'that the identity of its topic delivers',
      shown({ destination: null, deliveryWithResourceIdentity: { destination: toFunction } }),
      plain,
    ],
    ['that works', shown({ provisioningState: 'Succeeded' }), plain],
    ['that failed', shown({ provisioningState: 'Failed' }), { ...plain, isWorking: false }],
    ['that was called off', shown({ provisioningState: 'canceled' }), { ...plain, isWorking: false }],
    ['that goes', shown({ provisioningState: 'Deleting' }), { ...plain, isWorking: false }],
    ['that waits for a person', shown({ provisioningState: 'AwaitingManualAction' }), { ...plain, isWorking: false }],
    ['of no known shape', { id: 'x' }, { ...plain, isWorking: false, destination: { kind: 'other' } }],
  ])('are read, one %s', async (_, row, read) => {
    expect(await look(wireOf([vaultRow, topicRow], { [ofVault]: [row], [ofTopic]: [] }))).toEqual([read]);
  });

  it('are those of the vault and of its topics', async () => {
    const { access, sent } = wireOf([vaultRow, topicRow], { [ofVault]: [shown({})], [ofTopic]: [shown({})] });
    const events = access.vaultEvents.look();
    expect(await events.subscriptions(vaultUrl)).toHaveLength(2);
    const lists = sent.filter((request) => !isGraph(request));
    expect(lists.map(({ path }) => path).sort()).toEqual([ofTopic, ofVault].sort());
    expect(lists.map(({ query }) => query)).toEqual(Array(2).fill({ 'api-version': '2022-06-15' }));
    // Asked once in a look, no matter who asks for it again.
    const before = sent.length;
    expect(await events.subscriptions(vaultUrl)).toHaveLength(2);
    expect(sent).toHaveLength(before);
  });

  it.each<[string, rows: readonly object[], lists: Readonly<Record<string, readonly unknown[]>>, read: number | null]>([
    ['none, if all may be seen', [vaultRow, topicRow], { [ofVault]: [], [ofTopic]: [] }, 0],
    ['not known, if those of the vault may not be seen', [vaultRow, topicRow], { [ofTopic]: [] }, null],
    ['not known, if those of a topic may not be seen', [vaultRow, topicRow], { [ofVault]: [] }, null],
    ['those that may be seen', [vaultRow, topicRow], { [ofTopic]: [shown({})] }, 1],
    ['not known, if the vault may not be seen', [], {}, null],
    ['those of a topic whose vault may not be seen', [topicRow], { [ofTopic]: [shown({})] }, 1],
    ['none, if the topics may be seen and none is there', [vaultRow], { [ofVault]: [], [topics]: [] }, 0],
    ['not known, if the topics may not be seen', [vaultRow], { [ofVault]: [] }, null],
    [
      'those of a topic that Resource Graph has not seen yet',
      [vaultRow],
      {
        [ofVault]: [],
        [topics]: [
          { id: topicId, properties: { source: vaultId.toLowerCase() } },
          { id: `${topicId}-2`, properties: { source: `${vaultId}-2` } },
          { id: 'of-no-shape' },
        ],
        [ofTopic]: [shown({})],
      },
      1,
    ],
  ])('are %s', async (_, rows, lists, read) => {
    expect((await look(wireOf(rows, lists)))?.length ?? null).toBe(read);
  });
});

describe("lists of Resource Manager's", () => {
  const locks = (answer: (request: SentRequest) => WireAnswer) => fakeWire(answer).access.locks(account);
  const lock = (scope: string, name: string, level = 'ReadOnly') => {
    return { id: `${scope}/providers/Microsoft.Authorization/locks/${name}`, name, properties: { level } };
  };
  const group = armId.split('/providers/')[0] ?? '';

  it('are read to their end, and hold the locks that count at the account, each once', async () => {
    const { access, sent } = fakeWire(({ path, query }) => {
      if (path.startsWith(`${group}/`) && query.page === undefined)
        return {
          body: {
            value: [lock(group, 'of-group'), lock(`${armId}-2`, 'of-another'), { id: 'of-no-shape' }],
            nextLink: `${path}?api-version=2016-09-01&page=2`,
          },
        };
      if (path.startsWith(`${group}/`)) return { body: { value: [lock(armId, 'own', 'CanNotDelete')], nextLink: '' } };
      return { body: { value: [lock(subscription, 'of-subscription'), lock(group.toUpperCase(), 'OF-GROUP')] } };
    });
    const found = await access.locks(account);
    expect(found?.map(({ name, level }) => [name, level]).sort()).toEqual([
      ['OF-GROUP', 'ReadOnly'],
      ['of-subscription', 'ReadOnly'],
      ['own', 'CanNotDelete'],
    ]);
    expect(sent.map(({ query }) => query['api-version'])).toEqual(Array(3).fill('2016-09-01'));
  });

  it('are null if none may be read, and the rest if some may', async () => {
    expect(await locks(() => refusal('AuthorizationFailed'))).toBeNull();
    const rest = await locks(({ path }) =>
      path.startsWith(`${group}/`) ? { body: { value: [lock(group, 'of-group')] } } : refusal('AuthorizationFailed'),
    );
    expect(rest?.map(({ name }) => name)).toEqual(['of-group']);
  });

  it.each<[string, WireAnswer, failure: object]>([
    ['another answer', refusal('ResourceGroupNotFound', '', 404), { kind: 'refused', reason: 'account-not-found' }],
    ['a fault of Azure’s', { status: 500, body: {} }, { kind: 'not-applied', code: 'http-500' }],
    ['a redirect', { status: 302, body: '' }, { kind: 'not-applied', code: 'http-302' }],
    ['no list', { body: { rows: [] } }, { kind: 'not-applied', code: 'list-unreadable' }],
    ['no JSON', { body: '<html>' }, { kind: 'not-applied', code: 'list-unreadable' }],
  ])('fail with %s', async (_, answer, failure) => {
    expect(await failed(locks(() => answer))).toMatchObject(failure);
  });

  it('have an end', async () => {
    let pages = 0;
    const endless = locks(({ path }) => {
      pages += 1;
      return { body: { value: [], nextLink: `${path}?page=${pages}` } };
    });
    expect(await failed(endless)).toEqual({ kind: 'not-applied', code: 'list-without-end', retryAfterMs: null });
  });
});

describe('the activity log', () => {
  const claim = 'http://schemas.microsoft.com/identity/claims/objectidentifier';
  const event = (more: object) => ({
    ...{ eventTimestamp: '2026-01-05T12:00:00Z', status: { value: 'Succeeded' }, caller: 'ada@contoso.com' },
    ...{ operationName: { value: 'Microsoft.CognitiveServices/accounts/listKeys/action' }, ...more },
  });
  const atMs = Date.UTC(2026, 0, 5, 12);

  it('is asked for one account since an instant, and tells who listed its keys', async () => {
    const { access, sent } = fakeWire(() => ({
      body: {
        value: [
          event({ claims: { [claim]: 'an-object-id' } }),
          event({ claims: { [claim]: 5 } }),
          event({ caller: null, status: null }),
          event({ status: { value: 'Failed' } }),
          event({ operationName: { value: 'Microsoft.CognitiveServices/accounts/read' } }),
        ],
      },
    }));
    expect(await access.activityLog.keyListings(account, Date.UTC(2026, 0, 1))).toEqual([
      { atMs, caller: 'an-object-id' },
      { atMs, caller: 'ada@contoso.com' },
      { atMs, caller: 'unknown' },
    ]);
    expect(sent.map(({ path, query }) => ({ path, query }))).toEqual([
      {
        path: `${subscription}/providers/Microsoft.Insights/eventtypes/management/values`,
        query: {
          'api-version': '2015-04-01',
          $filter: `eventTimestamp ge '2026-01-01T00:00:00.000Z' and resourceUri eq '${armId}'`,
          $select: 'caller,claims,eventTimestamp,operationName,status',
        },
      },
    ]);
  });

  const next = `https://management.azure.com${subscription}/providers/Microsoft.Insights/eventtypes/management/values?page=`;
  it.each<[string, first: readonly object[], pages: number, read: number | string]>([
    ['page by page', [event({})], 2, 2],
    ['as far as twenty pages that show somebody', [event({})], 99, 20],
    ['not if twenty pages show nobody', [], 99, 'list-without-end'],
  ])('is read %s', async (_, value, pages, read) => {
    let page = 0;
    const { access, sent } = fakeWire(() => {
      page += 1;
      return { body: { value, ...(page < pages ? { nextLink: `${next}${page}` } : {}) } };
    });
    const answer = await access.activityLog.keyListings(account, 0).catch((error: unknown) => failureOf(error).code);
    expect(typeof answer === 'string' ? answer : answer.length).toBe(read);
    expect(sent).toHaveLength(Math.min(pages, 20));
  });

  it.each<[string, WireAnswer, code: string]>([
    ['no list', { body: {} }, 'list-unreadable'],
    ['a fault of Azure’s', { status: 503, body: {} }, 'http-503'],
  ])('fails with %s', async (_, answer, code) => {
    const { access } = fakeWire(() => answer);
    expect(await failed(access.activityLog.keyListings(account, 0))).toMatchObject({ kind: 'not-applied', code });
  });
});

describe('how a vault decides', () => {
  const inner = (code: string): WireAnswer => ({
    status: 403,
    body: { error: { code: 'Forbidden', innererror: { code } } },
  });
  it.each<[string, WireAnswer, model: string]>([
    ['a list by a role', { body: { value: [] }, headers: { 'x-ms-keyvault-rbac-assignment-id': 'a' } }, 'rbac'],
    ['a list by a policy', { body: { value: [] } }, 'access-policies'],
    ['a refusal for want of a role', inner('ForbiddenByRbac'), 'rbac'],
    ['a refusal for want of a policy', inner('ForbiddenByPolicy'), 'access-policies'],
    ['a refusal by a policy of old', inner('AccessDenied'), 'access-policies'],
    ['a refusal by its firewall', inner('ForbiddenByFirewall'), 'unknown'],
    ['a fault', { status: 500, body: {} }, 'unknown'],
  ])('shows in %s', async (_, answer, model) => {
    const { access, sent } = fakeWire(() => answer);
    expect(await access.permissionModel(vaultUrl)).toBe(model);
    expect(sent.map(({ path, query }) => [path, query])).toEqual([
      ['/secrets', { maxresults: '1', 'api-version': '7.4' }],
    ]);
  });
});

describe('a call with the token says', () => {
  const detected = { kind: 'LanguageDetectionResults', results: { documents: [{ id: '1' }], errors: [] } };
  const lacks =
    'The principal lacks the required data action `Microsoft.CognitiveServices/accounts/Language/analyze-text/action` to perform this.';
  const action = 'Microsoft.CognitiveServices/accounts/Language/analyze-text/action';

  it.each<[string, WireAnswer, said: object, lacking: object | null]>([
    ['accepted', { body: detected }, { kind: 'accepted' }, null],
    [
      'denied, with the action, at 401',
      refusal('PermissionDenied', lacks, 401),
      { kind: 'denied', action },
      { code: 'denied', action },
    ],
    ['denied, at 403', refusal('PermissionDenied'), { kind: 'denied' }, { code: 'denied' }],
    [
      'nothing of that, if the status is another',
      refusal('PermissionDenied', '', 400),
      { kind: 'unknown', code: 'http-400' },
      { code: 'http-400' },
    ],
    [
      'that there is no custom subdomain',
      refusal('BadRequest', 'Please provide a custom subdomain for token authentication.', 400),
      { kind: 'no-custom-subdomain' },
      { code: 'no-custom-subdomain' },
    ],
    [
      'that the network is closed',
      refusal('403', 'Public access is disabled. Please configure private endpoint.'),
      { kind: 'network-denied' },
      { code: 'network-denied' },
    ],
    [
      'that the network is closed to this one',
      refusal('403', 'Access denied due to Virtual Network/Firewall rules.'),
      { kind: 'network-denied' },
      { code: 'network-denied' },
    ],
    [
      'no more of a network at another status',
      refusal('500', 'Firewall', 500),
      { kind: 'unknown', code: 'http-500' },
      { code: 'http-500' },
    ],
    [
      'that the quota is used up',
      refusal('403', 'Out of call volume quota. Quota will be replenished in 2 days.'),
      { kind: 'unknown', code: 'quota-used-up' },
      { code: 'quota-used-up' },
    ],
    [
      'nothing, if another service answers',
      { body: { data: [] } },
      { kind: 'unknown', code: 'unexpected-body' },
      { code: 'unexpected-body' },
    ],
  ])('%s', async (_, answer, said, lacking) => {
    const { access, sent } = fakeWire(() => answer);
    const asked = { kind: 'AIServices', endpoint };
    expect(await access.tokenProbe.call(asked)).toEqual(said);
    const ports = {
      ...{ accounts: access.accounts(readOnlyFence), probe: access.probe, tokenProbe: access.tokenProbe },
      ...{ clock: { sleep: async () => undefined }, keepLease: async () => undefined },
    };
    expect(await callAccount(ports, account, { ...asked, localAuthDisabled: true })).toEqual(lacking);
    expect(sent[0]).toMatchObject({
      ...{ method: 'POST', host: 'contoso.cognitiveservices.azure.com', path: '/language/:analyze-text' },
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: { kind: 'LanguageDetection' },
    });
  });

  it.each([
    ['https://contoso.example/', 'AIServices', 'endpoint-not-azure'],
    [endpoint, 'LUIS', 'kind-not-probeable'],
  ])('nothing of %s of kind %s, which is not called', async (address, kind, code) => {
    const { access, sent } = fakeWire(() => ({ body: detected }));
    expect(await access.tokenProbe.call({ kind, endpoint: address })).toEqual({ kind: 'unknown', code });
    expect(sent).toEqual([]);
  });
});

describe('a call with a key', () => {
  const translator = (location: string | null) => ({ kind: 'TextTranslation', endpoint, location });
  const key = new SecretText('0123456789abcdef0123456789abcdef');

  it.each<[string | null, sent: string | undefined]>([
    ['eastus', 'eastus'],
    ['Global', undefined],
  ])('names the region %s of a translator as %s', async (location, region) => {
    const { access, sent } = fakeWire(() => ({ status: 503, body: {} }));
    await access.probe.call(translator(location), key);
    expect(sent[0]?.headers['ocp-apim-subscription-region']).toBe(region);
    expect(sent[0]?.headers).toMatchObject({ accept: 'application/json', 'content-type': 'application/json' });
  });

  it('is not made if a translator’s region is not known', async () => {
    const { access, sent } = fakeWire(() => ({}));
    expect(await access.probe.call(translator(null), key)).toEqual({ kind: 'unknown', code: 'location-unknown' });
    expect(sent).toEqual([]);
  });

  it('leaves in the evidence where it went, and what came of it', async () => {
    const id = '11111111-2222-3333-4444-555555555555';
    const wrong = { code: '401', message: 'Access denied due to invalid subscription key or wrong API endpoint.' };
    const { access } = fakeWire(() => ({ status: 401, body: { error: wrong }, headers: { 'apim-request-id': id } }));
    const trail: CallTrail = [];
    await withCallTrail(trail, () => access.probe.call({ kind: 'AIServices', endpoint }, key));
    expect(trail).toEqual([
      {
        ...{ service: 'endpoint', method: 'POST', host: 'contoso.cognitiveservices.azure.com' },
        ...{ path: '/language/:analyze-text', status: 401, atMs: 0, said: 'refused', apimRequestId: id },
      },
    ]);
  });
});

describe('a message to people', () => {
  const event: CloudEvent = {
    ...{ specversion: '1.0', id: 'n-1', source: 'urn:keyturn:here', type: 'Keyturn.DriftFound', subject: 'demo' },
    ...{ time: '2026-01-05T12:00:00.000Z', datacontenttype: 'application/json', data: { target: 'demo' } },
  };
  const topic = 'https://people.eastus-1.eventgrid.azure.net/api/events';

  it('goes to the topic as it is', async () => {
    const { access, sent } = fakeWire(() => ({ body: '' }));
    await access.receivers.topic(topic).publish(event);
    expect(sent).toMatchObject([{ method: 'POST', host: 'people.eastus-1.eventgrid.azure.net', path: '/api/events' }]);
    expect(sent[0]?.body).toEqual([event]);
  });

  it('waits ten seconds for the topic, and is tried again later', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort());
    const { access, sent } = fakeWire(() => ({ body: '' }));
    const failure = await failed(access.receivers.topic(topic).publish(event));
    expect(timeout).toHaveBeenCalledWith(10_000);
    timeout.mockRestore();
    expect([failure?.code, sent]).toEqual(['timeout', []]);
  });

  it('that the topic refuses comes again, with the action that is lacking', async () => {
    const message = 'The principal does not have permission to send data to /subscriptions/x.';
    const { access } = fakeWire(() => refusal('AuthorizationFailed', message));
    expect(await failed(access.receivers.topic(topic).publish(event))).toEqual({
      ...{ kind: 'not-applied', code: 'AuthorizationFailed', retryAfterMs: null },
      action: 'Microsoft.EventGrid/events/send/action',
    });
  });

  it('goes to a webhook by POST', async () => {
    const { access, sent } = fakeWire(() => ({}));
    await access.receivers.webhook(new SecretText('https://hooks.contoso.example/a?b=c')).post({ n: 1 }, 'text/x');
    expect(sent).toMatchObject([
      { method: 'POST', path: '/a', query: { b: 'c' }, headers: { 'content-type': 'text/x' }, body: { n: 1 } },
    ]);
  });
});

type Call = (access: AzureAccess) => Promise<unknown>;
const subnet = `${subscription}/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s`;
const network = subnet.split('/subnets/')[0] ?? '';
const peId = `${subscription}/resourceGroups/g/providers/Microsoft.Network/privateEndpoints/p`;
const zone = `${subscription}/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/z`;
const identity = `${subscription}/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i`;

/** Every call of Resource Manager and of a vault that may be refused. */
const calls: readonly (readonly ['arm' | 'vault', string, Call])[] = [
  ['arm', 'an account', ({ accounts }) => accounts(fence).get(account)],
  ['arm', 'keys', ({ accounts }) => accounts(fence).listKeys(account)],
  ['arm', 'a regenerate', ({ accounts }) => accounts(fence).regenerate(account, 'key1')],
  ['arm', 'whether keys are taken', ({ localAuth }) => localAuth.read(account)],
  ['arm', 'keys off', ({ localAuth }) => localAuth.setDisabled(account, true, fence)],
  ['arm', 'assignments', ({ authorization }) => authorization.assignmentsAt(armId)],
  ['arm', 'a role', ({ authorization }) => authorization.roleByGuid(armId, 'r')],
  ['arm', 'a role by name', ({ authorization }) => authorization.roleByName(armId, 'r')],
  ['arm', 'the end of an assignment', ({ authorization }) => authorization.unassign(armId, 'a', fence)],
  ['arm', 'an identity', ({ identities }) => identities.find(identity)],
  ['arm', 'a new identity', ({ identities }) => identities.create(identity, 'eastus', fence)],
  ['arm', 'the activity log', ({ activityLog }) => activityLog.keyListings(account, 0)],
  ['arm', 'a search', ({ search }) => search.taggedAccounts()],
  ['arm', 'a network', ({ network: { networkReader } }) => networkReader.virtualNetwork(network)],
  ['arm', 'the network of an account', ({ network: { networkReader } }) => networkReader.account(account)],
  ['arm', 'a private endpoint', ({ network: { networkReader } }) => networkReader.privateEndpoint(peId)],
  ['arm', 'zone groups', ({ network: { networkReader } }) => networkReader.zoneGroups(peId)],
  ['arm', 'a zone', ({ network: { networkReader } }) => networkReader.zoneExists(zone)],
  ['arm', 'links of a zone', ({ network: { networkReader } }) => networkReader.zoneLinks(zone)],
  [
    'arm',
    'a service endpoint',
    ({ network: { networkWriter } }) => networkWriter(fence).addServiceEndpoint(subnet, 's'),
  ],
  ['arm', 'a new zone', ({ network: { networkWriter } }) => networkWriter(fence).createZone(zone)],
  ['vault', 'a secret', ({ secrets }) => secrets(vaultUrl, fence).read('ai-key1')],
  ['vault', 'a version', ({ secrets }) => secrets(vaultUrl, fence).readVersion('ai-key1', 'v1')],
  ['vault', 'versions', ({ secrets }) => secrets(vaultUrl, fence).listVersions('ai-key1')],
  ['vault', 'deleted tags', ({ secrets }) => secrets(vaultUrl, fence).deletedTags('ai-key1')],
  ['vault', 'a version off', ({ secrets }) => secrets(vaultUrl, fence).disableVersion('ai-key1', 'v1')],
  ['vault', 'tags', ({ secrets }) => secrets(vaultUrl, fence).setTags('ai-key1', 'v1', {})],
  ['vault', 'a recovery', ({ secrets }) => secrets(vaultUrl, fence).recover('ai-key1')],
  [
    'vault',
    'a store',
    ({ secrets }) =>
      secrets(vaultUrl, fence).store({
        ...{ name: 'ai-key1', value: new SecretText('v'), contentType: null, tags: {}, expiresAtMs: null },
      }),
  ],
];

it.each(calls)(
  'what the service %s refuses is told as its own, and stands in the evidence: %s',
  async (service, _, call) => {
    const code = service === 'arm' ? 'AuthorizationFailed' : 'ForbiddenByRbac';
    const { access } = fakeWire(() => ({ status: 403, body: { error: { code: 'Forbidden', innererror: { code } } } }));
    const trail: CallTrail = [];
    const failure = await withCallTrail(trail, () => failed(call(access)));
    expect(failure).toEqual({
      ...{ kind: 'refused', code },
      reason: service === 'arm' ? 'account-access-denied' : 'vault-access-denied',
    });
    expect(trail.at(-1)).toMatchObject({ service, status: 403 });
  },
);
