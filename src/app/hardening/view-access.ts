import {
  type AccessState,
  accessFailures,
  accessState,
  accessWaits,
  noAccessAsked,
} from '../../hardening/access/access-state.ts';
import { findPrincipals, groupScopeOf } from '../../hardening/access/gather-access.ts';
import { isMadeByKeyturn, keyturnDescription } from '../../hardening/access/made-by-keyturn.ts';
import { principalOf } from '../../hardening/access/plan-access.ts';
import type { Assignment, Authorization, PermissionModel } from '../../hardening/access/ports.ts';
import { knownRole, type Role, roleFrom } from '../../hardening/access/role.ts';
import { hardeningRefusals } from '../../hardening/hardening-refusals.ts';
import { type HardeningPlace, readHardening } from '../../hardening/lease-hardening.ts';
import type { Target } from '../../keys/target.ts';
import { entityTag } from '../../shared/entity-tag.ts';
import { asFailure, FailureError, withCode } from '../../shared/failure.ts';
import { missingPermission, viewLacked, withMissing } from '../../shared/missing-permission.ts';
import { type AccountId, sameResource } from '../../shared/resource-id.ts';
import { iso, isoOrNull } from '../../shared/time.ts';
import type { AccessView } from './hardening-contract.ts';
import type { HardeningPorts } from './hardening-ports.ts';

const accessEnds = { ...accessFailures, ...hardeningRefusals } as const;

/** New assignments count everywhere after this long: https://learn.microsoft.com/azure/role-based-access-control/troubleshooting */
const assignmentsSpreadMs = 10 * 60_000;

const vaultSentences: Readonly<Record<PermissionModel, string>> = {
  rbac: 'The vault decides by Azure RBAC: roles such as Key Vault Secrets User give access to its secrets.',
  'access-policies':
    'The vault decides by access policies: roles on it have no effect. Add policies, or change the vault to Azure RBAC.',
  unknown: 'The vault could not be asked how it decides.',
};

/** Where the access of an account is kept. */
export function accessPlace(account: AccountId): HardeningPlace<AccessState> {
  return { account, area: 'access', schema: accessState, initial: noAccessAsked };
}

/** What was asked of a target's access, as its row says. @throws FailureError */
export async function readAccessState(
  { hardeningRows }: Pick<HardeningPorts, 'hardeningRows'>,
  { account }: Target,
): Promise<AccessState> {
  return (await readHardening(hardeningRows, accessPlace(account))).state;
}

type Asked = NonNullable<AccessView['asked']>[number];

/** What the entity tag of a target's access stands for. */
export function accessTag({ asked, change, last }: AccessState, assignments: readonly Assignment[]): string {
  const present = assignments.map(({ name, scope, principalId, roleGuid }) => [name, scope, principalId, roleGuid]);
  return entityTag([asked, change?.id ?? null, last?.id ?? null, present.sort()]);
}

interface ViewParts {
  readonly instance: string;
  readonly hardening: Pick<HardeningPorts, 'hardeningRows' | 'authorization' | 'permissionModel' | 'identities'>;
}

/** Who has which role on the account now, beside what was asked. @throws FailureError */
export async function viewAccess(
  parts: ViewParts,
  target: Target,
): Promise<{ readonly view: AccessView; readonly etag: string }> {
  const { hardening, instance } = parts;
  const { account } = target;
  const state = await readAccessState(hardening, target);
  const assignments = await hardening.authorization.assignmentsAt(account.armId);
  const model = await hardening.permissionModel(target.vaultUrl).catch(asFailure);
  const permissionModel = model instanceof FailureError ? 'unknown' : model;
  const roles = await rolesOf(hardening.authorization, account.armId, assignments);
  const description = keyturnDescription(instance, target.name);
  const { change, last } = state;
  const missing = missingPermission(last?.action);
  const view: AccessView = {
    target: target.name,
    asked: await viewAsked(hardening, state, assignments, account.armId, groupScopeOf(account)),
    assignments: assignments.map((one) => viewAssignment(one, roles, description)),
    vault: { permissionModel, detail: vaultSentences[permissionModel] },
    change: change && {
      id: change.id,
      by: change.by,
      startedAt: iso(change.startedAtMs),
      steps: viewSteps(change.steps),
      waiting: change.waiting,
      detail: change.waiting && accessWaits[change.waiting],
      code: change.code,
    },
    lastChange: last && {
      id: last.id,
      by: last.by,
      endedAt: iso(last.endedAtMs),
      outcome: last.outcome,
      reason: last.reason,
      detail: last.reason && withMissing(withCode(accessEnds[last.reason], last.reason, last.code), missing),
      code: last.code,
      failedStep: last.failedStep,
      ...viewLacked(missing),
      steps: viewSteps(last.steps),
    },
  };
  return { view, etag: accessTag(state, assignments) };
}

