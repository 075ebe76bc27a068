import type { KeyFingerprints } from '../../keys/key-fingerprints.ts';
import type { VaultSnapshot } from '../../keys/vault-snapshot.ts';
import type { Failure } from '../../shared/failure.ts';
import type { Slot } from '../../shared/slot.ts';
import type { AccountRow } from '../account-row.ts';
import type { Decision, DecisionContext, Rested, Steps, Wait } from '../decision.ts';
import type { From, May, OperatorAction } from '../lifecycle.ts';
import type { RequestRefusal, SuspendReason } from '../reasons.ts';
import type { Session } from '../run/session.ts';
import type { StateKind, States } from '../state.ts';

/**
 * `lean`: no call to Azure that the decision may do without. `fresh`: all at once, for slow paths, so that the facts are
 * only one call's time old when the write leaves that rests on them.
 */
export type GatherMode = 'lean' | 'fresh';

/** What a step brought about. A `FailureError` that a step throws means: failed, in the state it began with. */
export type StepOutcome<K extends StateKind = StateKind> =
  | { readonly kind: 'done'; readonly state: From<K> }
  | { readonly kind: 'failed'; readonly state: States[K]; readonly failure: Failure }
  /** The effect showed that somebody else is at work. */
  | { readonly kind: 'somebody-else'; readonly state: States[K] }
  /** What a burst of probes showed, and how long to pause before the next. */
  | {
      readonly kind: 'probed';
      readonly state: States[K];
      readonly rest: Pick<Wait<States[K]>, 'reason' | 'forMs'> | null;
    }
  /** Read once more before the effect, Azure asks for something else: nothing was sent. */
  | { readonly kind: 'instead'; readonly decision: Rested<K> }
  /** An operator's request came in before the effect: nothing was sent, decide again. */
  | { readonly kind: 'decide-again' };

/** What stands between a decision and its effect. */
export interface StepAid<K extends StateKind> {
  /**
   * Saves `sent`, the intent, and reads everything again if the facts could be too old when the write leaves. Null: a write
   * that needs no intent. `as-before`: the write may leave, with the step as it is decided now; else the outcome.
   * @throws LeaseLost, FailureError
   */
  readonly intend: (
    sent: States[K] | null,
  ) => Promise<StepOutcome<K> | { readonly kind: 'as-before'; readonly step: Steps[K] }>;
  readonly random: () => number;
}

/** What an operator asked, and when it is carried out. */
export interface Asked {
  readonly by: string;
  readonly atMs: number;
  readonly reason: string;
  /** The shorter overlap that `expedite` asks for. */
  readonly overlapMs: number | null;
  readonly nowMs: number;
  readonly settleUntilMs: number;
  /** Why the rotation stands still, if it does. */
  readonly suspendedFor: SuspendReason | null;
}

/** Where a request leads, or why it leads nowhere. */
type Effect<K extends StateKind> = (state: States[K], asked: Asked) => From<K> | RequestRefusal;

/** What two looks at changed keys agree on, and a proof bears out. */
export interface Found {
  readonly pointed: Slot;
  readonly vault: VaultSnapshot;
  readonly keys: KeyFingerprints;
}

/** A reported key whose rotation is to begin. */
export type Leak = NonNullable<AccountRow['leak']>;

/** All that may happen in one state, in the order in which a rotation meets it. */
export interface StatePage<K extends StateKind, Facts> {
  /** Reads what the decision needs. Only reads and probes; throws `FailureError`. */
  readonly gather: (session: Session, state: States[K], mode: GatherMode) => Promise<Facts>;
  /** What comes next. Pure: no clock, no Azure, no log. */
  readonly decide: (state: States[K], facts: Facts, context: DecisionContext) => Decision<K>;
  /** Carries a decided step out. @throws LeaseLost, and FailureError if Azure failed and the state stays as it was */
  readonly perform: (session: Session, step: Steps[K], aid: StepAid<K>) => Promise<StepOutcome<K>>;
  /** What is done instead of a decided step, once nothing may still arrive, since a key was reported as leaked. */
  readonly insteadOf?: (step: Steps[K], leak: Leak, context: DecisionContext) => Rested<K> | null;
  /** Where each request leads that `lifecycle.ts` allows. */
  readonly asked: Partial<Readonly<Record<OperatorAction, Effect<K>>>> & Readonly<Record<May<K>, Effect<K>>>;
  /** How it is preempted for the rotation of a leaked key; null: it goes on until it can. */
  readonly preemptForLeak: (
    state: States[K],
    leak: Leak,
    leaks: AccountRow['leaks'],
    context: DecisionContext,
  ) => Rested<K> | null;
  /** How it goes on after it was suspended: with a look, never with an effect. */
  readonly resumed: (state: States[K], reason: SuspendReason, nowMs: number) => From<K>;
  /** Where it goes on once people changed keys, and what stands now is proved to serve consumers. */
  readonly revalidated: (state: States[K], found: Found, context: DecisionContext) => Decision<K>;
}
