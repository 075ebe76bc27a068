import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { DiagnosisFacts } from '../../src/diagnosis/diagnosis-facts.ts';
import type { RotationStanding } from '../../src/diagnosis/ports.ts';
import { endpoints } from '../../src/functions/endpoints.ts';
import type { RefusalReason } from '../../src/shared/failure.ts';
import { buildFacts, doors, nowMs, pointer, prints, refused, secret, snapshot } from './facts-builder.ts';

const vault = (change: object) => ({ vault: { kind: 'answered', value: { ...snapshot, ...change } } }) as const;
const selected = { publicNetworkAccess: 'Enabled', defaultAction: 'Deny', ipRules: [] };
const off = doors({ localAuthDisabled: true });
const standing = (kind: RotationStanding['kind'], reason: string): Partial<DiagnosisFacts> => {
  const words = { because: 'So it is.', whatToDo: 'Do so.', lastFailure: null };
  return { standing: { kind: 'answered', value: { kind, rotationId: 'r-1', reason, ...words } } };
};
const lasting: readonly RefusalReason[] = [
  ...(['identity-not-found', 'token-invalid', 'subscription-in-another-tenant', 'subscription-disabled'] as const),
  ...(['subscription-not-found', 'provider-not-registered', 'deny-assignment', 'azure-policy'] as const),
  ...(['account-not-found', 'resource-lock', 'vault-in-another-tenant', 'vault-perimeter-denied'] as const),
];

/** Between them they print every call and every command that a diagnosis knows. */
const faulty: readonly Partial<DiagnosisFacts>[] = [
  standing('suspended', 'resource-lock'),
  {
    ...standing('suspended', 'resource-lock'),
    locks: { kind: 'answered', value: [{ id: '/subscriptions/s/l', name: 'l', level: 'ReadOnly' }] },
  },
  standing('overdue', 'not-due'),
  ...lasting.flatMap((reason) => [{ keys: refused(reason, 'Some') }, { vault: refused(reason, 'Some') }]),
  ...['ForbiddenByRbac', 'ForbiddenByPolicy', 'ForbiddenByFirewall', 'ForbiddenByConnection', 'ENOTFOUND'].flatMap(
    (code) => [
      { vault: refused('vault-access-denied', code) },
      { vault: refused('vault-access-denied', code), principalId: null },
    ],
  ),
  { keys: refused('account-access-denied', 'AuthorizationFailed') },
  { doors: doors({ provisioningState: 'Failed' }) },
  { doors: off, token: { kind: 'denied' } },
  { doors: doors({ localAuthDisabled: true, kind: 'OpenAI' }), token: { kind: 'denied' } },
  { doors: off, token: { kind: 'no-custom-subdomain' } },
  { names: { ...buildFacts().names, account: { host: 'h', found: { kind: 'no-such-name' } } } },
  { doors: doors({ connections: [{ status: 'Approved' }] }) },
  { doors: doors({ rules: selected }) },
  { doors: doors({ rules: { ...selected, publicNetworkAccess: 'Disabled' } }) },
  vault({ pointer: pointer('key3') }),
  vault({ key1: { kind: 'disabled' } }),
  { keys: { kind: 'answered', value: prints('other', 'two') } },
  { leaked: { kind: 'answered', value: ['key1'] } },
  vault({ pointer: pointer('key1', nowMs - 60_000), key2: secret('two', nowMs) }),
];

const fixes = faulty.flatMap((facts) => diagnose(buildFacts(facts))).flatMap(({ fix }) => fix ?? []);
const calls = fixes.flatMap(({ call }) => call ?? []);
const commands = [...new Set(fixes.flatMap(({ command }) => command ?? []))];

