import type { Fence } from '../../shared/fence.ts';

export const principalTypes = ['ServicePrincipal', 'User', 'Group'] as const;

/** One role assignment as ARM lists it. */
export interface Assignment {
  /** A GUID. */
  readonly name: string;
  /** The ARM path at which it was made; it counts there and below. */
  readonly scope: string;
  readonly principalId: string;
  readonly principalType: string;
  readonly roleGuid: string;
  readonly description: string | null;
  /** It grants only what a condition allows. */
  readonly hasCondition: boolean;
  readonly createdAtMs: number | null;
}

/** What a role definition allows. Names may hold `*`. */
export interface RoleFacts {
  readonly guid: string;
  readonly name: string;
  readonly permissions: readonly {
    readonly actions: readonly string[];
    readonly notActions: readonly string[];
    readonly dataActions: readonly string[];
    readonly notDataActions: readonly string[];
  }[];
}

export interface WantedAssignment extends Pick<Assignment, 'scope' | 'name' | 'principalId' | 'roleGuid'> {
  readonly principalType: (typeof principalTypes)[number];
  readonly description: string;
}

/** Azure RBAC. Every method throws `FailureError`. */
export interface Authorization {
  /** Every assignment that counts at `scope`: made there or above. */
  assignmentsAt(scope: string): Promise<readonly Assignment[]>;
  roleByGuid(scope: string, guid: string): Promise<RoleFacts | null>;
  roleByName(scope: string, name: string): Promise<RoleFacts | null>;
  /**
   * `exists`: the principal has that role there already, under this name or another. `principal-unknown`: the directory
   * has not heard of the principal yet. `principal-type-wrong`, `name-taken`: a person must look.
   */
  assign(
    wanted: WantedAssignment,
    fence: Fence,
  ): Promise<'created' | 'exists' | 'principal-unknown' | 'principal-type-wrong' | 'name-taken'>;
  /** Gone afterwards, whether it was there or not. */
  unassign(scope: string, name: string, fence: Fence): Promise<void>;
}

export interface UserAssignedIdentity {
  readonly armId: string;
  readonly principalId: string;
}

/** User-assigned identities, and Keyturn's own. Every method throws `FailureError`. */
export interface Identities {
  find(armId: string): Promise<UserAssignedIdentity | null>;
  create(armId: string, location: string, fence: Fence): Promise<UserAssignedIdentity>;
  /** The object id of the identity that Keyturn runs as. */
  ownPrincipalId(): Promise<string>;
}

/** How a vault decides who may read secrets. */
export type PermissionModel = 'rbac' | 'access-policies' | 'unknown';

/** Throws `FailureError` for what is no answer of the vault. */
export type AskPermissionModel = (vaultUrl: string) => Promise<PermissionModel>;
