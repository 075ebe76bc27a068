import { placeOf } from '../../keys/copies/copy.ts';
import { gate, sameVersions } from '../../keys/gate.ts';
import type { States } from '../state.ts';
import { type Arm, readArm } from './arm.ts';
import { cancel } from './cancelling-from.ts';
import { closedGate, gateRules } from './closed-gate.ts';
import { enterCommon, publishingWith } from './enter.ts';
import { undo } from './leak.ts';
import { askAtOnce, copiesAtGate, copiesBeforeFirst, type GateLook } from './preparing.ts';
import { resumed } from './resumed.ts';
import { beforeAsFound, goesOn, leftBehind } from './revalidation.ts';
import type { StatePage } from './state-page.ts';
import { lookAfterRegenerate, type Regeneration, regenerateKey } from './steps/regenerate-key.ts';

/** Before the regenerate: the whole gate again. Once its outcome is not known: a look. */
type RegeneratingFacts = ({ readonly kind: 'gate' } & GateLook) | { readonly kind: 'look'; readonly arm: Arm };

const regeneration: Regeneration<'regenerating'> = {
  slot: ({ newSlot }) => newSlot,
  before: ({ fingerprintsBefore }) => fingerprintsBefore,
  applied(state, newFingerprint, nowMs) {
    const { fingerprintsBefore, versionsBefore } = state;
    return publishingWith(state, { fingerprintsBefore, versionsBefore, newFingerprint }, nowMs);
  },
};

/** The whole gate again, at the last moment; what is no longer as it was written down sends the rotation back. */
export const regenerating: StatePage<'regenerating', RegeneratingFacts> = {
  async gather(session, state, mode) {
    const { salt, sent } = state;
    if (mode === 'fresh') return { kind: 'gate', ...(await askAtOnce(session, state)) };
    if (sent !== null) return { kind: 'look', arm: await readArm(session, salt) };
    const copies = await copiesBeforeFirst(session, state, mode);
    return { kind: 'gate', vault: await session.vault(salt), arm: await readArm(session, salt), copies };
  },

  decide(state, facts, context) {
    if (facts.kind === 'look') return lookAfterRegenerate(state, facts.arm, context, regeneration);
    const preparing: States['preparing'] = {
      kind: 'preparing',
      ...enterCommon(state, 'preparing', context.nowMs, state.overlap.ms),
      retrying: state.retrying,
      gateUntilMs: null,
      vaultVerifiedAtMs: state.vaultVerifiedAtMs,
      writtenCopy: null,
      // What is declared, and where, may be other than it was then.
      verifiedCopies: [],
    };
    const { vault, arm, copies } = facts;
    const open = gate({ vault, arm, lastSeen: context.lastSeen }, gateRules(preparing, context));
    if (open.kind !== 'open') return closedGate(preparing, open, context);
    const asWrittenDown =
      open.inactiveSlot === state.newSlot &&
      sameVersions(open.versions, state.versionsBefore) &&
      arm.keys.key1 === state.fingerprintsBefore.key1 &&
      arm.keys.key2 === state.fingerprintsBefore.key2;
    if (!asWrittenDown) return { kind: 'enter', state: preparing };
    // Whatever the copies ask for, `preparing` decides and does.
    const proved = { ...preparing, verifiedCopies: context.copies.map(placeOf) };
    const atGate = copiesAtGate(proved, copies, open, arm.keys, context);
    if (atGate.kind !== 'ready') return { kind: 'enter', state: preparing };
    return { kind: 'step', step: { kind: 'regenerate', state, slot: state.newSlot } };
  },

  perform: (session, step, aid) => regenerateKey(session, step, aid, regeneration),
  asked: { cancel },
  preemptForLeak: (state, leak, _leaks, context) => undo(state, leak, context),
  // Until something was sent it begins with the whole gate.
  resumed: (state, reason, nowMs) => resumed(state, state.sent === null ? null : reason, nowMs),
  revalidated: (state, found, context) =>
    goesOn({ ...state, ...beforeAsFound(state, found), firstLook: null }, leftBehind(state, found, context)),
};
