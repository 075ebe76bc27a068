import type { Accounts, KeyProbe, NameLookup, ProbedAccount, Secrets, TokenProbe } from '../keys/ports.ts';
import type { Target } from '../keys/target.ts';
import type { Clock } from '../shared/clock.ts';
import type { AccountId } from '../shared/resource-id.ts';
import type { Slot } from '../shared/slot.ts';

/** Who may reach an account, and how. */
export interface AccountExposure extends ProbedAccount {
  /** The custom subdomain; null: it answers only at its region's host, which takes no tokens. */
  readonly subdomain: string | null;
  readonly localAuthDisabled: boolean;
  readonly provisioningState: string;
  readonly rules: {
    /** Azure's own words, to the letter: both are open enums. */
    readonly publicNetworkAccess: string;
    readonly defaultAction: string;
    /** Public IPv4 addresses and CIDR ranges. */
    readonly ipRules: readonly string[];
  };
  readonly connections: readonly { readonly status: string }[];
}

/** A lock of Azure Resource Manager that counts at an account. */
export interface HeldLock {
  readonly id: string;
  readonly name: string;
  /** `ReadOnly` blocks every POST, listing and regenerating keys too; `CanNotDelete` blocks none of Keyturn's calls. */
  readonly level: string;
}

/** How a target's rotation stands, by the journal. */
export interface RotationStatus {
  /**
   * `overdue`: it makes no progress, or none was completed long after one was due. `not-adopted`: the target is not, or no
   * longer, under care.
   */
  readonly kind: 'none' | 'in-flight' | 'suspended' | 'overdue' | 'not-adopted';
  readonly rotationId: string | null;
  readonly reason: string | null;
  readonly detail: string;
  readonly lastFailure: string | null;
  /** The runbook's words. */
  readonly whatToDo: string;
}

/** A role assignment that counts at the account. */
export interface RoleHeld {
  readonly principalId: string;
  readonly roleGuid: string;
  readonly createdAtMs: number | null;
}

/** What a diagnosis asks; it changes nothing. Methods throw `FailureError` if not said otherwise. */
export interface DiagnosisPorts {
  readonly accounts: Accounts;
  readonly secrets: Secrets;
  readonly probe: KeyProbe;
  readonly exposure: (account: AccountId) => Promise<AccountExposure>;
  readonly nameLookup: NameLookup;
  readonly tokenProbe: TokenProbe;
  readonly authorization: { assignmentsAt(scope: string): Promise<readonly RoleHeld[]> };
  readonly identities: { ownPrincipalId(): Promise<string> };
  /** Slots whose key was reported as leaked and may still be valid. */
  readonly leaked: (account: AccountId) => Promise<readonly Slot[]>;
  readonly status: (target: Target) => Promise<RotationStatus>;
  /** Null: Keyturn may not read them. */
  readonly locks: (account: AccountId) => Promise<readonly HeldLock[] | null>;
  readonly clock: Clock;
  readonly newId: () => string;
}
