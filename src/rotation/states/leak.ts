import type { AccountRow } from '../account-row.ts';
import type { DecisionContext, Note } from '../decision.ts';
import { carriedLeak, hasNewKey, isOfOtherLeak, leakOf } from '../leak/leaked-keys.ts';
import { oldSlotOf, type States } from '../state.ts';
import { cancellingFrom } from './cancelling-from.ts';
import { enterCommon, nothingVerified } from './enter.ts';
import type { Leak } from './state-page.ts';

/**
 * Before the pointer a rotation is undone for a leaked key, and that key's own begins. With both keys leaked, consumers must
 * not be sent back to the first while that one is not replaced: a rotation that still has to replace it goes on (null).
 */
export function undo(
  state: States['preparing' | 'regenerating' | 'publishing' | 'probing' | 'switching'],
  leak: Leak,
  { nowMs }: DecisionContext,
): Note<States['cancelling']> | null {
  if (isOfOtherLeak(state, leak.slot)) return null;
  return { kind: 'note', state: cancellingFrom(state, leak.by, nowMs) };
}

/**
 * The same; but if it goes on, and consumers were about to be led to the key in `leak`, as it is, that one is replaced first,
 * and the other one when they have left it.
 */
export function undoOrReplaceFirst(
  state: States['preparing' | 'probing' | 'switching'],
  leak: Leak,
  leaks: AccountRow['leaks'],
  context: DecisionContext,
): Note<States['preparing' | 'cancelling']> | null {
  if (!isOfOtherLeak(state, leak.slot)) return undo(state, leak, context);
  const { nowMs, policy } = context;
  const isUntouched = state.kind !== 'switching' || state.sent === null;
  const first = leakOf(leaks, oldSlotOf(state));
  if (!isUntouched || hasNewKey(state) || first === null || leak.slot !== state.newSlot) return null;
  const { rotationId, atMs } = first;
  return {
    kind: 'note',
    row: { leak: { ...carriedLeak(first), rotationId, atMs } },
    state: {
      kind: 'preparing',
      ...enterCommon(state, 'preparing', nowMs, policy.overlapMs),
      leaked: carriedLeak(leak),
      overlap: { ms: policy.overlapMs, by: 'target', reason: 'policy' },
      gateUntilMs: null,
      ...nothingVerified,
    },
  };
}
