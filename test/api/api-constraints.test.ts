import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { describeApi } from '../../src/api/describe-api.ts';
import { endpoints } from '../../src/api/endpoints.ts';
import { idempotencyKey, ifMatch } from '../../src/api/request-headers.ts';
import { fakeRequest } from './fake-request.ts';

/** What the description says of one operation. */
interface Described {
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: object } } };
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema: { readonly type?: string };
  }[];
}

const paths = Object(describeApi(endpoints).paths);
const described = ({ route, method }: (typeof endpoints)[number]): Described =>
  paths[`/${route}`][method.toLowerCase()];

const ajv = new Ajv2020({ strict: false, validateFormats: false, unicodeRegExp: true });

const group = '/subscriptions/aaaaaaaa-1111-4000-8000-000000000001/resourceGroups/rg-contoso/providers';
const subnetId = `${group}/Microsoft.Network/virtualNetworks/vnet/subnets/snet`;
const networkId = `${group}/Microsoft.Network/virtualNetworks/vnet`;
const zoneId = `${group}/Microsoft.Network/privateDnsZones/privatelink.openai.azure.com`;
const identityId = `${group}/Microsoft.ManagedIdentity/userAssignedIdentities/id-contoso`;
const guid = '33333333-3333-3333-3333-333333333333';
const newSubnet = { name: 'snet', prefix: '10.20.1.0/24', virtualNetwork: { id: networkId } };

/** Bodies that are meant well, for each operation that takes one; together they reach every member. */
const good: Readonly<Record<string, readonly object[]>> = {
  'adopt-target': [{ activeSlot: 'key1', takeOver: true }],
  'adopt-many': [{ targets: ['contoso-ai'], takeOver: true }, { targets: 'all' }],
  'identify-key': [{ key: '"a0b1c2d3e4f5061728394a5b6c7d8e9f",' }],
  'start-rotation': [{ inactiveKeyUnused: true }],
  'cancel-rotation': [{ confirm: ['a-risk'] }],
  'roll-back-rotation': [{ confirm: ['a-risk'] }],
  'hold-rotation': [{ reason: 'a deployment', confirm: ['a-risk'] }],
  'expedite-rotation': [{ reason: 'all have moved', overlapSeconds: 60 }],
  'report-leak': [{ slot: 'key1', dryRun: false, reason: 'in a log', overlapSeconds: 60 }],
  'reset-fleet': [{ reason: 'looked into it' }],
  'accept-targets-document': [{ reason: 'lab closed' }],
  'set-pause': [{ paused: true, reason: 'an incident' }],
  'set-network': [
    {
      mode: 'selected-networks',
      ipRules: ['203.0.113.7', '198.51.100.0/24'],
      subnets: [subnetId],
      bypass: 'None',
      keyturn: { egress: '203.0.113.7', subnetId: null },
      consumers: [{ name: 'web', egress: null, subnetId }],
      confirm: ['a-risk'],
    },
    {
      mode: 'private',
      privateEndpoint: { subnet: { id: subnetId }, name: 'pe-contoso', resourceGroup: 'rg-contoso' },
      privateDns: { zones: 'existing', ids: [zoneId], nxDomainRedirect: true },
    },
    {
      mode: 'private',
      privateEndpoint: { subnet: { ...newSubnet, privateEndpointNetworkPolicies: 'Enabled' } },
      privateDns: { zones: 'create', resourceGroup: 'rg-contoso' },
    },
  ],
  'change-access': [
    {
      identities: [
        { principalId: guid, principalType: 'User', roles: ['Reader', { role: 'Reader', scope: 'resource-group' }] },
        { resourceId: identityId, roles: ['Reader'] },
        { create: { name: 'id-contoso', resourceGroup: 'rg-contoso', location: 'East US' }, roles: ['Reader'] },
        { keyturn: true, roles: ['Reader'] },
      ],
      confirm: ['a-risk'],
    },
  ],
  'change-keyless': [{ enabled: true, identities: [guid], proveWithinMinutes: 60, confirm: ['a-risk'] }],
};

