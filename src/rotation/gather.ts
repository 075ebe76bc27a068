import { gate } from '../keys/gate.ts';
import type { ProbeAnswer } from '../keys/ports.ts';
import { secretFact } from '../keys/vault-snapshot.ts';
import { isSlot, otherSlot } from '../shared/slot.ts';
import { gateRules } from './decide/gate-decision.ts';
import type { Facts } from './facts.ts';
import { gatherConfirming } from './gather-confirming.ts';
import { lastProof } from './numbers.ts';
import { proveStored, proveToStore } from './prove-stored.ts';
import type { Session } from './session.ts';
import type { ActiveState, StateOf } from './state.ts';

/**
 * Reads what `state` needs to be decided, and no more: each call to Azure here is one that a rule of the protocol asks
 * for (docs/rotation.md has the list). Only reads and probes; throws `FailureError`.
 */
export async function gather(session: Session, state: ActiveState): Promise<Facts> {
  const { salt } = state;
  if (state.revalidation !== null) return await gatherRevalidation(session, salt);
  switch (state.kind) {
    case 'preparing':
      return await gatherPreparing(session, state);
    case 'regenerating':
      if (state.sent !== null) return await gatherLook(session, salt);
      return { kind: 'regenerating', vault: await session.vault(salt), arm: await readArm(session, salt) };
    case 'publishing':
    case 'restocking': {
      const vault = await session.vault(salt);
      const slot = state.kind === 'publishing' ? state.newSlot : otherSlot(state.newSlot);
      const secret = vault[slot];
      const wanted = state.kind === 'publishing' ? state.newFingerprint : state.newInactiveFingerprint;
      const isStored = secret.kind === 'stored' && secret.print === wanted;
      if (isStored) return { kind: state.kind, vault, keys: null, proof: null };
      const keys = await session.currentKeys(salt);
      return { kind: state.kind, vault, keys, proof: await proveToStore(session, slot, vault, keys) };
    }
    case 'probing':
      return { kind: 'probing', secret: secretFact(await session.keySecret(state.newSlot), salt) };
    case 'switching':
      return { kind: 'switching', vault: await session.readVault(salt), keys: await session.currentKeys(salt) };
    case 'overlapping': {
      if (state.held !== null || session.owned.nowMs() < state.overlapUntilMs) return { kind: 'overlap-runs' };
      const vault = await session.readVault(salt);
      const proof = await proveStored(session, state.newSlot);
      // The look comes last, so that it is still fresh when `retiring` compares it again.
      return { kind: 'overlap-over', vault, proof, account: await session.account(), keys: await session.look(salt) };
    }
    case 'retiring': {
      if (state.sent !== null) return await gatherLook(session, salt);
      const vault = await session.readVault(salt);
      // At once, since all of it must be younger than five seconds when the regenerate leaves.
      const [proof, keys] = await Promise.all([proveStored(session, state.newSlot, lastProof), session.look(salt)]);
      return { kind: 'retiring', vault, proof, keys };
    }
    case 'cancelling':
      return await gatherCancelling(session, state);
    case 'confirming':
      return await gatherConfirming(session, state);
    case 'rolling-back': {
      const vault = await session.readVault(salt);
      const proof = await proveStored(session, otherSlot(state.newSlot));
      return { kind: 'rolling-back', vault, proof, keys: await session.look(salt) };
    }
  }
}

/** ARM is asked only when the vault has nothing against the rotation: most visits to a young gate cost ARM nothing. */
async function gatherPreparing(session: Session, state: StateOf<'preparing'>): Promise<Facts> {
  const { row } = session.owned;
  const { salt } = state;
  const vault = await session.vault(salt);
  const { armId, internalId } = row;
  const rules = gateRules(state, { armId, internalId, instance: session.instance, policy: session.target.policy });
  const byVaultAlone = gate({ vault, arm: null, lastSeen: row.lastSeen }, rules);
  return { kind: 'preparing', vault, arm: byVaultAlone.kind === 'ask-arm' ? await readArm(session, salt) : null };
}

async function readArm(session: Session, salt: string) {
  return { account: await session.account(), keys: await session.look(salt) };
}

async function gatherLook(session: Session, salt: string): Promise<Facts> {
  return { kind: 'look', ...(await readArm(session, salt)) };
}

/** Nothing is asked where nothing was sent; the old key is tried only where consumers are given it back. */
async function gatherCancelling(session: Session, state: StateOf<'cancelling'>): Promise<Facts> {
  const { salt, before } = state;
  if (before === null) return { kind: 'untouched' };
  const vault = await session.readVault(salt);
  const oldSlot = otherSlot(state.newSlot);
  const { direct } = vault;
  const isAhead = direct?.kind === 'stored' && direct.print !== before.prints[oldSlot];
  const proof = isAhead ? await proveStored(session, oldSlot) : null;
  const { account, keys } = await readArm(session, salt);
  const inactiveProof = await proveToStore(session, state.newSlot, vault, keys);
  return { kind: 'cancelling', before, vault, proof, account, keys, inactiveProof };
}

/** Whatever people changed, the key that consumers are given now is tried, and the account asked for both. */
async function gatherRevalidation(session: Session, salt: string): Promise<Facts> {
  const vault = await session.readVault(salt);
  const { pointer } = vault;
  const proof: ProbeAnswer =
    pointer.kind === 'stored' && isSlot(pointer.value)
      ? await proveStored(session, pointer.value)
      : { kind: 'unknown', code: 'pointer-names-no-slot' };
  return { kind: 'revalidation', vault, proof, ...(await readArm(session, salt)) };
}
