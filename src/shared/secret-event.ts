/** What Key Vault tells of a secret that nears its end: a hint of where to look, never a fact to act on. */
export interface SecretEvent {
  readonly kind: 'near-expiry' | 'expired';
  /** `push`: Event Grid called. `queue`: it was read from the queue. Left out where nobody says. */
  readonly deliveryPath?: 'push' | 'queue';
  /** The vault's name, in lower case; the address to ask is always that of the target's own settings. */
  readonly vault: string;
  readonly secret: string;
  /** The vault's 32-character version id, in lower case. */
  readonly version: string;
}
