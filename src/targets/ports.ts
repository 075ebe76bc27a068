import type { AccountId } from '../shared/resource-id.ts';

/** An AI account that carries a tag of Keyturn's, as Azure Resource Graph shows it. */
export interface TaggedAccount {
  readonly account: AccountId;
  readonly tags: Readonly<Record<string, string>>;
}

/** What Resource Graph shows to Keyturn's identity. It is some seconds to minutes behind ARM. */
export interface Inventory {
  readonly accounts: readonly TaggedAccount[];
  /** The subscriptions that were looked into, in lower case. One that may not be read is left out by Azure without a word. */
  readonly subscriptions: ReadonlySet<string>;
}

export interface AccountSearch {
  /**
   * Every AI account with a tag that starts with `keyturn-`, whole or not at all.
   * @throws FailureError
   */
  taggedAccounts(): Promise<Inventory>;
}

/** A row of what discovery found. The kind and the key name it within one instance. */
export interface DiscoveryRow {
  readonly kind: 'target' | 'refused' | 'paused' | 'look';
  /** Letters, digits and `-`. */
  readonly key: string;
  readonly fields: unknown;
}

/** What discovery found last, kept between workers: one partition per Keyturn instance. Throws `FailureError`. */
export interface DiscoveryRows {
  list(instance: string): Promise<readonly DiscoveryRow[]>;
  find(instance: string, kind: DiscoveryRow['kind'], key: string): Promise<DiscoveryRow | null>;
  /** Removes, then inserts or replaces; not as one change, the next look sets right what a crash left half done. */
  save(
    instance: string,
    removed: readonly Pick<DiscoveryRow, 'kind' | 'key'>[],
    put: readonly DiscoveryRow[],
  ): Promise<void>;
}
