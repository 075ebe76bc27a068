import { ResourceGraphClient } from '@azure/arm-resourcegraph';
import { describe, expect, it } from 'vitest';
import { group, openArm, subscriptionId } from './open-arm.ts';

const other = '0b1f6471-1bf0-4dda-aec3-0000000000bb';
const path = '/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01';

/** Two subscriptions; the reader may read the first one and one account of the second. */
function openGraph(accounts = 3) {
  const more = Array.from({ length: accounts - 2 }, (_, index) => ({ name: `ai-${index}`, resourceGroup: group }));
  const arm = openArm({
    otherSubscriptions: [{ id: other, displayName: 'Contoso Labs' }],
    resourceGroups: [{ name: group }, { name: group, subscription: other }],
    accounts: [
      { name: 'ai-contoso', resourceGroup: group, kind: 'OpenAI', tags: { 'keyturn-vault': 'kv-a', Team: 'vision' } },
      ...more,
      { name: 'ai-labs', resourceGroup: group, subscription: other, tags: { 'Keyturn-Vault': 'kv-b' } },
    ],
    vaults: [{ name: 'kv-contoso', resourceGroup: group }],
    identities: [
      { name: 'owner', kind: 'application', secret: 's' },
      { name: 'reader', kind: 'application', secret: 's' },
      { name: 'nobody', kind: 'application', secret: 's' },
    ],
    roleAssignments: [
      { principal: 'owner', role: 'Owner', on: `/subscriptions/${subscriptionId}` },
      { principal: 'owner', role: 'Owner', on: `/subscriptions/${other}` },
      { principal: 'reader', role: 'Reader', on: 'ai-labs' },
    ],
  });
  const ask = async (query: string, body: object = {}, name = 'owner') =>
    await arm.send('POST', path, { body: { query, ...body }, token: await arm.tokenOf(name) });
  const rows = async (query: string, name?: string) => {
    const { body } = await ask(query, {}, name);
    return typeof body === 'object' && body !== null && 'data' in body ? body.data : body;
  };
  return { ...arm, ask, rows };
}

const accountsOnly = "Resources | where type =~ 'Microsoft.CognitiveServices/accounts'";

