import * as z from 'zod';
import { leaseMs, overtakenAfterMs } from './numbers.ts';
import type { HistoryRow, SaveAnswer, StoredRow } from './ports.ts';

const instant = z.number();

/** What every row holds by which work goes on after a crash. */
export const leasedRow = {
  /** `token`: one per invocation, of the one that holds it or gave it back; `saveSeq`: which of its saves this is. */
  lease: z.object({ kind: z.enum(['held', 'released']), token: z.string(), saveSeq: z.number() }),
  /** While a write is in doubt, no other leaves before this instant of the storage service's clock. */
  settleUntilMs: instant,
  /** When it goes on; null: only by a request. By the storage service's clock. */
  wakeAtMs: instant.nullable(),
  /** Counts the saves that gave the row back with a message; a message of another number is stale. */
  wakeSeq: z.number(),
};

/** A row under a lease. `inDoubt`: a write that may still be applied, or a former owner's unknown ones (`takeover`). */
export type LeasedRow = Readonly<z.infer<z.ZodObject<typeof leasedRow>>> & {
  readonly inDoubt: { readonly kind: string; readonly sentAtMs: number } | null;
};

type Lease = Pick<LeasedRow['lease'], 'kind'>;
type SaveTimes = Pick<StoredRow, 'savedAtMs' | 'storageNowMs'>;

/** Whether the owner of the lease may still be at work. */
export function isLeaseAlive({ kind }: Lease, { savedAtMs, storageNowMs }: SaveTimes): boolean {
  return kind === 'held' && storageNowMs - savedAtMs < leaseMs;
}

/**
 * How long nobody else may work at the row, unless its owner saves it again: first its lease must run out, and then what it has
 * sent must settle. 0: it is free.
 */
export function busyForMs({ kind }: Lease, { savedAtMs, storageNowMs }: SaveTimes): number {
  return kind === 'held' ? Math.max(0, savedAtMs + overtakenAfterMs - storageNowMs) : 0;
}

/** What its owner's save may change; the lease is the kernel's own. */
export type RowChange<Row extends LeasedRow> = Partial<Omit<Row, 'lease'>>;

/** Where one row lies. Every method throws `FailureError`; a `save` whose reply was lost throws `outcome-unknown`. */
export interface RowPlace<Row extends LeasedRow> {
  load(): Promise<StoredRow | null>;
  /** Null: a newer release wrote it, and it is left alone. @throws FailureError on one that cannot be read */
  parse(fields: unknown): Row | null;
  /** `etag` null: only if there is none yet. */
  save(row: Row, etag: string | null, history: readonly HistoryRow[]): Promise<SaveAnswer>;
  /** Removes it as it was saved with `etag`, or is gone already; one that was saved since stays (`conflict`). */
  remove(etag: string): Promise<'removed' | 'conflict'>;
  /** The row that is made if there is none; null: none is made. */
  readonly initial: Row | null;
}
