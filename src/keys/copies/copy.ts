import type { Fingerprint } from '../../shared/fingerprint.ts';
import type { SecretText } from '../../shared/secret-text.ts';

/** A copy of the active key in another secret, there or in another vault. */
export interface SecretCopy {
  readonly kind: 'key-vault-secret';
  /** `https://kv-web.vault.azure.net`, without a trailing slash. */
  readonly vaultUrl: string;
  readonly secretName: string;
}

/** A copy of the active key in a setting of an App Service or Functions app, or of one of its slots. */
export interface SettingCopy {
  readonly kind: 'app-setting';
  /** ARM id of the app: `/subscriptions/…/providers/Microsoft.Web/sites/app-web`. */
  readonly appId: string;
  /** Null: production. */
  readonly slot: string | null;
  readonly setting: string;
}

/** A setting of an app that refers to the target's direct-value secret: refreshed, and the workers restarted. */
export interface ReferenceCopy extends Omit<SettingCopy, 'kind'> {
  readonly kind: 'reference-refresh';
}

/** A place outside the target's secrets that holds the active key, as the settings declare it. Never declared by a tag. */
export type Copy = {
  /** Of the copy, unique within its target. */
  readonly name: string;
  /** How long running code may go on with what the copy held before. Milliseconds. */
  readonly cacheMs: number;
  /** Whether Keyturn makes it if there is none. */
  readonly create: boolean;
} & (SecretCopy | SettingCopy | ReferenceCopy);

/** Where a copy lies, for people. */
export function placeOf(copy: Copy): string {
  if (copy.kind === 'key-vault-secret') return `${copy.vaultUrl}/secrets/${copy.secretName}`;
  return `${siteIdOf(copy)}/config/appsettings/${copy.setting}`;
}

/** The ARM id of the app or slot. */
export function siteIdOf({ appId, slot }: Pick<SettingCopy, 'appId' | 'slot'>): string {
  return slot === null ? appId : `${appId}/slots/${slot}`;
}

/** What stands in a copy's place. */
export type ReadCopy =
  /** Nothing: nobody gets a key there. */
  | { readonly kind: 'absent' }
  /** It may hold any key of before, and is to be written whatever that is. */
  | { readonly kind: 'outdated' }
  /** Something that Keyturn is not shown. */
  | { readonly kind: 'disabled' }
  | {
      readonly kind: 'stored';
      readonly value: SecretText;
      /** Changes with each write, even of the same value. */
      readonly version: string;
      /** A swap of slots would carry it to a place that is not declared. */
      readonly isCarriedAway?: boolean;
    };

/** One copy in its place. Every method throws `FailureError`; a write leaves only under the lease's fence, and is never retried inside. */
export interface CopyPlace {
  read(): Promise<ReadCopy>;
  /** Stores `value`. What stands there was read just before. */
  write(value: SecretText): Promise<void>;
  /** Writes in a way that nobody who reads the copy notices: shows that it can be written. */
  tryWriting(): Promise<void>;
}

/** What was last seen in a copy, and since when, by the storage service's clock. */
export interface SeenCopy {
  readonly name: string;
  readonly salt: string;
  /** Of place, value and version, named with `salt`. */
  readonly mark: Fingerprint;
  readonly sinceMs: number;
}

/** A copy as decisions see it. */
export type CopyFact = { readonly name: string } & (
  | { readonly kind: 'absent' | 'outdated'; readonly mark: CopyMark }
  /** `unreadable`: only of copies that a rotation does not wait for; else the failure itself tells. */
  | { readonly kind: 'disabled' | 'unreadable' }
  /** `fingerprint`: of the value, named with the rotation's salt. */
  | {
      readonly kind: 'stored';
      readonly fingerprint: Fingerprint;
      readonly mark: CopyMark;
      /** As `ReadCopy` says it. */
      readonly isCarriedAway?: boolean;
    }
);

/** Names what stands in a copy, to be compared with what was seen before. */
type CopyMark = Pick<SeenCopy, 'salt' | 'mark'>;
