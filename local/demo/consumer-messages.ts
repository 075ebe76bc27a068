/** What the consumers' process is told. */
export type ToConsumers =
  | { readonly kind: 'read'; readonly secret: string }
  | { readonly kind: 'start' }
  | { readonly kind: 'stop' };

/** A secret as a consumer reads it; the value masked. */
export interface SecretSeen {
  readonly name: string;
  readonly masked: string;
  readonly contentType: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly expiresOn: string | null;
}

/** All counts are since the start. */
export interface Counts {
  readonly sent: number;
  /** How often each status or error was met. */
  readonly failures: Readonly<Record<string, number>>;
}

/** What it tells. */
export type FromConsumers =
  | { readonly kind: 'secret'; readonly secret: SecretSeen }
  | { readonly kind: 'counts'; readonly counts: Counts };
