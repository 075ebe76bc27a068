import type { Target } from '../../keys/target.ts';
import type { AccountRow } from '../account-row.ts';
import { positionOf } from '../lifecycle.ts';
import { isEarly } from '../states/cancelling-from.ts';
import type { TokenBuckets } from './token-bucket.ts';

/** Between a rotation's first writes and its overlap, beside the new key's proof: stores, saves, reading back. */
const publishingMs = 5_000;

/** From the first pair of a rotation's writes to the second. */
export function secondWritesAfterMs({ policy }: Target, overlapMs: number = policy.overlapMs): number {
  return policy.newKeyProof.spreadMs + publishingMs + overlapMs;
}

/** Notes the writes that the rotation in flight of one account still makes. */
export function expectWrites(
  buckets: TokenBuckets,
  target: Target,
  { rotation, wakeAtMs }: AccountRow,
  nowMs: number,
): void {
  if (rotation === null || rotation.kind === 'suspended') return;
  const nextMs = Math.max(nowMs, wakeAtMs ?? nowMs);
  const laterMs = secondWritesAfterMs(target, rotation.overlap.ms);
  if (positionOf(rotation).oldKey === 'invalidated') return;
  if (rotation.kind === 'overlapping' || rotation.kind === 'updating-copies') {
    const isHeld = rotation.kind === 'overlapping' && rotation.held !== null;
    if (!isHeld) buckets.expect(Math.max(nowMs, rotation.overlapUntilMs), 2);
    return;
  }
  // About to end the old key, or undone.
  if (!isEarly(rotation)) {
    buckets.expect(nextMs, 1);
    return;
  }
  const isRegenerated = rotation.kind !== 'preparing' && rotation.kind !== 'regenerating';
  if (!isRegenerated) buckets.expect(nextMs, rotation.kind === 'preparing' ? 2 : 1);
  buckets.expect((isRegenerated ? rotation.stateSinceMs : nextMs) + laterMs, 2);
}
