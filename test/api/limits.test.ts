import { expect, it } from 'vitest';
import { fieldProblems } from '../../src/shared/field-problem.ts';
import { endpointNamed } from './endpoint-named.ts';

const guid = '11111111-1111-1111-1111-111111111111';
const many = (length: number, item: unknown = 'x') => Array.from({ length }, () => item);
const long = (length: number) =>
  'wx y'
    .repeat(length)
    .slice(0, length - 1)
    .concat('z');
const zone = (at: number) =>
  `/subscriptions/${guid}/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/privatelink.z${at}.azure.com`;
const endpoint = {
  subnet: { id: `/subscriptions/${guid}/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s` },
};
const network = (more: object) => ({ mode: 'selected-networks', ...more });
const consumer = (name: string) => ({ name, egress: '203.0.113.9' });
const identity = (roles: readonly unknown[]) => ({ identities: [{ principalId: guid, roles }] });
const reader = 'Cognitive Services User';

/** What a body may hold at most or at least, what is beyond that, and what its one problem says. */
it.each<[operation: string, field: string, good: object, bad: object, accepted: RegExp]>([
  [
    'set-network',
    'privateDns.ids',
    network({ privateEndpoint: endpoint, privateDns: { zones: 'existing', ids: [1].map(zone) } }),
    network({ privateEndpoint: endpoint, privateDns: { zones: 'existing', ids: [] } }),
    /^at least one id$/,
  ],
  [
    'set-network',
    'privateDns.ids',
    network({ privateEndpoint: endpoint, privateDns: { zones: 'existing', ids: many(10).map((_, at) => zone(at)) } }),
    network({ privateEndpoint: endpoint, privateDns: { zones: 'existing', ids: many(11).map((_, at) => zone(at)) } }),
    /^at most ten ids$/,
  ],
  [
    'set-network',
    'ipRules',
    network({ ipRules: many(100).map((_, at) => `203.0.113.${at}`) }),
    network({ ipRules: many(101).map((_, at) => `203.0.113.${at}`) }),
    /^at most 100 public IPv4/,
  ],
  [
    'set-network',
    'consumers',
    network({ consumers: many(50, consumer('shop')) }),
    network({ consumers: many(51, consumer('shop')) }),
    /^at most 50 consumers$/,
  ],
  [
    'set-network',
    'consumers[0].name',
    network({ consumers: [consumer('s'.repeat(60))] }),
    network({ consumers: [consumer('s'.repeat(61))] }),
    /^1 to 60 characters$/,
  ],
  [
    'set-network',
    'consumers[0].name',
    network({ consumers: [consumer('s')] }),
    network({ consumers: [consumer('')] }),
    /^1 to 60 characters$/,
  ],
  [
    'reset-fleet',
    'what',
    { reason: 'r', what: ['running'] },
    { reason: 'r', what: [] },
    /^a list of failures, canaries/,
  ],
  ['reset-fleet', 'reason', { reason: long(200) }, { reason: long(201) }, /^1 to 200 characters that say why/],
  ['adopt-many', 'targets', { targets: ['a'] }, { targets: [] }, /^all, or 1 to 500 names of targets$/],
  [
    'adopt-many',
    'targets',
    { targets: many(500, 'a') },
    { targets: many(501, 'a') },
    /^all, or 1 to 500 names of targets$/,
  ],
  [
    'change-keyless',
    'confirm',
    { enabled: false, confirm: many(50) },
    { enabled: false, confirm: many(51) },
    /^a list of at most 50 names of risks/,
  ],
  [
    'change-keyless',
    'confirm[0]',
    { enabled: false, confirm: [long(100)] },
    { enabled: false, confirm: [long(101)] },
    /^a list of at most 50 names of risks/,
  ],
  [
    'change-keyless',
    'identities',
    { enabled: true, identities: many(100, guid) },
    { enabled: true, identities: many(101, guid) },
    /^a list of at most 100/,
  ],
  [
    'change-keyless',
    'proveWithinMinutes',
    { enabled: true, proveWithinMinutes: 5 },
    { enabled: true, proveWithinMinutes: 4 },
    /^a whole number of minutes from 5 to 1440$/,
  ],
  [
    'change-keyless',
    'proveWithinMinutes',
    { enabled: true, proveWithinMinutes: 1440 },
    { enabled: true, proveWithinMinutes: 1441 },
    /^a whole number of minutes from 5 to 1440$/,
  ],
  ['change-access', 'identities[0].roles', identity([reader]), identity([]), /^a list of 1 to 20 roles$/],
  [
    'change-access',
    'identities[0].roles',
    identity(many(20, reader)),
    identity(many(21, reader)),
    /^a list of 1 to 20 roles$/,
  ],
  [
    'change-access',
    'identities',
    { identities: many(50, identity([reader]).identities[0]) },
    { identities: many(51, identity([reader]).identities[0]) },
    /^a list of at most 50 identities;/,
  ],
])('%s takes no more and no less in %s', (operation, field, good, bad, accepted) => {
  const { body } = endpointNamed(operation);
  const problems = (value: object) => {
    const parsed = body?.safeParse(value, { reportInput: true });
    return parsed?.success === false ? fieldProblems(parsed.error) : [];
  };
  expect(problems(good)).toEqual([]);
  expect(problems(bad)).toEqual([{ field, found: expect.any(String), accepted: expect.stringMatching(accepted) }]);
});

it.each([
  [200, []],
  [201, [{ field: 'text', found: expect.any(String), accepted: '1 to 200 characters' }]],
  [0, [{ field: 'text', found: '""', accepted: '1 to 200 characters' }]],
])('the list of targets is searched by a text of 1 to 200 characters: %i', (length, problems) => {
  const parsed = endpointNamed('list-targets').query?.safeParse({ text: 'x'.repeat(length) }, { reportInput: true });
  expect(parsed?.success === false ? fieldProblems(parsed.error) : []).toEqual(problems);
});

it.each<[operation: string, where: 'query' | 'body', field: string, given: object]>([
  ['list-targets', 'query', 'limit', { limit: '-1' }],
  ['list-rotations', 'query', 'limit', { limit: '1,2' }],
  ['reset-fleet', 'body', 'reason', { reason: `${many(300, 'x y').join()}\n`, what: ['failures'] }],
  ['set-network', 'body', 'ipRules', network({ ipRules: 'x'.repeat(200) })],
  ['change-access', 'body', 'identities', { identities: 'x'.repeat(200) }],
])('%s answers one problem of a field that is wrong in two ways: %s, %s', (operation, where, field, given) => {
  const parsed = endpointNamed(operation)[where]?.safeParse(given, { reportInput: true });
  const problems = parsed?.success === false ? fieldProblems(parsed.error) : [];
  expect(problems.filter((one) => one.field === field)).toHaveLength(1);
});

it.each<[operation: string, name: string, most: number, one: string]>([
  ['list-targets', 'state', 20, 'idle'],
  ['list-targets', 'drift', 20, 'copy-stale'],
  ['list-targets', 'subscription', 20, guid],
  ['offboard-target', 'confirm', 10, 'copies'],
])('%s says how many of %s may stand with commas between: %i', (operation, name, most, one) => {
  const problems = (count: number) => {
    const given = { [name]: many(count, one).join() };
    const parsed = endpointNamed(operation).query?.safeParse(given, { reportInput: true });
    return parsed?.success === false ? fieldProblems(parsed.error).map(({ accepted }) => accepted) : [];
  };
  expect(problems(most)).toEqual([]);
  expect(problems(most + 1)).toEqual([expect.stringMatching(`^at most ${most} `)]);
});
