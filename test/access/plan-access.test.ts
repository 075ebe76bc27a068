import { describe, expect, it } from 'vitest';
import type { Grant } from '../../src/access/access-state.ts';
import { assignmentName } from '../../src/access/assignment-name.ts';
import { planAccess } from '../../src/access/plan-access.ts';
import type { Assignment } from '../../src/access/ports.ts';
import { knownRole, type Role } from '../../src/access/role.ts';

const accountScope =
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a';
const groupScope = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g';
const description = 'keyturn:func:demo';
const armId =
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-app';
const alice = '00000000-0000-4000-8000-00000000000a';
const bob = '00000000-0000-4000-8000-00000000000b';

function role(name: string): Role {
  const found = knownRole(name);
  if (found === null) throw new TypeError(name);
  return found;
}

const reader = role('Cognitive Services Language Reader');
const grant = (principalId: string, change: Partial<Grant> = {}): Grant => ({
  identity: { kind: 'principal', principalId, principalType: 'ServicePrincipal' },
  role: reader,
  scope: accountScope,
  ...change,
});
const made = (principalId: string, change: Partial<Assignment> = {}): Assignment => {
  const roleGuid = change.roleGuid ?? reader.guid;
  const scope = change.scope ?? accountScope;
  return {
    name: assignmentName(scope, principalId, roleGuid),
    scope,
    principalId,
    principalType: 'ServicePrincipal',
    roleGuid,
    description,
    hasCondition: false,
    createdAtMs: 0,
    ...change,
  };
};
const plan = (
  asked: readonly Grant[],
  assignments: readonly Assignment[],
  more: {
    principals?: ReadonlyMap<string, string>;
    askedByOthers?: readonly Grant[];
    account?: { kind: string; endpoint: string };
    endpointCalls?: boolean;
  } = {},
) =>
  planAccess(
    asked,
    {
      principals: new Map(),
      askedByOthers: [],
      account: { kind: 'AIServices', endpoint: 'https://contoso.cognitiveservices.azure.com/' },
      endpointCalls: true,
      assignments,
      ...more,
    },
    { accountScope, groupScope, description },
  ).map(({ change }) =>
    change.kind === 'unassign'
      ? `unassign ${change.principalId}`
      : change.kind === 'assign'
        ? `assign ${change.grant.role.name}`
        : change.kind,
  );

const created = { kind: 'user-assigned', armId, createIn: 'eastus' } as const;
const keyturn = { kind: 'keyturn', principalId: alice } as const;

describe('the plan of access', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['gives what is missing', plan([grant(alice)], []), ['assign Cognitive Services Language Reader']],
    ['is empty when all is there', plan([grant(alice)], [made(alice)]), []],
    ['is content with another name', plan([grant(alice)], [made(alice, { name: 'other', description: null })]), []],
    [
      'compares ids without case',
      plan([grant(alice.toUpperCase())], [made(alice, { scope: accountScope.toUpperCase() })]),
      [],
    ],
    [
      'does not count on what is inherited',
      plan([grant(alice)], [made(alice, { scope: '/subscriptions/s', description: null })]),
      ['assign Cognitive Services Language Reader'],
    ],
    ['takes back what it made', plan([], [made(alice)]), [`unassign ${alice}`]],
    ['takes nothing of others back', plan([], [made(alice, { description: null })]), []],
    ['takes nothing of another target back', plan([], [made(alice, { description: 'keyturn:func:other' })]), []],
    ['takes nothing back whose name is not its own', plan([], [made(alice, { name: 'x' })]), []],
    ['takes nothing back above the group', plan([], [made(alice, { scope: '/subscriptions/s' })]), []],
    [
      'keeps at the group what another target asks for',
      plan([], [made(alice, { scope: groupScope })], { askedByOthers: [grant(alice, { scope: groupScope })] }),
      [],
    ],
    [
      'gives before it takes',
      plan([grant(bob)], [made(alice)]),
      ['assign Cognitive Services Language Reader', `unassign ${alice}`],
    ],
    [
      'makes an identity first',
      plan([grant('', { identity: created })], []),
      ['create-identity', 'assign Cognitive Services Language Reader'],
    ],
    [
      'makes no identity that exists',
      plan([grant('', { identity: created })], [made(alice)], { principals: new Map([[armId.toLowerCase(), alice]]) }),
      [],
    ],
    [
      "proves Keyturn's own new role",
      plan([grant('', { identity: keyturn })], []),
      ['assign Cognitive Services Language Reader', 'prove-own-access'],
    ],
    ['proves no role that was there', plan([grant('', { identity: keyturn })], [made(alice)]), []],
    [
      'proves no role that opens another data plane',
      plan([grant('', { identity: keyturn })], [], {
        account: { kind: 'OpenAI', endpoint: 'https://contoso.openai.azure.com/' },
      }),
      ['assign Cognitive Services Language Reader'],
    ],
  ])('%s', (_, found, expected) => {
    expect(found).toEqual(expected);
  });
});
