import * as z from 'zod';
import { isOfType, resourceGroupPattern, shortName } from '../shared/arm-id.ts';
import { strictMembers } from '../shared/field-problem.ts';
import { contains, holdsUnroutable, parseIpRange } from '../shared/ip-range.ts';
import { addressPattern, onTheWire, rangePattern, resourceIdPattern } from './on-the-wire.ts';
import { confirmSchema, orNull } from './request-fields.ts';

/** https://learn.microsoft.com/azure/ai-services/cognitive-services-virtual-networks */
const mostRules = 100;

/** PUT …/network: what the network is to be like, and the risks that the caller takes. */
export const networkBody = z.lazy(makeBody);

function makeBody() {
  const rangeText =
    'a public IPv4 address such as 203.0.113.7, or a range such as 203.0.113.0/24: no private range, no bits after the prefix, and instead of /31 or /32 the addresses';
  const ipRule = onTheWire(text(rangeText).refine(isPublicRule, { error: rangeText }), {
    pattern: rangePattern('[12]?\\d|30', false),
    description: rangeText,
  });

  const addressText = 'a public IPv4 address such as 203.0.113.7';
  const egress = onTheWire(
    text(addressText).refine((value) => !value.includes('/') && isPublicRule(value), { error: addressText }),
    { pattern: addressPattern, description: addressText },
  );

  const subnetId = armId('Microsoft.Network/virtualNetworks/subnets', '…/virtualNetworks/{network}/subnets/{subnet}');
  const networkId = armId('Microsoft.Network/virtualNetworks', '…/virtualNetworks/{network}');
  const zoneId = armId('Microsoft.Network/privateDnsZones', '…/privateDnsZones/{zone}');

  const nameText =
    '1 to 80 of letters, digits, `.`, `_` and -, beginning with a letter or digit, not ending with `.` or -';
  const resourceName = text(nameText).regex(/^[0-9A-Za-z](?:[\w.-]{0,78}\w)?$/, { error: nameText });
  const groupText = 'the name of a resource group: 1 to 90 of letters, digits and `-._()`, not ending with `.`';
  const groupName = text(groupText).regex(resourceGroupPattern, { error: groupText });
  const locationText = 'a region such as eastus';
  const location = text(locationText).regex(/^[a-z0-9]{2,40}$/, { error: locationText });

  const spaceText =
    'a private range in CIDR notation of /8 to /29, such as 10.20.0.0/16, without bits after the prefix';
  const privateRange = onTheWire(text(spaceText).refine(isPrivateRange, { error: spaceText }), {
    pattern: rangePattern('[89]|1\\d|2\\d', true),
    description: spaceText,
  });

  const policies = ['Disabled', 'Enabled', 'NetworkSecurityGroupEnabled', 'RouteTableEnabled'] as const;

  const virtualNetwork = z.union(
    [
      strictMembers({ id: networkId }, 'an object').transform(({ id }) => ({ kind: 'existing', id }) as const),
      strictMembers(
        { name: resourceName, resourceGroup: orNull(groupName), location, addressSpace: privateRange },
        'an object',
      ).transform((made) => ({ kind: 'new', ...made }) as const),
    ],
    { error: '{ id } of a network that is there, or { name, resourceGroup, location, addressSpace } of a new one' },
  );

  const subnet = z.union(
    [
      strictMembers({ id: subnetId }, 'an object').transform(({ id }) => ({ kind: 'existing', id }) as const),
      strictMembers(
        {
          name: resourceName,
          prefix: privateRange,
          privateEndpointNetworkPolicies: z.enum(policies).default('Disabled'),
          virtualNetwork,
        },
        'an object',
      )
        .refine(
          ({ prefix, virtualNetwork: network }) =>
            network.kind === 'existing' || !isPrivateRange(prefix) || isWithin(prefix, network.addressSpace),
          {
            error: 'a range inside the address space of its network',
            path: ['prefix'],
          },
        )
        .transform((made) => ({ kind: 'new', ...made }) as const),
    ],
    {
      error:
        '{ id } of a subnet that is there, or { name, prefix, privateEndpointNetworkPolicies, virtualNetwork } of a new one, with a prefix inside its network',
    },
  );

  const nxDomainRedirect = z.boolean({ error: 'true or false' }).default(false);
  const dnsText = '{ "zones": "existing", "ids": […] }, { "zones": "policy-managed" } or { "zones": "create" }';
  const privateDns = z.discriminatedUnion(
    'zones',
    [
      strictMembers(
        {
          zones: z.literal('existing'),
          ids: z
            .array(zoneId, { error: 'a list of ids of private DNS zones' })
            .min(1, { error: 'at least one id' })
            .max(10, { error: 'at most ten ids' })
            .superRefine(eachOnce('one zone of a name', shortName)),
          nxDomainRedirect,
        },
        'an object',
      ),
      strictMembers({ zones: z.literal('policy-managed') }, 'an object'),
      strictMembers({ zones: z.literal('create'), resourceGroup: orNull(groupName), nxDomainRedirect }, 'an object'),
    ],
    { error: dnsText },
  );

  const place = { egress: orNull(egress), subnetId: orNull(subnetId) };
  const placeText = 'an object with egress (a public address), subnetId, or both';
  const hasPlace = (one: { readonly egress: string | null; readonly subnetId: string | null }) =>
    one.egress !== null || one.subnetId !== null;
  const somePlace = {
    anyOf: Object.keys(place).map((member) => ({ required: [member], properties: { [member]: { type: 'string' } } })),
  };
  const consumerText = 'an object with name, and egress or subnetId';
  const consumerName = text('1 to 60 characters').min(1).max(60);
  const consumer = strictMembers({ name: consumerName, ...place }, consumerText).refine(hasPlace, {
    error: consumerText,
  });

  const whole = strictMembers(
    {
      mode: z.enum(['private', 'selected-networks', 'public'], { error: 'private, selected-networks or public' }),
      ipRules: ruleList(ipRule, 'public IPv4 addresses and ranges'),
      subnets: ruleList(subnetId, 'ids of subnets'),
      bypass: orNull(z.enum(['AzureServices', 'None'], { error: 'AzureServices or None' })),
      privateEndpoint: orNull(
        strictMembers(
          { subnet, name: orNull(resourceName), resourceGroup: orNull(groupName) },
          'an object with subnet',
        ),
      ),
      privateDns: orNull(privateDns),
      keyturn: orNull(onTheWire(strictMembers(place, placeText).refine(hasPlace, { error: placeText }), somePlace)),
      consumers: z
        .array(onTheWire(consumer, somePlace), { error: 'a list of consumers' })
        .max(50, { error: 'at most 50 consumers' })
        .default([]),
      confirm: confirmSchema,
    },
    'an object with mode',
  ).refine(({ privateEndpoint, privateDns: dns }) => dns === null || privateEndpoint !== null, {
    error: 'only beside privateEndpoint',
    path: ['privateDns'],
  });
  return onTheWire(whole, {
    anyOf: [
      { not: { required: ['privateDns'], properties: { privateDns: { type: 'object' } } } },
      { required: ['privateEndpoint'], properties: { privateEndpoint: { type: 'object' } } },
    ],
  });
}

