import type { AuthorizationManagementClient, RoleAssignment, RoleDefinition } from '@azure/arm-authorization';
import type { Assignment, Authorization, RoleFacts } from '../../hardening/access/ports.ts';
import { armFind, armRead, azureCall, everyItem } from '../azure-call.ts';

type AssignAnswer = Awaited<ReturnType<Authorization['assign']>>;

/** What Azure's codes for an assignment that was not made mean. */
const assignAnswers: ReadonlyMap<string, AssignAnswer> = new Map([
  ['RoleAssignmentExists', 'exists'],
  ['PrincipalNotFound', 'principal-unknown'],
  ['UnmatchedPrincipalType', 'principal-type-wrong'],
  ['RoleAssignmentUpdateNotPermitted', 'name-taken'],
]);

/**
 * Role definitions and role assignments through Azure Resource Manager.
 * @param client gives the SDK client of a subscription
 */
export function armAuthorization(
  client: (subscriptionId: string) => Promise<AuthorizationManagementClient>,
): Authorization {
  const clientFor = (scope: string) => client(subscriptionOf(scope));
  return {
    async assignmentsAt(scope) {
      const found = await armRead(async () =>
        everyItem((await clientFor(scope)).roleAssignments.listForScope(plain(scope), { filter: 'atScope()' })),
      );
      return found.flatMap((one) => assignment(one) ?? []);
    },

    async roleByGuid(scope, guid) {
      const found = await armFind(async () => (await clientFor(scope)).roleDefinitions.get(plain(scope), guid));
      return found && role(found);
    },

    async roleByName(scope, name) {
      const filter = `roleName eq '${name.replaceAll("'", "''")}'`;
      const [first] = await armRead(async () =>
        everyItem((await clientFor(scope)).roleDefinitions.list(plain(scope), { filter })),
      );
      return first === undefined ? null : role(first);
    },

    async assign({ scope, name, principalId, principalType, roleGuid, description }, fence) {
      const roleDefinitionId = `/subscriptions/${subscriptionOf(scope)}/providers/Microsoft.Authorization/roleDefinitions/${roleGuid}`;
      const send = async () => {
        const wanted = { roleDefinitionId, principalId, principalType, description };
        await (await clientFor(scope)).roleAssignments.create(plain(scope), name, wanted);
        return 'created' as const;
      };
      const { value } = await azureCall<AssignAnswer>('arm', { kind: 'write', fence }, send, ({ code }) =>
        assignAnswers.get(code ?? ''),
      );
      return value;
    },

    async unassign(scope, name, fence) {
      await azureCall<unknown>(
        'arm',
        { kind: 'write', fence },
        async () => (await clientFor(scope)).roleAssignments.delete(plain(scope), name),
        ({ status, code }) => (status === 404 && code === 'RoleAssignmentNotFound' ? {} : undefined),
      );
    },
  };
}

function assignment(one: RoleAssignment): Assignment | null {
  const { name, scope, principalId, principalType, roleDefinitionId, description, condition, createdOn } = one;
  const roleGuid = roleDefinitionId?.split('/').at(-1);
  if (!name || !scope || !principalId || !roleGuid) return null;
  return {
    name,
    scope,
    principalId,
    principalType: principalType ?? 'Unknown',
    roleGuid: roleGuid.toLowerCase(),
    description: description ?? null,
    hasCondition: condition != null && condition !== '',
    createdAtMs: createdOn?.getTime() ?? null,
  };
}

function role({ name, roleName, permissions = [] }: RoleDefinition): RoleFacts | null {
  if (!name || !roleName) return null;
  return {
    guid: name,
    name: roleName,
    permissions: permissions.map(({ actions, notActions, dataActions, notDataActions }) => ({
      actions: actions ?? [],
      notActions: notActions ?? [],
      dataActions: dataActions ?? [],
      notDataActions: notDataActions ?? [],
    })),
  };
}

function subscriptionOf(scope: string): string {
  return /^\/subscriptions\/([^/]+)/i.exec(scope)?.[1] ?? '';
}

/** The client puts the first slash itself. */
function plain(scope: string): string {
  return scope.replace(/^\/+/, '');
}