/** Values that somebody might send, good and bad, for any member. */
const pool: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  1.5,
  4,
  1441,
  1e300,
  '',
  ' ',
  'x',
  'key1',
  'key3',
  'a b',
  'ä',
  'x'.repeat(31),
  'x'.repeat(32),
  'x'.repeat(61),
  'x y '.repeat(26),
  'x y '.repeat(60),
  'a\u0000b',
  'line\nline',
  guid,
  `${guid}0`,
  '203.0.113.7',
  '203.0.113.7/24',
  '203.0.113.0/24',
  '203.0.113.0/30',
  '203.0.113.0/31',
  '203.0.113.7/32',
  '203.0.113',
  '256.0.0.1',
  '10.0.0.1',
  '10.0.0.0/8',
  '10.20.1.0/24',
  '10.20.1.0/30',
  '0.0.0.0/0',
  '::1',
  subnetId,
  subnetId.toUpperCase(),
  `${subnetId}/`,
  networkId,
  zoneId,
  identityId,
  '/subscriptions/s',
  subnetId.replace('snet', 's%20t'),
  subnetId.replace('rg-contoso', 'rg.'),
  subnetId.replace(/[0-9a-f-]{36}/, 's-1'),
  zoneId.replace('rg-contoso', 'Größe'),
  'AzureServices',
  'none',
  'Private',
  'private',
  'account',
  [],
  ['x'],
  [1],
  {},
  { x: 1 },
  [{}],
];

type Path = readonly (string | number)[];

