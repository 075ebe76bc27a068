import { sendWakeUp } from '../../durable/send-wake-up.ts';
import type { Target } from '../../keys/target.ts';
import type { Slot } from '../../shared/slot.ts';
import { type AccountRow, parseAccountRow } from '../account-row.ts';
import type { RowChange } from '../owned-account.ts';
import type { EnginePorts } from '../ports.ts';
import { isLeakLegal } from '../requests/operator-actions.ts';
import { isAdoptedAs, isWithoutKeys } from '../requests/start-rotation.ts';
import { type LeakedKey, type RotationState, rotationIdOf } from '../state.ts';
import { isOfOtherLeak, leakOf, withReport } from './leaked-keys.ts';
import { type LeakPreview, previewLeak } from './preview-leak.ts';
import { hasToGoOn, startLeakRotation } from './start-leak-rotation.ts';

/** What an operator says of a leaked key. */
export interface LeakReport {
  readonly slot: Slot;
  /** How long consumers may go on with it once they are pointed elsewhere; null: the default, never more than the policy's. */
  readonly overlapMs: number | null;
  readonly reason: string | null;
  /** Only tell what would happen. */
  readonly dryRun: boolean;
  /** The whole instance is paused: the key is replaced when that ends. */
  readonly isPaused: boolean;
}

export type Leaked =
  | { readonly kind: 'previewed'; readonly preview: LeakPreview }
  /** `rotation`: the one that replaces the key, or the one that is preempted first. */
  | {
      readonly kind: 'begun';
      readonly preview: LeakPreview;
      readonly rotation: RotationState;
      readonly leaks: AccountRow['leaks'];
      readonly wakeAtMs: number | null;
    }
  /** The account takes no keys, or is about to take none: the key is replaced at once when keys are on again. */
  | { readonly kind: 'noted'; readonly preview: LeakPreview; readonly row: AccountRow }
  | Refused;

interface Refused {
  readonly kind: 'refused';
  readonly reason: 'not-adopted' | 'adopted-elsewhere' | 'newer-schema' | 'lost-race' | 'request-pending' | 'only-in';
  readonly rotationId: string | null;
}

/** If none is stated: long enough for most consumers to read the pointer again, short enough for a leaked key. */
const defaultOverlapMs = 5 * 60_000;

/** Reported again, a leak wakes the rotation that replaces the key, unless its row was saved so lately. */
const reportWakesEveryMs = 60_000;

/** As for an operator's other requests: a few tries meet a gap between two saves of a worker. */
const tries = 5;

/**
 * Writes down that a slot's key leaked, which stands until two looks show it gone, and begins to replace it, or previews that. A rotation in flight is preempted; a
 * suspended one is replaced, unless it replaces the other leaked key: then this one is noted, and begins when that one is
 * over. Asked again for the same slot, it tells of what is under way,
 * and wakes it. If the account takes no keys the leak is noted all the same.
 * @throws FailureError when the row cannot be read or saved
 */
