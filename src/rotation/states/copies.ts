import { type CopiesAnswer, type CopyBlock, type CopyRules, copiesGate } from '../../keys/copies/copies-gate.ts';
import type { Copy, CopyFact } from '../../keys/copies/copy.ts';
import { copyHoldMs } from '../../keys/target.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import type { Fingerprint } from '../../shared/fingerprint.ts';
import type { Slot } from '../../shared/slot.ts';
import type { DecisionContext, Note, Suspend, Wait } from '../decision.ts';
import { lifecycle } from '../lifecycle.ts';
import { triesForDeleted, triesOfLeakedCopy } from '../numbers.ts';
import type { RowChange } from '../owned-account.ts';
import type { SuspendReason } from '../reasons.ts';
import type { Session } from '../run/session.ts';
import { type ActiveState, oldSlotOf, type States } from '../state.ts';
import type { GatherMode } from './state-page.ts';
import { retryLater } from './waits.ts';

/** Reasons for which a rotation goes on without the copies that a person names. */
export const copyReasons: ReadonlySet<SuspendReason> = new Set([
  'copy-foreign',
  'copy-unreadable',
  'copy-not-written',
  'copy-reverted',
  'copy-not-sticky',
  'updating-copies-overdue',
]);

/** Whether the key that is replaced next has leaked: it waits for no copy. */
export function leavesCopies({ leaked }: Pick<ActiveState, 'leaked'>, replacedSlot: Slot): boolean {
  return leaked?.slot === replacedSlot;
}

/**
 * Reads every copy that the rotation does not go on without, all at once.
 * @param leaves one that cannot be read is no failure
 * @throws FailureError
 */
export async function gatherCopies(
  session: Session,
  { salt, leftBehind }: Pick<ActiveState, 'salt' | 'leftBehind'>,
  mode: GatherMode,
  leaves: boolean,
): Promise<readonly CopyFact[]> {
  const counting = session.target.copies.filter(({ name }) => !leftBehind.includes(name));
  const read = mode === 'fresh' ? session.readCopy : session.copy;
  return await Promise.all(
    counting.map(async ({ name }): Promise<CopyFact> => {
      if (!leaves) return await read(name, salt);
      const fact = await read(name, salt).catch(asFailure);
      return fact instanceof FailureError ? { name, kind: 'unreadable' } : fact;
    }),
  );
}

type Wanted = Pick<CopyRules, 'wanted' | 'other' | 'creates' | 'leaves'> & {
  /** Instead of each copy's own time: as long as a leaked key has. */
  readonly mostMs?: number;
};

/** What stands in the copies, before the key named `other` is replaced. */
export function askCopies(
  facts: readonly CopyFact[],
  { mostMs = Number.POSITIVE_INFINITY, ...wanted }: Wanted,
  { copies, seenCopies, policy, nowMs }: DecisionContext,
): CopiesAnswer {
  const standsForMs = (copy: Copy) => Math.min(copyHoldMs(copy, policy), mostMs);
  return copiesGate(facts, { ...wanted, declared: copies, seen: seenCopies, standsForMs, nowMs });
}

/** The keys of a rotation whose pointer has moved, as its copies are to hold them. */
export function afterSwitch(
  state: ActiveState & { readonly newFingerprint: Fingerprint; readonly fingerprintsBefore: Record<Slot, Fingerprint> },
) {
  const oldSlot = oldSlotOf(state);
  return {
    wanted: state.newFingerprint,
    other: state.fingerprintsBefore[oldSlot],
    leaves: leavesCopies(state, oldSlot),
  };
}

/** A person must see to a copy. */
export function suspendFor(copy: string, reason: CopyBlock | 'copy-reverted', nowMs: number): Suspend {
  return { kind: 'suspend', reason, lastFailure: { code: reason, atMs: nowMs, copy } };
}

/**
 * What was written is not what stands: somebody else writes the same copy. It is written again later, each time after a longer
 * pause; in the end a person must see to it, unless a leaked key would wait for that.
 */
export function writtenOver<S extends States['preparing' | 'updating-copies']>(
  state: S,
  copy: string,
  replaced: Slot,
  context: DecisionContext,
): Wait<S> | Note<S> | Suspend {
  if (leavesCopies(state, replaced))
    return { kind: 'note', state: { ...state, writtenCopy: null, leftBehind: [...state.leftBehind, copy] } };
  if (state.attempts + 1 >= triesForDeleted) return suspendFor(copy, 'copy-reverted', context.nowMs);
  return retryLater({ ...state, writtenCopy: null }, { code: 'stored-key-gone', copy }, context);
}

/** A copy that a leaked key's rotation cannot read: it is tried a few times, and then left behind. */
export function unreadLeaked(
  state: States['updating-copies'],
  copy: string,
  context: DecisionContext,
): Wait<States['updating-copies']> | Note<States['updating-copies']> {
  if (state.attempts + 1 >= triesOfLeakedCopy)
    return { kind: 'note', state: { ...state, attempts: 0, leftBehind: [...state.leftBehind, copy] } };
  return retryLater(state, { code: 'copy-unreadable', copy }, context);
}

/** The copies as they stand before the old key is replaced; of a leaked one none is asked. @throws FailureError */
export async function copiesBeforeEnd(
  session: Session,
  state: States['overlapping' | 'retiring'],
  mode: GatherMode,
): Promise<readonly CopyFact[]> {
  return leavesCopies(state, oldSlotOf(state)) ? [] : await gatherCopies(session, state, mode, false);
}

/**
 * What the copies say to the end of the old key. If somebody may still hold what a copy held before, the overlap goes on, with
 * a deadline that counts from its end.
 */
export function copiesAtEnd(
  state: States['overlapping'],
  facts: readonly CopyFact[],
  context: DecisionContext,
): { readonly kind: 'ready'; readonly row: RowChange } | Wait<States['overlapping']> | Suspend {
  const { nowMs } = context;
  const answer = askCopies(facts, { ...afterSwitch(state), creates: false }, context);
  if (answer.kind === 'behind') return suspendFor(answer.name, 'copy-reverted', nowMs);
  if (answer.kind === 'blocked') return suspendFor(answer.name, answer.reason, nowMs);
  const row = { copies: answer.seen };
  if (answer.kind === 'ready') return { kind: 'ready', row };
  const { forMs } = answer;
  const overlapUntilMs = Math.max(state.overlapUntilMs, nowMs + forMs);
  const deadlineMs = overlapUntilMs + lifecycle.overlapping.deadlineMs;
  return { kind: 'wait', state: { ...state, overlapUntilMs, deadlineMs }, reason: 'copies-not-expired', forMs, row };
}
