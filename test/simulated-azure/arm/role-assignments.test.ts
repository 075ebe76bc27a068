import { describe, expect, it } from 'vitest';
import { accountId, groupId, openArm, subscriptionId } from './open-arm.ts';

const reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7';
const roleDefinitionId = `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${reader}`;
const name = '4777a038-22e7-415a-87b7-24ccf91ed8b0';
const otherName = 'e26f5f85-c293-453d-ae1e-b4c23bcd51e6';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('role definitions', () => {
  it('are found by name without regard to case, at the subscription’s id', async () => {
    const { roleDefinitions } = openArm().authorization();
    const found = await all(roleDefinitions.list(groupId, { filter: "roleName eq 'reader'" }));
    expect(found).toMatchObject([
      { id: roleDefinitionId, name: reader, roleName: 'Reader', permissions: [{ actions: ['*/read'] }] },
    ]);
  });

  it('are got by GUID', async () => {
    const { roleDefinitions } = openArm().authorization();
    expect(await roleDefinitions.get(accountId, reader)).toMatchObject({ roleName: 'Reader', roleType: 'BuiltInRole' });
    await expect(roleDefinitions.get(accountId, name)).rejects.toMatchObject({
      statusCode: 404,
      code: 'RoleDefinitionDoesNotExist',
    });
  });
});

describe('role assignments', () => {
  it('keep their description and condition', async () => {
    const { authorization, objectId } = openArm();
    const remarks = {
      description: 'for the night shift',
      condition: "@Resource[x] stringEquals 'y'",
      conditionVersion: '2.0',
    };
    const { roleAssignments } = authorization();
    await roleAssignments.create(groupId, name, { principalId: objectId('guest'), roleDefinitionId, ...remarks });
    expect(await roleAssignments.get(groupId, name)).toMatchObject(remarks);
  });

  it('count once they have spread, and no longer when deleted', async () => {
    const { authorization, send, tokenOf, objectId, clock } = openArm({ pace: { roleAssignmentMs: 60_000 } });
    const { roleAssignments } = authorization();
    const principalId = objectId('guest');
    const guestReads = async () =>
      (await send('GET', `${accountId}?api-version=2025-09-01`, { token: await tokenOf('guest') })).status;
    const made = await roleAssignments.create(groupId, name, { principalId, roleDefinitionId });
    expect(made).toMatchObject({ name, scope: groupId, principalId, principalType: 'User', roleDefinitionId });
    expect(await guestReads()).toBe(403);
    await clock.advance(60_000);
    expect(await guestReads()).toBe(200);
    expect(await roleAssignments.delete(groupId, name)).toMatchObject({ name });
    expect(await guestReads()).toBe(403);
  });

  it('atScope lists those at the scope and above, without it those below too; principalId narrows', async () => {
    const { authorization, objectId } = openArm();
    const { roleAssignments } = authorization();
    const principalId = objectId('guest');
    await roleAssignments.create(accountId, name, { principalId, roleDefinitionId });
    const scopes = async (filter?: string) =>
      (await all(roleAssignments.listForScope(groupId, filter === undefined ? {} : { filter }))).map(
        ({ scope }) => scope,
      );
    expect(await scopes()).toEqual([accountId, `/subscriptions/${subscriptionId}`]);
    expect(await scopes('atScope()')).toEqual([`/subscriptions/${subscriptionId}`]);
    expect(await scopes(`principalId eq '${principalId}'`)).toEqual([accountId]);
  });

  it('refuses a second one that says the same, and a change of what a name says', async () => {
    const { authorization, objectId } = openArm();
    const { roleAssignments } = authorization();
    const principalId = objectId('guest');
    const wanted = { principalId, roleDefinitionId };
    await roleAssignments.create(groupId, name, wanted);
    expect(await roleAssignments.create(groupId, name, wanted)).toMatchObject({ name });
    await expect(roleAssignments.create(groupId, otherName, wanted)).rejects.toMatchObject({
      statusCode: 409,
      code: 'RoleAssignmentExists',
    });
    await expect(
      roleAssignments.create(groupId, name, { principalId: objectId('owner'), roleDefinitionId }),
    ).rejects.toMatchObject({ statusCode: 400, code: 'RoleAssignmentUpdateNotPermitted' });
  });

  it('refuses a principal that the directory does not know, unless it is said to be a service principal', async () => {
    const { authorization, world } = openArm();
    const { roleAssignments } = authorization();
    const wanted = { principalId: 'a54dbb9a-5875-4936-b47b-810e8aba95f9', roleDefinitionId };
    await expect(roleAssignments.create(groupId, name, wanted)).rejects.toMatchObject({
      statusCode: 400,
      code: 'PrincipalNotFound',
      message: expect.stringContaining(
        `Principal a54dbb9a58754936b47b810e8aba95f9 does not exist in the directory ${world.tenantId}.`,
      ),
    });
    await roleAssignments.create(groupId, name, { ...wanted, principalType: 'ServicePrincipal' });
  });

  it('refuses a name that is no GUID, and a role that does not exist', async () => {
    const { authorization, objectId } = openArm();
    const { roleAssignments } = authorization();
    const principalId = objectId('guest');
    await expect(roleAssignments.create(groupId, 'mine', { principalId, roleDefinitionId })).rejects.toMatchObject({
      code: 'InvalidRoleAssignmentId',
    });
    await expect(
      roleAssignments.create(groupId, name, { principalId, roleDefinitionId: roleDefinitionId.replace(reader, name) }),
    ).rejects.toMatchObject({ code: 'RoleDefinitionDoesNotExist' });
  });
});
