import { describe, expect, it } from 'vitest';
import { accessTag, viewAccess } from '../../../src/app/hardening/view-access.ts';
import { type AccessState, type Grant, noAccessAsked } from '../../../src/hardening/access/access-state.ts';
import { assignmentName } from '../../../src/hardening/access/made-by-keyturn.ts';
import type { Assignment, Authorization, PermissionModel, RoleFacts } from '../../../src/hardening/access/ports.ts';
import { knownRole } from '../../../src/hardening/access/role.ts';
import { newHardeningRow } from '../../../src/hardening/hardening-row.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { memoryHardening } from '../../memory-world/memory-hardening-rows.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

const iso = (atMs: number) => new Date(atMs).toISOString();
const target = buildTarget({});
const { armId: accountScope, subscriptionId, resourceGroup } = target.account;
const groupScope = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
const identityId = `${groupScope}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-app`;
const alice = '00000000-0000-4000-8000-00000000000a';
const bob = '00000000-0000-4000-8000-00000000000b';
const reader = knownRole('Reader');
if (reader === null) throw new TypeError();
const denied = new FailureError({ kind: 'refused', reason: 'account-access-denied', code: 'AuthorizationFailed' });

const grant = (identity: Grant['identity'], scope = accountScope): Grant => ({ identity, role: reader, scope });
const ofAlice = grant({ kind: 'principal', principalId: alice, principalType: 'User' });
const ofKeyturn = grant({ kind: 'keyturn', principalId: bob });
const assigned = (principalId: string, more: Partial<Assignment> = {}): Assignment => ({
  ...{ name: 'a-1', scope: accountScope, principalId, principalType: 'User', roleGuid: reader.guid },
  ...{ description: null, hasCondition: false, createdAtMs: 60_000, ...more },
});
const last: NonNullable<AccessState['last']> = {
  ...{ id: 'i', by: 'b', endedAtMs: 9, outcome: 'failed', reason: 'account-access-denied', ownAccess: null },
  ...{ failedStep: { what: 'w', needs: 'n' }, code: 'AuthorizationFailed', action: 'A/read' },
  steps: [{ what: 'w', why: 'y', change: { kind: 'prove-own-access' }, doneAtMs: 7 }],
};
const change: NonNullable<AccessState['change']> = {
  ...{ id: 'j', by: 'b', startedAtMs: 8, stepSinceMs: 8, tries: 1, rounds: 0, ownAccess: null },
  ...{ waiting: 'role-spreading', code: 'http-403' },
  steps: [{ what: 'w', why: 'y', change: { kind: 'prove-own-access' }, doneAtMs: null }],
};

interface Scene {
  readonly state?: AccessState;
  readonly assignments?: readonly Assignment[];
  readonly model?: () => Promise<PermissionModel>;
  readonly role?: (guid: string) => Promise<RoleFacts | null>;
}

async function view({ state, assignments = [], model = async () => 'rbac', role = async () => null }: Scene) {
  const { ports: hardeningRows } = memoryHardening(() => 0);
  if (state !== undefined) await hardeningRows.save(target.account, 'access', newHardeningRow(state), null);
  const unasked = async () => Promise.reject(new TypeError('nothing is changed'));
  const authorization: Authorization = {
    assignmentsAt: async () => assignments,
    roleByGuid: async (_, guid) => await role(guid),
    roleByName: unasked,
    assign: unasked,
    unassign: unasked,
  };
  const identities = {
    find: async (armId: string) => ({ armId, principalId: alice, clientId: 'c', location: 'eastus' }),
    create: unasked,
    ownPrincipalId: async () => bob,
  };
  const hardening = { hardeningRows, authorization, permissionModel: model, identities };
  return (await viewAccess({ instance: 'func', hardening }, target)).view;
}

