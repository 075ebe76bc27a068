import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { DiagnosisFacts } from '../../src/diagnosis/diagnosis-facts.ts';
import { diagnosisReasons } from '../../src/diagnosis/diagnosis-reasons.ts';
import { viewDiagnosis } from '../../src/diagnosis/diagnosis-view.ts';
import type { RotationStatus } from '../../src/diagnosis/ports.ts';
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

const hourMs = 3_600_000;
const vault = (change: object) => ({ kind: 'answered', value: { ...snapshot, ...change } }) as const;
const account = (found: object) =>
  ({ ...buildFacts().names, account: { host: 'a.contoso', found } }) as DiagnosisFacts['names'];
const endpoint = [{ status: 'Approved' }];
const closed = { publicNetworkAccess: 'Disabled', defaultAction: 'Deny', ipRules: [] } as const;
const selected = { publicNetworkAccess: 'Enabled', defaultAction: 'Deny', ipRules: ['203.0.113.0/29'] } as const;
const assigned = (agoMs: number) =>
  ({
    kind: 'answered',
    value: [{ principalId: 'keyturn-object-id', roleGuid: 'a97b65f3', createdAtMs: nowMs - agoMs }],
  }) as const;
const unclear = failed({ kind: 'not-applied', code: 'http-500', retryAfterMs: null });
const tokenUnavailable = failed({ kind: 'not-applied', code: 'token-unavailable', retryAfterMs: null });
const at = (address: string) => ({ value: address, from: 'query' }) as const;

type Row = readonly [sentence: string, facts: Partial<DiagnosisFacts>, finding: string, status: string];

const unclearFailure = { kind: 'not-applied', code: 'timeout', retryAfterMs: null } as const;

/** How the rotation stands. */
function status(kind: RotationStatus['kind'], reason = 'vault-stale'): Pick<DiagnosisFacts, 'status'> {
  const detail = 'It stands, for a reason.';
  return {
    status: {
      kind: 'answered',
      value: { kind, rotationId: 'r-1', reason, detail, lastFailure: null, whatToDo: 'Repair.' },
    },
  };
}

