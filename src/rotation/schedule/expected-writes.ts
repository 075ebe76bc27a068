import type { Target } from '../../keys/target.ts';
import { assertNever } from '../../shared/unexpected-error.ts';
import type { AccountRow } from '../account-row.ts';
import { positionOf } from '../lifecycle.ts';
import type { States } from '../state.ts';
import { isEarly } from '../states/cancelling-from.ts';
import type { Cost, TokenBucket } from './token-bucket.ts';

/** Between a rotation's first writes and its overlap, beside the new key's proof: stores, saves, reading back. */
const publishingMs = 5_000;

/** From the first pair of a rotation's writes to the second. */
export function secondWritesAfterMs({ policy }: Target, overlapMs: number = policy.overlapMs): number {
  return policy.newKeyProof.spreadMs + publishingMs + overlapMs;
}

/**
 * Secrets that a rotation stores: the endpoint, to prove that the vault can be written, the new key, and what leads consumers
 * to it; after the overlap the old key's successor.
 */
export function storesOf({ layout }: Pick<Target, 'layout'>): Cost {
  return { first: layout.kind === 'direct' ? 4 : 3, second: 1 };
}

/** Notes the secrets that the rotation in flight of one account still stores. */
export function expectStores(
  bucket: Pick<TokenBucket, 'expect'>,
  target: Target,
  { rotation, wakeAtMs }: AccountRow,
  nowMs: number,
): void {
  if (rotation === null || rotation.kind === 'suspended' || rotation.kind === 'confirming') return;
  const nextMs = Math.max(nowMs, wakeAtMs ?? nowMs);
  const { first, second } = storesOf(target);
  const laterMs = secondWritesAfterMs(target, rotation.overlap.ms);
  switch (rotation.kind) {
    case 'preparing':
      bucket.expect(nextMs, first);
      bucket.expect(nextMs + laterMs, second);
      return;
    case 'regenerating':
    case 'publishing':
      bucket.expect(nextMs, first - 1);
      bucket.expect(nextMs + laterMs, second);
      return;
    case 'probing':
    case 'switching':
      bucket.expect(nextMs, first - 2);
      bucket.expect(rotation.stateSinceMs + laterMs, second);
      return;
    case 'updating-copies':
    case 'overlapping':
      if (!isHeldByPerson(rotation)) bucket.expect(Math.max(nowMs, rotation.overlapUntilMs), second);
      return;
    case 'retiring':
    case 'restocking':
      bucket.expect(nextMs, second);
      return;
    case 'rolling-back':
    case 'cancelling':
      // Pointer or key, and the direct value.
      bucket.expect(nextMs, first - 2);
      return;
    default:
      assertNever(rotation);
  }
}

/** Nobody knows for how long. */
function isHeldByPerson(state: States['updating-copies' | 'overlapping']): boolean {
  return state.kind === 'overlapping' && state.held !== null && state.held.stragglers === undefined;
}

/** Notes the writes that the rotation in flight of one account still makes. */
export function expectWrites(
  bucket: Pick<TokenBucket, 'expect'>,
  target: Target,
  { rotation, wakeAtMs }: AccountRow,
  nowMs: number,
): void {
  if (rotation === null || rotation.kind === 'suspended') return;
  const nextMs = Math.max(nowMs, wakeAtMs ?? nowMs);
  const laterMs = secondWritesAfterMs(target, rotation.overlap.ms);
  if (positionOf(rotation).oldKey === 'invalidated') return;
  if (rotation.kind === 'overlapping' || rotation.kind === 'updating-copies') {
    if (!isHeldByPerson(rotation)) bucket.expect(Math.max(nowMs, rotation.overlapUntilMs), 2);
    return;
  }
  // About to end the old key, or undone.
  if (!isEarly(rotation)) {
    bucket.expect(nextMs, 1);
    return;
  }
  const isRegenerated = rotation.kind !== 'preparing' && rotation.kind !== 'regenerating';
  if (!isRegenerated) bucket.expect(nextMs, rotation.kind === 'preparing' ? 2 : 1);
  bucket.expect((isRegenerated ? rotation.stateSinceMs : nextMs) + laterMs, 2);
}
