import { placeOf } from '../../../keys/copies/copy.ts';
import { FailureError, notApplied } from '../../../shared/failure.ts';
import { fingerprint } from '../../../shared/fingerprint.ts';
import type { Steps, WriteCopy } from '../../decision.ts';
import { triesOfLeakedCopy } from '../../numbers.ts';
import type { Session } from '../../run/session.ts';
import type { States } from '../../state.ts';
import { leavesCopies } from '../copies.ts';
import type { StepAid, StepOutcome } from '../state-page.ts';

/**
 * Stores a slot's key, as its own secret holds it, in one copy. The state stays: the next round finds the key there or does not,
 * whether this reply arrives or not.
 * @param replaced the slot whose key is replaced next
 */
export async function writeCopy<K extends 'preparing' | 'updating-copies'>(
  session: Session,
  { state, copy, slot, fingerprint: wanted }: WriteCopy<K>,
  { intend }: StepAid<K>,
  replaced: States[K]['newSlot'],
): Promise<StepOutcome<K>> {
  const ready = await intend(null);
  if (ready.kind !== 'as-before') return ready;
  const { secret: key } = await session.keySecret(slot);
  if (key.kind !== 'stored' || fingerprint(key.value, state.salt) !== wanted)
    throw notApplied('key-to-store-not-at-hand');
  try {
    await session.writeCopy(copy, key.value);
    const written: States[K] = { ...state, writtenCopy: copy };
    return { kind: 'done', state: written };
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    const { failure } = error;
    // A leaked key does not wait for a copy that takes no other. A write that may have left is looked after in any case.
    const isLeft = failure.kind === 'refused' || state.attempts + 1 >= triesOfLeakedCopy;
    if (!leavesCopies(state, replaced) || !isLeft) return { kind: 'failed', state, failure };
    const left: States[K] = { ...state, leftBehind: [...state.leftBehind, copy] };
    return failure.kind === 'outcome-unknown'
      ? { kind: 'failed', state: left, failure }
      : { kind: 'done', state: left };
  }
}

/** Shows that a copy can be written, before a key is made that it must be given. */
export async function verifyCopyWritable(
  session: Session,
  step: Extract<Steps['preparing'], { kind: 'verify-copy-writable' }>,
  { intend }: StepAid<'preparing'>,
): Promise<StepOutcome<'preparing'>> {
  const ready = await intend(null);
  if (ready.kind !== 'as-before') return ready;
  const { state, copy } = step;
  await session.tryWritingCopy(copy);
  const places = session.target.copies.filter(({ name }) => name === copy).map(placeOf);
  return { kind: 'done', state: { ...state, verifiedCopies: [...state.verifiedCopies, ...places] } };
}
