import type { KeyPrints } from '../keys/key-prints.ts';
import type { AccountFacts, ProbeAnswer } from '../keys/ports.ts';
import type { SecretFact, VaultSnapshot } from '../keys/vault-snapshot.ts';
import type { StateOf, Superseded } from './state.ts';

/** What ARM says of an account, in one moment. */
interface Arm {
  readonly account: AccountFacts;
  readonly keys: KeyPrints;
}

/** What a state needs to know before it decides; one member per state, gathered anew each time. No key, only fingerprints. */
export type Facts =
  /** `arm` is null where the vault alone already says to wait. */
  | { readonly kind: 'preparing'; readonly vault: VaultSnapshot; readonly arm: Arm | null }
  /** Before the regenerate: the whole gate again. */
  | { readonly kind: 'regenerating'; readonly vault: VaultSnapshot; readonly arm: Arm }
  /** After a regenerate whose outcome is not known: a look. */
  | { readonly kind: 'look'; readonly account: AccountFacts; readonly keys: KeyPrints }
  /** `keys` is null where the vault already holds the new key: then nothing is to be stored. */
  | { readonly kind: 'publishing'; readonly keys: KeyPrints | null; readonly vault: VaultSnapshot }
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
  | { readonly kind: 'restocking'; readonly keys: KeyPrints | null; readonly vault: VaultSnapshot }
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
    };

export type FactsOf<K extends Facts['kind']> = Extract<Facts, { kind: K }>;
