import { createHttpHeaders, type HttpClient, type PipelineRequest } from '@azure/core-rest-pipeline';
import { describe, expect, it } from 'vitest';
import { type ArmLists, armLists } from '../../src/azure/arm/arm-lists.ts';
import { type AzureAccess, azureAccess } from '../../src/azure/azure-access.ts';
import { callingHttpClient, mostPages } from '../../src/azure/azure-call.ts';
import { clouds } from '../../src/azure/clouds.ts';
import { systemClock } from '../../src/azure/system-clock.ts';
import type { Clock } from '../../src/shared/clock.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { parseAccountId } from '../../src/shared/resource-id.ts';
import { SecretText } from '../../src/shared/secret-text.ts';

const armId =
  '/subscriptions/aaaaaaaa-1111-4000-8000-000000000001/resourceGroups/rg-contoso/providers/Microsoft.CognitiveServices/accounts/contoso-ai';
const account = parseAccountId(armId);
if (account === null) throw new TypeError('an account id');
const group = '/subscriptions/aaaaaaaa-1111-4000-8000-000000000001/resourceGroups/rg-contoso/providers';
const zoneId = `${group}/Microsoft.Network/privateDnsZones/privatelink.openai.azure.com`;
const endpointId = `${group}/Microsoft.Network/privateEndpoints/pe-contoso`;
const vaultUrl = 'https://kv-contoso.vault.azure.net';

interface Sent {
  readonly url: string;
  readonly hasToken: boolean;
}

