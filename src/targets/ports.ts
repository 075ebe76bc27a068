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
  /** Every AI account with a tag that starts with `keyturn-`, whole or not at all. @throws FailureError */
  taggedAccounts(): Promise<Inventory>;
}

/** An event subscription of a vault, as Event Grid shows it. */
export interface EventSubscription {
  /** False: Event Grid could not set it up, or is taking it down. */
  readonly isWorking: boolean;
  /** Null: every type. */
  readonly eventTypes: readonly string[] | null;
  /** The subject of a vault's event is the secret's name. */
  readonly subject: { readonly beginsWith: string; readonly endsWith: string; readonly hasCase: boolean };
  readonly destination:
    | { readonly kind: 'function'; readonly resourceId: string }
    /** Without its query. */
    | { readonly kind: 'webhook'; readonly address: string }
    | { readonly kind: 'queue'; readonly queue: string }
    | { readonly kind: 'other' };
}

export interface VaultEvents {
  /** Begins a look at any number of vaults; what several of them need is asked once. Asks nobody by itself. */
  look(): VaultEventsLook;
}

interface VaultEventsLook {
  /**
   * Every event subscription of a vault; null if Keyturn's identity may not see all that there could be.
   * @param vaultUrl `https://<vault>.vault.azure.net`
   * @throws FailureError when Azure cannot be asked now
   */
  subscriptions(vaultUrl: string): Promise<readonly EventSubscription[] | null>;
}

/** The largest targets document: some ten thousand targets. */
export const mostDocumentBytes = 4 * 1024 * 1024;

/** A blob of the app's own storage account. */
export interface BlobPlace {
  readonly container: string;
  readonly name: string;
}

/** The targets document as it lies there now. */
export type BlobAnswer =
  | { readonly kind: 'content'; readonly etag: string; readonly bytes: Uint8Array }
  /** `bytes`: so many at least. */
  | { readonly kind: 'too-large'; readonly etag: string; readonly bytes: number }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'absent' };

export interface TargetsBlob {
  /**
   * @param unlessEtag with this entity tag it need not be read again; null: read it in any case
   * @throws FailureError
   */
  read(unlessEtag: string | null): Promise<BlobAnswer>;
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