const rows: Readonly<Record<string, readonly Row[]>> = {
  'vault-access': [
    ['the vault answers', {}, 'vault-answers', 'ok'],
    [
      'no role on the vault',
      { vault: refused('vault-access-denied', 'ForbiddenByRbac') },
      'vault-role-missing',
      'problem',
    ],
    [
      'no access policy',
      { vault: refused('vault-access-denied', 'ForbiddenByPolicy') },
      'vault-access-policy-missing',
      'problem',
    ],
    [
      'an address that the vault does not let in',
      { vault: refused('vault-network-denied', 'ForbiddenByFirewall') },
      'vault-firewall',
      'problem',
    ],
    [
      'a vault behind a private endpoint',
      { vault: refused('vault-network-denied', 'ForbiddenByConnection') },
      'vault-private-only',
      'problem',
    ],
    [
      'no such vault',
      { vault: failed({ kind: 'not-applied', code: 'ENOTFOUND', retryAfterMs: null }) },
      'vault-not-there',
      'problem',
    ],
    ['a vault in trouble', { vault: unclear }, 'vault-unclear', 'unknown'],
    [
      'a wrong client id of the identity',
      { vault: refused('identity-not-found', 'identity-not-found') },
      'identity-not-found',
      'problem',
    ],
    ['an identity endpoint in trouble', { vault: tokenUnavailable }, 'token-unavailable', 'unknown'],
    ['a token for another audience', { vault: refused('token-invalid', 'AKV10022') }, 'token-invalid', 'problem'],
    [
      'a vault in another tenant',
      { vault: refused('vault-in-another-tenant', 'AKV10032') },
      'vault-in-another-tenant',
      'problem',
    ],
    [
      'a deny assignment on the vault',
      { vault: refused('deny-assignment', 'ForbiddenByRbac') },
      'deny-assignment',
      'problem',
    ],
    [
      'a network security perimeter',
      { vault: refused('vault-perimeter-denied', 'ForbiddenByNsp') },
      'vault-perimeter-denied',
      'problem',
    ],
    [
      'a refusal that nobody knows',
      { vault: refused('unknown-refusal', 'ForbiddenBySomethingNew') },
      'unknown-refusal',
      'unknown',
    ],
  ],
  'private-name': [
    ['no private endpoint is wanted', {}, 'names-lead-there', 'ok'],
    [
      'the name leads to the private endpoint',
      { exposure: exposure({ connections: endpoint }), names: account({ kind: 'addresses', addresses: ['10.0.0.4'] }) },
      'names-lead-there',
      'ok',
    ],
    [
      'the name leads past the private endpoint',
      { exposure: exposure({ connections: endpoint }) },
      'name-resolves-publicly',
      'problem',
    ],
    [
      'public access is disabled and the name leads to the public address',
      { exposure: exposure({ rules: closed }) },
      'name-resolves-publicly',
      'problem',
    ],
    [
      'an endpoint that was never approved',
      { exposure: exposure({ connections: [{ status: 'Pending' }] }) },
      'names-lead-there',
      'ok',
    ],
    [
      'one of two addresses is public',
      {
        exposure: exposure({ connections: endpoint }),
        names: account({ kind: 'addresses', addresses: ['10.0.0.4', '20.1.2.3'] }),
      },
      'name-resolves-publicly',
      'problem',
    ],
    ['a zone that shadows the name', { names: account({ kind: 'no-such-name' }) }, 'name-not-there', 'problem'],
    ['no name server', { names: account({ kind: 'unknown' }) }, 'name-unclear', 'unknown'],
    ['an account that cannot be read', { exposure: unclear }, 'rules-unknown', 'unknown'],
  ],
  role: [
    ['the token is accepted', {}, 'token-accepted', 'ok'],
    ['no role, and none is needed while keys are in use', { token: { kind: 'denied' } }, 'role-not-needed', 'ok'],
    [
      'a role that was assigned nine minutes ago',
      { token: { kind: 'denied' }, roles: assigned(9 * 60_000) },
      'role-spreading',
      'problem',
    ],
    [
      'a role that should count by now, and keys turned off',
      { token: { kind: 'denied' }, roles: assigned(11 * 60_000), exposure: exposure({ localAuthDisabled: true }) },
      'role-missing',
      'problem',
    ],
    [
      'no leave to list keys',
      { keys: refused('account-access-denied', 'AuthorizationFailed') },
      'account-role-missing',
      'problem',
    ],
    [
      'no leave to list keys yet',
      { keys: refused('account-access-denied', 'AuthorizationFailed'), roles: assigned(60_000) },
      'role-spreading',
      'problem',
    ],
    [
      'no leave to read the account',
      { exposure: refused('account-access-denied', 'AuthorizationFailed') },
      'account-role-missing',
      'problem',
    ],
    [
      'an account whose last change failed',
      { exposure: exposure({ provisioningState: 'Failed' }) },
      'account-provisioning-failed',
      'problem',
    ],
    [
      'an account whose last change was canceled',
      { exposure: exposure({ provisioningState: 'Canceled' }) },
      'account-provisioning-failed',
      'problem',
    ],
    [
      'no custom subdomain if keys are turned off',
      { token: { kind: 'no-custom-subdomain' }, exposure: exposure({ localAuthDisabled: true }) },
      'subdomain-missing',
      'problem',
    ],
    ['no custom subdomain if keys are in use', { token: { kind: 'no-custom-subdomain' } }, 'role-not-needed', 'ok'],
    ...(
      [
        ['identity-not-found', 'identity-not-found'],
        ['token-invalid', 'InvalidAuthenticationToken'],
        ['subscription-in-another-tenant', 'InvalidAuthenticationTokenTenant'],
        ['subscription-disabled', 'ReadOnlyDisabledSubscription'],
        ['subscription-not-found', 'SubscriptionNotFound'],
        ['provider-not-registered', 'MissingSubscriptionRegistration'],
        ['deny-assignment', 'DenyAssignmentAuthorizationFailed'],
        ['azure-policy', 'RequestDisallowedByPolicy'],
        ['account-not-found', 'ResourceNotFound'],
      ] as const
    ).map(
      ([reason, code]): Row => [
        `an account whose reads end with ${code}`,
        { exposure: refused(reason, code), keys: refused(reason, code), token: null },
        reason,
        'problem',
      ],
    ),
    // The lock lets reads pass, so that everything else looks well.
    ['a read-only lock', { keys: refused('resource-lock', 'ScopeLocked') }, 'resource-lock', 'problem'],
    [
      'a refusal that nobody knows, whatever role was assigned lately',
      { keys: refused('unknown-refusal', 'SomethingNew'), roles: assigned(60_000) },
      'unknown-refusal',
      'unknown',
    ],
    ['no token', { exposure: tokenUnavailable, keys: tokenUnavailable, token: null }, 'token-unavailable', 'unknown'],
    [
      'an account that has turned its keys off, and lists none',
      { keys: refused('local-auth-disabled', 'BadRequest'), exposure: exposure({ localAuthDisabled: true }) },
      'token-accepted',
      'ok',
    ],
    ['a network that lets no call through', { token: { kind: 'network-denied' } }, 'token-blocked', 'unknown'],
    [
      'an endpoint that the settings keep Keyturn off',
      { target: buildTarget({ policy: { probe: 'control-plane-only' } }), accepted: null },
      'endpoint-not-called',
      'unknown',
    ],
    ['an endpoint in trouble', { token: { kind: 'unknown', code: 'http-500' } }, 'token-unclear', 'unknown'],
    [
      'a kind of which no call is known',
      { token: { kind: 'unknown', code: 'kind-not-probeable' } },
      'token-not-tried',
      'unknown',
    ],
  ],
  'cached-key': [
    ['the key is the account’s own', {}, 'key-is-current', 'ok'],
    ['keys are turned off', { exposure: exposure({ localAuthDisabled: true }) }, 'keys-turned-off', 'ok'],
    ['no pointer', { vault: vault({ pointer: { kind: 'absent' } }) }, 'pointer-unusable', 'problem'],
    ['a pointer that names no slot', { vault: vault({ pointer: pointer('key3') }) }, 'pointer-unusable', 'problem'],
    [
      'no secret where the pointer points',
      { vault: vault({ key1: { kind: 'disabled' } }) },
      'stored-key-missing',
      'problem',
    ],
    [
      'somebody regenerated the active key',
      { keys: { kind: 'answered', value: fingerprints('other', 'two') } },
      'stored-key-dead',
      'problem',
    ],
    [
      'somebody regenerated the inactive key',
      { keys: { kind: 'answered', value: fingerprints('one', 'other') } },
      'key-is-current',
      'ok',
    ],
    ['a direct value that was left behind', { vault: vault({ direct: secret('two') }) }, 'direct-key-dead', 'problem'],
    ['a key that was reported as leaked', { leaked: { kind: 'answered', value: ['key1'] } }, 'key-leaked', 'problem'],
    ['a journal that cannot be read', { leaked: unclear }, 'key-unclear', 'unknown'],
    ['an endpoint that does not know the key', { accepted: { kind: 'refused' } }, 'stored-key-refused', 'problem'],
    [
      'an endpoint that the settings keep Keyturn off',
      { target: buildTarget({ policy: { probe: 'control-plane-only' } }), accepted: null },
      'endpoint-not-called',
      'unknown',
    ],
    ['an endpoint in trouble', { accepted: { kind: 'unknown', code: 'http-500' } }, 'key-unclear', 'unknown'],
    ['keys that cannot be listed', { keys: unclear }, 'key-unclear', 'unknown'],
    // The hold of the target: half an hour of pointer, half an hour of key, ten minutes of request, one second.
    [
      'the other key died while caches hold it',
      { vault: vault({ pointer: pointer('key1', nowMs - hourMs), key2: secret('two', nowMs - hourMs / 2) }) },
      'dead-key-cached',
      'problem',
    ],
    [
      'the other key died, and every cache has expired since',
      { vault: vault({ pointer: pointer('key1', nowMs - 2 * hourMs), key2: secret('two', nowMs - 1.5 * hourMs) }) },
      'key-is-current',
      'ok',
    ],
    [
      'the other key died after everybody had left it',
      { vault: vault({ pointer: pointer('key1', nowMs - 3 * hourMs), key2: secret('two', nowMs - hourMs) }) },
      'key-is-current',
      'ok',
    ],
    [
      'the active key was replaced in its place',
      { vault: vault({ key1: secret('one', nowMs - hourMs) }), before: secret('old', nowMs - dayMs) },
      'dead-key-cached',
      'problem',
    ],
    [
      'the active key was stored once more',
      { vault: vault({ key1: secret('one', nowMs - hourMs) }), before: secret('one', nowMs - dayMs) },
      'key-is-current',
      'ok',
    ],
    [
      'the active key was replaced long ago',
      { vault: vault({ key1: secret('one', nowMs - 2 * hourMs) }), before: secret('old', nowMs - dayMs) },
      'key-is-current',
      'ok',
    ],
    [
      'a direct value is held for a day and more',
      {
        target: buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-key' } }),
        vault: vault({ direct: secret('one'), key1: secret('one', nowMs - dayMs) }),
        before: secret('old', nowMs - 2 * dayMs),
      },
      'dead-key-cached',
      'problem',
    ],
  ],
  'caller-address': [
    ['an account that is open to all', {}, 'address-allowed', 'ok'],
    ['an address within the rules', { exposure: exposure({ rules: selected }) }, 'address-allowed', 'ok'],
    [
      'an address outside the rules',
      { exposure: exposure({ rules: selected }), address: at('203.0.113.8') },
      'address-not-allowed',
      'problem',
    ],
    [
      'rules without effect, since public access is off',
      { exposure: exposure({ rules: { ...selected, publicNetworkAccess: 'Disabled' } }) },
      'public-access-disabled',
      'problem',
    ],
    ...(['SecuredByPerimeter', 'SomethingNew'] as const).map(
      (publicNetworkAccess): Row => [
        `rules that are not the account's own (${publicNetworkAccess})`,
        { exposure: exposure({ rules: { ...selected, publicNetworkAccess } }) },
        'rules-elsewhere',
        'unknown',
      ],
    ),
    [
      'a default action that is not known',
      { exposure: exposure({ rules: { ...selected, defaultAction: 'Audit' } }) },
      'rules-elsewhere',
      'unknown',
    ],
    [
      'a private address',
      { exposure: exposure({ rules: selected }), address: at('10.0.0.4') },
      'address-private',
      'unknown',
    ],
    ['no address', { exposure: exposure({ rules: selected }), address: null }, 'address-unknown', 'unknown'],
    ['rules that cannot be read', { exposure: unclear }, 'rules-unknown', 'unknown'],
  ],
  rotation: [
    ['no rotation', {}, 'no-rotation', 'ok'],
    ['one in flight', status('in-flight'), 'rotation-goes-on', 'ok'],
    ['none, as nobody adopted the target', status('not-adopted'), 'target-not-adopted', 'problem'],
    ['one that waits for a person', status('suspended'), 'rotation-suspended', 'problem'],
    ['one that makes no progress', status('overdue'), 'rotation-overdue', 'problem'],
    ['a journal that cannot be read', { status: failed(unclearFailure) }, 'journal-unclear', 'unknown'],
  ],
};