function ruleList(item: z.ZodType<string>, what: string) {
  const list = z
    .array(item, { error: `a list of ${what}` })
    .max(mostRules, { error: `at most ${mostRules} ${what}` })
    .superRefine(eachOnce('each once'));
  return orNull(onTheWire(list, { uniqueItems: true }));
}

/** Reports each text of a list that stands there before, in any case. */
function eachOnce(accepted: string, nameOf = (text: string) => text) {
  return (all: readonly string[], { addIssue }: z.core.$RefinementCtx) => {
    const names = all.map((one) => nameOf(one).toLowerCase());
    for (const [index, name] of names.entries())
      if (names.indexOf(name) < index)
        addIssue({ code: 'custom', message: accepted, path: [index], input: all[index] });
  };
}

function text(accepted: string) {
  return z.string({ error: accepted });
}

function armId(type: string, form: string) {
  const accepted = `the ARM id of a resource: /subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/${form.slice(2)}`;
  const id = text(accepted).refine((value) => isOfType(value, type), { error: accepted });
  return onTheWire(id, { pattern: resourceIdPattern(type) });
}

function isPublicRule(value: string): boolean {
  const range = parseIpRange(value);
  if (range === null || holdsUnroutable(range) || !range.isExact) return false;
  return !value.includes('/') || range.prefixLength < 31;
}

function isPrivateRange(value: string): boolean {
  const range = parseIpRange(value);
  if (range === null || !value.includes('/') || !range.isExact || range.prefixLength > 29) return false;
  // None of them is wider than /8.
  return ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].some((space) => isWithin(value, space));
}

function isWithin(inner: string, outer: string): boolean {
  const [own, space] = [parseIpRange(inner), parseIpRange(outer)];
  return own !== null && space !== null && contains(space, own);
}
