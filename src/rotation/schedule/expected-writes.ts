import type { Target } from '../../keys/target.ts';
import { assertNever } from '../../shared/unexpected-error.ts';
import type { AccountRow } from '../account-row.ts';
import { positionOf } from '../lifecycle.ts';
import type { States } from '../state.ts';
import { isEarly } from '../states/cancelling-from.ts';
import { type Cost, type TokenBucket, writesAtOnce } from './token-bucket.ts';

/** Between a rotation's first writes and its overlap, beside the new key's proof: stores, saves, reading back. */
const publishingMs = 5_000;

/** From a rotation's first requests until consumers are led to its new key, which is proved before. */
function ledAfterMs({ policy }: Pick<Target, 'policy'>): number {
  return policy.newKeyProof.spreadMs + publishingMs;
}

/** What leads consumers to a key: pointer or key, and the direct value. */
function leadingStores({ layout }: Pick<Target, 'layout'>): number {
  return layout.kind === 'direct' ? 2 : 1;
}

/** What a rotation writes to Resource Manager: a look and a regenerate, and both again when the overlap is over. */
export function writesOf(target: Pick<Target, 'policy'>): Cost {
  return [
    { afterMs: 0, requests: writesAtOnce },
    { afterMs: ledAfterMs(target) + target.policy.overlapMs, requests: writesAtOnce },
  ];
}

/**
 * Secrets that a rotation stores: the endpoint, to prove that the vault can be written, and the new key; once it is proved what
 * leads consumers to it; after the overlap the old key's successor.
 */
export function storesOf(target: Pick<Target, 'layout' | 'policy'>): Cost {
  const ledMs = ledAfterMs(target);
  return [
    { afterMs: 0, requests: 2 },
    { afterMs: ledMs, requests: leadingStores(target) },
    { afterMs: ledMs + target.policy.overlapMs, requests: 1 },
  ];
}

/**
 * Notes the secrets that the rotation in flight of one account still stores.
 * @param lateMs how late the starts of its vault are
 */
export function expectStores(
  bucket: Pick<TokenBucket, 'expect'>,
  target: Target,
  { rotation, wakeAtMs }: AccountRow,
  nowMs: number,
  lateMs: number,
): void {
  if (rotation === null || rotation.kind === 'suspended' || rotation.kind === 'confirming') return;
  const nextMs = Math.max(nowMs, wakeAtMs ?? nowMs);
  const ledMs = ledAfterMs(target);
  /** What leads consumers to the new key, and after the overlap the old one's successor. */
  const expectLeading = (atMs: number) => {
    bucket.expect(atMs, leadingStores(target));
    bucket.expect(atMs + rotation.overlap.ms, 1);
  };
  switch (rotation.kind) {
    case 'preparing': {
      // Later than it was planned, as all of them.
      const setsOutAtMs = Math.max(nowMs, (wakeAtMs ?? nowMs) + lateMs);
      bucket.expect(setsOutAtMs, 2);
      expectLeading(setsOutAtMs + ledMs);
      return;
    }
    case 'regenerating':
    case 'publishing':
      bucket.expect(nextMs, 1);
      expectLeading(nextMs + ledMs);
      return;
    case 'probing':
      expectLeading(Math.max(nowMs, rotation.stateSinceMs + target.policy.newKeyProof.spreadMs));
      return;
    case 'switching':
      expectLeading(nextMs);
      return;
    case 'updating-copies':
    case 'overlapping':
      if (!isHeldByPerson(rotation)) bucket.expect(Math.max(nowMs, rotation.overlapUntilMs), 1);
      return;
    case 'retiring':
    case 'restocking':
      bucket.expect(nextMs, 1);
      return;
    case 'rolling-back':
    case 'cancelling':
      bucket.expect(nextMs, leadingStores(target));
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
  const laterMs = ledAfterMs(target) + rotation.overlap.ms;
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
