import type { Target } from '../keys/target.ts';
import { otherSlot } from '../shared/slot.ts';
import type { AccountRow } from './account-row.ts';
import { deadlinesMs } from './numbers.ts';
import type { StateOf } from './state.ts';

type Given = Pick<StateOf<'preparing'>, 'rotationId' | 'salt' | 'cause' | 'startedBy' | 'compromised'>;

/** The state in which every rotation begins. */
export function firstState(
  { policy: { overlapMs } }: Pick<Target, 'policy'>,
  { lastSeen }: Pick<AccountRow, 'lastSeen'>,
  given: Given,
  nowMs: number,
): StateOf<'preparing'> {
  return {
    kind: 'preparing',
    ...given,
    startedAtMs: nowMs,
    overlap: { ms: overlapMs, by: 'target', why: 'policy' },
    newSlot: otherSlot(lastSeen?.pointer ?? 'key1'),
    stateSinceMs: nowMs,
    deadlineMs: nowMs + overlapMs + deadlinesMs.preparing,
    attempts: 0,
    lastFailure: null,
    waiting: null,
    retrying: null,
    revalidation: null,
    gateUntilMs: null,
    vaultVerifiedAtMs: null,
  };
}
