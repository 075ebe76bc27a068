import type { KeyFingerprints } from '../../keys/key-fingerprints.ts';
import type { ProbeAnswer } from '../../keys/ports.ts';
import type { SecretFact, VaultSnapshot } from '../../keys/vault-snapshot.ts';
import type { Fingerprint } from '../../shared/fingerprint.ts';
import { otherSlot } from '../../shared/slot.ts';
import type { DecisionContext, Note, StoreKey, Suspend, Wait } from '../decision.ts';
import { staleBoundMs, triesForDeleted } from '../numbers.ts';
import type { Session } from '../run/session.ts';
import type { States } from '../state.ts';
import { keysStale, keyToStore, storeAgainLater } from './key-to-store.ts';
import { proveToStore } from './prove-stored.ts';
import type { GatherMode } from './state-page.ts';
import { endpointWait } from './waits.ts';

/** Whether a new key stands in its secret; only if it does not, the account is asked which keys it has. */
export type StoredFacts =
  | { readonly kind: 'stored'; readonly vault: VaultSnapshot; readonly version: string }
  | {
      readonly kind: 'not-stored';
      readonly vault: VaultSnapshot;
      readonly secret: SecretFact;
      readonly keys: KeyFingerprints;
      /** Of the key that is to be stored; null if nobody reads it before it is proved. */
      readonly proof: ProbeAnswer | null;
    };

/** A new key, as the rotation expects it in its slot's secret. */
type Expected = Pick<StoreKey<'publishing'>, 'slot' | 'fingerprint'>;

export async function gatherStored(
  session: Session,
  salt: string,
  { slot, fingerprint }: Expected,
  mode: GatherMode,
): Promise<StoredFacts> {
  const [vault, asked] =
    mode === 'fresh'
      ? await Promise.all([session.readVault(salt), session.currentKeys(salt)])
      : [await session.vault(salt), null];
  const secret = vault[slot];
  if (secret.kind === 'stored' && secret.fingerprint === fingerprint)
    return { kind: 'stored', vault, version: secret.version };
  const keys = asked ?? (await session.currentKeys(salt));
  return { kind: 'not-stored', vault, secret, keys, proof: await proveToStore(session, slot, vault, keys, mode) };
}

/**
 * A new key goes into its slot's secret, which does not hold it yet: only while the account has it, and has kept the other
 * slot's key. A key that somebody made meanwhile takes its place. If consumers may still read the secret, the account
 * must have accepted the key.
 * @param other the fingerprint that the other slot's key must have kept
 * @param instead the state that expects another key than `fingerprint`
 */
export function storeNewKey<K extends 'publishing' | 'restocking'>(
  state: States[K],
  { slot, fingerprint }: Expected,
  other: Fingerprint,
  instead: (fingerprint: Fingerprint) => States[K],
  { secret, keys, proof }: Extract<StoredFacts, { kind: 'not-stored' }>,
  context: DecisionContext,
): { readonly kind: 'step'; readonly step: StoreKey<K> } | Wait<States[K]> | Note<States[K]> | Suspend {
  if (keys[otherSlot(slot)] !== other) return { kind: 'suspend', reason: 'out-of-band-regenerated' };
  const before = state.fingerprintsBefore[slot];
  const toStore = keyToStore(slot, fingerprint, before, keys, state.firstLook, context.nowMs);
  switch (toStore.kind) {
    case 'store':
      if (proof !== null && proof.kind !== 'accepted') return endpointWait(state, proof, context);
      // The vault does not take the name: its secret lies deleted, and only a person recovers or purges it.
      if (secret.kind === 'absent' && state.attempts >= triesForDeleted)
        return { kind: 'suspend', reason: 'secret-missing' };
      if (state.storedAtMs !== null) return storeAgainLater(state, context);
      return { kind: 'step', step: { kind: 'store-key', state, slot, fingerprint } };
    case 'stale':
      return keysStale(state, staleBoundMs, context);
    case 'recheck': {
      const { firstLook, forMs } = toStore;
      return { kind: 'wait', state: { ...state, firstLook }, reason: 'recheck', forMs };
    }
    case 'is-now':
      return { kind: 'note', state: { ...instead(toStore.fingerprint), firstLook: null } };
  }
}
