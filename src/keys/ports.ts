import type { GrantedActions } from '../shared/permissions.ts';
import type { AccountId } from '../shared/resource-id.ts';
import type { SecretText } from '../shared/secret-text.ts';
import type { Slot } from '../shared/slot.ts';

/** Both keys of an account, as Azure gave them in one answer. */
export type KeyPair = Readonly<Record<Slot, SecretText>>;

/** What ARM says of an account, keys apart. */
export interface AccountFacts {
  /** Changes when an account is deleted and recreated under the same name. */
  readonly internalId: string;
  readonly kind: string;
  readonly location: string;
  /** With a trailing slash, as ARM gives it: `https://ai-secure-demo.cognitiveservices.azure.com/`. */
  readonly endpoint: string;
  /** Its host is surely one of the cloud's AI accounts: only such an address is called, and given to consumers. */
  readonly endpointIsAzure: boolean;
  readonly provisioningState: string;
  readonly localAuthDisabled: boolean;
  readonly tags: Tags;
}

/**
 * The control plane of AI accounts. Every method throws `FailureError`.
 * `regenerate` is never retried inside the adapter, and its request leaves the process only while the fence of the
 * lease, for which the port was opened, holds.
 */
export interface Accounts {
  get(account: AccountId): Promise<AccountFacts>;
  listKeys(account: AccountId): Promise<KeyPair>;
  /** Answers both keys. Anything but a 200 with two keys is a failure: 202 is `outcome-unknown`. */
  regenerate(account: AccountId, slot: Slot): Promise<KeyPair>;
}

export type Tags = Readonly<Record<string, string>>;

export interface SecretVersion {
  readonly name: string;
  /** The vault's 32-character version id. */
  readonly version: string;
  readonly enabled: boolean;
  /** Milliseconds since 1970; the vault keeps whole seconds, rounded down. */
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly contentType: string | null;
  readonly tags: Tags;
}

/** A secret's current version with what is shown of it. `disabled`: it exists, but the vault does not give its value. */
export type CurrentVersion<Shown> =
  | { readonly kind: 'absent' }
  | { readonly kind: 'disabled' }
  | ({ readonly kind: 'stored' } & Readonly<Shown>);

export type StoredSecret = CurrentVersion<SecretVersion & { value: SecretText }>;

/** One answer of the vault with the vault's own time, so that ages never compare two clocks. */
export interface ReadSecret {
  readonly secret: StoredSecret;
  /** The answer's `Date` header, milliseconds since 1970. */
  readonly vaultNowMs: number;
}

export interface SecretToStore extends Pick<SecretVersion, 'name' | 'contentType' | 'tags' | 'expiresAtMs'> {
  readonly value: SecretText;
}

/**
 * The secrets of one vault. Every method throws `FailureError`. Writes (`store`, `disableVersion`, `setTags`, `recover`) are never
 * retried inside the adapter, and leave the process only while the lease's fence holds.
 */
export interface Secrets {
  /** The current version of `name`. A disabled or missing secret is an answer, not a failure. */
  read(name: string): Promise<ReadSecret>;
  /** One given version, as `read` answers. */
  readVersion(name: string, version: string): Promise<ReadSecret>;
  /** All versions of `name`, in the vault's order (by version id, not by time). Empty for an unknown name. */
  listVersions(name: string): Promise<readonly SecretVersion[]>;
  /** Makes a new version; answers what the vault stored. */
  store(secret: SecretToStore): Promise<{ readonly stored: SecretVersion; readonly vaultNowMs: number }>;
  disableVersion(name: string, version: string): Promise<void>;
  /** Replaces all tags of one version; its value and all else stay, and no new version is made. */
  setTags(name: string, version: string, tags: Tags): Promise<void>;
  /** The tags of `name` in the vault's soft-deleted state, in which the name cannot be used again; null if it does not lie there. */
  deletedTags(name: string): Promise<Tags | null>;
  /** Brings a soft-deleted secret back with all its versions; resolves when it can be read again. */
  recover(name: string): Promise<void>;
}

