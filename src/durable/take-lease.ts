import type { Clock } from '../shared/clock.ts';
import { fenceInstants } from './lease-fence.ts';
import { busyForMs, isLeaseAlive, type LeasedRow, type RowPlace } from './leased-row.ts';
import { comeBackLaterMs, leaseMs, overtakenAfterMs } from './numbers.ts';
import { type OwnedRow, ownedRow } from './owned-row.ts';
import type { StoredRow } from './ports.ts';

export type Taken<Row extends LeasedRow> =
  /** `overtakenUntilMs`: when the last writes of an owner that vanished had settled; null if there was none. */
  | { readonly kind: 'owned'; readonly owned: OwnedRow<Row>; readonly overtakenUntilMs: number | null }
  /** Another invocation holds the lease, for `forMs` at most if it has died. */
  | { readonly kind: 'busy'; readonly forMs: number }
  /** A former owner vanished: its lease was ended here, and its last writes may arrive until `untilMs`, in `forMs`. */
  | { readonly kind: 'taken-over'; readonly untilMs: number; readonly forMs: number }
  | { readonly kind: 'absent' }
  /** The row was saved since the message was sent. */
  | { readonly kind: 'stale-message' }
  | { readonly kind: 'newer-schema' };

/** Who comes, and the message by which the work goes on if this invocation does not end. */
export interface Woken {
  /** The number in the message that led here; null for who comes without one. */
  readonly wakeSeq: number | null;
  /** Sends the message that comes back, whatever becomes of this invocation. */
  comeBack(wakeSeq: number, delayMs: number): Promise<void>;
}

/**
 * Takes the lease of a row for one invocation. The lease of an owner that vanished may be overtaken once its last
 * save is lease + settle ago: its fence closed before the lease was over, and what left it before that has settled.
 *
 *     released ───────────────────────────────▶ owned
 *     held, saved less than the lease ago ────▶ busy
 *     held, saved less than lease + settle ago ▶ taken-over: released at once, so that the owner's next save is refused
 *     held, saved before that ────────────────▶ owned
 *
 * Anybody who comes by a message, and meets a row that this message is about, sends it again before all else, for the moment
 * from which the lease that it takes or finds may be overtaken: there is no lease without a message that outlives it. Each
 * message has one successor at most, and those of earlier saves have none: they cannot multiply.
 * @param token random, made once per invocation: two messages in one process are two workers
 * @param woken null for who has nothing that is to go on
 * @throws FailureError when the row cannot be read or saved
 */
export async function takeLease<Row extends LeasedRow>(
  place: RowPlace<Row>,
  clock: Clock,
  token: string,
  woken: Woken | null,
): Promise<Taken<Row>> {
  const stored = await place.load();
  if (stored === null && place.initial === null) return { kind: 'absent' };
  const row = stored === null ? place.initial : place.parse(stored.fields);
  if (row === null) return { kind: 'newer-schema' };
  const isHeld = row.lease.kind === 'held';
  const wakeSeq = woken?.wakeSeq ?? row.wakeSeq;
  // One of a later number was sent by an owner that is about to give its lease back, or died before it did.
  const isStale = isHeld ? wakeSeq < row.wakeSeq : wakeSeq !== row.wakeSeq;
  if (isStale) return { kind: 'stale-message' };

  if (stored !== null && isHeld) {
    const forMs = busyForMs(row.lease, stored);
    if (forMs > 0) {
      await woken?.comeBack(wakeSeq, forMs + comeBackLaterMs);
      if (isLeaseAlive(row.lease, stored)) return { kind: 'busy', forMs };
      const ended: Row = { ...overtaken(row, stored), lease: { kind: 'released', token, saveSeq: 1 } };
      const answer = await place.save(ended, stored.etag, []);
      return answer.kind === 'conflict'
        ? { kind: 'busy', forMs: leaseMs }
        : { kind: 'taken-over', untilMs: ended.settleUntilMs, forMs: ended.settleUntilMs - answer.storageNowMs };
    }
  }

  await woken?.comeBack(row.wakeSeq, overtakenAfterMs + comeBackLaterMs);
  const before = stored !== null && isHeld ? overtaken(row, stored) : row;
  const next: Row = { ...before, lease: { kind: 'held', token, saveSeq: 1 } };
  const since = fenceInstants(clock);
  const answer = await place.save(next, stored?.etag ?? null, []);
  if (answer.kind === 'conflict') return { kind: 'busy', forMs: leaseMs };
  const owned = ownedRow(place, clock, token, { ...answer, row: next }, since);
  return { kind: 'owned', owned, overtakenUntilMs: isHeld ? next.settleUntilMs : null };
}

/** The row without its dead owner. Nothing is extended: a taker that dies in its turn costs no more time. */
function overtaken<Row extends LeasedRow>(row: Row, { savedAtMs, storageNowMs }: StoredRow): Row {
  const settleUntilMs = Math.max(row.settleUntilMs, savedAtMs + overtakenAfterMs);
  return { ...row, settleUntilMs, inDoubt: { kind: 'takeover', sentAtMs: storageNowMs }, wakeAtMs: settleUntilMs };
}
