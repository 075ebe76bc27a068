import { describe, expect, it } from 'vitest';
import {
  type AccessChange,
  type AccessState,
  type AccessStep,
  accessState,
  type Grant,
} from '../../../src/hardening/access/access-state.ts';
import { actionsFor } from '../../../src/hardening/access/access-work.ts';
import { assignmentName } from '../../../src/hardening/access/made-by-keyturn.ts';
import { type AccessFacts, planAccess } from '../../../src/hardening/access/plan-access.ts';
import type { Assignment } from '../../../src/hardening/access/ports.ts';
import { knownRole, type Role } from '../../../src/hardening/access/role.ts';

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
type More = Partial<Omit<AccessFacts, 'assignments'>>;
const planned = (asked: readonly Grant[], assignments: readonly Assignment[], more: More = {}) =>
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
  );
const plan = (asked: readonly Grant[], assignments: readonly Assignment[], more: More = {}) =>
  planned(asked, assignments, more).map(({ change }) =>
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

describe('a step of it, in full', () => {
  const groupReader = grant(alice, { scope: groupScope });
  it.each<[says: string, found: ReturnType<typeof planned>, steps: readonly object[]]>([
    [
      'makes the identity if it was asked for',
      planned([grant('', { identity: created })], []),
      [
        { what: 'identity id-app', change: { kind: 'create-identity', armId, location: 'eastus' }, risks: [] },
        {
          what: `role ${reader.name} of id-app at the account`,
          change: { kind: 'assign', grant: grant('', { identity: created }) },
          risks: [],
        },
      ],
    ],
    [
      'gives a role at the group',
      planned([groupReader], []),
      [
        {
          what: `role ${reader.name} of ${alice} at its resource group`,
          change: { kind: 'assign', grant: groupReader },
          risks: [],
        },
      ],
    ],
    [
      'gives Keyturn its role, and proves it',
      planned([grant('', { identity: keyturn })], []),
      [
        {
          what: `role ${reader.name} of Keyturn itself at the account`,
          change: { kind: 'assign', grant: grant('', { identity: keyturn }) },
          risks: [],
        },
        { what: expect.any(String), change: { kind: 'prove-own-access' }, risks: [] },
      ],
    ],
    [
      'takes back the very assignment',
      planned([], [made(alice)]),
      [
        {
          what: expect.stringContaining(alice),
          change: {
            ...{ kind: 'unassign', scope: accountScope, name: made(alice).name },
            ...{ principalId: alice, roleGuid: reader.guid },
          },
          risks: [],
        },
      ],
    ],
  ])('%s', (_, found, steps) => {
    expect(found.map(({ what, change, risks }) => ({ what, change, risks }))).toEqual(steps);
  });

  it.each<[says: string, role: string, there: readonly Assignment[], risks: readonly string[]]>([
    ['reads only', 'Reader', [], []],
    ['can list keys', 'Cognitive Services User', [], ['confirm role-can-list-keys']],
    ['gives roles to others', 'User Access Administrator', [], ['confirm broad-role']],
    ['does both', 'Owner', [], ['confirm broad-role', 'confirm role-can-list-keys']],
    [
      'is there under a condition',
      'Reader',
      [made(alice, { roleGuid: role('Reader').guid, hasCondition: true })],
      ['blocked assignment-has-condition'],
    ],
  ])('tells of a role that %s', (_, name, there, risks) => {
    const [step] = planned([grant(alice, { role: role(name) })], there);
    expect(step?.risks.map((risk) => `${risk.level} ${risk.name}`)).toEqual(risks);
  });

  it('proves nothing if the settings keep Keyturn off the endpoint', () => {
    expect(plan([grant('', { identity: keyturn })], [], { endpointCalls: false })).toEqual([`assign ${reader.name}`]);
  });

  it.each<[AccessChange, readonly string[]]>([
    [
      { kind: 'create-identity', armId, location: 'eastus' },
      ['Microsoft.ManagedIdentity/userAssignedIdentities/write'],
    ],
    [{ kind: 'assign', grant: grant(alice) }, ['Microsoft.Authorization/roleAssignments/write']],
    [
      { kind: 'unassign', scope: accountScope, name: 'n', principalId: alice, roleGuid: reader.guid },
      ['Microsoft.Authorization/roleAssignments/delete'],
    ],
    [{ kind: 'prove-own-access' }, []],
  ])('$kind needs', (change, actions) => {
    expect(actionsFor(change)).toEqual(actions);
  });
});

// What the row leaves out is lost by the next wake.
describe('nothing is lost of a change of access in its row', () => {
  const identities: readonly Grant['identity'][] = [
    ...(['ServicePrincipal', 'User', 'Group'] as const).map(
      (principalType) => ({ kind: 'principal', principalId: alice, principalType }) as const,
    ),
    created,
    { ...created, createIn: null },
    keyturn,
  ];
  const steps: AccessStep[] = [
    ...identities.map((identity): AccessChange => ({ kind: 'assign', grant: grant('', { identity }) })),
    { kind: 'create-identity', armId, location: 'eastus' } as const,
    { kind: 'unassign', scope: accountScope, name: 'n', principalId: alice, roleGuid: reader.guid } as const,
    { kind: 'prove-own-access' } as const,
  ].map((change, index) => ({ what: 'w', why: 'y', change, doneAtMs: index === 0 ? 1 : null }));
  const cause = { code: 'AuthorizationFailed', action: 'A/read' };

  it('while it is under way', () => {
    for (const waiting of [
      'principal-spreading',
      'role-spreading',
      'proving',
      'endpoint-unclear',
      'retry-later',
      null,
    ] as const) {
      const change = {
        ...{ id: 'i', by: 'b', startedAtMs: 1, steps, stepSinceMs: 2, tries: 3, waiting, rounds: 4, code: 'c' },
        ownAccess: 'proved',
      } as const;
      const state: AccessState = { asked: identities.map((identity) => grant('', { identity })), change, last: null };
      expect(accessState.parse(state)).toEqual(state);
    }
  });

  it('once it is over', () => {
    const last = {
      ...{ id: 'i', by: 'b', endedAtMs: 1, steps, failedStep: { what: 'w', needs: 'n' }, ...cause },
      ...({ outcome: 'failed', reason: 'role-not-found', ownAccess: 'not-proved' } as const),
    };
    const state: AccessState = { asked: null, change: null, last };
    expect(accessState.parse(state)).toEqual(state);
  });
});