/** What is to be filled in; docs/operations.md lists the same. */
const placeholders = [
  ...['your-consumer', 'your-function-app', 'your-group', 'your-identity-id', 'your-identity-object-id', 'your-link'],
  ...['your-network-id', 'your-perimeter', 'your-profile', 'your-subdomain', 'your-subnet-id', 'your-subscription-id'],
  ...['your-tenant-id', 'your-zone'],
];

/** Commands of the Azure CLI with their parameters: https://learn.microsoft.com/cli/azure/reference-index, each on its group's page. */
const known: Readonly<Record<string, string>> = {
  'account show': 'query subscription',
  'cognitiveservices account list-deleted': '',
  'cognitiveservices account network-rule add': 'ids ip-address',
  'cognitiveservices account show': 'ids query',
  'cognitiveservices account update': 'custom-domain ids',
  'functionapp identity assign': 'identities name resource-group',
  'keyvault network-rule add': 'name subnet',
  'keyvault recover': 'name',
  'keyvault set-policy': 'name object-id secret-permissions',
  'keyvault show': 'name output query',
  'keyvault update': 'name set',
  'lock delete': 'ids',
  'lock list': 'resource',
  'network perimeter profile access-rule create': 'name perimeter-name profile-name resource-group subscriptions',
  'network private-dns link vnet create': 'name registration-enabled resource-group virtual-network zone-name',
  'network private-dns link vnet update': 'name resolution-policy resource-group zone-name',
  'network private-endpoint create':
    'connection-name group-id name private-connection-resource-id resource-group subnet',
  'policy state list': 'resource',
  'provider register': 'namespace subscription',
  'role assignment create': 'assignee-object-id assignee-principal-type role scope',
  'webapp restart': 'name resource-group',
};

describe('a call that a diagnosis prints', () => {
  it.each(calls.map((call) => [`${call.method} ${call.path}`, call] as const))(
    'is one that the API takes: %s',
    (_, call) => {
      const { pathname, searchParams } = new URL(call.path, 'https://keyturn.contoso.example');
      const endpoint = endpoints.find(
        ({ method, route }) =>
          method === call.method && new RegExp(`^/api/${route.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
      );
      expect(endpoint).toBeDefined();
      const query = Object.fromEntries(searchParams);
      expect(endpoint?.query?.safeParse(query).error ?? null).toBeNull();
      if (endpoint?.query === null) expect(query).toEqual({});
      // A POST without a body is refused in front of the app for want of a Content-Length.
      if (call.method === 'GET') expect(call.body).toBeNull();
      else expect(endpoint?.body?.safeParse(call.body)).toMatchObject({ success: true });
    },
  );
});

describe('a command that a diagnosis prints', () => {
  it.each(commands)('is one that the Azure CLI takes: %s', (command) => {
    const inner = [...command.matchAll(/\$\((az [^)]+)\)/g)].map(([, one = '']) => one);
    for (const one of [command.replaceAll(/\$\([^)]+\)/g, 'inner'), ...inner]) {
      const [, verb = '', options = ''] = /^az ([a-z -]+?)(?= --|$)(.*)$/.exec(one) ?? [];
      expect(Object.keys(known)).toContain(verb);
      for (const [, option = ''] of options.matchAll(/ --([a-z-]+)/g))
        expect(known[verb]?.split(' ')).toContain(option);
    }
    for (const [, name] of command.matchAll(/<([^>]*)>/g)) expect(placeholders).toContain(name);
  });

  it('is of a verb that stands in the list for a reason, and leaves to be filled in what the runbook lists', () => {
    const printed = commands.join(' ');
    expect(Object.keys(known).filter((verb) => !printed.includes(`az ${verb}`))).toEqual([]);
    const page = readFileSync('docs/operations.md', 'utf8');
    const listed = [...page.matchAll(/`<(your-[a-z-]+)>`/g)].map(([, name = '']) => name);
    expect([...new Set(listed)].sort()).toEqual([...placeholders].sort());
    expect(placeholders.filter((name) => !printed.includes(`<${name}>`))).toEqual([]);
  });
});
