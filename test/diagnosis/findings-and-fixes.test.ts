import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { DiagnosisFacts } from '../../src/diagnosis/diagnosis-facts.ts';
import { buildTarget } from '../memory-world/target-builder.ts';
import {
  buildFacts,
  dayMs,
  exposure,
  failed,
  fingerprints,
  nowMs,
  pointer,
  refused,
  secret,
  snapshot,
} from './facts-builder.ts';

const minuteMs = 60_000;
const target = buildTarget();
const { armId } = target.account;
const inCli =
  '--name ai-secure-demo --resource-group "rg-ai102-challenge09" --subscription 11111111-1111-1111-1111-111111111111';
const vaultHost = 'kv-ai102-secure.vault.azure.net';
const vault = (change: object) => ({ kind: 'answered', value: { ...snapshot, ...change } }) as const;
const vaultFails = (code: string, action?: string) => ({ vault: refused('vault-access-denied', code, action) });
const assigned = (...agosMs: readonly (number | null)[]) =>
  ({
    kind: 'answered',
    value: agosMs.map((agoMs) => ({
      principalId: 'keyturn-object-id',
      roleGuid: 'a97b65f3',
      createdAtMs: agoMs === null ? null : nowMs - agoMs,
    })),
  }) as const;
const selected = { publicNetworkAccess: 'Enabled', defaultAction: 'Deny', ipRules: ['203.0.113.0/29'] } as const;
const off = exposure({ localAuthDisabled: true });
const denied = refused('account-access-denied', 'AuthorizationFailed', 'Microsoft.CognitiveServices/accounts/read');
const since = (agoMs: number) => new Date(nowMs - agoMs).toISOString();
const keyEvidence = {
  slot: 'key1',
  storedIsCurrent: true,
  accepted: 'accepted',
  pointerSince: since(5 * dayMs),
  secretSince: since(5 * dayMs),
};
const ofRole = { identity: 'keyturn-object-id', assignedAt: null };
const repair = { method: 'POST', path: '/api/targets/demo/repair', body: {} };
const network = { method: 'PUT', path: '/api/targets/demo/network?dryRun=true' };
const assign = (role: string, scope: string, identity = 'keyturn-object-id') =>
  `az role assignment create --assignee-object-id ${identity} --assignee-principal-type ServicePrincipal --role ${role} --scope ${scope}`;
const vaultId = '"$(az keyvault show --name kv-ai102-secure --query id --output tsv)"';
const secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7';

type Row = readonly [
  sentence: string,
  check: string,
  facts: Partial<DiagnosisFacts>,
  finding: string,
  evidence: object,
  fix: { readonly call: object | null; readonly command: string | null } | null,
];

