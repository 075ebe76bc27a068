import type { Target } from '../../keys/target.ts';
import type { AccountRow } from '../account-row.ts';
import type { ArmLedger } from './arm-ledger.ts';

/** Between a rotation's first writes and its overlap, beside the new key's proof: stores, saves, reading back. */
const publishingMs = 5_000;

/** From the first pair of a rotation's writes to the second. */
export function secondWritesAfterMs({ policy }: Target, overlapMs: number = policy.overlapMs): number {
  return policy.newKeyProof.spreadMs + publishingMs + overlapMs;
}

/** Notes the writes that the rotation in flight of one account still makes. */
export function expectWrites(
  ledger: ArmLedger,
  target: Target,
  { rotation, wakeAtMs }: AccountRow,
  nowMs: number,
): void {
  if (rotation === null || rotation.kind === 'suspended') return;
  const nextMs = Math.max(nowMs, wakeAtMs ?? nowMs);
  const laterMs = secondWritesAfterMs(target, rotation.overlap.ms);
  switch (rotation.kind) {
    case 'preparing':
      ledger.expect(nextMs, 2);
      ledger.expect(nextMs + laterMs, 2);
      return;
    case 'regenerating':
      ledger.expect(nextMs, 1);
      ledger.expect(nextMs + laterMs, 2);
      return;
    case 'publishing':
    case 'probing':
    case 'switching':
      ledger.expect(rotation.stateSinceMs + laterMs, 2);
      return;
    case 'overlapping':
      if (rotation.held === null) ledger.expect(Math.max(nowMs, rotation.overlapUntilMs), 2);
      return;
    case 'retiring':
    case 'rolling-back':
    case 'cancelling':
      ledger.expect(nextMs, 1);
      return;
    case 'restocking':
    case 'confirming':
      return;
  }
}
