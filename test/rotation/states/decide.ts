import type { KeyFingerprints } from '../../../src/keys/key-fingerprints.ts';
import type { ProbeAnswer } from '../../../src/keys/ports.ts';
import type { VaultSnapshot } from '../../../src/keys/vault-snapshot.ts';
import type { Decision, DecisionContext } from '../../../src/rotation/decision.ts';
import type { StateKind, States } from '../../../src/rotation/state.ts';
import { type FactsByState, pages } from '../../../src/rotation/states/pages.ts';
import { decideRevalidation, type RevalidationFacts } from '../../../src/rotation/states/revalidation.ts';
import type { StoredFacts } from '../../../src/rotation/states/store-new-key.ts';
import { keysSwitched, newFingerprint } from '../row-builder.ts';

export type Facts = FactsByState[StateKind];

/** What a state's page decides. */
export function decide<K extends StateKind>(
  state: States[K],
  facts: FactsByState[K],
  context: DecisionContext,
): Decision<K> {
  return pages[state.kind].decide(state, facts, context);
}

/** What a revalidation decides, and where the state goes on from what it finds. */
export function revalidate<K extends StateKind>(
  state: States[K],
  facts: RevalidationFacts,
  context: DecisionContext,
): Decision<K> {
  const answer = decideRevalidation<K>(state, facts, context);
  return answer.kind === 'found' ? pages[state.kind].revalidated(state, answer.found, context) : answer;
}

/** What `publishing` of the default rotation reads in such a vault. */
export function publishes(
  vault: VaultSnapshot,
  keys: KeyFingerprints = keysSwitched,
  proof: ProbeAnswer | null = null,
): StoredFacts {
  const secret = vault.key2;
  return secret.kind === 'stored' && secret.fingerprint === newFingerprint
    ? { kind: 'stored', vault, version: secret.version }
    : { kind: 'not-stored', vault, secret, keys, proof };
}
