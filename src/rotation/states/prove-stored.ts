import type { KeyFingerprints } from '../../keys/key-fingerprints.ts';
import type { ProbeAnswer } from '../../keys/ports.ts';
import { type ProofRules, proveKey } from '../../keys/prove-key.ts';
import { isInactiveSecretRead, type VaultSnapshot } from '../../keys/vault-snapshot.ts';
import type { Slot } from '../../shared/slot.ts';
import { probedAccount } from '../account-row.ts';
import { activeKeyProof } from '../numbers.ts';
import type { Session } from '../run/session.ts';
import type { GatherMode } from './state-page.ts';

/** Several calls at once, for slow paths. */
const quickProof = { ...activeKeyProof, overlapping: true } as const;

/** Tries a slot's key as consumers would: the value that the vault has just given. */
export async function proveStored(
  session: Session,
  slot: Slot,
  rules: ProofRules = activeKeyProof,
): Promise<ProbeAnswer> {
  if (session.target.policy.probe === 'control-plane-only') return { kind: 'accepted' };
  const { secret } = await session.keySecret(slot);
  if (secret.kind !== 'stored') return { kind: 'unknown', code: `secret-${secret.kind}` };
  const run = await proveKey(session.probe, session.clock, probedAccount(session.owned.row), secret.value, rules);
  return run.answer;
}

/**
 * Reads the vault and tries a slot's key, both at once: the proof begins with the value that was read last, and counts
 * if the vault still gives that very version.
 */
export async function readAndProve(
  session: Session,
  salt: string,
  slot: Slot,
  rules: ProofRules = quickProof,
): Promise<{ readonly vault: VaultSnapshot; readonly proof: ProbeAnswer }> {
  const { secret: before } = await session.keySecret(slot);
  const [vault, proof] = await Promise.all([session.readVault(salt), proveStored(session, slot, rules)]);
  const now = vault[slot];
  const isSame = before.kind === 'stored' && now.kind === 'stored' && before.version === now.version;
  return { vault, proof: isSame ? proof : await proveStored(session, slot, rules) };
}

/**
 * Tries the key that is about to be stored for the slot that the pointer does not name, if consumers may still read that
 * secret by a pointer from their caches: whatever they hold now, a key that has not spread yet is none to give them.
 * @param keys of the answer that was taken last
 * @returns null if nothing is to be tried: it is stored already, nobody reads it, or the endpoint is never called
 */
export async function proveToStore(
  session: Session,
  slot: Slot,
  vault: VaultSnapshot,
  keys: KeyFingerprints,
  mode: GatherMode,
): Promise<ProbeAnswer | null> {
  const { owned, probe, clock, target } = session;
  const { pointer } = vault;
  const secret = vault[slot];
  // Anybody who reads nothing fails already.
  if (secret.kind === 'absent' || (secret.kind === 'stored' && secret.fingerprint === keys[slot])) return null;
  if (target.policy.probe === 'control-plane-only') return null;
  const { lastSeen } = owned.row;
  const isSame = pointer.kind === 'stored' && pointer.version === lastSeen?.versions.pointer;
  // The age of what differs from what was last seen restarts, whatever its date.
  if (!isInactiveSecretRead(vault, target.policy, isSame ? lastSeen.sinceMs : vault.seenByMs)) return null;
  const key = session.keyOf(slot);
  if (key === null) return null;
  const rules = mode === 'fresh' ? quickProof : activeKeyProof;
  return (await proveKey(probe, clock, probedAccount(owned.row), key, rules)).answer;
}
