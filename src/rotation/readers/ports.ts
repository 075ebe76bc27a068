/** One identity's reads of one version of a secret, as the vault's audit log has them. Only reads that were answered. */
export interface VersionReads {
  /** Null: the log names none. */
  readonly objectId: string | null;
  readonly appId: string | null;
  /** ARM id of the managed identity, or of the resource whose identity it is; null: the log does not say. */
  readonly resourceId: string | null;
  /** The token was a person's. */
  readonly isPerson: boolean;
  readonly secret: string;
  readonly version: string;
  /** Of the last read, milliseconds since 1970 by the vault's clock. */
  readonly lastAtMs: number;
}

/** What a vault's audit log holds of a span of time. */
export interface AuditedReads {
  /** The newest line about the vault, no matter who caused it; null: there is none. */
  readonly newestAtMs: number | null;
  readonly reads: readonly VersionReads[];
}

/** The audit log of key vaults, in a Log Analytics workspace. Methods throw `FailureError`. */
export interface VaultAuditLog {
  /** Reads of these secrets since `fromMs`. A vault that sends no log there has no lines. */
  reads(vaultUrl: string, secrets: readonly string[], fromMs: number, toMs: number): Promise<AuditedReads>;
  /** Object ids or client ids of identities that use no key that they read, in lower case: Keyturn's own, and listed scanners. */
  noConsumers(): Promise<readonly string[]>;
}
