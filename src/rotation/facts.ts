import type { KeyPrints } from '../keys/key-prints.ts';
import type { AccountFacts, ProbeAnswer } from '../keys/ports.ts';
import type { SecretFact, VaultSnapshot } from '../keys/vault-snapshot.ts';
import type { StateOf, Superseded } from './state.ts';

/** What ARM says of an account, in one moment. */
interface Arm {
  readonly account: AccountFacts;
  readonly keys: KeyPrints;
}

/** What storing a new key rests on. */
interface ToStore {
  /** Null where the vault already holds the new key: then nothing is to be stored. */
  readonly keys: KeyPrints | null;
  readonly vault: VaultSnapshot;
  /** Of the key that is to be stored; null where nobody reads it before it is proved. */
  readonly proof: ProbeAnswer | null;
}

/** What a state needs to know before it decides; one member per state, gathered anew each time. No key, only fingerprints. */
export type Facts =
  /** `arm` is null where the vault alone already says to wait. */
  | { readonly kind: 'preparing'; readonly vault: VaultSnapshot; readonly arm: Arm | null }
  /** Before the regenerate: the whole gate again. */
  | { readonly kind: 'regenerating'; readonly vault: VaultSnapshot; readonly arm: Arm }
  /** After a regenerate whose outcome is not known: a look. */
  | { readonly kind: 'look'; readonly account: AccountFacts; readonly keys: KeyPrints }
  | ({ readonly kind: 'publishing' } & ToStore)
  | { readonly kind: 'probing'; readonly secret: SecretFact }
  | { readonly kind: 'switching'; readonly keys: KeyPrints; readonly vault: VaultSnapshot }
  | { readonly kind: 'overlap-runs' }
  | {
      readonly kind: 'overlap-over';
      readonly account: AccountFacts;
      readonly keys: KeyPrints;
      readonly vault: VaultSnapshot;
      readonly proof: ProbeAnswer;
    }
  | { readonly kind: 'retiring'; readonly keys: KeyPrints; readonly vault: VaultSnapshot; readonly proof: ProbeAnswer }
  | ({ readonly kind: 'restocking' } & ToStore)
  | { readonly kind: 'agreement'; readonly keys: KeyPrints; readonly vault: VaultSnapshot }
  /** What the endpoint says of the retired key; `not-tried`: its value is not known, or the target's endpoint is never called. */
  | { readonly kind: 'refusal'; readonly answer: ProbeAnswer | { readonly kind: 'not-tried' } }
  | { readonly kind: 'clean-up'; readonly takenOver: boolean; readonly disable: Superseded; readonly leave: Superseded }
  | {
      readonly kind: 'rolling-back';
      readonly keys: KeyPrints;
      readonly vault: VaultSnapshot;
      readonly proof: ProbeAnswer;
    }
  /** After people changed keys: what stands now. `proof` is of the slot that the pointer names. */
  | {
      readonly kind: 'revalidation';
      readonly account: AccountFacts;
      readonly keys: KeyPrints;
      readonly vault: VaultSnapshot;
      readonly proof: ProbeAnswer;
    }
  /** The rotation has sent nothing that would have to be undone. */
  | { readonly kind: 'untouched' }
  | {
      readonly kind: 'cancelling';
      readonly before: NonNullable<StateOf<'cancelling'>['before']>;
      readonly account: AccountFacts;
      readonly keys: KeyPrints;
      readonly vault: VaultSnapshot;
      /** Null where the old key was not tried, since consumers are not given anything. */
      readonly proof: ProbeAnswer | null;
      /** Of the inactive slot's key; null if it is stored, or nobody reads it before it is proved. */
      readonly inactiveProof: ProbeAnswer | null;
    };

export type FactsOf<K extends Facts['kind']> = Extract<Facts, { kind: K }>;
