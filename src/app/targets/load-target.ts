import type { Target } from '../../keys/target.ts';
import { type AccountRow, parseAccountRow } from '../../rotation/account-row.ts';
import { isOffboarded } from '../../rotation/adoption/offboarded.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import type { SweepFacts } from '../../rotation/schedule/due.ts';
import type { FleetMember, Origin } from '../../rotation/schedule/fleet-facts.ts';
import { type DriftNotes, parseDriftNotes } from '../../targets/drift-notes.ts';
import type { KnownTarget } from '../../targets/target-source.ts';

/** A target as its two rows in the journal show it. */
export interface SweptTarget extends FleetMember, SweepFacts {
  readonly notes: DriftNotes | null;
}

type LoadedTarget =
  | { readonly kind: 'member'; readonly member: SweptTarget }
  | {
      readonly kind: 'without-row';
      readonly reason: 'not-adopted' | 'offboarded' | 'newer-schema';
      readonly target: Target;
      readonly origin: Origin;
    };

/** Reads what the journal holds of a target. @throws FailureError */
export async function loadTarget(
  { rows }: Pick<EnginePorts, 'rows'>,
  { target, origin, blocked }: KnownTarget,
): Promise<LoadedTarget> {
  const stored = await rows.load(target.account);
  if (stored === null) {
    const reason = (await isOffboarded(rows, target.account)) ? 'offboarded' : 'not-adopted';
    return { kind: 'without-row', reason, target, origin };
  }
  const row = parseAccountRow(stored.fields);
  if (row === 'newer-schema') return { kind: 'without-row', reason: row, target, origin };
  const kept = await rows.loadNotes(target.account);
  const notes = kept === null ? null : parseDriftNotes(kept.fields);
  const { savedAtMs, storageNowMs } = stored;
  const expiresAtMs = knownExpiryMs(row, notes);
  const isBlocked = blocked !== null;
  const member = { target, origin, row, notes, savedAtMs, nowMs: storageNowMs, expiresAtMs, isBlocked };
  return { kind: 'member', member };
}

/** What was seen before the last rotation says nothing of the secrets that stand now. */
export function knownExpiryMs({ lastEnd }: AccountRow, notes: DriftNotes | null): number | null {
  return notes === null || notes.lookedAtMs < (lastEnd?.endedAtMs ?? 0) ? null : notes.expiresAtMs;
}