describe('queries that serious clients send', () => {
  it.each<[string, string, unknown]>([
    [
      'tags by member, which has its case',
      `${accountsOnly} | where isnotempty(tags['keyturn-vault']) | project name`,
      [{ name: 'ai-contoso' }],
    ],
    [
      'tags by text, which has none',
      `${accountsOnly} and tostring(tags) contains 'keyturn-' | project name | order by name asc`,
      [{ name: 'ai-contoso' }, { name: 'ai-labs' }],
    ],
    [
      'no table, which is the first one',
      "where name == 'kv-contoso' | project type, resourceGroup",
      [{ type: 'microsoft.keyvault/vaults', resourceGroup: group }],
    ],
    ['lists without case', `${accountsOnly} | where kind in~ ('openai', 'x') | project kind`, [{ kind: 'OpenAI' }]],
    [
      'what is not',
      `${accountsOnly} | where kind !~ 'OPENAI' and not(name startswith 'ai-l') | project name`,
      [{ name: 'ai-0' }],
    ],
    [
      'members of properties',
      `${accountsOnly} | where name == 'ai-labs' | project endpoint = tostring(properties.endpoint)`,
      [{ endpoint: 'https://ai-labs.cognitiveservices.azure.com/' }],
    ],
    [
      'new columns',
      `${accountsOnly} | extend n = strcat(name, '!'), t = tolower(tags.Team) | where t == 'vision' | project n`,
      [{ n: 'ai-contoso!' }],
    ],
    [
      'counts by group',
      'resources | summarize count() by type | order by count_ desc',
      [
        { type: 'microsoft.cognitiveservices/accounts', count_: 3 },
        { type: 'microsoft.keyvault/vaults', count_: 1 },
      ],
    ],
    ['a count', `${accountsOnly} | count`, [{ Count: 3 }]],
    ['the order from high to low', `${accountsOnly} | project name | sort by name | take 1`, [{ name: 'ai-labs' }]],
    ['the top', `${accountsOnly} | top 1 by name asc | project name`, [{ name: 'ai-0' }]],
    ['distinct values', `${accountsOnly} | distinct resourceGroup`, [{ resourceGroup: group }]],
    [
      'subscriptions',
      "resourcecontainers | where type == 'microsoft.resources/subscriptions' | project name | order by name asc",
      [{ name: 'Contoso AI' }, { name: 'Contoso Labs' }],
    ],
    [
      'comments and other quotes',
      `// all\n${accountsOnly}\n| where name == "ai-0" // this one\n| project-keep name`,
      [{ name: 'ai-0' }],
    ],
    ['a name in brackets', `${accountsOnly} | extend ['to'] = 1 | take 1 | project ['to']`, [{ to: 1 }]],
    [
      'whole numbers, whose quotient is whole, and others',
      `${accountsOnly} | take 1 | project whole = 7 / 2, real = 7 / 2.0, sum = 1 + 2 * 3`,
      [{ whole: 3, real: 3.5, sum: 7 }],
    ],
    [
      'times in parts, and the boundaries between them',
      `${accountsOnly} | take 1 | project bin(datetime(2026-01-01T10:59:59Z), 1h), n = datetime_diff('hour', datetime(2026-01-01T11:00:00Z), datetime(2026-01-01T10:59:59Z))`,
      [{ todatetime_Column1: '2026-01-01T10:00:00.000Z', n: 1 }],
    ],
    [
      'the row in which a column is greatest, and quotients of aggregates',
      `${accountsOnly} | summarize arg_max(name, kind), half = count() / 2 by resourceGroup | project-away resourceGroup`,
      [{ name: 'ai-labs', kind: 'AIServices', half: 1 }],
    ],
    [
      'iff, in and between',
      `${accountsOnly} | extend n = iff(name in ('ai-0'), 1, 5) | where n between (1 .. 2) | project n`,
      [{ n: 1 }],
    ],
  ])('%s', async (_, query, expected) => {
    expect(await openGraph().rows(query)).toEqual(expected);
  });

  it("find Event Grid's topics, networks and private DNS; event subscriptions are in no table", async () => {
    const { send, tokenOf, clock, rows } = openGraph();
    const inGroup = `/subscriptions/${subscriptionId}/resourceGroups/${group}/providers`;
    const source = `${inGroup}/Microsoft.KeyVault/vaults/kv-contoso`;
    const network = `${inGroup}/Microsoft.Network/virtualNetworks/vnet-contoso`;
    const zone = `${inGroup}/Microsoft.Network/privateDnsZones/privatelink.contoso.com`;
    const destination = {
      endpointType: 'StorageQueue',
      properties: { resourceId: `${inGroup}/Microsoft.Storage/storageAccounts/st`, queueName: 'events' },
    };
    const made: [string, string, object][] = [
      [
        `${inGroup}/Microsoft.EventGrid/systemTopics/evgt-kv`,
        '2022-06-15',
        { location: 'eastus', properties: { source, topicType: 'Microsoft.KeyVault.vaults' } },
      ],
      [
        `${inGroup}/Microsoft.EventGrid/systemTopics/evgt-kv/eventSubscriptions/to-queue`,
        '2022-06-15',
        { properties: { destination } },
      ],
      [`${inGroup}/Microsoft.EventGrid/topics/evgt-notices`, '2022-06-15', { location: 'eastus', properties: {} }],
      [
        network,
        '2024-05-01',
        { location: 'eastus', properties: { addressSpace: { addressPrefixes: ['10.0.0.0/16'] } } },
      ],
      [zone, '2024-06-01', { location: 'global' }],
      [
        `${zone}/virtualNetworkLinks/to-vnet`,
        '2024-06-01',
        { location: 'global', properties: { virtualNetwork: { id: network }, registrationEnabled: false } },
      ],
    ];
    for (const [at, version, body] of made) {
      const { status } = await send('PUT', `${at}?api-version=${version}`, { body, token: await tokenOf('owner') });
      expect(status, at).toBeLessThan(300);
      clock.advance(60_000);
    }
    expect(
      await rows(
        "resources | where type startswith 'microsoft.eventgrid/' | project name, type, source = tostring(properties.source) | order by name asc",
      ),
    ).toEqual([
      { name: 'evgt-kv', type: 'microsoft.eventgrid/systemtopics', source },
      { name: 'evgt-notices', type: 'microsoft.eventgrid/topics', source: '' },
    ]);
    expect(
      await rows(
        "resources | where type startswith 'microsoft.network/' | project name, type, location | order by type asc",
      ),
    ).toEqual([
      { name: 'privatelink.contoso.com', type: 'microsoft.network/privatednszones', location: 'global' },
      {
        name: 'privatelink.contoso.com/to-vnet',
        type: 'microsoft.network/privatednszones/virtualnetworklinks',
        location: 'global',
      },
      { name: 'vnet-contoso', type: 'microsoft.network/virtualnetworks', location: 'eastus' },
    ]);
  });

  it('show each caller what it may read, and leave the rest out without a word', async () => {
    const { rows, ask } = openGraph();
    const names = await rows(`${accountsOnly} | project name`, 'reader');
    expect(names).toEqual([{ name: 'ai-labs' }]);
    expect(await rows('resourcecontainers | project name', 'reader')).toEqual([]);
    const some = await ask(`${accountsOnly} | project name`, { subscriptions: [other, subscriptionId] }, 'reader');
    expect(some).toMatchObject({ status: 200, body: { totalRecords: 1 } });
    const none = await ask(accountsOnly, { subscriptions: [subscriptionId] }, 'reader');
    expect(none).toMatchObject({
      status: 400,
      body: { error: { details: [{ code: 'NoValidSubscriptionsInQueryRequest' }] } },
    });
  });
});

