import type { Target } from '../../keys/target.ts';
import { otherSlot } from '../../shared/slot.ts';
import type { AccountRow } from '../account-row.ts';
import { lifecycle } from '../lifecycle.ts';
import type { States } from '../state.ts';
import { nothingVerified, unhindered } from '../states/enter.ts';

type Given = Pick<States['preparing'], 'rotationId' | 'salt' | 'cause' | 'startedBy' | 'leaked'>;

/** The state in which every rotation begins. */
export function firstState(
  { policy: { overlapMs } }: Pick<Target, 'policy'>,
  { lastSeen }: Pick<AccountRow, 'lastSeen'>,
  given: Given,
  nowMs: number,
): States['preparing'] {
  return {
    kind: 'preparing',
    ...given,
    startedAtMs: nowMs,
    overlap: { ms: overlapMs, by: 'target', reason: 'policy' },
    newSlot: otherSlot(lastSeen?.pointer ?? 'key1'),
    stateSinceMs: nowMs,
    deadlineMs: nowMs + overlapMs + lifecycle.preparing.deadlineMs,
    ...unhindered,
    revalidation: null,
    leftBehind: [],
    gateUntilMs: null,
    ...nothingVerified,
  };
}
