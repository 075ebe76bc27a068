import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { PlanView } from '../../dashboard/api/views.ts';
import { accessBody, grantLabel, grantsOf } from '../../dashboard/decisions/access-form.ts';
import {
  acceptDocumentAsk,
  adoptAll,
  askOf,
  fixStep,
  hardeningAsk,
  isComplete,
  isNothingToDo,
  isPlanReady,
  isPreviewable,
  leak,
  pauseAsk,
  refusalText,
  resetAsk,
} from '../../dashboard/decisions/asks.ts';
import {
  entriesOf,
  fieldLabel,
  mergedForm,
  type NetworkForm,
  networkBody,
  networkFormOf,
  toFillIn,
} from '../../dashboard/decisions/network-form.ts';
import {
  type Ask,
  type AskName,
  adoptable,
  askRoles,
  asksFor,
  noValues,
  offersFor,
  repairable,
  type Values,
} from '../../dashboard/decisions/offers.ts';
import { listQuery } from '../../dashboard/decisions/target-list.ts';
import { appRoles } from '../../src/api/app-role.ts';
import { endpoints } from '../../src/api/endpoints.ts';
import { remedies } from '../../src/app/targets/remedies.ts';
import { drift, leakedKey, listedTarget, shownRotation, suspendedRotation } from './listed-target.ts';

const target = listedTarget({ rotation: shownRotation() });
const names = Object.keys(askRoles) as AskName[];
const filled: Values = {
  ...noValues,
  ...{ reason: 'release night', overlapSeconds: '300', inactiveKeyUnused: true, takeOver: true, slot: 'key2' },
  ...{ leaveBehind: ['web'], confirm: ['takes-a-risk'] },
};

const all: readonly Ask[] = [
  ...names.map((name) => askOf(name, target)).filter((ask) => ask !== null),
  ...(['failures', 'canaries', 'running'] as const).map(resetAsk),
  ...[leak('contoso', 'key1'), pauseAsk(true), pauseAsk(false), acceptDocumentAsk('"0x1"', 3), adoptAll],
  hardeningAsk('access', 'contoso', accessBody([{ who: 'keyturn', roles: 'Cognitive Services User' }])),
  hardeningAsk('keyless', 'contoso', { enabled: true, proveWithinMinutes: 360 }),
  hardeningAsk('network', 'contoso', { mode: 'private', bypass: 'None' }),
];

/** The members of a JSON schema, as an error of the API names them. */
function pathsIn(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const node = schema as { properties?: object; items?: unknown; anyOf?: unknown[]; oneOf?: unknown[] };
  return [
    path,
    ...Object.entries(node.properties ?? {}).flatMap(([name, of]) =>
      pathsIn(of, path === '' ? name : `${path}.${name}`),
    ),
    ...(node.items === undefined ? [] : pathsIn(node.items, `${path}[1]`)),
    ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap((of) => pathsIn(of, path)),
  ];
}

describe('what is said once all are adopted', () => {
  const blocked = (names: readonly string[]) =>
    names.map((target) => ({ target, outcome: 'blocked', blockedBy: [{ reason: 'role-missing' }] }));
  it.each([
    [{ adopted: 12, alreadyAdopted: 3, blocked: 0, remaining: 0 }, [], 'Adopted: 12.'],
    [
      { adopted: 0, alreadyAdopted: 0, blocked: 1, remaining: 40 },
      ['ai-a'],
      'Adopted: 0. Blocked: 1 (ai-a: role-missing). Not begun yet: 40. Send it again.',
    ],
    [
      { adopted: 1, alreadyAdopted: 0, blocked: 4, remaining: 0 },
      ['a', 'b', 'c', 'd'],
      'Adopted: 1. Blocked: 4 (a: role-missing, b: role-missing, c: role-missing, …).',
    ],
  ])('is what came of it: %j', (counts, names, said) => {
    expect(adoptAll.takenAs?.({ counts, targets: blocked(names) })).toBe(said);
  });
});