/** The adapters over a wire on which each answer leads to `link`, and what was sent over it. */
function ledTo(
  link: string,
  answer: (request: PipelineRequest) => { status: number; body: unknown; links: string[] },
  mostSent = 10,
  clock: Clock = systemClock,
) {
  const sent: Sent[] = [];
  const wire: HttpClient = {
    async sendRequest(request) {
      sent.push({ url: request.url, hasToken: request.headers.has('authorization') });
      if (sent.length > mostSent) throw new TypeError('too many requests');
      // The client asks without a token first, to be told where to get one.
      if (request.url.startsWith(vaultUrl) && !request.headers.has('authorization')) {
        const challenge =
          'Bearer authorization="https://login.microsoftonline.com/t", resource="https://vault.azure.net"';
        return {
          request,
          status: 401,
          headers: createHttpHeaders({ 'www-authenticate': challenge }),
          bodyAsText: '{}',
        };
      }
      const { status, body, links } = answer(request);
      const headers = createHttpHeaders({
        'content-type': 'application/json',
        date: new Date(0).toUTCString(),
        'retry-after': '0',
        ...Object.fromEntries(links.map((name) => [name, link])),
      });
      return { request, status, headers, bodyAsText: JSON.stringify(body) };
    },
  };
  const credential = { getToken: async () => ({ token: 'a.b.c', expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const access = azureAccess({
    cloud: clouds.public,
    credential,
    storage: { kind: 'connection-string', value: new SecretText('UseDevelopmentStorage=true') },
    httpClient: wire,
    clock,
  });
  const lists = armLists(clouds.public, credential, callingHttpClient(wire, false));
  return { access: { ...access, lists }, sent };
}

type Access = AzureAccess & { readonly lists: ArmLists };

/** What a call said that was led astray: its failure's kind and code. */
async function failureOf(call: Promise<unknown>): Promise<string> {
  return await call.then(
    () => 'answered',
    (error: unknown) => {
      if (!(error instanceof FailureError)) throw error;
      return `${error.failure.kind} ${error.failure.code}`;
    },
  );
}

const always = () => true;

/** Every address that an answer of Resource Manager's may name, and that is not Resource Manager's own. */
const hostile = [
  'https://evil.example/subscriptions?page=2',
  'https://management.azure.com.evil.example/subscriptions?page=2',
  'https://management.azure.com@evil.example/subscriptions?page=2',
  'https://evil.example/https://management.azure.com/',
  'https://evil.management.azure.com/subscriptions?page=2',
  'https://management.azure.com:8443/subscriptions?page=2',
  'https://management.azure.com.:443/subscriptions?page=2',
  'https://management.azure.us/subscriptions?page=2',
  'https://kv-contoso.vault.azure.net/secrets?page=2',
  'https://169.254.169.254/metadata/identity/oauth2/token',
];

const lists: readonly (readonly [string, (access: Access) => Promise<unknown>])[] = [
  ['role assignments', ({ authorization }) => authorization.assignmentsAt(armId)],
  ['role definitions', ({ authorization }) => authorization.roleByName(armId, 'Reader')],
  ['private DNS zones', ({ network }) => network.networkReader.zonesNamed(account.subscriptionId, [])],
  ['links of a zone', ({ network }) => network.networkReader.zoneLinks(zoneId)],
  ['zone groups', ({ network }) => network.networkReader.zoneGroups(endpointId)],
  [
    'event subscriptions',
    ({ lists }) => lists(`${armId}/providers/Microsoft.EventGrid/eventSubscriptions`, '2022-06-15'),
  ],
  ['the activity log', ({ activityLog }) => activityLog.keyListings(account, 0)],
];

describe.each(lists)('the list of %s', (_, read) => {
  it.each(hostile)('is not read on at %s', async (link) => {
    const { access, sent } = ledTo(link, () => ({ status: 200, body: { value: [], nextLink: link }, links: [] }));
    expect(await failureOf(read(access))).toBe('not-applied foreign-link');
    expect(sent).toEqual([{ url: expect.stringMatching(/^https:\/\/management\.azure\.com\//), hasToken: true }]);
  });

  it('is not read on in the clear', async () => {
    const link = 'http://management.azure.com/subscriptions?page=2';
    const { access, sent } = ledTo(link, () => ({ status: 200, body: { value: [], nextLink: link }, links: [] }));
    expect(await failureOf(read(access))).toMatch(/^not-applied/);
    expect(sent).toHaveLength(1);
  });

  it('ends, with a failure, if a page names itself as the next one', async () => {
    const link = 'https://management.azure.com/subscriptions?page=2';
    const answer = () => ({ status: 200, body: { value: [], nextLink: link }, links: [] });
    const { access, sent } = ledTo(link, answer, 10 * mostPages);
    expect(await failureOf(read(access))).toBe('not-applied list-without-end');
    expect(sent.length).toBeLessThanOrEqual(mostPages);
  });

  it('is read on at Resource Manager, port and case as Azure writes them', async () => {
    const link = 'https://Management.Azure.com:443/subscriptions?page=2';
    let pages = 0;
    const { access, sent } = ledTo(link, () => {
      pages += 1;
      return { status: 200, body: { value: [], ...(pages === 1 ? { nextLink: link } : {}) }, links: [] };
    });
    await read(access);
    expect(sent.map(({ hasToken }) => hasToken)).toEqual([true, true]);
  });
});

describe("a vault's list of versions", () => {
  it.each([
    'https://evil.example/secrets?page=2',
    // Its token is good for every vault.
    'https://kv-evil.vault.azure.net/secrets?page=2',
    'https://kv-contoso.vault.azure.net.evil.example/secrets?page=2',
    'http://kv-contoso.vault.azure.net/secrets?page=2',
    'https://kv-contoso.vault.azure.net@evil.example/secrets?page=2',
    'https://management.azure.com/subscriptions',
  ])('is not read on at %s', async (link) => {
    const { access, sent } = ledTo(link, () => ({ status: 200, body: { value: [], nextLink: link }, links: [] }));
    expect(await failureOf(access.secrets(vaultUrl, always).listVersions('contoso-key1'))).toBe(
      'not-applied foreign-link',
    );
    expect(new Set(sent.map(({ url }) => new URL(url).origin))).toEqual(new Set([vaultUrl]));
  });
});

it("a vault's list of versions ends, with a failure, if a page names itself as the next one", async () => {
  const link = `${vaultUrl}/secrets/contoso-key1/versions?page=2`;
  const answer = () => ({ status: 200, body: { value: [], nextLink: link }, links: [] });
  const { access, sent } = ledTo(link, answer, 10 * mostPages);
  expect(await failureOf(access.secrets(vaultUrl, always).listVersions('contoso-key1'))).toBe(
    'not-applied list-without-end',
  );
  expect(sent.length).toBeLessThanOrEqual(mostPages + 1);
});

it('a list that is answered ever more slowly ends, with a failure, after three minutes', async () => {
  let elapsedMs = 0;
  const link = 'https://management.azure.com/subscriptions?page=2';
  const answer = () => {
    elapsedMs += 50_000;
    return { status: 200, body: { value: [], nextLink: link }, links: [] };
  };
  const { access, sent } = ledTo(link, answer, 10, { ...systemClock, monotonicMs: () => elapsedMs });
  expect(await failureOf(access.authorization.assignmentsAt(armId))).toBe('not-applied list-without-end');
  expect(sent).toHaveLength(4);
});

describe('an answer that says where to follow an operation', () => {
  const operations: readonly (readonly [string, (access: AzureAccess) => Promise<unknown>])[] = [
    ['turning keys off', ({ localAuth }) => localAuth.setDisabled(account, true, always)],
    ['setting rules', ({ network }) => network.networkWriter(always).setRules(account, openRules)],
    ['approving a connection', ({ network }) => network.networkWriter(always).approveConnection(account, 'one')],
    ['making a zone', ({ network }) => network.networkWriter(always).createZone(zoneId)],
    ['regenerating a key', ({ accounts }) => accounts(always).regenerate(account, 'key1')],
  ];
  const openRules = {
    publicNetworkAccess: 'Enabled',
    defaultAction: 'Allow',
    ipRules: [],
    subnets: [],
    bypass: null,
  } as const;

  it.each(
    operations.flatMap(([what, write]) =>
      ['location', 'azure-asyncoperation'].map((header) => ({ what, header, write })),
    ),
  )('to $what by $header is not followed to another host, nor told as refused', async ({ write, header }) => {
    const { access, sent } = ledTo('https://evil.example/operations/1', () => ({
      status: 202,
      body: {},
      links: [header],
    }));
    const told = await failureOf(write(access));
    expect(told).not.toMatch(/^(not-applied|refused)/);
    expect(sent.map(({ url }) => new URL(url).origin)).toEqual(['https://management.azure.com']);
  });

  it.each([301, 302, 307, 308])('as a redirect (%i) is not followed', async (status) => {
    const link = 'https://evil.example/accounts';
    const { access, sent } = ledTo(link, () => ({ status, body: {}, links: ['location'] }));
    await failureOf(access.accounts(always).get(account));
    await failureOf(access.accounts(always).regenerate(account, 'key1'));
    await failureOf(access.secrets(vaultUrl, always).read('contoso-key1'));
    await access.tokenProbe.call({ kind: 'OpenAI', endpoint: 'https://contoso-ai.openai.azure.com/' });
    await access.tokenProbe.call({ kind: 'AIServices', endpoint: 'https://contoso-ai.cognitiveservices.azure.com/' });
    expect(sent.filter(({ url }) => new URL(url).hostname === 'evil.example')).toEqual([]);
    expect(sent.length).toBeGreaterThanOrEqual(5);
  });
});
