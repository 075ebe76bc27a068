import type { ProbeAnswer } from '../keys/ports.ts';
import type { ProofRules } from '../keys/prove-key.ts';
import type { VaultSnapshot } from '../keys/vault-snapshot.ts';
import { otherSlot, type Slot } from '../shared/slot.ts';
import type { Step } from './decision.ts';
import type { Facts } from './facts.ts';
import { gatherConfirming } from './gather-confirming.ts';
import { activeKeyProof, lastProof } from './numbers.ts';
import { proveStored, proveToStore } from './prove-stored.ts';
import type { Session } from './session.ts';

/** What is written while the reads that it rests on are fresh: all but probes. */
export type AgainStep = Exclude<Step, { kind: 'probe-new-key' }>;

const quickProof = { ...activeKeyProof, overlapping: true } as const;

/**
 * Reads once more what a write rests on, all at once: the same facts as `gather`, in the time of one call. The proof begins
 * with the value that was read last, and counts where the vault still gives that very version.
 */
export async function gatherAgain(session: Session, { state }: AgainStep): Promise<Facts> {
  const { salt } = state;
  switch (state.kind) {
    case 'preparing': {
      const [vault, account, keys] = await Promise.all([
        session.readVault(salt),
        session.account(),
        session.look(salt),
      ]);
      return { kind: 'preparing', vault, arm: { account, keys } };
    }
    case 'publishing':
    case 'restocking': {
      const [vault, keys] = await Promise.all([session.readVault(salt), session.currentKeys(salt)]);
      const slot = state.kind === 'publishing' ? state.newSlot : otherSlot(state.newSlot);
      return { kind: state.kind, vault, keys, proof: await proveToStore(session, slot, vault, keys, quickProof) };
    }
    case 'confirming':
      return await gatherConfirming(session, state);
    case 'regenerating': {
      const [vault, account, keys] = await Promise.all([
        session.readVault(salt),
        session.account(),
        session.look(salt),
      ]);
      return { kind: 'regenerating', vault, arm: { account, keys } };
    }
    case 'switching': {
      const [vault, keys] = await Promise.all([session.readVault(salt), session.currentKeys(salt)]);
      return { kind: 'switching', vault, keys };
    }
    case 'retiring': {
      const [{ vault, proof }, keys] = await Promise.all([
        readAndProve(session, salt, state.newSlot, lastProof),
        session.look(salt),
      ]);
      return { kind: 'retiring', vault, proof, keys };
    }
    case 'rolling-back': {
      const [{ vault, proof }, keys] = await Promise.all([
        readAndProve(session, salt, otherSlot(state.newSlot), quickProof),
        session.look(salt),
      ]);
      return { kind: 'rolling-back', vault, proof, keys };
    }
    case 'cancelling': {
      const { before } = state;
      if (before === null) return { kind: 'untouched' };
      const [{ vault, proof }, account, keys] = await Promise.all([
        readAndProve(session, salt, otherSlot(state.newSlot), quickProof),
        session.account(),
        session.look(salt),
      ]);
      const inactiveProof = await proveToStore(session, state.newSlot, vault, keys, quickProof);
      return { kind: 'cancelling', before, vault, proof, account, keys, inactiveProof };
    }
  }
}

async function readAndProve(
  session: Session,
  salt: string,
  slot: Slot,
  rules: ProofRules,
): Promise<{ readonly vault: VaultSnapshot; readonly proof: ProbeAnswer }> {
  const { secret: before } = await session.keySecret(slot);
  const [vault, proof] = await Promise.all([session.readVault(salt), proveStored(session, slot, rules)]);
  const now = vault[slot];
  const isSame = before.kind === 'stored' && now.kind === 'stored' && before.version === now.version;
  return { vault, proof: isSame ? proof : await proveStored(session, slot, rules) };
}
