import type { Accounts, KeyProbe, Secrets } from '../keys/ports.ts';
import type { Clock } from '../shared/clock.ts';
import type { AccountId } from '../shared/resource-id.ts';

/** Who may reach an account, and by which doors. */
export interface AccountDoors {
  readonly kind: string;
  readonly endpoint: string;
  /** The custom subdomain; null: it answers at its region's host alone, which takes no tokens. */
  readonly subdomain: string | null;
  readonly localAuthDisabled: boolean;
  readonly rules: {
    readonly publicNetworkAccess: 'Enabled' | 'Disabled';
    readonly defaultAction: 'Allow' | 'Deny';
    /** Public IPv4 addresses and CIDR ranges. */
    readonly ipRules: readonly string[];
  };
  readonly connections: readonly { readonly status: string }[];
}

/** What a name means where Keyturn itself runs. */
export type LookedUp =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'no-such-name' }
  /** No name server answered. */
  | { readonly kind: 'unknown' };

/** What one call with Keyturn's own token says. */
export type TokenAnswer =
  | { readonly kind: 'accepted' }
  /** The token is good, its bearer lacks the data action. */
  | { readonly kind: 'denied'; readonly action?: string }
  | { readonly kind: 'no-custom-subdomain' }
  | { readonly kind: 'network-denied' }
  | { readonly kind: 'unknown'; readonly code: string };

/** A role assignment that counts at the account. */
export interface RoleHeld {
  readonly principalId: string;
  readonly roleGuid: string;
  readonly createdAtMs: number | null;
}

/** What a diagnosis asks; it changes nothing. Methods throw `FailureError` where not said otherwise. */
export interface DiagnosisPorts {
  readonly accounts: Accounts;
  readonly secrets: Secrets;
  readonly probe: KeyProbe;
  readonly doors: (account: AccountId) => Promise<AccountDoors>;
  readonly nameLookup: { /** Never throws. */ lookup(host: string): Promise<LookedUp> };
  readonly tokenProbe: {
    /** Never throws. */
    call(account: { readonly kind: string; readonly endpoint: string }): Promise<TokenAnswer>;
  };
  readonly authorization: { assignmentsAt(scope: string): Promise<readonly RoleHeld[]> };
  readonly identities: { ownPrincipalId(): Promise<string> };
  readonly clock: Clock;
  readonly newId: () => string;
}
