import type { SaveAnswer, StoredRow } from '../durable/ports.ts';
import type { AccountId } from '../shared/resource-id.ts';

/** What Keyturn can bring to what is asked, beside an account's keys. */
export const postures = ['network', 'access', 'keyless'] as const;

export type Posture = (typeof postures)[number];

/** Rows beside the account's own in the journal, one a posture. Every method throws `FailureError`. */
export interface PostureRows {
  load(account: AccountId, posture: Posture): Promise<StoredRow | null>;
  /** All rows of an account in one read. */
  loadAll(account: AccountId): Promise<ReadonlyMap<Posture, StoredRow>>;
  /** `etag` null: only if there is none yet. A lost reply throws `outcome-unknown`. */
  save(account: AccountId, posture: Posture, fields: unknown, etag: string | null): Promise<SaveAnswer>;
  /** Removes the row as it was saved with `etag`, or is gone already; one that was saved since stays (`conflict`). */
  remove(account: AccountId, posture: Posture, etag: string): Promise<'removed' | 'conflict'>;
}
