import { describe, expect, it } from 'vitest';
import type { Service } from '../../../local/simulated-azure/exchange.ts';
import { keyVault } from '../../../local/simulated-azure/key-vault/key-vault.ts';
import { compareBodies } from './compare/compare-bodies.ts';
import { compareExchange } from './compare/compare-exchange.ts';
import { impliedBody } from './implied-body.ts';
import { LiveNames } from './live-names.ts';
import type { Json, RecordedExchange, RecordedFile } from './recorded-file.ts';
import { replayFile } from './replay-file.ts';
import { verdicts } from './verdicts.ts';

/** An answer that holds one of everything: an echoed name, a made-up id, dates, a list, a null, a stable number. */
const recorded: RecordedExchange = {
  request: {
    method: 'GET',
    url: 'https://kv.vault.azure.net/secrets/colour?api-version=7.4',
    headers: {},
    body: undefined,
  },
  response: {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8', 'x-ms-keyvault-region': 'westus2' },
    body: {
      id: 'https://kv.vault.azure.net/secrets/colour/0123456789abcdef0123456789abcdef',
      nextLink: null,
      attributes: { enabled: true, created: 1_600_000_000, recoverableDays: 90 },
      value: [{ name: 'first', tags: { a: '1' } }, { name: 'second' }],
    },
  },
};

const attributes = {
  enabled: true,
  created: 1_600_000_000,
  updated: 1_600_000_000,
  recoveryLevel: 'Recoverable+Purgeable',
  recoverableDays: 90,
};

/** A secret that is read without having been set, then deleted, then waited for. */
const recording: RecordedFile = {
  name: 'keyvault/read-delete',
  evidence: 'recording',
  cut: [],
  exchanges: [
    exchangeOf('GET', '/secrets/colour', 200, { value: 'blue', id: idOf('colour'), attributes }),
    exchangeOf('DELETE', '/secrets/colour', 200, {
      recoveryId: 'https://kv.vault.azure.net/deletedsecrets/colour',
      deletedDate: 1_600_000_001,
      scheduledPurgeDate: 1_607_776_001,
      id: idOf('colour'),
      attributes,
    }),
    exchangeOf('GET', '/deletedsecrets/colour', 404, {
      error: { code: 'SecretNotFound', message: 'Deleted Secret not found: colour' },
    }),
  ],
};

function idOf(name: string): string {
  return `https://kv.vault.azure.net/secrets/${name}/0123456789abcdef0123456789abcdef`;
}

function exchangeOf(method: string, path: string, status: number, body: Json): RecordedExchange {
  const url = `https://kv.vault.azure.net${path}?api-version=7.4`;
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return { request: { method, url, headers: {}, body: undefined }, response: { status, headers, body } };
}

const faithful: Json = {
  nextLink: null,
  value: [{ name: 'second' }, { tags: { a: '1' }, name: 'first' }],
  attributes: { recoverableDays: 90, enabled: true, created: 1_700_000_000 },
  id: 'https://kv.vault.azure.net/secrets/colour/ffffffffffffffffffffffffffffffff',
};

const paths = (
  changed: { status?: number; headers?: Record<string, string>; body?: Json },
  cut: readonly string[] = [],
) =>
  compareExchange(
    { evidence: 'recording', cut },
    recorded.response,
    {
      status: changed.status ?? 200,
      headers: new Headers(changed.headers ?? recorded.response.headers),
      body: changed.body ?? faithful,
    },
    new URL(recorded.request.url),
    recorded.request.url,
  ).map(({ path }) => path);

const withBody = (change: Record<string, Json>) => ({ body: { ...(faithful as Record<string, Json>), ...change } });

describe('The comparison of a simulated answer with a recorded one', () => {
  it('takes other ids and dates, and another order of members and items, for the same answer', () => {
    expect(paths({})).toEqual([]);
  });

  it.each<[string, Parameters<typeof paths>[0], string]>([
    ['another status', { status: 404 }, 'status'],
    [
      'a missing telling header',
      { headers: { 'content-type': 'application/json; charset=utf-8' } },
      'header x-ms-keyvault-region',
    ],
    [
      'another content type',
      { headers: { ...recorded.response.headers, 'content-type': 'application/json' } },
      'header content-type',
    ],
    [
      'a challenge that was not recorded',
      { headers: { ...recorded.response.headers, 'www-authenticate': 'Bearer' } },
      'header www-authenticate',
    ],
    [
      'a member that is missing',
      withBody({ attributes: { enabled: true, created: 1_700_000_000 } }),
      'body.attributes.recoverableDays',
    ],
    ['a member that was not recorded', withBody({ managed: true }), 'body.managed'],
    [
      'a stable number that differs',
      withBody({ attributes: { enabled: true, created: 1, recoverableDays: 7 } }),
      'body.attributes.recoverableDays',
    ],
    [
      'a value of another type',
      withBody({ attributes: { enabled: 'true', created: 1, recoverableDays: 90 } }),
      'body.attributes.enabled',
    ],
    ['a null that is a text', withBody({ nextLink: 'https://kv.vault.azure.net/secrets' }), 'body.nextLink'],
    [
      'an id that names another secret',
      withBody({ id: 'https://kv.vault.azure.net/secrets/shape/ffffffffffffffffffffffffffffffff' }),
      'body.id',
    ],
    ['an item that is missing', withBody({ value: [{ name: 'first', tags: { a: '1' } }] }), 'body.value[]'],
    [
      'an item too many',
      withBody({ value: [{ name: 'first', tags: { a: '1' } }, { name: 'second' }, { name: 'third' }] }),
      'body.value[]',
    ],
    [
      'an item that differs',
      withBody({ value: [{ name: 'first', tags: { a: '2' } }, { name: 'second' }] }),
      'body.value[].tags.a',
    ],
  ])('reports %s', (_, changed, path) => {
    expect(paths(changed)).toEqual([path]);
  });

  it('lets a list be longer if items of the recorded one were cut, but no item of it be missing', () => {
    const cut = ['.value: 3 items, 2 kept'];
    const longer = withBody({ value: [{ name: 'third' }, { name: 'first', tags: { a: '1' } }, { name: 'second' }] });
    expect(paths(longer, cut)).toEqual([]);
    expect(paths(withBody({ value: [{ name: 'second' }] }), cut)).toEqual(['body.value[]']);
  });
});

