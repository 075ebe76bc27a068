import type { Clock } from '../shared/clock.ts';
import { FailureError } from '../shared/failure.ts';
import type { Fence } from '../shared/fence.ts';
import { elapsedMs, type FenceInstants, fenceInstants, LeaseLost, leaseFence } from './lease-fence.ts';
import type { LeasedRow, RowChange, RowPlace } from './leased-row.ts';
import { renewAfterMs } from './numbers.ts';
import type { HistoryRow } from './ports.ts';

/** A row under this invocation's lease. Every save renews the lease and re-arms the fence. */
export interface OwnedRow<Row extends LeasedRow> {
  readonly row: Row;
  /** For the adapters: whether a write may leave now. */
  readonly fence: Fence;
  /** The storage service's clock, carried on from its last answer by the monotonic clock. */
  nowMs(): number;
  /**
   * Saves before an effect. `request-came-in`: somebody's request was saved meanwhile, nothing of this change is
   * saved, `row` is the newer one: decide again.
   * @throws LeaseLost, FailureError
   */
  saveIntent(change: RowChange<Row>, history?: readonly HistoryRow[]): Promise<'saved' | 'request-came-in'>;
  /** Saves what has happened, on top of a request if one came in. Throws like `saveIntent`. */
  saveResult(change: RowChange<Row>, history?: readonly HistoryRow[]): Promise<void>;
  /**
   * For a step of many calls, before each of them: renews the lease unless that was done a moment ago. What cannot be saved now
   * is left to the save that ends the step.
   * @throws LeaseLost
   */
  keepLease(): Promise<void>;
  /**
   * Saves and gives the lease back, so that the next owner need not wait. `request-came-in`: the change is saved, but
   * the lease kept and nobody's waking moved, since a request came in meanwhile and is to be met first.
   * Throws like `saveIntent`.
   */
  release(change: RowChange<Row>, history?: readonly HistoryRow[]): Promise<'released' | 'request-came-in'>;
  /** Releases over whatever request comes in meanwhile: for those who meet none themselves. Throws like `saveIntent`. */
  giveBack(change: RowChange<Row>, history?: readonly HistoryRow[]): Promise<void>;
  /**
   * Removes the row, lease and all, unless somebody has saved it since this invocation did (`conflict`). For a row that this
   * invocation has made, and under which it has sent nothing.
   * @throws FailureError
   */
  remove(): Promise<'removed' | 'conflict'>;
}

/** One save is tried so often if replies get lost, or requests come in: more than either does within a lease. */
const mostTries = 10;

/** A row as it was saved. */
export interface SavedRow<Row extends LeasedRow> {
  readonly row: Row;
  readonly etag: string;
  /** The storage service's clock in the answer. */
  readonly storageNowMs: number;
}

/** Wraps a row whose lease (token `token`) was just saved. @param savedSince both clocks just before that save */
export function ownedRow<Row extends LeasedRow>(
  place: RowPlace<Row>,
  clock: Clock,
  token: string,
  saved: SavedRow<Row>,
  savedSince: FenceInstants,
): OwnedRow<Row> {
  let { row, etag } = saved;
  /** The newest of our saves that the row is known to hold, and the newest that was tried: no number is used twice. */
  let savedSeq = row.lease.saveSeq;
  let triedSeq = savedSeq;
  let storageTime = { atMs: saved.storageNowMs, monotonicMs: clock.monotonicMs() };
  let renewed = savedSince;
  const fence = leaseFence(clock);
  fence.renew(savedSince);

  const took = (held: SavedRow<Row>, since: FenceInstants | null) => {
    ({ row, etag } = held);
    storageTime = { atMs: held.storageNowMs, monotonicMs: clock.monotonicMs() };
    if (since === null) return;
    renewed = since;
    fence.renew(since);
  };

  /** After a conflict or a lost reply: which of our saves does the row hold? */
  const reload = async (): Promise<SavedRow<Row>> => {
    const stored = await place.load();
    const found = stored === null ? null : place.parse(stored.fields);
    if (stored === null || found === null) throw new LeaseLost();
    return { row: found, etag: stored.etag, storageNowMs: stored.storageNowMs };
  };

  const save = async (
    change: RowChange<Row>,
    history: readonly HistoryRow[],
    leaseAfter: 'held' | 'released',
    onRequest: 'decide-again' | 'apply-again',
    /** The row's own waking stays, whatever the change says of it. */
    keepsWaking = false,
  ): Promise<'saved' | 'request-came-in'> => {
    for (let tries = 1; ; tries += 1) {
      triedSeq += 1;
      const waking = keepsWaking ? { wakeAtMs: row.wakeAtMs, wakeSeq: row.wakeSeq } : {};
      const next: Row = { ...row, ...change, ...waking, lease: { kind: leaseAfter, token, saveSeq: triedSeq } };
      const since = fenceInstants(clock);
      const answer = await place.save(next, etag, history).catch((error: unknown) => {
        if (error instanceof FailureError && error.failure.kind === 'outcome-unknown')
          return { kind: 'unknown' } as const;
        throw error;
      });
      if (answer.kind === 'saved') {
        savedSeq = triedSeq;
        took({ row: next, etag: answer.etag, storageNowMs: answer.storageNowMs }, since);
        return 'saved';
      }
      const loaded = await reload();
      const { kind, token: owner, saveSeq: seq } = loaded.row.lease;
      if (owner !== token) throw new LeaseLost();
      if (seq === triedSeq && kind === leaseAfter) {
        savedSeq = triedSeq;
        took(loaded, since);
        return 'saved';
      }
      // An older one of ours is a copy that somebody put back; a newer one is a save of ours that was given up for lost.
      if (kind === 'released' || seq < savedSeq) throw new LeaseLost();
      // Also if the reply was lost: what the save rests on has changed.
      const hasChanged = answer.kind === 'conflict' || loaded.etag !== etag;
      savedSeq = seq;
      took(loaded, null);
      // A storage service that keeps losing replies must not keep a worker here beyond its lease.
      if ((answer.kind === 'unknown' && !fence.holds()) || tries === mostTries) throw new LeaseLost();
      if (hasChanged && onRequest === 'decide-again') return 'request-came-in';
    }
  };

  const owned: OwnedRow<Row> = {
    get row() {
      return row;
    },
    fence: fence.holds,
    nowMs: () => storageTime.atMs + (clock.monotonicMs() - storageTime.monotonicMs),
    saveIntent: (change, history = []) => save(change, history, 'held', 'decide-again'),
    saveResult: async (change, history = []) => {
      await save(change, history, 'held', 'apply-again');
    },
    async keepLease() {
      if (elapsedMs(clock, renewed) < renewAfterMs) return;
      await owned.saveResult({}).catch((error: unknown) => {
        if (!(error instanceof FailureError)) throw error;
      });
    },
    release: async (change, history = []) => {
      if ((await save(change, history, 'released', 'decide-again')) === 'saved') return 'released';
      await save(change, history, 'held', 'apply-again', true);
      return 'request-came-in';
    },
    async giveBack(change, history = []) {
      if ((await owned.release(change, history)) === 'request-came-in') await owned.giveBack({});
    },
    remove: () => place.remove(etag),
  };
  return owned;
}