describe('what a button sends', () => {
  const seen = { etag: '"seen"', idempotencyKey: 'key' };
  const requests = all.flatMap((ask) => [
    { ask, request: ask.request(filled, seen), isPreview: false },
    { ask, request: ask.request({ ...noValues, reason: 'asked', slot: 'key1' }, seen), isPreview: false },
    ...(ask.preview === null ? [] : [{ ask, request: ask.preview.request(filled), isPreview: true }]),
  ]);

  it.each(requests.map((one) => [`${one.request.method} ${one.request.path} of ${one.ask.name}`, one] as const))(
    '%s is an operation of the API, with its role, body, query and headers',
    (_, { ask, request, isPreview }) => {
      const { pathname, searchParams } = new URL(request.path, 'https://contoso.example');
      const operation = endpoints.find(
        ({ method, route }) =>
          method === request.method && new RegExp(`^/api/${route.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
      );
      expect(operation?.role).toBe(ask.role);
      if (operation?.body != null) operation.body.parse(request.body ?? {});
      else expect(request.body).toBeUndefined();
      if (searchParams.size > 0) operation?.query?.parse(Object.fromEntries(searchParams));
      const sent = [
        ...(request.ifMatch == null ? [] : ['If-Match']),
        ...(request.idempotencyKey == null ? [] : ['Idempotency-Key']),
      ];
      // Every operation that takes such a header is sent it, unless nothing changes.
      const taken = (operation?.headers ?? []).filter((name) => name !== 'If-None-Match');
      expect(sent).toEqual(isPreview ? [] : taken);
    },
  );

  it('changes nothing when only the dry run is asked', () => {
    for (const { preview } of all) {
      const request = preview?.request(filled);
      if (request === undefined) continue;
      const isDry = /[?&]dryRun=true/.test(request.path) || JSON.stringify(request.body).includes('"dryRun":true');
      expect(isDry, request.path).toBe(true);
    }
  });

  it('names every role that the API knows', () => {
    expect(new Set(all.map(({ role }) => role))).toEqual(new Set(appRoles.slice(1)));
  });
});

describe('the request for a list', () => {
  it('holds what the address of the page says, as the API takes it', () => {
    const chosen = new URLSearchParams({ text: 'ai', state: 'idle', needsPerson: 'true', sort: 'due', unheard: 'of' });
    const path = listQuery(chosen, 200);
    const query = Object.fromEntries(new URL(path, 'https://contoso.example').searchParams);
    expect(endpoints.find(({ name }) => name === 'list-targets')?.query?.parse(query)).toMatchObject({
      ...{ text: 'ai', states: ['idle'], needsPerson: true, sort: 'due', limit: 200, fields: 'summary' },
    });
  });
});

describe('a button waits', () => {
  it.each<[string, Ask | null, Partial<Values>, typed: string, isReady: boolean]>([
    ['for a reason', askOf('hold', target), {}, '', false],
    ['no longer once there is one', askOf('hold', target), { reason: 'release night' }, '', true],
    ['for more than blanks as a reason', askOf('hold', target), { reason: '  ' }, '', false],
    ['for the name of the target', leak('contoso', 'key1'), {}, 'contos', false],
    ['no longer once the name is typed', leak('contoso', 'key1'), {}, ' contoso ', true],
    ['for the slot that leaked', leak('contoso', ''), {}, 'contoso', false],
    ['for whole seconds', leak('contoso', 'key1'), { overlapSeconds: '5 min' }, 'contoso', false],
    [
      'for the word that nobody uses the inactive key',
      askOf('start', listedTarget({ state: 'awaiting-first-rotation' })),
      {},
      '',
      false,
    ],
    ['for nothing if nothing is to be said', askOf('start', listedTarget()), {}, '', true],
    [
      'for a leaked key that stays valid',
      askOf('rollback', listedTarget({ rotation: toConfirm() })),
      { confirm: [] },
      '',
      false,
    ],
    [
      'no longer once that risk is taken',
      askOf('rollback', listedTarget({ rotation: toConfirm() })),
      { confirm: ['leaked-key1'] },
      '',
      true,
    ],
  ])('%s', (_, ask, values, typed, isReady) => {
    if (ask === null) throw new TypeError('there is no such button');
    expect(isComplete(ask, { ...noValues, ...values }, typed)).toBe(isReady);
  });

  function toConfirm() {
    const detail = 'The key in key1 was reported as leaked.';
    return shownRotation({ actionsToConfirm: [{ action: 'rollback', confirm: ['leaked-key1'], detail }] });
  }

  it('and the dry run of a leak waits for its slot', () => {
    expect(isPreviewable(leak('contoso', ''), noValues)).toBe(false);
    expect(isPreviewable(leak('contoso', ''), { ...noValues, slot: 'key2' })).toBe(true);
  });
});

describe('a plan', () => {
  const network = hardeningAsk('network', 'contoso', { mode: 'private' });
  const cutOff = (consumer: string) =>
    ({ name: 'cuts-off-consumer', level: 'confirm', text: `${consumer} would not get in.` }) as const;
  const [shop, billing] = [cutOff('shop'), cutOff('billing')];
  const advisory = { name: 'rules-are-moot', level: 'advisory', text: 'Rules count for nothing.' } as const;
  const planOf = (risks: PlanView['blockedBy'], blockedBy: PlanView['blockedBy'] = []): PlanView => ({
    differences: [
      { what: 'network rules', why: '', risk: 'none', risks, change: { kind: 'set-network-rules' }, needs: [] },
    ],
    toConfirm: ['cuts-off-consumer'],
    ...{ blockedBy, waitsFor: null },
  });
  const empty = { ...planOf([]), differences: [] };
  const paused = { name: 'paused', level: 'blocked', text: 'The instance is paused.' } as const;

  it.each<[string, Ask | null, PlanView, ticked: readonly string[], isReady: boolean]>([
    ['is sent if it has no risk', network, planOf([]), [], true],
    ['is sent in spite of what is only said', network, planOf([advisory]), [], true],
    ['waits until each risk of the same name is ticked', network, planOf([shop, billing]), [shop.text], false],
    ['is sent once all of them are', network, planOf([shop, billing]), [shop.text, billing.text], true],
    ['waits if a risk is another one than was ticked', network, planOf([billing]), [shop.text], false],
    ['waits while something blocks it', network, planOf([], [paused]), [], false],
    ['of a network is not sent without differences', network, empty, [], false],
    ['of offboarding is not sent without differences', askOf('offboard', target), empty, [], false],
    ['of roles is sent without, since they are noted', hardeningAsk('access', 'contoso', {}), empty, [], true],
    ['of keys is sent without, since it calls off', hardeningAsk('keyless', 'contoso', {}), empty, [], true],
  ])('%s', (_, ask, plan, ticked, isReady) => {
    if (ask === null) throw new TypeError('there is no such button');
    expect(isPlanReady(ask, plan, ticked)).toBe(isReady);
  });

  it('has nothing to do only if nothing is in its way either', () => {
    expect(isNothingToDo(network, empty)).toBe(true);
    expect(isNothingToDo(network, { ...empty, blockedBy: [paused] })).toBe(false);
  });

  it('that was carried out at once is not said to have begun', () => {
    for (const ask of all.filter(({ taken }) => taken === 'The change has begun.'))
      expect(ask.takenAtOnce).toContain('No change is under way');
  });
});

describe('a refusal', () => {
  it.each([
    ['changed-meanwhile', 'It is no longer as If-Match says.', /^Somebody changed it meanwhile.*send it again\.$/],
    ['plan-not-confirmed', 'Name them in confirm, with this ETag.', /^The plan has got risks.*send it again\.$/],
    ['paused', 'The instance is paused.', /^The instance is paused\.$/],
  ])('that is %s says what a person does next', (reason, detail, says) => {
    expect(refusalText({ reason, detail })).toMatch(says);
  });
});

describe('what helps', () => {
  it.each<[string, Parameters<typeof listedTarget>[0], readonly AskName[]]>([
    ['nothing, if nothing is the matter', {}, []],
    ['an account that is not adopted is to adopt it', { state: 'not-adopted' }, ['adopt']],
    ['a target before its first rotation is to start it', { state: 'awaiting-first-rotation' }, ['start']],
    ['a leaked key that nothing replaces is to report it', { leakedKeys: [leakedKey()] }, ['leak']],
    [
      'a leaked key whose rotation waits is to resume that',
      { leakedKeys: [leakedKey()], rotation: suspendedRotation('resource-lock', { actions: ['cancel', 'resume'] }) },
      ['resume', 'cancel'],
    ],
    ['drift is to repair', { drift: [drift('pointer-to-dead-key'), drift('secret-missing')] }, ['repair']],
    ['an account that was recreated is to adopt it', { drift: [drift('account-recreated')] }, ['adopt']],
    ['drift that only a person can mend is nothing here', { drift: [drift('taken-over')] }, []],
    [
      'a rotation that waits for a secret is to repair first',
      { rotation: suspendedRotation('secret-missing') },
      ['repair', 'resume'],
    ],
    ['an overlap is what may be asked of it', { rotation: shownRotation() }, ['rollback', 'hold', 'expedite']],
  ])('%s', (_, special, asks) => {
    expect(asksFor(listedTarget(special))).toEqual(asks);
  });

  it('is what the runbook says: it names a repair exactly if a repair is offered', () => {
    const named = (word: RegExp) =>
      Object.entries(remedies)
        .filter(([, text]) => word.test(text))
        .map(([reason]) => reason);
    // It leaves a disabled pointer to a person, and gives copies the key only in one case.
    const leftToAPerson = ['pointer-disabled'];
    expect(repairable.toSorted()).toEqual(
      named(/\brepair/i)
        .filter((reason) => !leftToAPerson.includes(reason))
        .toSorted(),
    );
    expect(adoptable.toSorted()).toEqual(named(/^Adopt/).toSorted());
  });

  it('is offered to whoever has the role, and shown with the role that is lacking to others', () => {
    const lacks = (role: string) =>
      [...offersFor(target, [role]).first, ...offersFor(target, [role]).others].map(({ name, lacks }) => [name, lacks]);
    expect(lacks('Keyturn.Read')).toContainEqual(['rollback', 'Keyturn.Operate']);
    expect(lacks('Keyturn.Operate')).toContainEqual(['rollback', null]);
    expect(lacks('Keyturn.Operate')).toContainEqual(['leak', 'Keyturn.Admin']);
    expect(lacks('Keyturn.Admin').filter(([, role]) => role !== null)).toEqual([]);
  });

  it.each([
    ['a target at rest can be rotated', {}, true],
    ['one in flight cannot', { rotation: shownRotation() }, false],
    ['one without keys cannot', { state: 'keyless' }, false],
    ['one that is settling cannot', { state: 'settling' }, false],
    ['one that is not adopted cannot', { state: 'not-adopted' }, false],
  ])('%s', (_, special, canStart) => {
    const { first } = offersFor(listedTarget(special), ['Keyturn.Admin']);
    expect(first.some(({ name }) => name === 'start')).toBe(canStart);
  });
});

describe('a fix of the diagnosis', () => {
  const base = '/api/targets/contoso';
  it.each<[string, { method: string; path: string; body: unknown }, string | null]>([
    ['repairs', { method: 'POST', path: `${base}/repair`, body: {} }, 'repair'],
    ['adopts', { method: 'POST', path: `${base}/adopt?dryRun=true`, body: {} }, 'adopt'],
    ['resumes', { method: 'POST', path: `${base}/rotations/r-1/resume`, body: {} }, 'resume'],
    ['reports the leaked key', { method: 'POST', path: `${base}/leak`, body: { slot: 'key2' } }, 'leak'],
    ['plans a network', { method: 'PUT', path: `${base}/network?dryRun=true`, body: { mode: 'public' } }, 'network'],
    [
      'leads to the form if something is to be filled in',
      { method: 'PUT', path: `${base}/access?dryRun=true`, body: { identities: ['<your-identity>'] } },
      'view access',
    ],
    ['leads to the network', { method: 'GET', path: `${base}/network`, body: null }, 'view network'],
    ['leads to the target', { method: 'GET', path: base, body: null }, 'view now'],
    ['has no button for another call', { method: 'POST', path: '/api/elsewhere', body: {} }, null],
  ])('%s', (_, call, expected) => {
    const step = fixStep(call, listedTarget({ rotation: suspendedRotation('resource-lock') }));
    expect(step && (step.kind === 'ask' ? step.ask.name : `view ${step.view}`)).toBe(expected);
  });

  it('names the slot that leaked', () => {
    const step = fixStep({ method: 'POST', path: `${base}/leak`, body: { slot: 'key2' } }, listedTarget());
    expect(step?.kind === 'ask' ? step.ask.title : null).toBe('Report key2 of contoso as leaked');
  });
});

describe('the forms of hardening', () => {
  const network = {
    ...{ mode: 'selected-networks', publicNetworkAccess: 'Enabled', defaultAction: 'Deny', bypass: 'AzureServices' },
    ...{ ipRules: ['203.0.113.7'], subnets: [], customSubdomain: null, connections: [], names: [], change: null },
  } as const;
  const accepts = (name: string, body: object) =>
    endpoints.find((one) => one.name === name)?.body?.safeParse(body).success;
  const subnet =
    '/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333/resourceGroups/rg-hub/providers/Microsoft.Network/virtualNetworks/vnet/subnets/snet';

  it('leave what nobody touched as it is', () => {
    const body = networkBody(networkFormOf(network));
    expect(body).toEqual({ mode: 'selected-networks', ipRules: ['203.0.113.7'], subnets: [] });
    expect(accepts('set-network', body)).toBe(true);
  });

  it.each(['secured-by-perimeter', 'unknown'] as const)('choose nothing for a person if it is %s', (mode) => {
    const form = networkFormOf({ ...network, mode });
    expect([form.mode, toFillIn(form)]).toEqual(['', 'Choose who may reach it.']);
    expect(accepts('set-network', networkBody(form))).toBe(false);
    expect(toFillIn({ ...form, mode: 'private' })).toBeNull();
  });

  it('ask what becomes of private DNS, if there is to be an endpoint', () => {
    const form = networkFormOf(network);
    expect(toFillIn(form)).toBeNull();
    expect(toFillIn({ ...form, endpoint: 'existing-subnet' })).toBe('Choose what becomes of private DNS.');
    expect(toFillIn({ ...form, endpoint: 'existing-subnet', zones: 'as-found' })).toBeNull();
  });

  it('say where a colon is missing in the line of a consumer', () => {
    const consumers = 'shop: 203.0.113.40\nblue 203.0.113.41';
    expect(toFillIn({ ...networkFormOf(network), consumers })).toContain('“blue 203.0.113.41”');
  });

  it.each([
    ['shop: 2001:db8::1', { name: 'shop', egress: '2001:db8::1' }],
    ['shop:2001:db8::1', { name: 'shop', egress: '2001:db8::1' }],
    ['shop:203.0.113.40', { name: 'shop', egress: '203.0.113.40' }],
    ['blue: web: 203.0.113.40', { name: 'blue: web', egress: '203.0.113.40' }],
    ['blue:web:203.0.113.40', { name: 'blue:web', egress: '203.0.113.40' }],
    [
      `shop:${'/subscriptions/s'}, 203.0.113.40`,
      { name: 'shop', egress: '203.0.113.40', subnetId: '/subscriptions/s' },
    ],
    ['shop:', { name: 'shop' }],
  ])('read the consumer %s', (consumers, expected) => {
    expect(networkBody({ ...networkFormOf(network), consumers })).toMatchObject({ consumers: [expected] });
  });

  it('keep what others have changed since, beside what was filled in', () => {
    const base = networkFormOf({ ...network, ipRules: ['203.0.113.7', '203.0.113.8'] });
    const filledIn = { ...base, ipRules: '203.0.113.7\n192.0.2.1', keyturnEgress: '192.0.2.9' };
    const found = networkFormOf({
      ...network,
      mode: 'public',
      ipRules: ['203.0.113.7', '203.0.113.8', '198.51.100.9'],
    });
    expect(mergedForm(base, filledIn, found)).toEqual({
      ...filledIn,
      mode: 'public',
      ipRules: '203.0.113.7\n198.51.100.9\n192.0.2.1',
    });
    expect(mergedForm(base, { ...filledIn, mode: 'private' }, found).mode).toBe('private');
  });

  it('have a name for every member that the API may find wrong', () => {
    const operation = endpoints.find(({ name }) => name === 'set-network');
    const schema = z.toJSONSchema(operation?.body ?? z.never(), { io: 'input', unrepresentable: 'any' });
    const paths = [...new Set(pathsIn(schema))].filter((path) => !/^(?:confirm|$)/.test(path));
    expect(paths).toContain('privateEndpoint.subnet.virtualNetwork.addressSpace');
    expect(paths).toContain('consumers[1].egress');
    expect(paths.filter((path) => fieldLabel(path) === null)).toEqual([]);
    expect(fieldLabel('ipRules[0]')).toBe('Addresses and ranges, entry 1');
    expect(fieldLabel('keyturn.subnetId')).toBe('Keyturn’s own subnet');
    expect(fieldLabel('elsewhere')).toBeNull();
  });

  const inHub = '/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333/resourceGroups/rg-hub/providers/Microsoft.Network';
  const zone = `${inHub}/privateDnsZones/privatelink.openai.azure.com`;
  const inSubnet = { endpoint: 'existing-subnet', subnetId: ` ${subnet} ` } as const;
  const inNewSubnet = { endpoint: 'new-subnet', subnetName: 'snet', subnetPrefix: '10.20.1.0/27' } as const;
  const inNetwork = { virtualNetworkId: `${inHub}/virtualNetworks/vnet` };
  const inNewNetwork = {
    ...({ virtualNetwork: 'new', virtualNetworkName: 'vnet', location: 'eastus' } as const),
    addressSpace: '10.20.0.0/16',
  };
  it.each<[string, Partial<NetworkForm>, object]>([
    ['who may get in without an endpoint', { bypass: 'None' }, { bypass: 'None' }],
    [
      'an endpoint in a subnet that is there, with zones of a policy',
      { ...inSubnet, zones: 'policy-managed' },
      { privateEndpoint: { subnet: { id: subnet } }, privateDns: { zones: 'policy-managed' } },
    ],
    [
      'an endpoint with its own name and group, and zones left as they are',
      { ...inSubnet, endpointName: 'pe-web', endpointGroup: 'rg-net', zones: 'as-found' },
      { privateEndpoint: { subnet: { id: subnet }, name: 'pe-web', resourceGroup: 'rg-net' } },
    ],
    [
      'zones that are there, and public names for what they lack',
      { ...inSubnet, zones: 'existing', zoneIds: `${zone}\n`, nxDomainRedirect: true },
      {
        privateEndpoint: { subnet: { id: subnet } },
        privateDns: { zones: 'existing', ids: [zone], nxDomainRedirect: true },
      },
    ],
    [
      'zones that are made in a group',
      { ...inSubnet, zones: 'create', zoneGroup: 'rg-dns' },
      {
        privateEndpoint: { subnet: { id: subnet } },
        privateDns: { zones: 'create', resourceGroup: 'rg-dns', nxDomainRedirect: false },
      },
    ],
    [
      'a new subnet in a network that is there',
      { ...inNewSubnet, ...inNetwork, zones: 'as-found', endpointPolicies: 'RouteTableEnabled' },
      {
        privateEndpoint: {
          subnet: {
            ...{ name: 'snet', prefix: '10.20.1.0/27', privateEndpointNetworkPolicies: 'RouteTableEnabled' },
            virtualNetwork: { id: `${inHub}/virtualNetworks/vnet` },
          },
        },
      },
    ],
    [
      'a new subnet in a new network',
      { ...inNewSubnet, ...inNewNetwork, zones: 'as-found', virtualNetworkGroup: 'rg-net' },
      {
        privateEndpoint: {
          subnet: {
            ...{ name: 'snet', prefix: '10.20.1.0/27', privateEndpointNetworkPolicies: 'Disabled' },
            virtualNetwork: {
              ...{ name: 'vnet', resourceGroup: 'rg-net', location: 'eastus', addressSpace: '10.20.0.0/16' },
            },
          },
        },
      },
    ],
    [
      'where Keyturn and consumers call from',
      {
        ...{ keyturnEgress: '203.0.113.9', keyturnSubnetId: subnet },
        consumers: `shop: 203.0.113.40\n blue: web:${subnet}\nboth: 203.0.113.41, ${subnet}\n`,
      },
      {
        keyturn: { egress: '203.0.113.9', subnetId: subnet },
        consumers: [
          { name: 'shop', egress: '203.0.113.40' },
          { name: 'blue: web', subnetId: subnet },
          { name: 'both', egress: '203.0.113.41', subnetId: subnet },
        ],
      },
    ],
  ])('ask for %s', (_, form, expected) => {
    const body = networkBody({ ...networkFormOf(network), mode: 'private', ...form });
    expect(body).toEqual({ mode: 'private', ...expected });
    expect(accepts('set-network', body)).toBe(true);
  });

  it.each([
    ['without a place', 'shop'],
    ['with two addresses', 'shop: 203.0.113.40, 203.0.113.41'],
  ])('let the API refuse a consumer %s', (_, consumers) => {
    const body = networkBody({ ...networkFormOf(network), consumers });
    expect(accepts('set-network', body)).toBe(false);
  });

  it('can ask for whatever the API takes', () => {
    const operation = endpoints.find(({ name }) => name === 'set-network');
    const members = (schema: unknown): string[] =>
      typeof schema !== 'object' || schema === null
        ? []
        : Object.entries(schema).flatMap(([key, value]) => [
            ...(key === 'properties' ? Object.keys(value as object) : []),
            ...members(value),
          ]);
    const offered = JSON.stringify(
      [
        { ...inSubnet, mode: 'selected-networks', bypass: 'None', endpointName: 'pe', endpointGroup: 'rg' } as const,
        { ...inNewSubnet, ...inNewNetwork, virtualNetworkGroup: 'rg', zones: 'existing', zoneIds: zone } as const,
        { keyturnEgress: '203.0.113.9', keyturnSubnetId: subnet, consumers: 'shop: 203.0.113.40' },
      ].map((form) => networkBody({ ...networkFormOf(network), ...form })),
    );
    const wanted = new Set(
      members(z.toJSONSchema(operation?.body ?? z.never(), { io: 'input', unrepresentable: 'any' })),
    );
    // The plan's boxes fill in what is confirmed.
    wanted.delete('confirm');
    expect(wanted.size).toBeGreaterThan(20);
    expect([...wanted].filter((member) => !offered.includes(`"${member}":`))).toEqual([]);
  });

  it('ask for the same roles as before, if nothing is changed', () => {
    const role = { guid: 'g', canListKeys: false };
    const propagation = { state: 'proved', by: null, detail: '' } as const;
    const one = { scope: 'account', present: true, propagation };
    const who = '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a01';
    const asked = [
      { ...one, identity: 'principal', principalId: who, role: { ...role, name: 'Reader' } },
      { ...one, identity: 'principal', principalId: who, role: { ...role, name: 'Cognitive Services User' } },
      { ...one, identity: 'keyturn', principalId: null, role: { ...role, name: 'Cognitive Services User' } },
    ];
    const body = accessBody(grantsOf({ asked }));
    expect(body).toEqual({
      identities: [
        { principalId: who, roles: ['Reader', 'Cognitive Services User'] },
        { keyturn: true, roles: ['Cognitive Services User'] },
      ],
    });
    expect(accepts('change-access', body)).toBe(true);
  });

  it.each([
    ['identities[0].principalId', 'Identity 1, who'],
    ['identities[1]', 'Identity 2, who'],
    ['identities[1].roles[0]', 'Identity 2, roles'],
    ['confirm', null],
  ])('call %s of access as the form does', (member, label) => {
    expect(grantLabel(member)).toBe(label);
  });

  it('read a list with lines, commas and blanks', () => {
    expect(entriesOf(' 203.0.113.7 \n\n198.51.100.1, 198.51.100.2')).toEqual([
      '203.0.113.7',
      '198.51.100.1',
      '198.51.100.2',
    ]);
  });
});
