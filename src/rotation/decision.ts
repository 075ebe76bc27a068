import type { Target, TargetPolicy } from '../keys/target.ts';
import type { Fingerprint } from '../shared/fingerprint.ts';
import type { Slot } from '../shared/slot.ts';
import type { AccountRow } from './account-row.ts';
import type { EndOf, From } from './lifecycle.ts';
import type { RowChange } from './owned-account.ts';
import type { SuspendReason, WaitReason } from './reasons.ts';
import type { ActiveState, StateKind, States, Superseded } from './state.ts';

interface StepOfSlot<Kind extends string, K extends StateKind> {
  readonly kind: Kind;
  readonly state: States[K];
  readonly slot: Slot;
}

export type Regenerate<K extends 'regenerating' | 'retiring'> = StepOfSlot<'regenerate', K>;

export interface StoreKey<K extends 'publishing' | 'restocking' | 'cancelling'> extends StepOfSlot<'store-key', K> {
  /** Of the key that is stored. */
  readonly fingerprint: Fingerprint;
}

/** Stores the key of `slot`, as its own secret holds it, in the direct-value secret. */
export type StoreDirect<K extends 'switching' | 'rolling-back' | 'cancelling'> = StepOfSlot<'store-direct', K>;

export type StorePointer<K extends 'switching' | 'rolling-back'> = StepOfSlot<'store-pointer', K>;

/** Stores the key of `slot`, as its own secret holds it, in a declared copy. */
export interface WriteCopy<K extends 'preparing' | 'updating-copies'> extends StepOfSlot<'write-copy', K> {
  readonly copy: string;
  /** Of the key that is stored. */
  readonly fingerprint: Fingerprint;
}

/** The effects on Azure that each state may have. Each asks first whether it is already done. */
export interface Steps {
  /**
   * Writes the endpoint secret again: proof that the vault can be written before a key is made that must be stored. The same of
   * each copy, in a way that none of its readers notices; those that hold the inactive key get the active one.
   */
  readonly preparing:
    | { readonly kind: 'verify-vault-writable'; readonly state: States['preparing'] }
    | { readonly kind: 'verify-copy-writable'; readonly state: States['preparing']; readonly copy: string }
    | WriteCopy<'preparing'>;
  readonly regenerating: Regenerate<'regenerating'>;
  readonly publishing: StoreKey<'publishing'>;
  readonly probing: { readonly kind: 'probe-new-key'; readonly state: States['probing'] };
  readonly switching: StoreDirect<'switching'> | StorePointer<'switching'>;
  readonly 'updating-copies': WriteCopy<'updating-copies'>;
  readonly overlapping: never;
  readonly retiring: Regenerate<'retiring'>;
  readonly restocking: StoreKey<'restocking'>;
  readonly confirming: {
    readonly kind: 'disable-versions';
    readonly state: States['confirming'];
    readonly versions: Superseded;
    readonly leave: Superseded;
  };
  readonly 'rolling-back': StoreDirect<'rolling-back'> | StorePointer<'rolling-back'>;
  readonly cancelling: StoreDirect<'cancelling'> | StoreKey<'cancelling'>;
}

interface Next<Kind extends string, S extends ActiveState> {
  readonly kind: Kind;
  readonly state: S;
  readonly row?: RowChange;
}

/** The state's purpose is met, as Azure shows: whatever was in doubt is settled. */
export type Enter<S extends ActiveState> = Next<'enter', S>;

/** Something learned that must be remembered; what is in doubt stays so. */
export type Note<S extends ActiveState> = Next<'note', S>;

export interface Wait<S extends ActiveState> extends Next<'wait', S> {
  readonly reason: WaitReason;
  readonly forMs: number;
}

export interface Suspend {
  readonly kind: 'suspend';
  readonly reason: SuspendReason;
  /** Of a refused call: what a person is shown. */
  readonly lastFailure?: NonNullable<ActiveState['lastFailure']>;
}

export interface End<K extends StateKind> {
  readonly kind: 'end';
  readonly end: EndOf<K>;
  readonly row: RowChange;
}

/** What comes after a round in state `K`, once its step, if it had one, is behind it. */
export type Rested<K extends StateKind = StateKind> = Enter<From<K>> | Note<From<K>> | Wait<From<K>> | Suspend | End<K>;

/** What comes next in state `K`, each rest and stop with a reason from a closed list. */
export type Decision<K extends StateKind = StateKind> = { readonly kind: 'step'; readonly step: Steps[K] } | Rested<K>;

/** What the row and the settings say to a decision, beside the state and its facts. */
export interface DecisionContext
  extends Readonly<Pick<AccountRow, 'armId' | 'internalId' | 'settleUntilMs' | 'lastSeen' | 'superseded'>> {
  /** The storage service's clock. */
  readonly nowMs: number;
  readonly instance: string;
  /** The copies that the settings declare, and what was last seen in them. */
  readonly copies: Target['copies'];
  readonly seenCopies: AccountRow['copies'];
  readonly policy: TargetPolicy;
  readonly secretNames: Readonly<Record<'key1' | 'key2', string>> & { readonly direct: string | null };
  /** In [0, 1): spreads pauses. */
  readonly random: number;
}
