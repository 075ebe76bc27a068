import type { Clock } from '../../shared/clock.ts';
import { FailureError } from '../../shared/failure.ts';
import type { Fence } from '../../shared/fence.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { type AccountRow, parseAccountRow } from '../account-row.ts';
import type { AccountRows, HistoryRow } from '../ports.ts';
import { type FenceInstants, fenceInstants, leaseFence } from './lease-fence.ts';
import { LeaseLost } from './lease-lost.ts';

/** What a save may change; the lease belongs to the owner itself. */
export type RowChange = Partial<Omit<AccountRow, 'lease' | 'schemaVersion' | 'armId'>>;

/** An account row under this invocation's lease. Every save renews the lease and re-arms the fence. */
export interface OwnedAccount {
  readonly row: AccountRow;
  /** For `AzureAccess`: whether a write may leave now. */
  readonly fence: Fence;
  /** The storage service's clock, carried on from its last answer by the monotonic clock. */
  nowMs(): number;
  /**
   * Saves before an effect. `request-came-in`: an operator's request was saved meanwhile, nothing of this change is
   * saved, `row` is the newer one: decide anew.
   * @throws LeaseLost, FailureError
   */
  saveIntent(change: RowChange, history?: readonly HistoryRow[]): Promise<'saved' | 'request-came-in'>;
  /** Saves what has happened, on top of an operator's request if one came in. Throws like `saveIntent`. */
  saveResult(change: RowChange, history?: readonly HistoryRow[]): Promise<void>;
  /**
   * Saves and gives the lease back, so that the next owner need not wait. `request-came-in`: the change is saved, but
   * the lease kept and nobody's waking moved, since an operator's request came in meanwhile and is to be met first.
   * Throws like `saveIntent`.
   */
  release(change: RowChange, history?: readonly HistoryRow[]): Promise<'released' | 'request-came-in'>;
  /**
   * Removes the row, lease and all, unless somebody has saved it since this invocation did (`conflict`). For a row that this
   * invocation has made, and under which it has sent nothing.
   * @throws FailureError
   */
  remove(): Promise<'removed' | 'conflict'>;
}

interface Held {
  row: AccountRow;
  etag: string;
}

export interface OwnershipPorts {
  readonly rows: AccountRows;
  readonly clock: Clock;
}

/**
 * Wraps a row whose lease (token `token`) was just saved.
 * @param savedSince both clocks just before that save
 * @param storageNowMs the storage service's clock in its answer
 */
export function ownedAccount(
  ports: OwnershipPorts,
  account: AccountId,
  token: string,
  saved: Held,
  savedSince: FenceInstants,
  storageNowMs: number,
): OwnedAccount {
  const { rows, clock } = ports;
  let { row, etag } = saved;
  /** The newest of our saves that the row is known to hold, and the newest that was tried: no number is used twice. */
  let savedSeq = row.lease.saveSeq;
  let triedSeq = savedSeq;
  let storageTime = { atMs: storageNowMs, monotonicMs: clock.monotonicMs() };
  const fence = leaseFence(clock);
  fence.renew(savedSince);

  const took = (held: Held, since: FenceInstants | null, nowMs: number) => {
    ({ row, etag } = held);
    storageTime = { atMs: nowMs, monotonicMs: clock.monotonicMs() };
    if (since !== null) fence.renew(since);
  };

  /** After a conflict or a lost reply: which of our saves does the row hold? */
  const reload = async (): Promise<Held & { readonly storageNowMs: number }> => {
    const stored = await rows.load(account);
    const parsed = stored === null ? null : parseAccountRow(stored.fields);
    if (stored === null || parsed?.kind !== 'row') throw new LeaseLost();
    return { row: parsed.row, etag: stored.etag, storageNowMs: stored.storageNowMs };
  };

  const save = async (
    change: RowChange,
    history: readonly HistoryRow[],
    leaseAfter: 'held' | 'released',
    onRequest: 'decide-anew' | 'apply-again',
  ): Promise<'saved' | 'request-came-in'> => {
    for (;;) {
      triedSeq += 1;
      const next: AccountRow = { ...row, ...change, lease: { kind: leaseAfter, token, saveSeq: triedSeq } };
      const since = fenceInstants(clock);
      const answer = await rows.save(account, next, etag, history).catch((error: unknown) => {
        if (error instanceof FailureError && error.failure.kind === 'outcome-unknown')
          return { kind: 'unknown' } as const;
        throw error;
      });
      if (answer.kind === 'saved') {
        savedSeq = triedSeq;
        took({ row: next, etag: answer.etag }, since, answer.storageNowMs);
        return 'saved';
      }
      const loaded = await reload();
      const { kind, token: owner, saveSeq: seq } = loaded.row.lease;
      if (owner !== token) throw new LeaseLost();
      if (seq === triedSeq && kind === leaseAfter) {
        savedSeq = triedSeq;
        took(loaded, since, loaded.storageNowMs);
        return 'saved';
      }
      // An older one of ours is a copy that somebody put back; a newer one is a save of ours that was given up for lost.
      if (kind === 'released' || seq < savedSeq) throw new LeaseLost();
      // Also where the reply was lost: what the save rests on has changed.
      const hasChanged = answer.kind === 'conflict' || loaded.etag !== etag;
      savedSeq = seq;
      took(loaded, null, loaded.storageNowMs);
      // A storage service that keeps losing replies must not keep a worker here beyond its lease.
      if (answer.kind === 'unknown' && !fence.holds()) throw new LeaseLost();
      if (hasChanged && onRequest === 'decide-anew') return 'request-came-in';
    }
  };

  return {
    get row() {
      return row;
    },
    fence: fence.holds,
    nowMs: () => storageTime.atMs + (clock.monotonicMs() - storageTime.monotonicMs),
    saveIntent: (change, history = []) => save(change, history, 'held', 'decide-anew'),
    saveResult: async (change, history = []) => {
      await save(change, history, 'held', 'apply-again');
    },
    release: async (change, history = []) => {
      if ((await save(change, history, 'released', 'decide-anew')) === 'saved') return 'released';
      const { wakeAtMs: _at, wakeSeq: _seq, ...kept } = change;
      await save(kept, history, 'held', 'apply-again');
      return 'request-came-in';
    },
    remove: () => rows.remove(account, etag),
  };
}
