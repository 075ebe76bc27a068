import type { HistoryRow, SaveAnswer, StoredRow, WakeUps } from '../durable/ports.ts';
import type { Accounts, KeyProbe, Secrets, WebApps } from '../keys/ports.ts';
import type { Clock } from '../shared/clock.ts';
import type { Fence } from '../shared/fence.ts';
import type { Log } from '../shared/log-event.ts';
import type { AccountId } from '../shared/resource-id.ts';
import type { AccountRow } from './account-row.ts';
import type { VaultAuditLog } from './readers/ports.ts';

/** Key of the history row that says a target was offboarded. It stands beside the account's own row, which is removed. */
export const offboardedKey = 'offboarded';

/**
 * The journal, in Azure Table storage: an account's rows share a partition. Every method throws `FailureError`; a `save` whose
 * reply was lost throws `outcome-unknown`, and the caller loads again to learn what holds. A store takes any `Row`.
 */
export interface AccountRows<Row = AccountRow> {
  load(account: AccountId): Promise<StoredRow | null>;
  /** Saves the account row (`etag` null: only if there is none yet) and adds `history`, all or nothing. */
  save(account: AccountId, row: Row, etag: string | null, history: readonly HistoryRow[]): Promise<SaveAnswer>;
  /** Removes the account row as it was saved with `etag`, or is gone already; one that was saved since stays (`conflict`). */
  remove(account: AccountId, etag: string): Promise<'removed' | 'conflict'>;
  /** The sweep's notes on an account, kept in a row of their own; null if there are none. */
  loadNotes(account: AccountId): Promise<StoredRow | null>;
  /** Replaces the notes, whatever they hold: only the sweep and adoptions write them, and the next look sets them right. */
  saveNotes(account: AccountId, fields: unknown): Promise<void>;
  /** What became of the last event about the account's secrets, in a row of its own; null if there was none. */
  loadLastEvent(account: AccountId): Promise<StoredRow | null>;
  /** Replaces it, whatever it holds: of two events at one moment either may be told. */
  saveLastEvent(account: AccountId, fields: unknown): Promise<void>;
  /** Removes notes and last event of an account that is offboarded. */
  removeNotes(account: AccountId): Promise<void>;
  /** One history row's fields, or null. */
  readHistory(account: AccountId, key: string): Promise<unknown>;
  /** History rows whose key starts with `prefix` and comes after `afterKey` (null: all), in the order of keys, the first `limit`. */
  pageHistory(
    account: AccountId,
    prefix: string,
    afterKey: string | null,
    limit: number,
  ): Promise<readonly HistoryRow[]>;
  /** Removes history rows, a hundred at most; ones that are gone already count as removed. */
  removeHistory(account: AccountId, keys: readonly string[]): Promise<void>;
}

/**
 * Rows of the Keyturn instance beside the accounts' partitions: under its own name whether it is paused, under
 * `{instance}.{what}` the fleet's line, its last sweep and throttled subscriptions. Throws `FailureError`.
 */
export interface InstanceRows {
  /** `savedAtMs`: the row's `Timestamp`, by the storage service's clock. */
  load(instance: string): Promise<{ readonly fields: unknown; readonly savedAtMs: number } | null>;
  /** Inserts or replaces. */
  save(instance: string, fields: unknown): Promise<void>;
}

/** What the engine needs of the world; `app.ts` fills it with adapters. */
export interface EnginePorts {
  readonly rows: AccountRows;
  readonly pauses: InstanceRows;
  readonly wakeUps: WakeUps;
  readonly probe: KeyProbe;
  readonly clock: Clock;
  /**
   * Control plane and vault under a lease's fence. `isUrgent`: whether a leaked key is accepted as long as they are not
   * reached, or a rotation asks for the last time; asked at each call, default never.
   */
  readonly accounts: (fence: Fence, isUrgent?: () => boolean) => Accounts;
  readonly secrets: (vaultUrl: string, fence: Fence) => Secrets;
  /** Where the vaults' audit logs are queried; null or left out: nobody is told who reads which key. */
  readonly auditLog?: VaultAuditLog | null | undefined;
  /** Apps whose settings hold copies of the key, under the same fence. */
  readonly webApps: (fence: Fence) => WebApps;
  readonly log: Log;
  /** A random id: lease tokens, rotation ids, salts. */
  readonly newId: () => string;
  /** In [0, 1): spreads pauses. */
  readonly random: () => number;
  /** The name of this Keyturn instance, as the pointer's tag carries it. */
  readonly instance: string;
}
