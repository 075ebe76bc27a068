/** Where the key is: a target's prefix, whose pointer names the key to use, or the one secret that holds the active key. */
export type KeyPlace =
  | { readonly prefix: string; readonly secretName?: never }
  | { readonly secretName: string; readonly prefix?: never };

export type RotatingKeyOptions = KeyPlace & {
  /** The vault's address: `https://kv-contoso.vault.azure.net`. */
  readonly vaultUrl: string;
  /** Any credential of `@azure/identity`. Its identity needs the role Key Vault Secrets User on the secrets. */
  readonly credential: TokenSource;
  /** A key is used for at most this long after the vault was asked for it. Default 30 minutes, 10 s to 24 h. */
  readonly cacheMs?: number;
  /** While the vault fails, the last key is used for so long after the first failure. Default 1 hour. */
  readonly lastGoodForMs?: number;
  /** The longest that one call takes, with its retries. Only for `declaration`. Default 10 minutes. */
  readonly longestRequestMs?: number;
  /** Hears what happens. Holds no key; whatever it throws is ignored. */
  readonly onEvent?: (event: KeyEvent) => void;
  /** Options of the `SecretClient`: a proxy, retries, telemetry. */
  readonly clientOptions?: object;
  /** Time and chance, so that a test can move the one and choose the other. Default: those of the machine. */
  readonly time?: Time;
};

/** A key that follows its rotations, in the shapes in which clients take one. */
export interface RotatingKey {
  /**
   * The key for a request that is sent now. It waits for the vault only if the cached one is too old.
   * @throws {KeyUnavailable} if the vault has failed for longer than `lastGoodForMs`
   */
  current(): Promise<HiddenKey>;
  /** For Azure SDK clients that take a `KeyCredential` or an `AzureKeyCredential`: `key` is the key of this moment. */
  readonly credential: { readonly key: string };
  /** For the OpenAI SDK, which calls it before each request: `new OpenAI({ apiKey: key.apiKey, … })`. */
  readonly apiKey: () => Promise<string>;
  /**
   * For the pipeline of an Azure SDK client, once per retry: sets the key, and after a 401 asks once more with the key that
   * the vault names by then, if there is another and the body can be sent again.
   */
  policy(options?: HeaderOption): KeyPolicy;
  /** `fetch` that sets the key, and after a 401 does as `policy`. It follows no redirect, unless the call says so. */
  fetch(options?: HeaderOption & { readonly fetch?: typeof globalThis.fetch }): typeof globalThis.fetch;
  /**
   * For clients of another shape: tell it of each 401. The vault is read again, at most once in 10 s.
   * @returns the key to try instead, or null if there is none
   */
  refused(key: HiddenKey): Promise<HiddenKey | null>;
  /**
   * For events of Keyturn, from its topic of Event Grid: a CloudEvent `Keyturn.KeySwitched` about this key makes the vault be
   * read once within 30 s, at most once a minute. It is a hint: what an event says is never believed, and none is needed.
   * @param event whatever came in, one event parsed from JSON; anything else than such an event is ignored, nothing is thrown
   * @returns whether the vault will be read for it
   */
  keySwitched(event: unknown): boolean;
  /**
   * The account's address, from the secret `{prefix}-endpoint`; read once.
   * @throws {KeyUnavailable} if it cannot be read, or the key was named by `secretName`
   */
  endpoint(): Promise<string>;
  /** What the target has to say of this consumer in Keyturn's settings. */
  readonly declaration: Declaration;
  /** Ends the refreshing in the background, which keeps no process alive. What is asked afterwards is still answered. */
  close(): void;
}

/** Which header holds the key. Default `Ocp-Apim-Subscription-Key`; in `Authorization` it follows the word `Bearer`. */
export interface HeaderOption {
  readonly header?: string;
}

/** A key that no log shows: text, JSON and the inspector give a placeholder. */
export interface HiddenKey {
  /** The key itself. Call it where the request is made, nowhere else. */
  reveal(): string;
}

/** Fields of a Keyturn target, as its settings take them. Of several consumers, each field's greatest counts. */
export interface Declaration {
  readonly pointerCache: string;
  readonly keyCache: string;
  /** Pointer and key are one snapshot, so that their cache counts once. `false` once another consumer reads them apart. */
  readonly snapshotReads: true;
  readonly longestRequest: string;
}

/** What went wrong with a read of the vault. */
export type KeyFailure =
  | 'vault-unavailable'
  | 'token-unavailable'
  | 'access-denied'
  | 'secret-missing'
  | 'secret-disabled'
  | 'secret-empty'
  | 'pointer-unusable';

/** A read that failed: why, of which secret, and the HTTP status if the vault answered. */
export interface ReadFailure {
  readonly reason: KeyFailure;
  /** Null: the vault did not answer in time. */
  readonly secret: string | null;
  readonly status: number | null;
}

export type KeyEvent =
  /** The vault named another key; it is used from now on. */
  | { readonly kind: 'key-changed'; readonly slot: string | null; readonly version: string | null }
  /** A read failed, and is tried again. */
  | ({ readonly kind: 'read-failed'; readonly keyAgeMs: number | null } & ReadFailure)
  /** A key older than `cacheMs` is used, since the vault failed or, without `failure`, was not asked in time. */
  | { readonly kind: 'old-key-used'; readonly keyAgeMs: number; readonly failure: ReadFailure | null }
  /** The vault answered again after failures. */
  | { readonly kind: 'recovered' }
  /** A request was answered with 401. */
  | { readonly kind: 'key-refused'; readonly slot: string | null; readonly version: string | null };

/** Of `@azure/identity`'s credentials, what is used here. */
export interface TokenSource {
  getToken(
    scopes: string | string[],
    options?: object,
  ): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>;
}

/** A `PipelinePolicy` of `@azure/core-rest-pipeline`, by its shape. */
export interface KeyPolicy {
  readonly name: string;
  sendRequest<
    Request extends { readonly headers: { set(name: string, value: string): void }; readonly body?: unknown },
    Response extends { readonly status: number },
  >(request: Request, next: (request: Request) => Promise<Response>): Promise<Response>;
}

export interface Time {
  /** Milliseconds that never run backwards. */
  monotonicMs(): number;
  /** Milliseconds since 1970. */
  wallMs(): number;
  /** From 0 to less than 1. */
  random(): number;
  /** Runs `act` later, and keeps no process alive for it. @returns what takes it back */
  schedule(afterMs: number, act: () => void): () => void;
}
