import type { AccountRow } from '../account-row.ts';
import type { DecisionContext, Note, Suspend, Wait } from '../decision.ts';
import { stragglersLookEveryMs, stragglersNoticeMs } from '../numbers.ts';
import type { States } from '../state.ts';
import { overlappingWith } from '../states/overlap.ts';
import type { ReadersView } from './readers-view.ts';

type Overlapping = States['overlapping'];

/**
 * Whether the vault's audit log is asked who has followed, once the overlap is over: once, and while the old key is kept for
 * stragglers every so often. It can only delay what comes next, so while any key of the account counts as leaked it is left alone.
 */
export function asksForReaders(
  { leak, leaks }: Pick<AccountRow, 'leak' | 'leaks'>,
  { readers, held }: Overlapping,
  nowMs: number,
): boolean {
  if (leak !== null || leaks.length > 0) return false;
  return held === null ? readers === null : held.stragglers !== undefined && nowMs >= held.stragglers.lookAtMs;
}

/**
 * Writes down who has followed, and keeps the old key for stragglers: for as long as the target's policy says, and at least until
 * people are notified. What is unknown keeps nothing alive, and does not end what is kept.
 * @param readers null: it is no time to ask again
 */
export function keepForStragglers(
  state: Overlapping,
  readers: ReadersView | null,
  { policy, nowMs }: DecisionContext,
): Note<Overlapping> | Wait<Overlapping> | Suspend {
  const { holdMs, after } = policy.stragglers;
  const isTold = readers !== null && (state.held === null || readers.asOf !== null);
  if (isTold && readers.stragglers.length === 0)
    return {
      kind: 'note',
      state: { ...(state.held === null ? state : overlappingWith(state, { held: null }, nowMs)), readers },
    };
  const held = state.held ?? { by: 'keyturn', reason: 'stragglers', atMs: nowMs };
  const untilMs = Math.max(state.overlapUntilMs + holdMs, held.atMs + stragglersNoticeMs);
  if (nowMs >= untilMs)
    return holdMs > 0 && after === 'suspend'
      ? { kind: 'suspend', reason: 'stragglers-remain' }
      : { kind: 'note', state: overlappingWith(state, { held: null }, nowMs) };
  const knownLookAtMs = readers === null ? state.held?.stragglers?.lookAtMs : undefined;
  const lookAtMs = knownLookAtMs ?? nowMs + stragglersLookEveryMs;
  return {
    kind: 'wait',
    state: {
      ...state,
      held: { ...held, stragglers: { untilMs, lookAtMs } },
      readers: isTold ? latest(state.readers, readers) : state.readers,
    },
    reason: 'stragglers',
    forMs: Math.min(untilMs, lookAtMs) - nowMs,
  };
}

/** What is written down is written again, into the audit trail too, only when there are more stragglers or fewer. */
function latest(known: ReadersView | null, readers: ReadersView): ReadersView {
  return known !== null && known.stragglers.length === readers.stragglers.length ? known : readers;
}
