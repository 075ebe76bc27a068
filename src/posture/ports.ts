import type { AccountId } from '../shared/resource-id.ts';

/** What Keyturn can bring to what is asked, beside an account's keys. */
export const postures = ['network', 'access', 'keyless'] as const;

export type Posture = (typeof postures)[number];

/** One posture's row as the journal holds it, before parsing. */
export interface StoredPosture {
  readonly fields: unknown;
  readonly etag: string;
  /** When the storage service last saved it, and what it is now, both by its own clock. */
  readonly savedAtMs: number;
  readonly storageNowMs: number;
}

export type PostureSaved =
  | { readonly kind: 'saved'; readonly etag: string; readonly storageNowMs: number }
  /** Somebody else saved first; nothing was written. */
  | { readonly kind: 'conflict' };

/** Rows beside the account's own in the journal, one a posture. Every method throws `FailureError`. */
export interface PostureRows {
  load(account: AccountId, posture: Posture): Promise<StoredPosture | null>;
  /** All rows of an account in one read. */
  loadAll(account: AccountId): Promise<ReadonlyMap<Posture, StoredPosture>>;
  /** `etag` null: only if there is none yet. A lost reply throws `outcome-unknown`. */
  save(account: AccountId, posture: Posture, fields: unknown, etag: string | null): Promise<PostureSaved>;
  /** Removes the row as it was saved with `etag`, or is gone already; one that was saved since stays (`conflict`). */
  remove(account: AccountId, posture: Posture, etag: string): Promise<'removed' | 'conflict'>;
}
