import type { KeyPair, KeyProbe, ProbedAccount, TokenProbe } from '../../keys/ports.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Fence } from '../../shared/fence.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import type { SecretText } from '../../shared/secret-text.ts';
import type { Cause } from '../hardening-refusals.ts';

/** What ARM says of an account, as far as it matters for going without keys. */
export interface AuthFacts extends ProbedAccount {
  readonly internalId: string;
  /** Without one the endpoint takes no tokens. */
  readonly customSubdomain: string | null;
  readonly provisioningState: string;
  readonly localAuthDisabled: boolean;
}

/** Whether an account takes keys. Every method throws `FailureError`. */
export interface LocalAuth {
  read(account: AccountId): Promise<AuthFacts>;
  /** Asks ARM once; whether it took is for `read` to say. */
  setDisabled(account: AccountId, disabled: boolean, fence: Fence): Promise<void>;
}

/** Somebody asked ARM for the keys. */
export interface KeyListing {
  readonly atMs: number;
  /** Object id, or a sign-in name if the log has no more. */
  readonly caller: string;
}

/** The subscription's activity log. Throws `FailureError`. */
export interface ActivityLog {
  /** Who listed the account's keys from `sinceMs` on, successfully, newest first. */
  keyListings(account: AccountId, sinceMs: number): Promise<readonly KeyListing[]>;
}

export interface KeylessPorts {
  readonly localAuth: LocalAuth;
  readonly tokenProbe: TokenProbe;
  readonly keyProbe: KeyProbe;
  readonly clock: Clock;
  /** The active key as the vault holds it, or null: there is nothing to try then. @throws FailureError */
  readonly storedKey: () => Promise<SecretText | null>;
  /** Both keys that the account has. @throws FailureError */
  readonly listKeys: () => Promise<KeyPair>;
  /**
   * Writes into the account's row whether the target is keyless; refused while a rotation or another worker is at it,
   * and if the fence is closed; a newer release's row is left alone.
   * @throws FailureError
   */
  readonly markKeyless: (fence: Fence) => Promise<'marked' | 'busy' | 'newer-schema'>;
  /**
   * Stores the account's keys again, restarts their age, and takes the mark off. @throws FailureError
   * @param onlyMarked nothing is to be done if there is no mark: keys were never turned off
   * @param isLast it has been tried for long: what would pass by itself counts as refused
   */
  readonly adoptAgain: (
    onlyMarked: boolean,
    isLast: boolean,
  ) => Promise<'adopted' | 'busy' | 'newer-schema' | { readonly refused: Cause }>;
  /** Whether the whole instance is paused. @throws FailureError */
  readonly isPaused: () => Promise<boolean>;
}
