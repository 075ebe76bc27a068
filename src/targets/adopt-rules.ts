import type { Accounts, KeyProbe, Secrets } from '../keys/ports.ts';
import type { ProofRules } from '../keys/prove-key.ts';
import type { Clock } from '../shared/clock.ts';
import type { Slot } from '../shared/slot.ts';
import type { Intent } from './adopt-plan.ts';
import type { StoredView } from './stored-view.ts';

export interface AdoptPorts {
  readonly accounts: Accounts;
  readonly secrets: Secrets;
  readonly probe: KeyProbe;
  readonly clock: Clock;
}

/** What the owner of the account's row lets an adoption do, and when. */
export interface AdoptRules {
  readonly instance: string;
  readonly intent: Intent;
  /** Slots whose key was reported as leaked, and that no confirmation names: consumers are not led to them. */
  readonly leaked: readonly Slot[];
  readonly salt: string;
  /** Two looks this far apart must agree before a key is stored. */
  readonly staleBoundMs: number;
  /** Of a key that has been in use for long; a new one's is the target's. */
  readonly proofInUse: ProofRules;
  /** Asked with the plan, before the first write: `false` when another writer may still be at work. */
  mayWrite(plan: { readonly createsAll: boolean; readonly claims: boolean }): boolean;
  /** Whether the account with that `internalId` had that id before it was moved. `at-work`: somebody is still at it there. */
  isFormerId(armId: string, internalId: string): Promise<'former' | 'other' | 'at-work'>;
  /** Told of each write, so that an adoption that others stop midway can say what it has done. */
  wrote(secret: string, change: StoredView['change']): void;
  /** For what takes long and writes nothing. */
  renewLease(): Promise<void>;
  /**
   * Renews the lease while `look` reads, both at once so that slow paths stay within it. `check` throws on what has changed
   * since the plan; what `send` then sends leaves only while save and reads are fresh.
   */
  whileFresh<R, T>(look: () => Promise<R>, check: (seen: R) => void, send: (seen: R) => Promise<T>): Promise<T>;
}
