import type { AccountId } from '../shared/resource-id.ts';

/** One stored row as the table holds it, before parsing; `fields` survives a round trip through JSON unchanged. */
export interface StoredRow {
  readonly fields: unknown;
  readonly etag: string;
  /** The row's `Timestamp`: when the storage service last saved it, by its own clock. */
  readonly savedAtMs: number;
  /** The `Date` header of the answer: the storage service's clock now. */
  readonly storageNowMs: number;
}

export type SaveAnswer =
  | { readonly kind: 'saved'; readonly etag: string; readonly storageNowMs: number }
  /** 412 or 409: somebody else saved first; nothing was written. */
  | { readonly kind: 'conflict' };

/** A row of history or of the audit trail, written in one transaction with the row that it belongs to. Never holds a key. */
export interface HistoryRow {
  /** Unique within the account, sorts by time, and holds none of `/ \ # ?`. */
  readonly key: string;
  readonly fields: unknown;
  /** Its key is used once: a row of that key that is there already is never written over. */
  readonly append?: true;
}

/** When a sweep planned a rotation to set out, by the storage service's clock. */
export interface PlannedStart {
  readonly atMs: number;
  /** The sweep's own instant: what it planned it planned together. */
  readonly sweptAtMs: number;
}

/** The content of one `advance-rotation` message. */
export interface WakeUp {
  readonly target: string;
  readonly wakeSeq: number;
  /** Which change of the account's hardening is to go on; none: the rotation. */
  readonly area?: 'network' | 'access' | 'keyless';
  /** Only the first message of a rotation that the sweep starts says so. */
  readonly planned?: PlannedStart;
}

/** The `advance-rotation` queue. Throws `FailureError`. */
export interface WakeUps {
  /** Visible after `delayMs`; the adapter caps it at the queue's own maximum. Never expires. */
  enqueue(wakeUp: WakeUp, delayMs: number): Promise<void>;
}

/**
 * Visits many accounts with a journal whose reads of what stands now cost few reads of the table: rows are read together before
 * the visits, and what was read stands as it was read. Saves go through, and are refused if a row has been saved since.
 * A read of rows that could not be read throws `FailureError`, visit by visit. Answers in the order of `items`.
 * @param isWhole whether the items are most of all accounts, so that all rows are read, one read a bucket; else a read finds up to six items of one bucket
 */
export type VisitInBulk<Journal> = <T, R>(
  items: readonly T[],
  accountOf: (item: T) => AccountId,
  isWhole: boolean,
  visit: (item: T, journal: Journal) => Promise<R>,
) => Promise<R[]>;