export async function requestLeak(ports: EnginePorts, target: Target, report: LeakReport, by: string): Promise<Leaked> {
  const { slot, reason } = report;
  const overlapMs = Math.min(report.overlapMs ?? defaultOverlapMs, target.policy.overlapMs);
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const stored = await ports.rows.load(target.account);
    const row = stored === null ? null : parseAccountRow(stored.fields);
    if (row === 'newer-schema') return refused(row, null);
    if (stored === null || row === null || row.adoptedAtMs === null) return refused('not-adopted', null);
    const rotationId = row.rotation && rotationIdOf(row.rotation);
    if (!isAdoptedAs(row, target)) return refused('adopted-elsewhere', rotationId);
    if (!isLeakLegal(slot, row.rotation)) return refused('only-in', rotationId);

    const nowMs = stored.storageNowMs;
    const underWay = leakUnderWay(row, slot);
    const isNoted = isWithoutKeys(row, target);
    const waitsFor = isNoted ? 'keys-on' : report.isPaused ? 'pause' : null;
    const known = isNoted ? openLeak(row, slot) : underWay;
    const preview = previewLeak(row, target, slot, known?.overlapMs ?? overlapMs, nowMs, waitsFor);
    if (report.dryRun) return { kind: 'previewed', preview };
    if (isNoted && known !== null && row.leak !== null) return { kind: 'noted', preview, row };
    if (!isNoted && row.leak !== null && row.leak.slot !== slot) return refused('request-pending', rotationId);
    if (row.rotation !== null && underWay !== null) {
      const isWoken = nowMs - stored.savedAtMs >= reportWakesEveryMs && row.wakeAtMs !== null && nowMs < row.wakeAtMs;
      const woken: AccountRow = isWoken ? { ...row, wakeAtMs: nowMs, wakeSeq: row.wakeSeq + 1 } : row;
      if (isWoken && (await ports.rows.save(target.account, woken, stored.etag, [])).kind === 'conflict') continue;
      if (isWoken) await sendWakeUp(ports, { target: target.name, wakeSeq: woken.wakeSeq }, 0);
      return { kind: 'begun', preview, rotation: row.rotation, leaks: row.leaks, wakeAtMs: woken.wakeAtMs };
    }

    const seen = preview.role === 'inactive' ? (row.lastSeen?.versions ?? null) : null;
    const leak = { rotationId: ports.newId(), slot, overlapMs, by, reason, seen, atMs: nowMs };
    const leaks = withReport(row.leaks, leak);
    // With both keys leaked, the one that consumers use waits for the other one to be replaced.
    const isSecond = isNoted && row.leak?.slot === row.lastSeen?.pointer && row.leak?.slot !== slot;
    const pending = isSecond ? row.leak : leak;
    const noted: AccountRow = { ...row, leak: pending, leaks, wakeAtMs: nowMs, wakeSeq: row.wakeSeq + 1 };
    const begun = startLeakRotation(noted, target, ports.newId, nowMs);
    const next: AccountRow = { ...noted, ...resumedHalfDone(row, slot, by, nowMs), ...begun?.row };
    const saved = await ports.rows.save(target.account, next, stored.etag, begun?.history ?? []);
    if (saved.kind === 'conflict') continue;
    await sendWakeUp(ports, { target: target.name, wakeSeq: next.wakeSeq }, 0);
    if (isNoted) return { kind: 'noted', preview, row: next };
    if (next.rotation === null) break;
    return { kind: 'begun', preview, rotation: next.rotation, leaks: next.leaks, wakeAtMs: nowMs };
  }
  return refused('lost-race', null);
}

function refused(reason: Refused['reason'], rotationId: string | null): Refused {
  return { kind: 'refused', reason, rotationId };
}

/** The slot's leak that no look has shown gone. */
function openLeak({ leaks }: AccountRow, slot: Slot): LeakedKey | null {
  const leak = leakOf(leaks, slot);
  return leak?.goneSinceMs == null ? leak : null;
}

/** What was told of this slot's key before, and is being done; a suspended rotation does nothing for its own leak. */
function leakUnderWay(
  { rotation, leak, operatorRequest, leaks }: AccountRow,
  slot: Slot,
): { readonly overlapMs: number } | null {
  // Once the key is gone, anybody who reports the slot again means the one that stands there now.
  if (rotation === null || leakOf(leaks, slot) === null) return null;
  const pending = leak?.slot === slot ? leak : null;
  if (rotation.kind === 'suspended') return isOfOtherLeak(rotation, slot) ? pending : null;
  const isUndone =
    ['rolling-back', 'cancelling'].includes(rotation.kind) ||
    ['roll-back', 'cancel'].includes(operatorRequest?.action ?? '');
  return pending ?? (rotation.leaked?.slot === slot && !isUndone ? rotation.leaked : null);
}

/** A rotation that is suspended half undone, or whose pointer may have moved, has to go on all the same. */
function resumedHalfDone({ rotation, operatorRequest }: AccountRow, slot: Slot, by: string, atMs: number): RowChange {
  if (rotation?.kind !== 'suspended' || !hasToGoOn(rotation.from, slot) || operatorRequest !== null) return {};
  const { rotationId } = rotation.from;
  return { operatorRequest: { action: 'resume', rotationId, by, atMs, reason: null, overlapMs: null, confirm: [] } };
}
