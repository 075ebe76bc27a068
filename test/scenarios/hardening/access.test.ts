import { describe, expect, it } from 'vitest';
import { assignmentName } from '../../../src/hardening/access/made-by-keyturn.ts';
import { consumerId, type HardeningKeyturn, hardeningKeyturn, keyturnId, languageReader } from './hardening-keyturn.ts';

const account = [{ role: 'Cognitive Services Language Reader', scope: 'account' as const }];
const consumer = { principalId: consumerId, roles: account };

const madeByKeyturn = ({ azure, target, instance = 'keyturn-test' }: HardeningKeyturn & { instance?: string }) =>
  azure.world.roleAssignments.filter((one) =>
    JSON.stringify(one.resource).includes(`keyturn:${instance}:${target.name}`),
  );

describe('access, on the true clients', () => {
  it('gives a role once: the plan, the change, and nothing more to do', async () => {
    const world = hardeningKeyturn();
    const plan = await world.access([consumer], { dryRun: true });
    expect(plan).toMatchObject({
      kind: 'plan',
      plan: {
        differences: [
          { change: { kind: 'assign' }, risk: 'none', needs: ['Microsoft.Authorization/roleAssignments/write'] },
        ],
        toConfirm: [],
        blockedBy: [],
      },
    });
    expect(world.writes()).toEqual([]);

    expect(await world.access([consumer])).toMatchObject({
      kind: 'applied',
      view: {
        asked: [{ principalId: consumerId, present: true, propagation: { state: 'unknown' } }],
        lastChange: { outcome: 'applied', reason: null },
        vault: { permissionModel: 'rbac' },
      },
    });
    const [made] = madeByKeyturn(world);
    expect(made).toMatchObject({
      principalId: consumerId,
      principalType: 'ServicePrincipal',
      roleGuid: languageReader,
    });
    expect(made?.name).toBe(assignmentName(world.target.account.armId, consumerId, languageReader));

    const before = world.writes().length;
    const rows = structuredClone([...world.hardeningRows.rows]);
    expect(await world.access([consumer])).toMatchObject({ kind: 'applied' });
    expect(world.writes()).toHaveLength(before);
    expect([...world.hardeningRows.rows]).toEqual(rows);
  });

  it('takes back what it gave and nobody asks for, and never what others gave', async () => {
    const world = hardeningKeyturn();
    world.grant(consumerId, 'Cognitive Services OpenAI User', world.target.account.armId);
    await world.access([consumer]);
    const others = world.azure.world.roleAssignments.filter((one) => !madeByKeyturn(world).includes(one));
    expect(await world.access([])).toMatchObject({ kind: 'applied', view: { asked: [] } });
    expect(madeByKeyturn(world)).toEqual([]);
    expect(world.azure.world.roleAssignments).toEqual(others);
  });

  it('leaves alone an assignment of its own that a person has made theirs', async () => {
    const world = hardeningKeyturn();
    await world.access([consumer]);
    const [made] = madeByKeyturn(world);
    if (made === undefined) throw new TypeError('nothing was made');
    const properties = made.resource.properties as Record<string, unknown>;
    properties.description = 'kept for the night shift';
    await world.access([]);
    expect(world.azure.world.roleAssignments).toContain(made);
  });

  it('is content with the same role under another name', async () => {
    const world = hardeningKeyturn();
    world.grant(consumerId, 'Cognitive Services Language Reader', world.target.account.armId);
    expect(await world.access([consumer])).toMatchObject({ kind: 'applied', view: { asked: [{ present: true }] } });
    expect(world.writes()).toEqual([]);
  });

  it('is content when somebody gives the role at the same moment', async () => {
    const world = hardeningKeyturn();
    let given = false;
    world.afterEachCall(async () => {
      const isListed = world.azure.calls.at(-1)?.path.endsWith('/roleAssignments') === true;
      if (!isListed || given) return;
      given = true;
      world.grant(consumerId, 'Cognitive Services Language Reader', world.target.account.armId);
    });
    expect(await world.access([consumer])).toMatchObject({
      kind: 'applied',
      view: { lastChange: { outcome: 'applied' }, asked: [{ present: true }] },
    });
  });

  it('makes an identity and gives it a role at the resource group, though the directory is slow', async () => {
    const world = hardeningKeyturn();
    world.azure.world.pace.directoryMs = 60_000;
    const create = { name: 'id-app', resourceGroup: world.account.resourceGroup, location: 'eastus' };
    const roles = [{ role: languageReader, scope: 'resource-group' as const }];
    expect(await world.access([{ create, roles }])).toMatchObject({
      kind: 'applied',
      view: { asked: [{ scope: 'resource-group', present: true }] },
    });
    const made = world.azure.world.principals.find(({ name }) => name === 'id-app');
    expect(madeByKeyturn(world)).toMatchObject([{ scope: world.groupScope, principalId: made?.objectId }]);
    const before = world.writes().length;
    await world.access([{ create, roles }]);
    expect(world.writes()).toHaveLength(before);
  });

  it('waits for a user whom the directory does not know yet, over messages, and gives up after a quarter of an hour', async () => {
    const world = hardeningKeyturn();
    const unknown = {
      principalId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0aff',
      principalType: 'User' as const,
      roles: account,
    };
    expect(await world.access([unknown])).toMatchObject({
      kind: 'under-way',
      view: { change: { waiting: 'principal-spreading' } },
    });
    await world.deliver();
    expect(await world.app.readAccess('demo')).toMatchObject({
      view: {
        change: null,
        lastChange: { outcome: 'failed', reason: 'principal-not-found', failedStep: { needs: expect.any(String) } },
      },
    });
  });

  it("proves Keyturn's own new role with a real call, however long it takes to spread", async () => {
    const world = hardeningKeyturn();
    world.azure.world.pace.roleAssignmentMs = 8 * 60_000;
    expect(await world.access([{ keyturn: true, roles: account }])).toMatchObject({
      kind: 'under-way',
      view: { change: { waiting: 'role-spreading' } },
    });
    // Asked again, the request meets its own change.
    expect(await world.access([{ keyturn: true, roles: account }])).toMatchObject({ kind: 'under-way' });
    expect(await world.access([consumer])).toMatchObject({ kind: 'not-now', reason: 'hardening-change-running' });
    await world.deliver();
    expect(await world.app.readAccess('demo')).toMatchObject({
      view: {
        asked: [{ principalId: keyturnId, propagation: { state: 'proved' } }],
        lastChange: { outcome: 'applied' },
      },
    });
  });

  it.each([
    ['Owner', ['broad-role', 'role-can-list-keys']],
    ['Contributor', ['broad-role', 'role-can-list-keys']],
    ['User Access Administrator', ['broad-role']],
    ['Cognitive Services Contributor', ['broad-role', 'role-can-list-keys']],
    ['Cognitive Services User', ['role-can-list-keys']],
    ['azure ai user', ['role-can-list-keys']],
    // Looked up: its definition says what it may do.
    ['Keyturn Key Rotator', ['broad-role', 'role-can-list-keys']],
  ])('gives %s only when its risks are confirmed', async (role, risks) => {
    const world = hardeningKeyturn();
    const asked = [{ principalId: consumerId, roles: [{ role, scope: 'account' as const }] }];
    const refused = await world.access(asked);
    expect(refused).toMatchObject({ kind: 'not-confirmed', open: risks.map((name) => ({ name, level: 'confirm' })) });
    expect(world.writes()).toEqual([]);
    expect(await world.access(asked, { confirm: risks })).toMatchObject({ kind: 'applied' });
  });

  it('names the fields that mean nothing in Azure', async () => {
    const world = hardeningKeyturn();
    const resourceId = `${world.groupScope}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-none`;
    const roles = [{ role: 'Cognitive Services Usher', scope: 'account' as const }];
    expect(await world.access([{ resourceId, roles }])).toMatchObject({
      kind: 'invalid',
      problems: [{ field: 'identities[0].resourceId' }, { field: 'identities[0].roles[0].role' }],
    });
  });

  it('does not touch a role that is assigned under a condition', async () => {
    const world = hardeningKeyturn();
    world.grant(consumerId, 'Cognitive Services Language Reader', world.target.account.armId);
    const given = world.azure.world.roleAssignments.at(-1);
    Object.assign(given?.resource.properties ?? {}, { condition: 'x', conditionVersion: '2.0' });
    expect(await world.access([consumer], { confirm: ['assignment-has-condition'] })).toMatchObject({
      kind: 'not-confirmed',
      open: [{ name: 'assignment-has-condition', level: 'blocked' }],
    });
  });

  it('refuses what was planned on another state of things', async () => {
    const world = hardeningKeyturn();
    const read = await world.app.readAccess('demo');
    const etag = read.kind === 'found' ? read.etag : '';
    world.grant(consumerId, 'Reader', world.target.account.armId);
    expect(await world.access([consumer], { ifMatch: [etag] })).toMatchObject({ kind: 'changed-meanwhile' });
    const again = await world.app.readAccess('demo');
    const ifMatch = again.kind === 'found' ? [again.etag] : [];
    expect(await world.access([consumer], { ifMatch })).toMatchObject({ kind: 'applied' });
  });

  it('names the action that is missing when Azure denies a step', async () => {
    const world = hardeningKeyturn();
    const { roleAssignments } = world.azure.world;
    const administrator = 'f58310d9-a9f6-439a-9e8d-f62e7b41a168';
    roleAssignments.splice(
      roleAssignments.findIndex(({ roleGuid }) => roleGuid === administrator),
      1,
    );
    expect(await world.access([consumer])).toMatchObject({
      kind: 'applied',
      view: {
        lastChange: {
          outcome: 'failed',
          reason: 'account-access-denied',
          code: 'AuthorizationFailed',
          failedStep: { needs: expect.stringContaining('Microsoft.Authorization/roleAssignments/write') },
        },
      },
    });
  });

  it.each([
    [400, 'RoleAssignmentLimitExceeded', 'role-assignment-limit', 'as many role assignments as Azure allows'],
    [409, 'RoleAssignmentLimitExceeded', 'role-assignment-limit', 'as many role assignments as Azure allows'],
    [404, 'RoleDefinitionDoesNotExist', 'role-not-found', 'no role of this id'],
    [400, 'InvalidPrincipalId', 'bad-request', 'Azure calls the request itself wrong'],
    [409, 'ScopeLocked', 'resource-lock', 'A lock'],
    [409, 'SomethingNew', 'unknown-refusal', 'a code that Keyturn does not know'],
    [403, 'DenyAssignmentAuthorizationFailed', 'deny-assignment', 'A deny assignment forbids'],
  ])('ends with %i %s as %s, with the code in view and log', async (status, code, reason, detail) => {
    const world = hardeningKeyturn();
    const fault = { kind: 'fail-before', status, code } as const;
    world.azure.faults.add({ method: 'PUT', matches: /roleAssignments/, fault, times: 9 });
    const answer = await world.access([consumer]);
    const sentence = expect.stringContaining(detail);
    const lastChange = { outcome: 'failed', reason, code, detail: sentence, missingAction: null, fix: null };
    expect(answer).toMatchObject({ view: { lastChange } });
    const ended = { event: 'hardening-change-ended', area: 'access', outcome: 'failed', reason, code };
    expect(world.log).toContainEqual(expect.objectContaining(ended));
  });

  it('says in the dry run that this cloud has no such role, though others have', async () => {
    const world = hardeningKeyturn();
    const fault = { kind: 'fail-before', status: 404, code: 'RoleDefinitionDoesNotExist' } as const;
    world.azure.faults.add({ method: 'GET', matches: /roleDefinitions/, fault, times: 9 });
    const answer = await world.access([consumer], { dryRun: true });
    expect(answer).toMatchObject({ kind: 'invalid', problems: [{ field: 'identities[0].roles[0].role' }] });
  });

  it('tells that the vault decides by access policies', async () => {
    const world = hardeningKeyturn();
    const { vaults } = world.azure.world;
    vaults.splice(0, 1, {
      ...world.vault,
      accessPolicies: [{ objectId: keyturnId, secretPermissions: ['get', 'list', 'set'] }],
    });
    expect(await world.app.readAccess('demo')).toMatchObject({
      view: { vault: { permissionModel: 'access-policies' } },
    });
  });
});

describe('a worker that dies in the middle of a change of access', () => {
  it.each([0, 1, 2, 3, 4])('before ARM write number %i leaves a change that goes on by itself', async (survived) => {
    const world = hardeningKeyturn();
    const create = { name: 'id-app', resourceGroup: world.account.resourceGroup, location: 'eastus' };
    const roles = [
      { role: languageReader, scope: 'account' as const },
      { role: 'Reader', scope: 'resource-group' as const },
    ];
    await world.access([consumer]);
    const before = world.writes().length;
    const { died, revive } = world.dieWhen(() => world.writes().length - before > survived);
    const outcome = await world.access([{ create, roles }]).catch((error: unknown) => error);
    revive();
    if (survived < 4) expect(outcome).toBe(died);
    // The dead worker's lease and last calls must have passed.
    world.clock.advance(4 * 60_000);
    await world.app.sweep();
    await world.deliver();
    const view = await world.app.readAccess('demo');
    expect(view).toMatchObject({
      view: { change: null, lastChange: { outcome: 'applied' }, asked: [{ present: true }, { present: true }] },
    });
    expect(madeByKeyturn(world)).toHaveLength(2);
    expect(await world.access([{ create, roles }])).toMatchObject({ kind: 'applied' });
  });
});