describe('pages', () => {
  it('follow each other by token; resultTruncated speaks of rows that no page brings', async () => {
    const { httpClient, tokenOf } = openGraph(1205);
    const token = await tokenOf('owner');
    const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
    const client = new ResourceGraphClient(credential, { httpClient, retryOptions: { maxRetries: 0 } });
    const query = `${accountsOnly} | project id | order by id asc`;
    const first = await client.resources({ query });
    expect(first).toMatchObject({ totalRecords: 1205, count: 1000, resultTruncated: 'false' });
    const second = await client.resources({ query, options: { skipToken: first.skipToken ?? '' } });
    expect(second).toMatchObject({ count: 205, resultTruncated: 'false' });
    expect(second.skipToken).toBeUndefined();
    const limited = await client.resources({ query: `${query} | limit 900`, options: { top: 10 } });
    expect(limited).toMatchObject({ totalRecords: 900, count: 10, resultTruncated: 'true' });
    expect(limited.skipToken).toBeUndefined();
  });

  it('begin anew after a token that is none, and are never empty by request', async () => {
    const { send } = openGraph(3);
    const ask = async (options: object) =>
      await send('POST', '/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01', {
        body: { query: `${accountsOnly} | project id`, options },
      });
    for (const options of [{ $skipToken: 'é ü' }, { $skipToken: 'zzz' }, { $top: 0 }, { $top: 'x' }]) {
      expect(await ask(options)).toMatchObject({ status: 200, body: { count: 3 } });
    }
  });

  it('may be tables', async () => {
    const { ask } = openGraph();
    const { body } = await ask(`${accountsOnly} | project name, tags | top 1 by name desc`, {
      options: { resultFormat: 'table' },
    });
    expect(body).toMatchObject({
      data: {
        columns: [
          { name: 'name', type: 'string' },
          { name: 'tags', type: 'object' },
        ],
        rows: [['ai-labs', { 'Keyturn-Vault': 'kv-b' }]],
      },
    });
  });
});

describe('what is refused', () => {
  it.each<[string, string, object]>([
    [
      'a query that ends too soon',
      'project id, location | where where',
      { code: 'ParserFailure', line: 1, characterPositionInLine: 34, token: '<EOF>' },
    ],
    ['a keyword as a name', 'resources | project to = name', { code: 'ParserFailure', token: 'to' }],
    ['a keyword as a member', 'resources | where tags.by == 1', { code: 'ParserFailure', token: 'by' }],
    [
      'a column that is none',
      'resources | where colour == 1',
      { message: "'where' operator: Failed to resolve scalar expression named 'colour'" },
    ],
    [
      'a column that is none, of no rows',
      "resources | where name == '' | project colour",
      { message: "'project' operator: Failed to resolve scalar expression named 'colour'" },
    ],
  ])('%s', async (_, query, detail) => {
    const { status, body } = await openGraph().ask(query);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { code: 'BadRequest', details: [{ code: 'InvalidQuery' }, detail] } });
  });

  it.each([
    ['resources | join kind=leftouter (resourcecontainers) on subscriptionId', "the operator 'join'"],
    ['resources | extend x = geo_point(1)', "the function 'geo_point'"],
    ['securityresources | count', "the table 'securityresources'"],
    ['resources | project x = properties.a / 2', 'a division of what is neither tolong() nor todouble()'],
    ['resources | summarize percentile(1)', "the aggregation 'percentile'"],
  ])('%s, loudly, since it is not simulated', async (query, what) => {
    const { status, body } = await openGraph().ask(query);
    expect(status).toBe(501);
    expect(body).toMatchObject({ error: { code: 'NotSimulated', message: expect.stringContaining(what) } });
  });

  it('the sixteenth query within five seconds; the quota is told with every answer', async () => {
    const { ask, clock } = openGraph();
    for (let left = 14; left >= 0; left -= 1) {
      const { headers } = await ask('resources | count');
      expect(headers.get('x-ms-user-quota-remaining')).toBe(String(left));
    }
    await clock.advance(2_000);
    const refused = await ask('resources | count');
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'RateLimiting' } } });
    expect(refused.headers.get('x-ms-user-quota-resets-after')).toBe('00:00:03');
    expect(refused.headers.get('retry-after')).toBe('3');
    await clock.advance(3_000);
    expect((await ask('resources | count')).status).toBe(200);
  });
});
