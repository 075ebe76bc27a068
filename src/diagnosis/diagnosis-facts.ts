import type { KeyFingerprints } from '../keys/key-fingerprints.ts';
import type { LookedUp, ProbeAnswer, TokenAnswer } from '../keys/ports.ts';
import type { Target } from '../keys/target.ts';
import type { SecretFact, VaultSnapshot } from '../keys/vault-snapshot.ts';
import type { Failure } from '../shared/failure.ts';
import type { Slot } from '../shared/slot.ts';
import type { AccountExposure, HeldLock, RoleHeld, RotationStatus } from './ports.ts';

/** A call's answer, or why there is none. */
export type Tried<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** What Azure and the journal answered. Keys are fingerprints. */
export interface GatheredFacts {
  readonly target: Target;
  /** Where the account's and the vault's hosts lead from here. */
  readonly names: {
    readonly account: { readonly host: string; readonly found: LookedUp } | null;
    readonly vault: { readonly host: string; readonly found: LookedUp };
  };
  readonly vault: Tried<VaultSnapshot>;
  /** The version of the active key secret before the current one; null if there is none, or the vault does not tell. */
  readonly before: SecretFact | null;
  readonly exposure: Tried<AccountExposure>;
  readonly keys: Tried<KeyFingerprints>;
  /** What the endpoint says of the stored active key; null if there is none to try. */
  readonly accepted: ProbeAnswer | null;
  /** Slots whose key was reported as leaked and may still be valid. */
  readonly leaked: Tried<readonly Slot[]>;
  readonly status: Tried<RotationStatus>;
  /** Null: Keyturn may not read them. */
  readonly locks: Tried<readonly HeldLock[] | null>;
  readonly token: TokenAnswer | null;
  /** Of Keyturn's own identity. */
  readonly roles: Tried<readonly RoleHeld[]>;
  readonly principalId: string | null;
  readonly nowMs: number;
}

/** All that a diagnosis is made from. */
export interface DiagnosisFacts extends GatheredFacts {
  /** The address that is to be tested, and where it comes from. */
  readonly address: { readonly value: string; readonly from: 'query' | 'request' } | null;
}
