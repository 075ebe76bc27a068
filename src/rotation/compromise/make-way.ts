import { otherSlot } from '../../shared/slot.ts';
import type { AccountRow } from '../account-row.ts';
import { cancellingFrom } from '../cancelling-from.ts';
import { completed } from '../decide/confirming.ts';
import type { DecisionContext, Rested, Step } from '../decision.ts';
import { enterCommon, switchedFields } from '../enter.ts';
import type { ActiveState, StateOf } from '../state.ts';
import { supersededBy, withMore } from '../superseded-by.ts';
import { isLeaving, isOfOtherLeak } from './begin-pending.ts';
import { hasNewKey, leakOf } from './leaked-keys.ts';

export type Leak = NonNullable<AccountRow['compromise']>;

/**
 * How the rotation in flight makes way for a leaked key; null: it goes on until it can. Nothing is dropped half done:
 * before the pointer it is undone, after it both keys are in order, and a regenerate that was sent is stored first.
 */
export function makeWay(
  state: ActiveState,
  leak: Leak,
  leaks: AccountRow['leaks'],
  context: DecisionContext,
): Rested | null {
  // With both keys leaked, consumers must not be sent back to the first while that one is not replaced.
  if (isOfOtherLeak(state, leak.slot) && state.kind !== 'confirming') return replaceFirst(state, leak, leaks, context);
  switch (state.kind) {
    case 'preparing':
    case 'regenerating':
    case 'publishing':
    case 'probing':
      return undo(state, leak, context);
    case 'switching':
      return state.sent?.what === 'pointer' || isLeaving(state, leak.slot) ? null : undo(state, leak, context);
    case 'overlapping':
    case 'retiring':
      if (state.kind === 'retiring' && state.sent !== null) return null;
      return leak.slot === otherSlot(state.newSlot) ? shorten(state, leak, context) : replace(state, context);
    case 'confirming':
      return state.agreed
        ? (settled(context, state) ?? completed(refusalLeftOpen(state), state.superseded, context))
        : null;
    case 'rolling-back':
      return state.sent === null && leak.slot === otherSlot(state.newSlot) ? stayAway(state, leak.atMs, context) : null;
    case 'restocking':
    case 'cancelling':
      return null;
  }
}

/**
 * A switch whose pointer may have moved goes on until it is known: where a look shows that it has not, and nothing may
 * still arrive, consumers are not led to a new key that has leaked meanwhile. Null: the step is taken.
 */
export function undoneInstead(step: Step, leak: Leak, context: DecisionContext): Rested | null {
  if (step.kind !== 'store-pointer' || step.state.kind !== 'switching' || step.slot !== leak.slot) return null;
  return isOfOtherLeak(step.state, leak.slot) ? null : undo(step.state, leak, context);
}

/** Asked for before anybody knew of the leak: nothing of the rollback has been written yet, and nobody is led back. */
function stayAway(state: StateOf<'rolling-back'>, atMs: number, { nowMs }: DecisionContext): Rested {
  return {
    kind: 'note',
    row: { requestRefused: { action: 'roll-back', reason: 'key-leaked', atMs } },
    state: {
      kind: 'overlapping',
      ...enterCommon(state, 'overlapping', nowMs, Math.max(0, state.overlapUntilMs - nowMs)),
      ...switchedFields(state),
      overlapUntilMs: Math.max(nowMs, state.overlapUntilMs),
      held: null,
    },
  };
}

/** Consumers were about to be led to the key in `leak`, as it is: it is replaced first, and the other one when they have left it. */
function replaceFirst(
  state: ActiveState,
  leak: Leak,
  leaks: AccountRow['leaks'],
  { nowMs, policy }: DecisionContext,
): Rested | null {
  const isUntouched =
    state.kind === 'preparing' || state.kind === 'probing' || (state.kind === 'switching' && state.sent === null);
  const first = leakOf(leaks, otherSlot(state.newSlot));
  if (!isUntouched || hasNewKey(state) || first === null || leak.slot !== state.newSlot) return null;
  const told = ({ slot, overlapMs, by, why, seen }: Leak) => ({ slot, overlapMs, by, why, seen });
  const { rotationId, atMs } = first;
  return {
    kind: 'note',
    row: { compromise: { ...told(first), rotationId, atMs } },
    state: {
      kind: 'preparing',
      ...enterCommon(state, 'preparing', nowMs, policy.overlapMs),
      compromised: told(leak),
      overlap: { ms: policy.overlapMs, by: 'target', why: 'policy' },
      gateUntilMs: null,
      vaultVerifiedAtMs: null,
    },
  };
}

function undo(state: ActiveState, leak: Leak, { nowMs }: DecisionContext): Rested | null {
  const cancelling = cancellingFrom(state, leak.by, nowMs);
  return cancelling && { kind: 'note', state: cancelling };
}

/** Consumers have left the leaked key already: only the overlap gets shorter. */
function shorten(
  state: StateOf<'overlapping' | 'retiring'>,
  leak: Leak,
  { nowMs, settleUntilMs }: DecisionContext,
): Rested {
  const { slot, overlapMs, by, why, seen } = leak;
  const shorterMs = Math.max(0, state.overlap.ms - overlapMs);
  const overlapUntilMs = Math.max(nowMs, settleUntilMs, state.overlapUntilMs - shorterMs);
  return {
    kind: 'note',
    row: { compromise: null },
    state: {
      kind: 'overlapping',
      ...enterCommon(state, 'overlapping', nowMs, overlapUntilMs - nowMs),
      ...switchedFields(state),
      cause: 'compromise',
      compromised: { slot, overlapMs, by, why, seen },
      overlap: shorterMs > 0 ? { ms: overlapMs, by, why: why ?? 'compromise' } : state.overlap,
      overlapUntilMs,
      held: null,
    },
  };
}

/** Both keys are alive and stored: the next rotation leads consumers back to the other one at once. */
function replace(state: StateOf<'overlapping' | 'retiring'>, context: DecisionContext): Rested {
  return (
    settled(context, state) ?? {
      kind: 'end',
      end: { outcome: 'replaced', endedAtMs: context.nowMs, refusal: null, last: state },
      row: { leftovers: withMore(context.leftovers, supersededBy(state, context.secretNames)) },
    }
  );
}

function settled({ nowMs, settleUntilMs }: DecisionContext, state: ActiveState): Rested | null {
  return nowMs < settleUntilMs ? { kind: 'wait', state, reason: 'settling', forMs: settleUntilMs - nowMs } : null;
}

function refusalLeftOpen(state: StateOf<'confirming'>): StateOf<'confirming'> {
  return { ...state, refusal: state.refusal ?? 'not-seen' };
}
