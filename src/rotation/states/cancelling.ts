import type { ProbeAnswer } from '../../keys/ports.ts';
import { readPointer, type SecretFact, type VaultSnapshot } from '../../keys/vault-snapshot.ts';
import type { Fingerprint } from '../../shared/fingerprint.ts';
import type { End } from '../decision.ts';
import { staleBoundMs } from '../numbers.ts';
import type { RowChange } from '../owned-account.ts';
import { oldSlotOf, type States } from '../state.ts';
import { type Arm, readArm } from './arm.ts';
import { storeAgainLater } from './key-to-store.ts';
import { proveStored, proveToStore, readAndProve } from './prove-stored.ts';
import { resumed } from './resumed.ts';
import { asFound, goesOn, seenIn } from './revalidation.ts';
import type { StatePage } from './state-page.ts';
import { storeDirect } from './steps/store-direct.ts';
import { storeKey } from './steps/store-key.ts';
import { ofDirect, withMore } from './superseded-by.ts';
import { endpointWait, settling } from './waits.ts';

type Stored = Extract<SecretFact, { kind: 'stored' }>;

/** `untouched`: the rotation has sent nothing that would have to be undone. */
type CancellingFacts =
  | { readonly kind: 'untouched' }
  | {
      readonly kind: 'touched';
      readonly before: NonNullable<States['cancelling']['before']>;
      readonly arm: Arm;
      readonly vault: VaultSnapshot;
      /** The direct value if it is not the old key, and a proof of that one; null if consumers are given nothing back. */
      readonly ahead: { readonly direct: Stored; readonly proof: ProbeAnswer } | null;
      /** Of the new slot's key; null if it is stored, or nobody reads it before it is proved. */
      readonly newKeyProof: ProbeAnswer | null;
    };

/**
 * Undoes a rotation whose pointer was not moved: consumers of the direct-value secret get the old key back, once it is
 * proved, and the new slot's secret holds what the account has. A new key that was made stays; nothing is regenerated.
 */
export const cancelling: StatePage<'cancelling', CancellingFacts> = {
  /** Nothing is asked if nothing was sent; the old key is tried only if consumers are given it back. */
  async gather(session, state, mode) {
    const { salt, before } = state;
    if (before === null) return { kind: 'untouched' };
    const oldSlot = oldSlotOf(state);
    if (mode === 'fresh') {
      const [{ vault, proof }, account, keys] = await Promise.all([
        readAndProve(session, salt, oldSlot),
        session.account(),
        session.look(salt),
      ]);
      const newKeyProof = await proveToStore(session, state.newSlot, vault, keys, mode);
      const direct = directAhead(vault, before.fingerprints[oldSlot]);
      const arm = { account, keys };
      return { kind: 'touched', before, vault, ahead: direct && { direct, proof }, newKeyProof, arm };
    }
    const vault = await session.readVault(salt);
    const direct = directAhead(vault, before.fingerprints[oldSlot]);
    const ahead = direct && { direct, proof: await proveStored(session, oldSlot) };
    const arm = await readArm(session, salt);
    const newKeyProof = await proveToStore(session, state.newSlot, vault, arm.keys, mode);
    return { kind: 'touched', before, vault, ahead, newKeyProof, arm };
  },

  decide(state, facts, context) {
    const { nowMs } = context;
    if (nowMs < context.settleUntilMs) return settling(state, context);
    // Anybody who cancels a first rotation may have found somebody at the inactive key: the confirmation is asked for again.
    if (facts.kind === 'untouched') return cancelled(state, nowMs, { firstRotationConfirmedBy: null });

    const { vault, before, arm, ahead, newKeyProof } = facts;
    const { account, keys } = arm;
    const { newSlot } = state;
    const oldSlot = oldSlotOf(state);
    const oldFingerprint = before.fingerprints[oldSlot];
    if (account.internalId !== context.internalId) return { kind: 'suspend', reason: 'account-recreated' };
    const pointer = readPointer(vault, context.instance);
    if (pointer.kind === 'unusable') return { kind: 'suspend', reason: pointer.reason };
    if (pointer.slot !== oldSlot) return { kind: 'suspend', reason: 'pointer-moved' };
    if (keys[oldSlot] !== oldFingerprint) return { kind: 'suspend', reason: 'out-of-band-regenerated' };
    const oldSecret = vault[oldSlot];
    if (oldSecret.kind !== 'stored' || oldSecret.fingerprint !== oldFingerprint)
      return { kind: 'suspend', reason: 'secret-changed' };

    const print = keys[newSlot];
    const first = state.firstLook?.fingerprint === print ? state.firstLook : { fingerprint: print, atMs: nowMs };
    const restMs = first.atMs + staleBoundMs - nowMs;
    if (restMs > 0) return { kind: 'wait', state: { ...state, firstLook: first }, reason: 'recheck', forMs: restMs };

    const secret = vault[newSlot];
    if (vault.direct !== null && vault.direct.kind !== 'stored') return { kind: 'suspend', reason: 'direct-stale' };
    if (ahead !== null) {
      const { direct, proof } = ahead;
      const isOurs =
        direct.fingerprint === print || (secret.kind === 'stored' && direct.fingerprint === secret.fingerprint);
      if (!isOurs) return { kind: 'suspend', reason: 'direct-stale' };
      if (proof.kind !== 'accepted') return endpointWait(state, proof, context);
      const superseded = withMore(state.superseded, ofDirect(context.secretNames, direct.version));
      return { kind: 'step', step: { kind: 'store-direct', state: { ...state, superseded }, slot: oldSlot } };
    }
    if (secret.kind !== 'stored' || secret.fingerprint !== print) {
      if (newKeyProof !== null && newKeyProof.kind !== 'accepted') {
        const wait = endpointWait(state, newKeyProof, context);
        return newKeyProof.kind === 'refused' ? { ...wait, reason: 'new-key-spreading' } : wait;
      }
      if (state.storedAtMs !== null) return storeAgainLater(state, context);
      return { kind: 'step', step: { kind: 'store-key', state, slot: newSlot, fingerprint: print } };
    }

    const { versions } = before;
    const names = context.secretNames;
    const superseded = withMore(context.superseded, [
      { name: names[newSlot], version: versions[newSlot] },
      ...ofDirect(names, versions.direct),
      ...state.superseded,
    ]);
    return cancelled(state, nowMs, { superseded, lastSeen: seenIn(vault, oldSlot) });
  },

  perform: (session, step, aid) =>
    step.kind === 'store-direct' ? storeDirect(session, step, aid) : storeKey(session, step, aid),
  asked: {},
  preemptForLeak: () => null,
  resumed: (state, reason, nowMs) => resumed(state, state.before === null ? null : reason, nowMs),

  revalidated: (state, found) =>
    goesOn({
      ...state,
      firstLook: state.before === null ? state.firstLook : null,
      before: state.before && asFound(state.before, oldSlotOf(state), found),
    }),
};

/** The direct value, if the rotation had led it on. */
function directAhead({ direct }: VaultSnapshot, oldFingerprint: Fingerprint): Stored | null {
  return direct?.kind === 'stored' && direct.fingerprint !== oldFingerprint ? direct : null;
}

function cancelled(state: States['cancelling'], nowMs: number, row: RowChange): End<'cancelling'> {
  return { kind: 'end', end: { outcome: 'cancelled', endedAtMs: nowMs, refusal: null, last: state }, row };
}
