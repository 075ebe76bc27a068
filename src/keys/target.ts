import type { AccountId } from '../shared/resource-id.ts';
import { slots } from '../shared/slot.ts';
import type { StartCalendar } from '../shared/start-calendar.ts';
import { dayMs } from '../shared/time.ts';
import type { Copy } from './copies/copy.ts';

/** What a target may be called: it stands in routes, in messages and as the key of rows. */
export const targetName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Bound of a target's copies: Keyturn reads and writes them one after another under one lease. */
export const mostCopies = 8;

/** One AI account under Keyturn's care, with its vault, its secret names and its policy. All durations in milliseconds. */
export interface Target {
  readonly name: string;
  readonly account: AccountId;
  /** `https://kv-ai102-secure.vault.azure.net`, without a trailing slash. */
  readonly vaultUrl: string;
  readonly prefix: string;
  /** `pointer`: consumers read the pointer, then a key secret. `direct`: beside them, one secret holds the active key itself. */
  readonly layout:
    | { readonly kind: 'pointer' }
    | {
        readonly kind: 'direct';
        readonly directSecretName: string;
        /** Every reader of that secret is declared as a copy of kind `reference-refresh`. Left out: anybody may read it. */
        readonly readers?: 'copies';
      };
  /** Places outside that hold the active key and are led along. */
  readonly copies: readonly Copy[];
  readonly policy: TargetPolicy;
}

export interface TargetPolicy {
  /** A new rotation is due this long after the last one was completed. */
  readonly rotateEveryMs: number;
  /** From switching the pointer to regenerating the old key. At least pointer cache + key cache + longest request + 1 s. */
  readonly overlapMs: number;
  readonly pointerCacheMs: number;
  readonly keyCacheMs: number;
  readonly longestRequestMs: number;
  /** How a new key is proved: this many acceptances in a row, spread over at least this long. */
  readonly newKeyProof: { readonly acceptances: number; readonly spreadMs: number };
  /** `control-plane-only`: the account's endpoint is never called, with a key or a token; every answer says so. */
  readonly probe: 'data-plane' | 'control-plane-only';
  /** `auto`: the operator has said beforehand that nobody uses the inactive key when the target is adopted. */
  readonly firstRotation: 'on-request' | 'auto';
  /** `all`: the vault's policy wants an expiry on every secret, not only on key secrets. */
  readonly secretExpiry: 'keys' | 'all';
  /** Vault and account are compared this often while no rotation is in flight. */
  readonly driftEveryMs: number;
  /** Local authentication is off on this account and stays off: nothing to adopt, nothing to rotate. */
  readonly keyless?: boolean;
  /** The vault policy's maximum validity, or null for none. */
  readonly maxValidityMs: number | null;
  /**
   * How long the old key is kept for who still reads it once the overlap is over, and what comes then; 0: no longer than it
   * takes to notify people. At most `longestHoldMs`.
   */
  readonly stragglers: { readonly holdMs: number; readonly after: 'continue' | 'suspend' };
  /** When the schedule may start a rotation; one under way always goes on. */
  readonly calendar: StartCalendar;
  /** The others wait until this one has come through its rotation. */
  readonly canary: boolean;
}

/** A target's secrets, by what each is for. */
export const secretParts = [...slots, 'endpoint', 'pointer', 'direct'] as const;

export type SecretPart = (typeof secretParts)[number];

export function secretNames(target: Target) {
  return {
    key1: `${target.prefix}-key1`,
    key2: `${target.prefix}-key2`,
    endpoint: `${target.prefix}-endpoint`,
    pointer: `${target.prefix}-active-key`,
    direct: target.layout.kind === 'direct' ? target.layout.directSecretName : null,
  } as const;
}

/** The longest hold for who still reads the old key: a log shows who read it once, and an application that is gone reads no other. */
export const longestHoldMs = 7 * dayMs;

/** Between the last read of a cached pointer and the request that uses it. */
export const marginMs = 1000;

/** App Service refreshes references to secrets within 24 h; two hours for the restart that follows. https://learn.microsoft.com/azure/app-service/app-service-key-vault-references */
export const directHoldMs = 26 * 60 * 60_000;

/** How long a consumer that follows the pointer may use a key after the pointer has left it. Milliseconds. */
export function pointerHoldMs({ pointerCacheMs, keyCacheMs, longestRequestMs }: TargetPolicy): number {
  return pointerCacheMs + keyCacheMs + longestRequestMs + marginMs;
}

/** How long anybody may use a key after a copy has ceased to hold it. Milliseconds. */
export function copyHoldMs({ cacheMs }: Pick<Copy, 'cacheMs'>, { longestRequestMs }: TargetPolicy): number {
  return cacheMs + longestRequestMs + marginMs;
}

/** How long any consumer of the target may use a key after the switch to another; copies have times of their own. Milliseconds. */
export function consumersHoldMs({ layout, policy }: Target): number {
  const byPointerMs = pointerHoldMs(policy);
  const isFollowed = layout.kind === 'pointer' || layout.readers === 'copies';
  return isFollowed ? byPointerMs : Math.max(byPointerMs, directHoldMs);
}