const rows: readonly Row[] = [
  ['a vault that answers', 'vault-access', {}, 'vault-answers', { vault: vaultHost, pointer: 'stored' }, null],
  [
    'no role on the vault',
    'vault-access',
    vaultFails('ForbiddenByRbac', 'Microsoft.KeyVault/vaults/secrets/getSecret/action'),
    'vault-role-missing',
    {
      vault: vaultHost,
      code: 'ForbiddenByRbac',
      missingAction: 'Microsoft.KeyVault/vaults/secrets/getSecret/action',
    },
    { call: null, command: assign(secretsOfficer, vaultId) },
  ],
  [
    'no role on the vault, and an identity that is not known',
    'vault-access',
    { ...vaultFails('ForbiddenByRbac'), principalId: null },
    'vault-role-missing',
    { vault: vaultHost, code: 'ForbiddenByRbac' },
    { call: null, command: assign(secretsOfficer, vaultId, '<your-identity-object-id>') },
  ],
  ...(['ForbiddenByPolicy', 'AccessDenied'] as const).map(
    (code): Row => [
      `no access policy (${code})`,
      'vault-access',
      vaultFails(code),
      'vault-access-policy-missing',
      { vault: vaultHost, code },
      {
        call: null,
        command:
          'az keyvault set-policy --name kv-ai102-secure --object-id keyturn-object-id --secret-permissions get list set recover',
      },
    ],
  ),
  [
    'a firewall',
    'vault-access',
    { vault: refused('vault-network-denied', 'ForbiddenByFirewall') },
    'vault-firewall',
    { vault: vaultHost, code: 'ForbiddenByFirewall' },
    {
      call: null,
      command: 'az keyvault network-rule add --name kv-ai102-secure --subnet <your-subnet-id>',
    },
  ],
  [
    'private endpoints only, and where the name leads',
    'vault-access',
    { vault: refused('vault-network-denied', 'ForbiddenByConnection') },
    'vault-private-only',
    { vault: vaultHost, code: 'ForbiddenByConnection', resolvesTo: '20.9.9.9' },
    {
      call: null,
      command: `az network private-endpoint create --name pe-kv-ai102-secure --resource-group <your-group> --subnet <your-subnet-id> --group-id vault --connection-name kv-ai102-secure --private-connection-resource-id ${vaultId}`,
    },
  ],
  [
    'private endpoints only, and a name that leads nowhere',
    'vault-access',
    {
      vault: refused('vault-network-denied', 'ForbiddenByConnection'),
      names: { ...buildFacts().names, vault: { host: vaultHost, found: { kind: 'no-such-name' } } },
    },
    'vault-private-only',
    { vault: vaultHost, code: 'ForbiddenByConnection', resolvesTo: 'no-such-name' },
    { call: null, command: expect.any(String) },
  ],
  [
    'no such vault',
    'vault-access',
    { vault: failed({ kind: 'not-applied', code: 'ENOTFOUND', retryAfterMs: null }) },
    'vault-not-there',
    { vault: vaultHost, code: 'ENOTFOUND' },
    { call: null, command: 'az keyvault recover --name kv-ai102-secure' },
  ],
  [
    'a name that is public beside an approved private endpoint',
    'private-name',
    { exposure: exposure({ connections: [{ status: 'Rejected' }, { status: 'Approved' }] }) },
    'name-resolves-publicly',
    {
      host: 'ai-secure-demo.cognitiveservices.azure.com',
      privateEndpoints: 1,
      publicNetworkAccess: 'Enabled',
      addresses: '20.1.2.3',
    },
    {
      call: { method: 'GET', path: '/api/targets/demo/network', body: null },
      command:
        'az network private-dns link vnet create --resource-group <your-group> --zone-name <your-zone> --name <your-link> --virtual-network <your-network-id> --registration-enabled false',
    },
  ],
  [
    'a name that is public if public access is off',
    'private-name',
    { exposure: exposure({ rules: { ...selected, publicNetworkAccess: 'Disabled' } }) },
    'name-resolves-publicly',
    {
      host: 'ai-secure-demo.cognitiveservices.azure.com',
      privateEndpoints: 0,
      publicNetworkAccess: 'Disabled',
      addresses: '20.1.2.3',
    },
    { call: { method: 'GET', path: '/api/targets/demo/network', body: null }, command: expect.any(String) },
  ],
  [
    'one address that is public among private ones',
    'private-name',
    {
      exposure: exposure({ connections: [{ status: 'Approved' }] }),
      names: {
        ...buildFacts().names,
        account: { host: 'a', found: { kind: 'addresses', addresses: ['10.0.0.4', '20.1.2.3'] } },
      },
    },
    'name-resolves-publicly',
    { host: 'a', privateEndpoints: 1, publicNetworkAccess: 'Enabled', addresses: '10.0.0.4 20.1.2.3' },
    { call: { method: 'GET', path: '/api/targets/demo/network', body: null }, command: expect.any(String) },
  ],
  [
    'a private endpoint that nobody approved, which leads nowhere yet',
    'private-name',
    { exposure: exposure({ connections: [{ status: 'Pending' }] }) },
    'names-lead-there',
    {
      host: 'ai-secure-demo.cognitiveservices.azure.com',
      privateEndpoints: 0,
      publicNetworkAccess: 'Enabled',
      addresses: '20.1.2.3',
    },
    null,
  ],
  [
    'a name that does not exist',
    'private-name',
    { names: { ...buildFacts().names, account: { host: 'a', found: { kind: 'no-such-name' } } } },
    'name-not-there',
    { host: 'a', privateEndpoints: 0, publicNetworkAccess: 'Enabled' },
    {
      call: null,
      command:
        'az network private-dns link vnet update --resource-group <your-group> --zone-name <your-zone> --name <your-link> --resolution-policy NxDomainRedirect',
    },
  ],
  [
    'an account without an endpoint',
    'private-name',
    { names: { ...buildFacts().names, account: null } },
    'rules-unknown',
    { code: 'no-endpoint' },
    null,
  ],
  [
    'an account that Keyturn may not read',
    'role',
    { exposure: denied },
    'account-role-missing',
    { ...ofRole, missingAction: 'Microsoft.CognitiveServices/accounts/read' },
    { call: null, command: assign('"Keyturn Key Rotator (<your-function-app>)"', `"${armId}"`) },
  ],
  [
    'keys that Keyturn may not list, while its role is young',
    'role',
    { keys: refused('account-access-denied', 'AuthorizationFailed'), roles: assigned(dayMs, 9 * minuteMs, null) },
    'role-spreading',
    { ...ofRole, assignedAt: since(9 * minuteMs) },
    { call: null, command: null },
  ],
  [
    'keys that Keyturn may not list, ten minutes after it got its role',
    'role',
    { keys: refused('account-access-denied', 'AuthorizationFailed'), roles: assigned(10 * minuteMs) },
    'account-role-missing',
    ofRole,
    { call: null, command: expect.any(String) },
  ],
  [
    'a token that is denied while its role is young, needed or not',
    'role',
    { token: { kind: 'denied' }, roles: assigned(minuteMs) },
    'role-spreading',
    { ...ofRole, assignedAt: since(minuteMs) },
    { call: null, command: null },
  ],
  [
    'a token that is denied if keys are off',
    'role',
    { exposure: off, token: { kind: 'denied', action: 'data/action' } },
    'role-missing',
    { ...ofRole, missingAction: 'data/action' },
    {
      call: {
        method: 'PUT',
        path: '/api/targets/demo/access?dryRun=true',
        body: { identities: [{ keyturn: true, roles: ['Cognitive Services Language Reader'] }] },
      },
      command: assign('7628b7b8-a8b2-4cdc-b46f-e9b35248918e', `"${armId}"`),
    },
  ],
  [
    'a token that is denied while keys are in use, and roles that cannot be read',
    'role',
    { token: { kind: 'denied' }, roles: refused('account-access-denied', 'AuthorizationFailed') },
    'role-not-needed',
    ofRole,
    null,
  ],
  [
    'no custom subdomain if keys are off',
    'role',
    { exposure: off, token: { kind: 'no-custom-subdomain' } },
    'subdomain-missing',
    ofRole,
    { call: null, command: `az cognitiveservices account update ${inCli} --custom-domain <your-subdomain>` },
  ],
  [
    'no custom subdomain while keys are in use',
    'role',
    { token: { kind: 'no-custom-subdomain' } },
    'role-not-needed',
    ofRole,
    null,
  ],
  ['a token that was not tried', 'role', { token: null }, 'token-unclear', { ...ofRole, code: 'not-tried' }, null],
  [
    'a token without a clear answer',
    'role',
    { token: { kind: 'unknown', code: 'http-503' } },
    'token-unclear',
    { ...ofRole, code: 'http-503' },
    null,
  ],
  ['a key that is current', 'cached-key', {}, 'key-is-current', keyEvidence, null],
  [
    'no pointer',
    'cached-key',
    { vault: vault({ pointer: { kind: 'disabled' } }) },
    'pointer-unusable',
    { pointer: 'disabled' },
    { call: repair, command: null },
  ],
  [
    'a key that is disabled',
    'cached-key',
    { vault: vault({ key1: { kind: 'disabled' } }) },
    'stored-key-missing',
    { slot: 'key1', secret: 'disabled' },
    { call: repair, command: null },
  ],
  [
    'a key of the other slot that the pointer names',
    'cached-key',
    { vault: vault({ pointer: pointer('key2'), key2: secret('gone') }) },
    'stored-key-dead',
    { ...keyEvidence, slot: 'key2', storedIsCurrent: false },
    { call: repair, command: null },
  ],
  [
    'a direct value that holds the other key',
    'cached-key',
    { vault: vault({ direct: secret('two') }) },
    'direct-key-dead',
    keyEvidence,
    { call: repair, command: null },
  ],
  [
    'a direct value that is disabled',
    'cached-key',
    { vault: vault({ direct: { kind: 'disabled' } }) },
    'key-is-current',
    keyEvidence,
    null,
  ],
  [
    'a key that the endpoint refuses',
    'cached-key',
    { accepted: { kind: 'refused' } },
    'stored-key-refused',
    { ...keyEvidence, accepted: 'refused' },
    { call: null, command: null },
  ],
  [
    'a key that was not tried',
    'cached-key',
    { accepted: null },
    'key-unclear',
    { ...keyEvidence, accepted: null, code: 'not-tried' },
    null,
  ],
  [
    'keys that cannot be listed',
    'cached-key',
    { keys: failed({ kind: 'not-applied', code: 'http-500', retryAfterMs: null }) },
    'key-unclear',
    { slot: 'key1', code: 'http-500' },
    null,
  ],
  [
    'an address outside the rules',
    'caller-address',
    { exposure: exposure({ rules: selected }), address: { value: '198.51.100.9', from: 'query' } },
    'address-not-allowed',
    { address: '198.51.100.9', from: 'query', publicNetworkAccess: 'Enabled', defaultAction: 'Deny', ipRules: 1 },
    {
      call: { ...network, body: { mode: 'selected-networks', ipRules: ['203.0.113.0/29', '198.51.100.9'] } },
      command: `az cognitiveservices account network-rule add ${inCli} --ip-address 198.51.100.9`,
    },
  ],
  [
    'an address if public access is off',
    'caller-address',
    { exposure: exposure({ rules: { ...selected, publicNetworkAccess: 'Disabled' } }) },
    'public-access-disabled',
    { address: '203.0.113.7', from: 'request', publicNetworkAccess: 'Disabled', defaultAction: 'Deny', ipRules: 1 },
    {
      call: { ...network, body: { mode: 'selected-networks', ipRules: ['203.0.113.0/29', '203.0.113.7'] } },
      command: null,
    },
  ],
  [
    'a rule that lets everybody in, and no address',
    'caller-address',
    { exposure: exposure({ rules: { ...selected, ipRules: ['0.0.0.0/0'] } }), address: null },
    'address-allowed',
    { address: null, from: null, publicNetworkAccess: 'Enabled', defaultAction: 'Deny', ipRules: 1 },
    null,
  ],
  [
    'rules that let everybody in, while public access is off',
    'caller-address',
    {
      exposure: exposure({
        rules: { publicNetworkAccess: 'Disabled', defaultAction: 'Allow', ipRules: ['0.0.0.0/0'] },
      }),
    },
    'public-access-disabled',
    { address: '203.0.113.7', from: 'request', publicNetworkAccess: 'Disabled', defaultAction: 'Allow', ipRules: 1 },
    { call: expect.any(Object), command: null },
  ],
];

