import { takenOver } from '../keys/ownership-tags.ts';
import { secretNames } from '../keys/target.ts';
import type { SecretFact } from '../keys/vault-snapshot.ts';
import { fingerprint } from '../shared/fingerprint.ts';
import { otherSlot } from '../shared/slot.ts';
import { probedAccount } from './account-row.ts';
import type { Facts } from './facts.ts';
import type { Session } from './session.ts';
import type { StateOf, Superseded } from './state.ts';

/** What `confirming` asks, one after another: do vault and account agree, is the retired key refused, what may be disabled. */
export async function gatherConfirming(session: Session, state: StateOf<'confirming'>): Promise<Facts> {
  const { salt } = state;
  if (!state.agreed)
    return { kind: 'agreement', vault: await session.vault(salt), keys: await session.currentKeys(salt) };
  if (state.refusal === null) return await gatherRefusal(session, state);
  return await gatherCleanUp(session, state);
}

/**
 * Tries the retired key: its value stands in its secret's superseded version, unless somebody disabled or removed that, or
 * regenerated the old slot themselves during the overlap: nobody can try a key that Keyturn never knew.
 */
async function gatherRefusal(session: Session, state: StateOf<'confirming'>): Promise<Facts> {
  const notTried: Facts = { kind: 'refusal', answer: { kind: 'not-tried' } };
  if (session.target.policy.probe === 'control-plane-only') return notTried;
  const retiredSlot = otherSlot(state.newSlot);
  const name = secretNames(session.target)[retiredSlot];
  const { secret } = await session.secrets.readVersion(name, state.versionsBefore[retiredSlot]);
  if (secret.kind !== 'stored' || fingerprint(secret.value, state.salt) !== state.fingerprintsBefore[retiredSlot])
    return notTried;
  return { kind: 'refusal', answer: await session.probe.call(probedAccount(session.owned.row), secret.value) };
}

/**
 * Sorts superseded versions: never the latest of its secret, never one younger than the overlap, never one that holds a
 * key which the account has now. What is too young, or holds such a key, is left to the next rotation.
 */
async function gatherCleanUp(session: Session, state: StateOf<'confirming'>): Promise<Facts> {
  const names = secretNames(session.target);
  // At once: what is disabled rests on the pointer that is read here.
  const [vault, ...versions] = await Promise.all([
    session.vault(state.salt),
    ...state.superseded.map(async (one) => ({
      one,
      ...(await session.secrets.readVersion(one.name, one.version)),
    })),
  ]);
  const latest = new Map<string | null, SecretFact | null>([
    [names.key1, vault.key1],
    [names.key2, vault.key2],
    [names.direct, vault.direct],
  ]);
  const current = new Set([state.newFingerprint, state.newInactiveFingerprint]);
  const disable: Superseded = [];
  const leave: Superseded = [];
  for (const { one, secret, vaultNowMs } of versions) {
    const now = latest.get(one.name);
    if (now?.kind === 'stored' && now.version === one.version) continue;
    if (secret.kind !== 'stored') continue;
    const isYoung = vaultNowMs - secret.createdAtMs < state.overlap.ms;
    (isYoung || current.has(fingerprint(secret.value, state.salt)) ? leave : disable).push(one);
  }
  // A vault that refuses to disable must not keep a finished rotation open for longer than the day it has; and whose the
  // target is now stands at its pointer.
  const leavesAll = session.owned.nowMs() >= state.giveUpAtMs || vault.pointer.kind !== 'stored';
  return {
    kind: 'clean-up',
    takenOver: takenOver(vault, session.instance),
    disable: leavesAll ? [] : disable,
    leave: leavesAll ? [...leave, ...disable] : leave,
  };
}