/**
 * Apps of App Service and Functions, and their slots, each by its ARM id. Every method throws `FailureError`. Writes
 * (`replaceSettings`, `refreshReferences`, `restart`, `setTag`) are never retried inside the adapter, and leave the process only
 * while the lease's fence holds.
 */
export interface WebApps {
  /** When the app or slot last changed, as Azure writes the instant; null: there is none. */
  changedAt(siteId: string): Promise<string | null>;
  /** All settings with their values; null: there is no such app or slot. */
  settings(siteId: string): Promise<ReadonlyMap<string, SecretText> | null>;
  /** Replaces all settings, whatever stands there: Azure knows no condition. Workers restart after it. */
  replaceSettings(siteId: string, settings: ReadonlyMap<string, SecretText>): Promise<void>;
  /** Names of the settings that stay with their slot when slots are swapped. */
  stickySettings(appId: string): Promise<readonly string[]>;
  /** A setting's Key Vault reference as it is written, and Azure's word for what became of it; null: the setting is none. */
  reference(siteId: string, setting: string): Promise<{ readonly text: string; readonly status: string } | null>;
  /** Has the app read its references again; running code gets the values when its workers restart. */
  refreshReferences(siteId: string): Promise<void>;
  restart(siteId: string): Promise<void>;
  /** Null: there is no such app or slot. */
  tags(siteId: string): Promise<Tags | null>;
  /** Sets one tag; the others stay. */
  setTag(siteId: string, name: string, value: string): Promise<void>;
  /** Names of the slots beside production. */
  slots(appId: string): Promise<readonly string[]>;
  /** What Keyturn's own identity may do at the app or slot, role by role. */
  permissions(siteId: string): Promise<readonly GrantedActions[]>;
}

/**
 * What one call to the account's own endpoint says of a key. `unknown` is everything that is neither a success nor the
 * recorded bad-key 401: it says nothing about the key.
 */
export type ProbeAnswer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused' }
  /** `retryAfterMs`: how long the endpoint asks to be left alone, if it says so. */
  | { readonly kind: 'unknown'; readonly code: string; readonly retryAfterMs?: number };

/** The code of an answer that says nothing of the key, since the account's quota of calls is used up. */
export const quotaUsedUp = 'quota-used-up';

/** Where a key or token is tried. */
export interface ProbedAccount {
  /** ARM's name of the account's kind. */
  readonly kind: string;
  readonly endpoint: string;
  /** ARM's name of its region, which one kind's call names; null: not known. */
  readonly location?: string | null;
}

/** Calls the account's data plane with a key, each call on a fresh connection so that it meets any gateway node. Never throws. */
export interface KeyProbe {
  call(account: ProbedAccount, key: SecretText): Promise<ProbeAnswer>;
}

/**
 * What one call to the account's own endpoint says of Keyturn's token. `denied`: the token is good, but its identity lacks
 * the data action, or has it too freshly. `no-custom-subdomain`: the endpoint takes no tokens at all. `unknown` is
 * everything that says nothing about the token.
 */
export type TokenAnswer =
  | { readonly kind: 'accepted' }
  /** `action`: the data action that is missing, if the account named it. */
  | { readonly kind: 'denied'; readonly action?: string }
  | { readonly kind: 'no-custom-subdomain' }
  | { readonly kind: 'network-denied' }
  | { readonly kind: 'unknown'; readonly code: string };

/** Calls the account's data plane with the token of Keyturn's own identity. Never throws. */
export interface TokenProbe {
  call(account: ProbedAccount): Promise<TokenAnswer>;
}

/** What a name means where Keyturn itself runs. */
export type LookedUp =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'no-such-name' }
  /** No name server answered. */
  | { readonly kind: 'unknown' };

/** The worker's own name lookup, `dns.lookup` in production. Never throws. */
export interface NameLookup {
  lookup(host: string): Promise<LookedUp>;
}