describe('what a check tells, whole', () => {
  it.each(rows)('%s', (_, check, facts, finding, evidence, fix) => {
    const found = diagnose(buildFacts(facts)).find((one) => one.check === check);
    expect([found?.finding, found?.evidence]).toEqual([finding, evidence]);
    if (fix === null) expect(found?.fix).toBeNull();
    else expect(found?.fix).toEqual({ text: expect.stringMatching(/\w{3}/), ...fix });
  });

  // The hold of the target: half an hour of pointer, half an hour of key, ten minutes of request, one second.
  const holdMs = 70 * minuteMs + 1_000;
  const hourMs = 60 * minuteMs;
  it.each<[string, object, number | null]>([
    [
      'until the last cache expires',
      { pointer: pointer('key1', nowMs - holdMs + 1), key2: secret('two', nowMs - hourMs / 2) },
      nowMs + 1,
    ],
    [
      'and not a moment longer',
      { pointer: pointer('key1', nowMs - holdMs), key2: secret('two', nowMs - hourMs / 2) },
      null,
    ],
    [
      'not if it was replaced before the switch',
      { pointer: pointer('key1', nowMs - hourMs), key2: secret('two', nowMs - hourMs) },
      null,
    ],
    ['not if it cannot be read', { pointer: pointer('key1', nowMs - hourMs), key2: { kind: 'disabled' } }, null],
  ])('a dead key may be held %s', (_, change, untilMs) => {
    const found = diagnose(buildFacts({ vault: vault(change) })).find(({ check }) => check === 'cached-key');
    expect(found?.evidence.heldUntil ?? null).toBe(untilMs === null ? null : new Date(untilMs).toISOString());
  });

  it('a replaced key is held by whoever read the one before', () => {
    const key1 = secret('one', nowMs - hourMs);
    const of = (before: DiagnosisFacts['before'], change: object = {}) =>
      diagnose(buildFacts({ vault: vault({ key1, ...change }), before })).find(({ check }) => check === 'cached-key')
        ?.finding;
    expect([
      of(secret('old', nowMs - dayMs)),
      of(secret('one', nowMs - dayMs)),
      of({ kind: 'disabled' }),
      of(null),
      // The pointer came later: nobody was led to the one before.
      of(secret('old', nowMs - dayMs), { pointer: pointer('key1', nowMs - hourMs) }),
    ]).toEqual(['dead-key-cached', 'key-is-current', 'key-is-current', 'key-is-current', 'key-is-current']);
  });

  it('compares the stored key with the one of the slot that the pointer names', () => {
    const facts = buildFacts({ keys: { kind: 'answered', value: fingerprints('two', 'one') } });
    expect(diagnose(facts).find(({ check }) => check === 'cached-key')?.finding).toBe('stored-key-dead');
  });

  it('says until when a young role is to be waited for', () => {
    const facts = buildFacts({ token: { kind: 'denied' }, roles: assigned(minuteMs) });
    const text = diagnose(facts).find(({ check }) => check === 'role')?.fix?.text;
    expect(text).toBe(`Wait until ${new Date(nowMs + 9 * minuteMs).toISOString()}, then ask again.`);
  });

  it('says of a role that the vault names which one gives the action', () => {
    const missing = 'Microsoft.KeyVault/vaults/secrets/getSecret/action';
    const text = (action?: string) => diagnose(buildFacts(vaultFails('ForbiddenByRbac', action)))[1]?.fix?.text;
    expect(text()).toBe('Assign Key Vault Secrets Officer on the vault; it counts after up to ten minutes.');
    expect(text(missing)).toContain("Give Keyturn's identity");
  });

  it('tells of a vault in another tenant with its host, its code and the command for it', () => {
    const facts = buildFacts({ vault: refused('vault-in-another-tenant', 'AKV10032') });
    expect(diagnose(facts)[1]).toMatchObject({
      evidence: { vault: vaultHost, code: 'AKV10032' },
      fix: {
        command: 'az keyvault update --name kv-ai102-secure --set properties.tenantId=<your-tenant-id>',
      },
    });
  });
});
