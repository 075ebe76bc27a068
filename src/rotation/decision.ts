import type { TargetPolicy } from '../keys/target.ts';
import type { Slot } from '../shared/slot.ts';
import type { AccountRow } from './account-row.ts';
import type { RowChange } from './ownership/owned-account.ts';
import type { SuspendReason, WaitReason } from './reasons.ts';
import type { ActiveState, RotationEnd, StateOf, Superseded } from './state.ts';

/** One effect on Azure. Each step asks first whether it is already done; each names what it does, never how. */
export type Step =
  /** Writes the endpoint secret again: proof that the vault can be written before a key is made that must be stored. */
  | { readonly kind: 'verify-vault-writable'; readonly state: StateOf<'preparing'> }
  | { readonly kind: 'regenerate'; readonly state: StateOf<'regenerating'> | StateOf<'retiring'>; readonly slot: Slot }
  | {
      readonly kind: 'store-key';
      readonly state: StateOf<'publishing' | 'restocking' | 'cancelling'>;
      readonly slot: Slot;
    }
  | { readonly kind: 'probe-new-key'; readonly state: StateOf<'probing'> }
  | {
      readonly kind: 'store-direct';
      readonly state: StateOf<'switching' | 'rolling-back' | 'cancelling'>;
      readonly slot: Slot;
    }
  | {
      readonly kind: 'store-pointer';
      readonly state: StateOf<'switching'> | StateOf<'rolling-back'>;
      readonly slot: Slot;
    }
  | {
      readonly kind: 'disable-versions';
      readonly state: StateOf<'confirming'>;
      readonly versions: Superseded;
      readonly leave: Superseded;
    };

export type StepOf<K extends Step['kind']> = Extract<Step, { readonly kind: K }>;

/** What comes next, each rest and stop with a reason from a closed list. */
export type Decision =
  | { readonly kind: 'step'; readonly step: Step }
  /** The state's purpose is met, as Azure shows: whatever was in doubt is settled. */
  | { readonly kind: 'enter'; readonly state: ActiveState; readonly row?: RowChange }
  /** Something learned that must be remembered; the state itself goes on. */
  | { readonly kind: 'note'; readonly state: ActiveState; readonly row?: RowChange }
  | {
      readonly kind: 'wait';
      readonly state: ActiveState;
      readonly reason: WaitReason;
      readonly forMs: number;
      readonly row?: RowChange;
    }
  | {
      readonly kind: 'suspend';
      readonly reason: SuspendReason;
      /** Of a refused call: what a person is shown. */
      readonly lastFailure?: NonNullable<ActiveState['lastFailure']>;
    }
  | { readonly kind: 'end'; readonly end: RotationEnd; readonly row: RowChange };

/** A decision whose step, if it had one, is behind it. */
export type Rested = Exclude<Decision, { kind: 'step' }>;

/** What the row and the settings say to a decision, beside the state and its facts. */
export interface DecisionContext {
  /** The storage service's clock. */
  readonly nowMs: number;
  readonly armId: string;
  readonly internalId: string;
  readonly instance: string;
  readonly settleUntilMs: number;
  readonly lastSeen: AccountRow['lastSeen'];
  readonly leftovers: Superseded;
  readonly policy: TargetPolicy;
  readonly secretNames: Readonly<Record<'key1' | 'key2', string>> & { readonly direct: string | null };
  /** In [0, 1): spreads pauses. */
  readonly random: number;
}