/** Every place in a value, the value itself among them. */
function places(value: unknown, at: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [
    at,
    ...Object.entries(value).flatMap(([key, inner]) =>
      places(inner, [...at, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}

/** `value` with what `change` makes of the place; undefined takes it away. */
function changed(value: unknown, [key, ...rest]: Path, change: (inner: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  const inner = changed(Object(value)[key], rest, change);
  if (Array.isArray(value))
    return value.flatMap((one, index) => (index === key ? (inner === undefined ? [] : [inner]) : [one]));
  const { [key]: _, ...others } = Object(value);
  return inner === undefined ? others : { ...others, [key]: inner };
}

function* variants(body: object): Generator<readonly [string, unknown]> {
  for (const place of places(body)) {
    const at = place.join('.');
    for (const value of pool)
      yield [`${at} = ${JSON.stringify(value)?.slice(0, 60)}`, changed(body, place, () => value)];
    if (place.length > 0) yield [`no ${at}`, changed(body, place, () => undefined)];
    yield [
      `${at} with more`,
      changed(body, place, (inner) =>
        typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? { ...inner, more: 1 } : inner,
      ),
    ];
    yield [`${at} twice`, changed(body, place, (inner) => (Array.isArray(inner) ? [...inner, ...inner] : inner))];
    yield [
      `${at} 101 times`,
      changed(body, place, (inner) => (Array.isArray(inner) ? Array(101).fill(inner[0]) : inner)),
    ];
  }
}

/**
 * What the server refuses and JSON Schema has no words for: whether an address is public, what bits follow a prefix, that a
 * range lies in another one, that texts are one in any case, that a text is as long when its blanks are cut off.
 */
const beyondWords =
  /(?:ipRules|egress|prefix|addressSpace|subnet(?:\.virtualNetwork)?|ids)[\d.]* (?:= "?(?:203|10|0\.)|twice)/;

/** What the library that checks says of itself: a member of ours says instead what it takes. */
const zodsWords = /^(?:Invalid|Too |Unrecognized|Expected)/;

const bodies = endpoints.filter(({ body }) => body !== null);

describe('the description of bodies', () => {
  it('is tried for every operation that takes one', () => {
    const untried = bodies.filter(
      ({ name, body }) => good[name] === undefined && body?.safeParse({ x: 1 }).success !== false,
    );
    expect(untried.map(({ name }) => name)).toEqual([]);
    expect(Object.keys(good).filter((name) => !bodies.some((one) => one.name === name))).toEqual([]);
  });

  it.each(bodies.map((endpoint) => [endpoint.name, endpoint] as const))(
    'and the checks of %s say the same',
    (name, endpoint) => {
      const schema = described(endpoint).requestBody?.content['application/json'].schema ?? {};
      const says: ValidateFunction = ajv.compile(schema);
      const notInOurWords: string[] = [];
      const takes = (body: unknown) => {
        const issues = endpoint.body?.safeParse(body, { reportInput: true }).error?.issues;
        notInOurWords.push(...(issues ?? []).map(({ message }) => message).filter((text) => zodsWords.test(text)));
        return issues === undefined;
      };
      let refusedByBoth = 0;
      const disagreed: string[] = [];
      for (const body of good[name] ?? [{}]) {
        expect({ described: says(body), taken: takes(body) }).toEqual({ described: true, taken: true });
        for (const [what, variant] of variants(body)) {
          if (JSON.stringify(variant) === JSON.stringify(body)) continue;
          const verdict = { described: says(variant), taken: takes(variant) };
          if (!verdict.described && !verdict.taken) refusedByBoth += 1;
          else if (verdict.described !== verdict.taken && !(verdict.described && beyondWords.test(what)))
            disagreed.push(`${what}: ${verdict.described ? 'described as good, refused' : 'taken, described as bad'}`);
        }
      }
      expect(disagreed).toEqual([]);
      expect([...new Set(notInOurWords)]).toEqual([]);
      expect(refusedByBoth).toBeGreaterThan(30);
    },
  );
});

describe('the description of parameters', () => {
  const parameters = endpoints.flatMap((endpoint) =>
    described(endpoint)
      .parameters.filter((one) => one.in === 'query')
      .map((one) => ({ name: `${endpoint.name} ${one.name}`, endpoint, one })),
  );
  const texts = [
    '',
    '0',
    '1',
    '50',
    '100',
    '200',
    '201',
    '1000',
    '1001',
    '999999',
    '1000000',
    '-1',
    '1.5',
    ' 1',
    'x',
    'true',
    'false',
    'True',
    'keep',
    'a-b',
    'a b',
    'ä',
    '#',
    'x'.repeat(201),
    '203.0.113.7',
    '203.0.113.7/32',
    '203.0.113.0/24',
    '203.0.113',
    '10.0.0.4',
    '256.1.1.1',
    '::1',
    'idle',
    'idle,drifted',
    'idle,',
    '11111111-1111-1111-1111-111111111111',
    '2027-01-31T00:00:00Z',
    '2027-01-31',
    'due',
    'summary',
  ];
  it.each(parameters)('and the checks say the same of $name', ({ endpoint, one }) => {
    const says = ajv.compile(one.schema);
    // A number stands as text in an address.
    const read = (text: string) => (one.schema.type === 'integer' && /^\d+$/.test(text) ? Number(text) : text);
    const verdicts = texts.map((text) => ({
      text,
      described: says(read(text)),
      taken: endpoint.query?.safeParse({ [one.name]: text }).success === true,
    }));
    expect(verdicts.filter((verdict) => verdict.described !== verdict.taken)).toEqual([]);
    expect(new Set(verdicts.map(({ taken }) => taken)).size).toBe(2);
  });

  const header = (name: string) => {
    const all = endpoints.flatMap((endpoint) => described(endpoint).parameters);
    return ajv.compile(all.find((one) => one.name === name)?.schema ?? false);
  };

  it('and the checks say the same of Idempotency-Key', () => {
    const says = header('Idempotency-Key');
    const takes = (text: string) => {
      try {
        return idempotencyKey(fakeRequest({ headers: { 'idempotency-key': text } })) !== null;
      } catch {
        return false;
      }
    };
    const values = [
      'one',
      '"one"',
      guid,
      '',
      '"',
      'a b',
      '"a"b',
      'a\\b',
      'x'.repeat(128),
      'x'.repeat(129),
      `"${'x'.repeat(128)}"`,
      'é',
      '#?/',
    ];
    expect(values.filter((text) => says(text) !== takes(text))).toEqual([]);
  });

  it('tells of If-Match what can match at all', () => {
    const says = header('If-Match');
    const matches = (text: string) =>
      ifMatch(fakeRequest({ headers: { 'if-match': text } }))?.some((tag) => tag === '*' || tag === '"n1"');
    for (const text of ['*', '"n1"', 'W/"n1"', '"a", "n1"'])
      expect([text, says(text), matches(text)]).toEqual([text, true, true]);
    for (const text of ['n1', "'n1'", '"n1', 'w/"n1"', ''])
      expect([text, says(text), matches(text) ?? false]).toEqual([text, false, false]);
  });
});
