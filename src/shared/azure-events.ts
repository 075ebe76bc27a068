/** What Key Vault tells of a secret that nears its end; it says where to look, and is never a fact to act on. */
export interface SecretEvent {
  readonly kind: 'near-expiry' | 'expired';
  /** `push`: Event Grid called. `queue`: it was read from the queue. Left out if nobody says. */
  readonly deliveryPath?: 'push' | 'queue';
  /** The vault's name, in lower case; the address to ask is always that of the target's own settings. */
  readonly vault: string;
  readonly secret: string;
  /** The vault's 32-character version id, in lower case. */
  readonly version: string;
}

/** What Azure tells of a key that somebody has regenerated; it says where to look, and is never a fact to act on. */
export interface RegeneratedKey {
  /** The account's resource id, as the event has it. */
  readonly accountId: string;
  /** The object id of who did it; null: the event does not say. */
  readonly by: string | null;
  /** When it happened by Azure's clock; null: the event does not say. */
  readonly atMs: number | null;
}