async function viewAsked(
  { identities }: Pick<HardeningPorts, 'identities'>,
  { asked, change, last }: AccessState,
  assignments: readonly Assignment[],
  accountScope: string,
  groupScope: string,
): Promise<AccessView['asked']> {
  if (asked === null) return null;
  const principals = await findPrincipals({ identities }, asked);
  const ownAccess = change === null ? (last?.ownAccess ?? null) : change.ownAccess;
  return asked.map((grant): Asked => {
    const principalId = principalOf(grant, principals);
    const found = assignments.find(
      (one) =>
        !one.hasCondition &&
        principalId !== null &&
        one.principalId.toLowerCase() === principalId.toLowerCase() &&
        one.roleGuid === grant.role.guid.toLowerCase() &&
        sameResource(one.scope, grant.scope),
    );
    const { guid, name, canListKeys } = grant.role;
    return {
      identity: grant.identity.kind === 'user-assigned' ? grant.identity.armId : grant.identity.kind,
      principalId,
      role: { guid, name, canListKeys },
      scope: sameResource(grant.scope, accountScope)
        ? 'account'
        : sameResource(grant.scope, groupScope)
          ? 'resource-group'
          : grant.scope,
      present: found !== undefined,
      propagation: propagation(found, grant.identity.kind === 'keyturn' ? ownAccess : null),
    };
  });
}

/** Only Keyturn's own token can be tried; of everybody else's honestly nothing is known until they call. */
function propagation(found: Assignment | undefined, ownAccess: 'proved' | 'not-proved' | null): Asked['propagation'] {
  if (found === undefined) return { state: 'missing', by: null, detail: 'There is no such assignment.' };
  if (ownAccess === 'proved') return { state: 'proved', by: null, detail: "Keyturn's own call was accepted." };
  const by = found.createdAtMs === null ? null : iso(found.createdAtMs + assignmentsSpreadMs);
  return ownAccess === 'not-proved'
    ? { state: 'spreading', by, detail: "Keyturn's own calls were not accepted with it yet." }
    : {
        state: 'unknown',
        by,
        detail:
          'The assignment is there. Only its owner can show that it counts; assignments spread within ten minutes.',
      };
}

function viewAssignment(one: Assignment, roles: ReadonlyMap<string, Role | null>, description: string) {
  const role = roles.get(one.roleGuid) ?? null;
  const { name, principalId, principalType, scope, hasCondition } = one;
  return {
    name,
    principalId,
    principalType,
    role: { guid: one.roleGuid, name: role?.name ?? null, canListKeys: role?.canListKeys ?? null },
    scope,
    madeByKeyturn: isMadeByKeyturn(one, description),
    hasCondition,
  };
}

/** So many unfamiliar roles are looked up for one answer; the rest show their GUIDs. */
const mostLookUps = 20;

async function rolesOf(
  authorization: Authorization,
  scope: string,
  assignments: readonly Assignment[],
): Promise<ReadonlyMap<string, Role | null>> {
  const roles = new Map<string, Role | null>();
  let lookedUp = 0;
  for (const { roleGuid } of assignments) {
    if (roles.has(roleGuid)) continue;
    const known = knownRole(roleGuid);
    if (known === null && lookedUp < mostLookUps) {
      lookedUp += 1;
      const found = await authorization.roleByGuid(scope, roleGuid).catch(asFailure);
      roles.set(roleGuid, found === null || found instanceof FailureError ? null : roleFrom(found));
    } else roles.set(roleGuid, known);
  }
  return roles;
}

function viewSteps(steps: NonNullable<AccessState['last']>['steps']) {
  return steps.map(({ what, why, doneAtMs }) => ({ what, why, doneAt: isoOrNull(doneAtMs) }));
}
