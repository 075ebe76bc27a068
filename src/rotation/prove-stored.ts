import type { ProbeAnswer } from '../keys/ports.ts';
import { type ProofRules, proveKey } from '../keys/prove-key.ts';
import type { Slot } from '../shared/slot.ts';
import { probedAccount } from './account-row.ts';
import { activeKeyProof } from './numbers.ts';
import type { Session } from './session.ts';

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