describe('access, as it is shown', () => {
  it.each<[says: string, scene: Scene, state: string, by: string | null]>([
    ['is missing', {}, 'missing', null],
    ['is there, and only its owner can tell more', { assignments: [assigned(alice)] }, 'unknown', iso(660_000)],
    ['is there since nobody knows when', { assignments: [assigned(alice, { createdAtMs: null })] }, 'unknown', null],
    [
      'is there, however ids are written',
      { assignments: [assigned(alice.toUpperCase(), { scope: accountScope.toUpperCase() })] },
      'unknown',
      iso(660_000),
    ],
    ['is missing under a condition', { assignments: [assigned(alice, { hasCondition: true })] }, 'missing', null],
    ['is missing for another principal', { assignments: [assigned(bob)] }, 'missing', null],
    ['is missing at another scope', { assignments: [assigned(alice, { scope: groupScope })] }, 'missing', null],
    ['is missing if it is another role', { assignments: [assigned(alice, { roleGuid: 'other' })] }, 'missing', null],
  ])('a role of somebody %s', async (_, scene, state, by) => {
    // That Keyturn's own role works says nothing of theirs.
    const asked: AccessState = { ...noAccessAsked, asked: [ofAlice], last: { ...last, ownAccess: 'proved' } };
    const [one] = (await view({ state: asked, ...scene })).asked ?? [];
    expect([one?.propagation.state, one?.propagation.by, one?.present]).toEqual([state, by, state !== 'missing']);
  });

  it.each<[says: string, state: Partial<AccessState>, propagation: string]>([
    ['proved', { last: { ...last, ownAccess: 'proved' } }, 'proved'],
    ['spreading', { last: { ...last, ownAccess: 'not-proved' } }, 'spreading'],
    ['unknown before it was tried', {}, 'unknown'],
    ['what the change under way says, not the last one', { change, last: { ...last, ownAccess: 'proved' } }, 'unknown'],
  ])('a role of Keyturn’s own is %s', async (_, more, propagation) => {
    const state = { ...noAccessAsked, asked: [ofKeyturn], ...more };
    expect((await view({ state, assignments: [assigned(bob)] })).asked?.[0]?.propagation.state).toBe(propagation);
  });

  it('names identity and scope of what was asked', async () => {
    const identity = { kind: 'user-assigned', armId: identityId, createIn: null } as const;
    const asked = [ofAlice, ofKeyturn, grant(identity, groupScope), grant(identity, '/elsewhere')];
    const shown = (await view({ state: { ...noAccessAsked, asked } })).asked ?? [];
    expect(shown.map((one) => [one.identity, one.principalId, one.scope])).toEqual([
      ['principal', alice, 'account'],
      ['keyturn', bob, 'account'],
      [identityId, alice, 'resource-group'],
      [identityId, alice, '/elsewhere'],
    ]);
    expect(shown[0]?.role).toEqual({ guid: reader.guid, name: 'Reader', canListKeys: false });
  });

  it('lists who has which role, looked up once each if it is unfamiliar', async () => {
    const lookedUp: string[] = [];
    const permissions = [{ actions: ['*'], notActions: [], dataActions: [], notDataActions: [] }];
    const own = assignmentName(accountScope, alice, reader.guid);
    const { assignments } = await view({
      assignments: [
        assigned(alice, { name: own, description: 'keyturn:func:demo' }),
        assigned(bob, { roleGuid: 'special' }),
        assigned(alice, { roleGuid: 'special', hasCondition: true }),
        assigned(bob, { roleGuid: 'gone' }),
        assigned(bob, { roleGuid: 'hidden' }),
      ],
      role: async (guid) => {
        lookedUp.push(guid);
        if (guid === 'hidden') throw denied;
        return guid === 'special' ? { guid, name: 'Contoso Role', permissions } : null;
      },
    });
    const row = { principalType: 'User', scope: accountScope, hasCondition: false, madeByKeyturn: false };
    const special = { guid: 'special', name: 'Contoso Role', canListKeys: true };
    expect(assignments).toEqual([
      {
        ...{ ...row, name: own, principalId: alice, madeByKeyturn: true },
        role: { guid: reader.guid, name: 'Reader', canListKeys: false },
      },
      { ...row, name: 'a-1', principalId: bob, role: special },
      { ...row, name: 'a-1', principalId: alice, role: special, hasCondition: true },
      ...['gone', 'hidden'].map((guid) => ({
        ...{ ...row, name: 'a-1', principalId: bob, role: { guid, name: null, canListKeys: null } },
      })),
    ]);
    expect(lookedUp).toEqual(['special', 'gone', 'hidden']);
  });

  it('looks up twenty unfamiliar roles', async () => {
    const lookedUp: string[] = [];
    const role = async (guid: string) => {
      lookedUp.push(guid);
      return null;
    };
    const guids = Array.from({ length: 22 }, (_, index) => `r-${index}`);
    const { assignments } = await view({ assignments: guids.map((roleGuid) => assigned(bob, { roleGuid })), role });
    expect([lookedUp.length, assignments.length]).toEqual([20, 22]);
  });

  it.each<[model: () => Promise<PermissionModel>, shown: PermissionModel, detail: string]>([
    [async () => 'rbac', 'rbac', 'Azure RBAC'],
    [async () => 'access-policies', 'access-policies', 'access policies'],
    [async () => 'unknown', 'unknown', 'could not be asked'],
    [async () => Promise.reject(denied), 'unknown', 'could not be asked'],
  ])('says how the vault decides: %s', async (model, permissionModel, detail) => {
    const { vault } = await view({ model });
    expect(vault).toEqual({ permissionModel, detail: expect.stringContaining(detail) });
  });

  it('shows the change under way and how the last one ended', async () => {
    const shown = await view({ state: { asked: [], change, last } });
    expect(shown.change).toEqual({
      ...{ id: 'j', by: 'b', startedAt: iso(8), waiting: 'role-spreading', code: 'http-403' },
      ...{ detail: expect.stringContaining('ten minutes'), steps: [{ what: 'w', why: 'y', doneAt: null }] },
    });
    expect(shown.lastChange).toEqual({
      ...{ id: 'i', by: 'b', endedAt: iso(9), outcome: 'failed', reason: 'account-access-denied' },
      ...{ detail: expect.stringContaining('It lacks A/read.'), code: 'AuthorizationFailed', missingAction: 'A/read' },
      ...{ fix: expect.stringContaining('role'), failedStep: { what: 'w', needs: 'n' } },
      steps: [{ what: 'w', why: 'y', doneAt: iso(7) }],
    });
  });

  it('is nothing if nothing was asked', async () => {
    expect(await view({})).toMatchObject({ target: 'demo', asked: null, change: null, lastChange: null });
  });

  it('has an entity tag that is another one whenever what it is differs', () => {
    const state: AccessState = { asked: [ofAlice], change, last };
    const there = [assigned(alice), assigned(bob, { name: 'a-2' })];
    const tags = [
      accessTag(state, there),
      accessTag({ ...state, asked: [] }, there),
      accessTag({ ...state, change: null }, there),
      accessTag({ ...state, last: null }, there),
      accessTag(state, [assigned(alice)]),
      ...[{ name: 'n' }, { scope: groupScope }, { principalId: 'p' }, { roleGuid: 'r' }].map((more) =>
        accessTag(state, [assigned(alice, more), assigned(bob, { name: 'a-2' })]),
      ),
    ];
    expect(new Set(tags).size).toBe(tags.length);
    expect(accessTag(state, there.toReversed())).toBe(tags[0]);
  });
});
