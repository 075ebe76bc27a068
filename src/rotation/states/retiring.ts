import type { CopyFact } from '../../keys/copies/copy.ts';
import type { KeyFingerprints } from '../../keys/key-fingerprints.ts';
import type { ProbeAnswer } from '../../keys/ports.ts';
import type { VaultSnapshot } from '../../keys/vault-snapshot.ts';
import { lastProof } from '../numbers.ts';
import { oldSlotOf, type States } from '../state.ts';
import { type Arm, readArm } from './arm.ts';
import { copiesAtEnd, copiesBeforeEnd } from './copies.ts';
import { enterCommon, switchedFields } from './enter.ts';
import {
  bothKeysAsExpected,
  followedVersions,
  hold,
  overlapAgain,
  preemptOverlap,
  resumedOverlap,
  rollBack,
} from './overlap.ts';
import { proveStored, readAndProve } from './prove-stored.ts';
import { followedAfter, resumed } from './resumed.ts';
import { overlapFrom, restockFrom } from './revalidation.ts';
import type { StatePage } from './state-page.ts';
import { lookAfterRegenerate, type Regeneration, regenerateKey } from './steps/regenerate-key.ts';
import { endpointWait, settling } from './waits.ts';

/** Before the regenerate: what consumers have, and a proof of it. Once its outcome is not known: a look. */
type RetiringFacts =
  | {
      readonly kind: 'proof';
      readonly keys: KeyFingerprints;
      readonly vault: VaultSnapshot;
      readonly proof: ProbeAnswer;
      readonly copies: readonly CopyFact[];
    }
  | { readonly kind: 'look'; readonly arm: Arm };

const regeneration: Regeneration<'retiring'> = {
  slot: oldSlotOf,
  before: ({ fingerprintsBefore, newSlot, newFingerprint }) => ({ ...fingerprintsBefore, [newSlot]: newFingerprint }),
  applied: (state, newInactiveFingerprint, nowMs) => ({
    kind: 'restocking',
    ...enterCommon(state, 'restocking', nowMs),
    ...switchedFields(state),
    newInactiveFingerprint,
    firstLook: null,
    storedAtMs: null,
  }),
};

/**
 * The point of no return. Read again, right before: the same versions, the instance tag, both keys, and a proof that the
 * key which consumers use works. Whatever is amiss leads back to `overlapping`, in which rollback is possible.
 */
export const retiring: StatePage<'retiring', RetiringFacts> = {
  async gather(session, state, mode) {
    const { salt, newSlot, sent } = state;
    if (mode === 'fresh') {
      const [{ vault, proof }, keys, copies] = await Promise.all([
        readAndProve(session, salt, newSlot, lastProof),
        session.look(salt),
        copiesBeforeEnd(session, state, mode),
      ]);
      return { kind: 'proof', vault, proof, keys, copies };
    }
    if (sent !== null) return { kind: 'look', arm: await readArm(session, salt) };
    // As `overlapping` has read it, if that was within the same five seconds.
    const vault = await session.vault(salt);
    // At once, since all of it must be younger than five seconds when the regenerate leaves.
    const [proof, keys, copies] = await Promise.all([
      proveStored(session, newSlot, lastProof),
      session.look(salt),
      copiesBeforeEnd(session, state, mode),
    ]);
    return { kind: 'proof', vault, proof, keys, copies };
  },

  decide(state, facts, context) {
    if (facts.kind === 'look') return lookAfterRegenerate(state, facts.arm, context, regeneration);
    const { nowMs } = context;
    const followed = followedVersions(state, facts.vault, context.instance);
    if (followed.kind === 'wrong') return { kind: 'suspend', reason: followed.reason };
    if (followed.kind === 'renewed') return { kind: 'enter', state: overlapAgain(state, followed, nowMs) };
    const overlapping: States['overlapping'] = {
      kind: 'overlapping',
      ...enterCommon(state, 'overlapping', nowMs),
      ...switchedFields(state),
      overlapUntilMs: state.overlapUntilMs,
      held: null,
      attempts: state.attempts,
      retrying: state.retrying,
    };
    if (nowMs < context.settleUntilMs) return settling(overlapping, context);
    if (!bothKeysAsExpected(state, facts.keys)) return { kind: 'suspend', reason: 'out-of-band-regenerated' };
    const atEnd = copiesAtEnd(overlapping, facts.copies, context);
    if (atEnd.kind !== 'ready') return atEnd;
    if (facts.proof.kind !== 'accepted') return endpointWait(overlapping, facts.proof, context);
    return { kind: 'step', step: { kind: 'regenerate', state, slot: oldSlotOf(state) } };
  },

  perform: (session, step, aid) => regenerateKey(session, step, aid, regeneration),
  asked: { 'roll-back': rollBack, hold },

  preemptForLeak: (state, leak, _leaks, context) => (state.sent === null ? preemptOverlap(state, leak, context) : null),

  resumed: (state, reason, nowMs) =>
    state.sent === null
      ? resumedOverlap(state, reason, nowMs, 0)
      : resumed({ ...state, followed: followedAfter(state.followed, reason) }, reason, nowMs),

  revalidated(state, found, context) {
    // Settled and seen twice: if the old key still stands, nothing of ours has reached it.
    const oldSlot = oldSlotOf(state);
    return state.sent === null || found.keys[oldSlot] === state.fingerprintsBefore[oldSlot]
      ? overlapFrom(state, found, context)
      : restockFrom(state, found, context);
  },
};
