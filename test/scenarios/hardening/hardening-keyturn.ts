import { newRoleAssignment } from '../../../local/simulated-azure/arm/authorization/new-role-assignment.ts';
import { builtInRoles } from '../../../local/simulated-azure/roles.ts';
import type { AccessRequest, KeylessRequest } from '../../../src/app/hardening/hardening-contract.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { simulatedKeyturn } from '../simulated-keyturn.ts';

export const operator = { objectId: 'operator-1' };
export const languageReader = '7628b7b8-a8b2-4cdc-b46f-e9b35248918e';
export const consumerId = '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a02';
export const keyturnId = '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a01';

/** What Keyturn itself needs for access and keyless, beside what rotating needs. */
const hardeningRoles = ['Role Based Access Control Administrator', 'Managed Identity Contributor'];

/** The default world with the roles that hardening needs, nothing spreading slower than `pace` says. */
export function hardeningKeyturn(
  change: Parameters<typeof simulatedKeyturn>[0] = {},
  options: Parameters<typeof simulatedKeyturn>[1] = {},
) {
  const keyturn = simulatedKeyturn(change, options);
  const { azure, account } = keyturn;
  const { world } = azure;
  const groupScope = `/subscriptions/${account.subscriptionId}/resourceGroups/${account.resourceGroup}`;
  const grant = (principalId: string, roleName: string, scope: string) => {
    const role = builtInRoles.find((one) => one.roleName === roleName);
    if (role === undefined) throw new TypeError(`no role ${roleName}`);
    const request = {
      name: crypto.randomUUID(),
      scope,
      principalId,
      principalType: 'ServicePrincipal',
      roleGuid: role.guid,
      createdBy: operator.objectId,
    };
    world.roleAssignments.push({ ...newRoleAssignment(world, request, 0), effectiveAtMs: 0 });
  };
  for (const role of hardeningRoles) grant(keyturnId, role, groupScope);
  grant(keyturnId, 'Cognitive Services Contributor', keyturn.target.account.armId);
  grant(keyturnId, 'Reader', `/subscriptions/${account.subscriptionId}`);
  world.pace.roleAssignmentMs = 0;
  const writes = () =>
    azure.calls.filter(
      ({ host, method }) => host === 'management.azure.com' && !['GET', 'HEAD', 'POST'].includes(method),
    );
  return {
    ...keyturn,
    groupScope,
    grant,
    /** Requests to ARM that change something. */
    writes,
    access: (identities: readonly Partial<AccessRequest['identities'][number]>[], more: Partial<AccessRequest> = {}) =>
      keyturn.app.changeAccess('demo', accessRequest(identities, more), operator),
    keyless: (enabled: boolean, more: Partial<KeylessRequest> = {}) =>
      keyturn.app.changeKeyless('demo', { ...keylessRequest(enabled), ...more }, operator),
    /** The worker dies at the call for which `when` holds: nothing of it reaches Azure or the journal any more, until it is revived. */
    dieWhen(when: () => boolean) {
      const { save } = keyturn.hardeningRows.ports;
      let isDead = false;
      const died = new Error('the process dies here');
      keyturn.afterEachCall(async () => {
        isDead ||= isArmed && when();
        if (isDead) throw died;
      });
      let isArmed = true;
      Object.assign(keyturn.hardeningRows.ports, {
        save: async (...args: Parameters<typeof save>) => {
          if (isDead) throw died;
          return await save(...args);
        },
      });
      return {
        died,
        revive: () => {
          isDead = false;
          isArmed = false;
        },
      };
    },
    deliver: () => deliverAll(keyturn.journal, keyturn.app),
    /** Delivers what falls due within `forMs`, each message in its time. */
    async deliverFor(forMs: number) {
      const { queue } = keyturn.journal;
      const untilMs = keyturn.clock.nowMs() + forMs;
      for (;;) {
        const [next] = [...queue].sort((one, other) => one.dueAtMs - other.dueAtMs);
        if (next === undefined || next.dueAtMs > untilMs) break;
        queue.splice(queue.indexOf(next), 1);
        keyturn.clock.advance(Math.max(0, next.dueAtMs - keyturn.clock.nowMs()));
        await keyturn.app.advance(next.wakeUp);
      }
      keyturn.clock.advance(Math.max(0, untilMs - keyturn.clock.nowMs()));
    },
  };
}

export type HardeningKeyturn = ReturnType<typeof hardeningKeyturn>;

export function accessRequest(
  identities: readonly Partial<AccessRequest['identities'][number]>[],
  more: Partial<AccessRequest>,
): AccessRequest {
  const nobody = { principalId: null, resourceId: null, create: null, keyturn: false } as const;
  return {
    identities: identities.map((one) => ({ ...nobody, principalType: 'ServicePrincipal', roles: [], ...one })),
    confirm: [],
    dryRun: false,
    ifMatch: null,
    ...more,
  };
}

export function keylessRequest(enabled: boolean): KeylessRequest {
  return { enabled, identities: null, proveWithinMinutes: 360, confirm: [], dryRun: false, ifMatch: null };
}