describe('The replay of a recording', () => {
  const answered = (service: Service) => replayFile(recording, [{ host: /\.vault\.azure\.net$/, service }]);

  it('derives the world it begins in, and finds the simulated vault faithful', async () => {
    expect((await answered(keyVault)).flatMap(({ differences }) => differences)).toEqual([]);
  });

  it('reports a vault that answers otherwise', async () => {
    const unfaithful: Service = async (exchange) => {
      const answer = await keyVault(exchange);
      const text = (await answer.text()).replace('"enabled":true', '"enabled":false');
      return new Response(text, { status: answer.status, headers: answer.headers });
    };
    const [read] = await answered(unfaithful);
    expect(read?.differences).toEqual([{ path: 'body.attributes.enabled', expected: 'true', got: 'false' }]);
  });

  it('reports a vault that does not answer at all', async () => {
    const [read] = await answered(() => {
      throw new Error('no vault');
    });
    expect(read?.differences).toMatchObject([{ path: 'answer', got: 'Error: no vault' }]);
  });
});

describe('The list of tolerated differences', () => {
  const exchange = {
    file: 'keyvault/some',
    index: 2,
    request: 'GET https://kv.vault.azure.net/',
    service: 'keyvault',
    covered: true,
  };
  const difference = { path: 'body.id', expected: '"a"', got: '"b"' };
  const entry = { file: 'keyvault/some', exchange: 2, path: 'body.id', reason: 'because' };

  it('silences the difference it names, and no other', () => {
    expect(verdicts([{ ...exchange, differences: [difference] }], [entry]).mismatches).toEqual([]);
    const other = { ...difference, path: 'body.value' };
    expect(verdicts([{ ...exchange, differences: [difference, other] }], [entry]).mismatches).toHaveLength(1);
  });

  it('names an entry that no difference needs, unless its file is absent', () => {
    expect(verdicts([{ ...exchange, differences: [] }], [entry]).stale).toEqual([entry]);
    expect(verdicts([], [entry]).stale).toEqual([]);
  });
});

describe('what a later request is asked with', () => {
  it('is our etag if the recording has its own', () => {
    const names = new LiveNames();
    const [theirs, ours] = ['11111111-2222-3333-4444-555555555555', '66666666-7777-8888-9999-000000000000'];
    names.learn({ etag: `W/"${theirs}"` }, { etag: `W/"${ours}"` });
    names.learn(`"${theirs.replace('1', '2')}"`, `"${ours.replace('6', '7')}"`);
    expect(names.header(`W/"${theirs}"`)).toBe(`W/"${ours}"`);
    expect(names.header(`"${theirs.replace('1', '2')}"`)).toBe(`"${ours.replace('6', '7')}"`);
    expect(names.header('*')).toBe('*');
  });

  it('is the same subscription, though the recorder wrote zeros over it and over the tenant', () => {
    const names = new LiveNames();
    const zeros = '00000000-0000-0000-0000-000000000000';
    names.learn({ tenantId: zeros }, { tenantId: '11111111-2222-3333-4444-555555555555' });
    const url = `https://management.azure.com/subscriptions/${zeros}/resourceGroups/rg`;
    expect(names.url(url)).toBe(url);
  });

  it('holds nothing that only an answer has', () => {
    const [location, addressSpace] = ['eastus', { addressPrefixes: ['10.0.0.0/16'] }];
    const properties = { provisioningState: 'Updating', resourceGuid: 'g', addressSpace };
    const request = { method: 'PUT', url: `${networks}/vnet?api-version=2022-09-01`, headers: {}, body: undefined };
    const response = { status: 201, headers: {}, body: { location, properties } };
    expect(impliedBody({ request, response })).toEqual({ location, properties: { addressSpace } });
  });
});

const networks =
  'https://management.azure.com/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks';

describe('a message of which the collector left out lines', () => {
  const said = (message: string) => ({ error: { message } });
  it.each([
    ['all that was kept, and more between', 'Refused.\r\nCaller: me\r\nAction: read\r\nVault: kv', true],
    ['another beginning', 'Denied.\r\nCaller: me\r\nAction: read\r\nVault: kv', false],
    ['another line between', 'Refused.\r\nCaller: me\r\nAction: write\r\nVault: kv', false],
    ['another end', 'Refused.\r\nCaller: me\r\nAction: read\r\nVault: other', false],
  ])('%s', (_, live, matches) => {
    const kept = 'Refused.\r\n...\r\nAction: read\r\n...\r\nVault: kv';
    const asked = { asked: '/secrets/x', echoed: '', listsAreCut: false, sample: false, catalogue: false };
    expect(compareBodies(said(kept), said(live), asked).length === 0).toBe(matches);
  });
});
