import type { SaveAnswer, StoredRow } from '../durable/ports.ts';
import type { AccountId } from '../shared/resource-id.ts';

/** What Keyturn can bring to what is asked, beside an account's keys. */
export const hardeningAreas = ['network', 'access', 'keyless'] as const;

export type HardeningArea = (typeof hardeningAreas)[number];

/** Rows beside the account's own in the journal, one an area. Every method throws `FailureError`. */
export interface HardeningRows {
  load(account: AccountId, area: HardeningArea): Promise<StoredRow | null>;
  /** All rows of an account in one read. */
  loadAll(account: AccountId): Promise<ReadonlyMap<HardeningArea, StoredRow>>;
  /** `etag` null: only if there is none yet. A lost reply throws `outcome-unknown`. */
  save(account: AccountId, area: HardeningArea, fields: unknown, etag: string | null): Promise<SaveAnswer>;
  /** Removes the row as it was saved with `etag`, or is gone already; one that was saved since stays (`conflict`). */
  remove(account: AccountId, area: HardeningArea, etag: string): Promise<'removed' | 'conflict'>;
}
