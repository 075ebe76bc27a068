import { describe, expect, it } from 'vitest';
import { findPrincipals, type NamedIdentity, resolveAccess } from '../../../src/hardening/access/gather-access.ts';
import type { Authorization, Identities, RoleFacts } from '../../../src/hardening/access/ports.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { parseAccountId } from '../../../src/shared/resource-id.ts';

const subscriptionId = '11111111-1111-1111-1111-111111111111';
const groupScope = `/subscriptions/${subscriptionId}/resourceGroups/rg-ai`;
const parsed = parseAccountId(`${groupScope}/providers/Microsoft.CognitiveServices/accounts/ai-contoso`);
if (parsed === null) throw new TypeError();
const account = parsed;
const armIdOf = (name: string) => `${groupScope}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
const custom = '99999999-9999-4999-8999-999999999999';
const reader = '7628b7b8-a8b2-4cdc-b46f-e9b35248918e';

function ports(change: Partial<Authorization & Identities> = {}) {
  const asked: unknown[][] = [];
  const facts = (guid: string): RoleFacts => ({ guid, name: `role ${guid}`, permissions: [] });
  const authorization: Pick<Authorization, 'roleByGuid' | 'roleByName'> = {
    roleByGuid: async (scope, guid) => {
      asked.push(['guid', scope, guid]);
      return facts(guid);
    },
    roleByName: async (scope, name) => {
      asked.push(['name', scope, name]);
      return name === 'Contoso Caller' ? facts(custom) : null;
    },
    ...change,
  };
  const identities = {
    find: async (armId: string) =>
      armId === armIdOf('there') ? { armId, principalId: 'p-there', clientId: 'c', location: 'eastus' } : null,
    ownPrincipalId: async () => 'p-own',
    ...change,
  };
  return { asked, ports: { authorization, identities } as { authorization: Authorization; identities: Identities } };
}

const named = (change: Partial<NamedIdentity>): NamedIdentity => ({
  principalId: null,
  resourceId: null,
  create: null,
  keyturn: false,
  principalType: 'ServicePrincipal',
  roles: [{ role: 'Cognitive Services Language Reader', scope: 'account' }],
  ...change,
});

describe('what a request for access means', () => {
  it.each<[string, Partial<NamedIdentity>, unknown]>([
    [
      'a principal',
      { principalId: 'ABC', principalType: 'Group' },
      { kind: 'principal', principalId: 'abc', principalType: 'Group' },
    ],
    [
      'an identity that is there',
      { resourceId: armIdOf('there') },
      { kind: 'user-assigned', armId: armIdOf('there'), createIn: null },
    ],
    [
      'an identity that is to be made',
      { create: { name: 'new', resourceGroup: 'rg-ai', location: 'westus' } },
      { kind: 'user-assigned', armId: armIdOf('new'), createIn: 'westus' },
    ],
    ['Keyturn itself', { keyturn: true }, { kind: 'keyturn', principalId: 'p-own' }],
  ])('finds %s', async (_, one, identity) => {
    const { grants, problems } = await resolveAccess(ports().ports, account, [named(one)]);
    expect(problems).toEqual([]);
    expect(grants).toEqual([{ identity, role: expect.objectContaining({ guid: reader }), scope: account.armId }]);
  });

  it.each<[string, string, string, string | null]>([
    ['by its name', 'Cognitive Services Language Reader', reader, 'guid'],
    ['by its GUID', reader.toUpperCase(), reader, 'guid'],
    ['by the GUID of a role of its own', ` ${custom} `, custom, 'guid'],
    ['by the name of a role of its own', ' Contoso Caller ', custom, 'name'],
  ])('finds a role %s', async (_, text, guid, look) => {
    const { asked, ports: given } = ports();
    const roles = [{ role: text, scope: 'resource-group' } as const];
    const { grants } = await resolveAccess(given, account, [named({ principalId: 'p', roles })]);
    expect(grants).toMatchObject([{ role: { guid }, scope: groupScope }]);
    expect(asked).toEqual([[look, account.armId, look === 'name' ? 'Contoso Caller' : guid]]);
  });

  it('says of each field that means nothing, and goes on with the rest', async () => {
    const { grants, principals, problems } = await resolveAccess(ports().ports, account, [
      named({ resourceId: armIdOf('gone') }),
      named({ principalId: 'p', roles: [{ role: 'x'.repeat(81), scope: 'account' }] }),
      named({
        resourceId: armIdOf('there'),
        roles: [
          { role: 'Nobody Knows', scope: 'account' },
          { role: reader, scope: 'account' },
        ],
      }),
    ]);
    expect(problems).toEqual([
      {
        field: 'identities[0].resourceId',
        found: JSON.stringify(armIdOf('gone')),
        accepted: 'an identity that exists and that Keyturn may read; `create` makes a new one',
      },
      {
        field: 'identities[1].roles[0].role',
        found: JSON.stringify('x'.repeat(80)),
        accepted: 'the name or GUID of a role that can be assigned at the account',
      },
      {
        field: 'identities[2].roles[0].role',
        found: '"Nobody Knows"',
        accepted: 'the name or GUID of a role that can be assigned at the account',
      },
    ]);
    expect(grants).toHaveLength(2);
    expect([...principals]).toEqual([[armIdOf('there').toLowerCase(), 'p-there']]);
  });

  it('asks once for a role that is named twice, and gives once what is asked twice', async () => {
    const { asked, ports: given } = ports();
    const { grants } = await resolveAccess(given, account, [
      named({ principalId: 'p' }),
      named({ principalId: 'P' }),
      named({ principalId: 'q' }),
    ]);
    expect(asked).toHaveLength(1);
    expect(grants.map(({ identity }) => identity.kind === 'principal' && identity.principalId)).toEqual(['p', 'q']);
  });

  it('finds no known role that this cloud lacks', async () => {
    const { ports: given } = ports({ roleByGuid: async () => null });
    const { problems } = await resolveAccess(given, account, [named({ principalId: 'p' })]);
    expect(problems.map(({ field }) => field)).toEqual(['identities[0].roles[0].role']);
  });

  it('trusts its own table if it may not look roles up', async () => {
    const denied = new FailureError({ kind: 'refused', reason: 'account-access-denied', code: 'AuthorizationFailed' });
    const { ports: given } = ports({ roleByGuid: () => Promise.reject(denied) });
    const { problems, grants } = await resolveAccess(given, account, [named({ principalId: 'p' })]);
    expect([problems, grants]).toEqual([[], [expect.objectContaining({ scope: account.armId })]]);
  });

  it('passes on that roles cannot be looked up just now', async () => {
    const passing = new FailureError({ kind: 'not-applied', code: 'http-503', retryAfterMs: null });
    const { ports: given } = ports({ roleByGuid: () => Promise.reject(passing) });
    await expect(resolveAccess(given, account, [named({ principalId: 'p' })])).rejects.toThrow('http-503');
  });

  it('finds again who was asked for before, each identity once', async () => {
    const found: string[] = [];
    const { ports: given } = ports({
      find: async (armId) => {
        found.push(armId);
        return armId === armIdOf('there') ? { armId, principalId: 'p-there', clientId: 'c', location: 'l' } : null;
      },
    });
    const role = { guid: reader, name: 'r', canListKeys: false, isBroad: false, opens: [], usesService: true } as const;
    const of = (armId: string) => ({
      identity: { kind: 'user-assigned' as const, armId, createIn: null },
      role,
      scope: account.armId,
    });
    const principal = { identity: { kind: 'keyturn' as const, principalId: 'p' }, role, scope: account.armId };
    const grants = [principal, of(armIdOf('there')), of(armIdOf('there')), of(armIdOf('gone'))];
    expect([...(await findPrincipals(given, grants))]).toEqual([[armIdOf('there').toLowerCase(), 'p-there']]);
    expect(found).toEqual([armIdOf('there'), armIdOf('gone')]);
  });
});