describe('a target that is not adopted', () => {
  it.each<[string, object]>([
    ['with no pointer', { pointer: { kind: 'absent' } }],
    ['with no key', { key1: { kind: 'absent' } }],
    ['with a key that died', { key1: secret('dead') }],
  ])('%s is to be adopted: there is nothing that could be repaired', (_, change) => {
    const findings = diagnose(buildFacts({ ...status('not-adopted'), vault: vault(change) }));
    const problems = findings.filter(({ status }) => status === 'problem');
    expect(problems.map(({ check }) => check)).toEqual(['rotation', 'cached-key']);
    for (const { fix } of problems) {
      expect(fix?.call?.path).toBe('/api/targets/demo/adopt?dryRun=true');
      expect(fix?.text).not.toContain('Repair');
    }
  });
});

describe('a rotation that stands', () => {
  const lock = { id: '/subscriptions/s/providers/Microsoft.Authorization/locks/freeze', name: 'freeze' };
  const locked = (level: string) =>
    ({ locks: { kind: 'answered', value: [{ ...lock, level }] } }) satisfies Partial<DiagnosisFacts>;
  const first = (facts: Partial<DiagnosisFacts>) => diagnose(buildFacts(facts))[0];

  it.each(['suspended', 'overdue'] as const)(
    'comes first, and nothing beside it says that nothing is wrong: %s',
    (kind) => {
      const findings = diagnose(buildFacts(status(kind)));
      expect(findings[0]).toMatchObject({
        check: 'rotation',
        detail: expect.stringContaining('It stands, for a reason.'),
      });
      expect(viewDiagnosis('demo', findings, nowMs)).toMatchObject({
        allGreen: false,
        detail: '1 of 6 checks found a fault.',
      });
    },
  );

  it('for a lock names the lock, and the command that lifts it', () => {
    expect(first({ ...status('suspended', 'resource-lock'), ...locked('ReadOnly') })).toMatchObject({
      evidence: { reason: 'resource-lock', lock: 'freeze', lockId: lock.id },
      fix: {
        command: `az lock delete --ids "${lock.id}"`,
        call: { method: 'POST', path: '/api/targets/demo/rotations/r-1/resume', body: {} },
      },
    });
  });

  it.each<[string, Partial<DiagnosisFacts>]>([
    ['it cannot be read', { locks: { kind: 'answered', value: null } }],
    ['it was not answered', { locks: failed(unclearFailure) }],
    ['none blocks reading keys', locked('CanNotDelete')],
  ])('for a lock says how to find it if %s', (_, locks) => {
    const found = first({ ...status('suspended', 'resource-lock'), ...locks });
    expect(found).toMatchObject({ evidence: { lock: null, lockId: null } });
    expect(found?.fix?.command).toMatch(/^az lock list --resource "\/subscriptions/);
  });

  it('says nothing of locks if none is why', () => {
    expect(first({ ...status('suspended', 'vault-stale'), ...locked('ReadOnly') })?.evidence).toEqual({
      rotation: 'r-1',
      reason: 'vault-stale',
      lastFailure: null,
    });
  });
});

describe.each(Object.entries(rows))('%s', (check, its) => {
  it.each(its)('%s', (_sentence, facts, finding, status) => {
    const found = diagnose(buildFacts(facts)).find((one) => one.check === check);
    expect(found).toMatchObject({ finding, status });
    expect(found?.detail.startsWith(diagnosisReasons[found.finding])).toBe(true);
    // Anyone who is told of a problem is told what to do about it.
    expect(found?.fix !== null).toBe(status === 'problem');
  });
});

describe('a diagnosis', () => {
  it('meets every finding of the closed list in these tables', () => {
    const met = new Set(Object.values(rows).flatMap((its) => its.map(([, , finding]) => finding)));
    expect([...met].sort()).toEqual(Object.keys(diagnosisReasons).sort());
  });

  it.each<[string, Partial<DiagnosisFacts>, boolean, string]>([
    ['all green says so', {}, true, 'All green: everything was tested, and nothing is wrong.'],
    [
      'what could not be tested is not green',
      { exposure: exposure({ rules: selected }), address: null },
      false,
      'Nothing wrong was found. 1 could not be tested.',
    ],
    [
      'faults are counted',
      { vault: refused('vault-access-denied', 'ForbiddenByRbac') },
      false,
      '1 of 6 checks found a fault. 1 could not be tested.',
    ],
  ])('%s', (_sentence, facts, allGreen, detail) => {
    expect(viewDiagnosis('demo', diagnose(buildFacts(facts)), nowMs)).toMatchObject({ allGreen, detail });
  });

  it('names the action that the very call lacked, and no other call’s', () => {
    const facts = buildFacts({
      exposure: refused('account-access-denied', 'AuthorizationFailed'),
      keys: refused(
        'account-access-denied',
        'AuthorizationFailed',
        'Microsoft.CognitiveServices/accounts/listKeys/action',
      ),
      token: { kind: 'denied', action: 'Microsoft.CognitiveServices/accounts/TextAnalytics/languages/action' },
    });
    const role = diagnose(facts).find(({ check }) => check === 'role');
    expect(role?.finding).toBe('account-role-missing');
    expect(role?.evidence).not.toHaveProperty('missingAction');
    expect(role?.fix?.text).not.toMatch(/It lacks|TextAnalytics/);
  });

  it('tells Azure’s code with what nobody knows, and advises no role', () => {
    const facts = buildFacts({ vault: refused('unknown-refusal', 'ForbiddenBySomethingNew') });
    expect(diagnose(facts)[1]).toMatchObject({ evidence: { code: 'ForbiddenBySomethingNew' }, fix: null });
  });

  it('adds the address to the rules that are there, in the call that mends it', () => {
    const facts = buildFacts({ exposure: exposure({ rules: selected }), address: at('198.51.100.9') });
    expect(diagnose(facts).at(-1)?.fix).toMatchObject({
      call: {
        method: 'PUT',
        path: '/api/targets/demo/network?dryRun=true',
        body: { mode: 'selected-networks', ipRules: ['203.0.113.0/29', '198.51.100.9'] },
      },
      command: expect.stringContaining('--ip-address 198.51.100.9'),
    });
  });
});
