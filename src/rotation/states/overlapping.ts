import { longestWaitMs } from '../../durable/numbers.ts';
import type { CopyFact } from '../../keys/copies/copy.ts';
import type { ProbeAnswer } from '../../keys/ports.ts';
import type { VaultSnapshot } from '../../keys/vault-snapshot.ts';
import { lineBeforeEndMs, vaultRoundingMs } from '../numbers.ts';
import type { ReadersView } from '../readers/readers-view.ts';
import { asksForReaders, keepForStragglers } from '../readers/stragglers.ts';
import type { Arm } from './arm.ts';
import { copiesAtEnd, copiesBeforeEnd } from './copies.ts';
import { enterCommon, switchedFields } from './enter.ts';
import {
  bothKeysAsExpected,
  followedVersions,
  hold,
  overlapAgain,
  overlappingWith,
  preemptOverlap,
  resumedOverlap,
  rollBack,
} from './overlap.ts';
import { proveStored } from './prove-stored.ts';
import { overlapFrom } from './revalidation.ts';
import type { StatePage } from './state-page.ts';
import { endpointWait, settling } from './waits.ts';

type OverlappingFacts =
  | { readonly kind: 'held' }
  | { readonly kind: 'runs'; readonly untilMs: number }
  /** Over, and the audit log says who has followed; null: it is not asked, while the old key is kept for who has not. */
  | { readonly kind: 'readers'; readonly readers: ReadersView | null }
  | {
      readonly kind: 'over';
      readonly vault: VaultSnapshot;
      readonly proof: ProbeAnswer;
      readonly arm: Arm;
      /** None if a leaked key is to end: it waits for none. */
      readonly copies: readonly CopyFact[];
    };

/** Both keys live, until every consumer has left the old one; it ends in a first proof that consumers are well served by the new key. */
export const overlapping: StatePage<'overlapping', OverlappingFacts> = {
  async gather(session, state, mode) {
    const { salt, newSlot, held, overlapUntilMs } = state;
    const isKept = held?.stragglers !== undefined;
    if (held !== null && !isKept) return { kind: 'held' };
    const nowMs = session.owned.nowMs();
    const auditLog = asksForReaders(session.owned.row, state, nowMs) ? session.auditLog : null;
    if (nowMs < overlapUntilMs) {
      const lineAtMs = overlapUntilMs - lineBeforeEndMs;
      if (auditLog === null) return { kind: 'runs', untilMs: overlapUntilMs };
      if (nowMs < lineAtMs) return { kind: 'runs', untilMs: lineAtMs };
      await auditLog.leaveLine();
      return { kind: 'runs', untilMs: overlapUntilMs };
    }
    const readers = auditLog === null ? null : await auditLog.readers(state);
    if (readers !== null && readers.stragglers.length > 0) await auditLog?.leaveLine();
    if (isKept || readers !== null) return { kind: 'readers', readers };
    const account = await session.account();
    const copies = await copiesBeforeEnd(session, state, mode);
    // These come last, so that they are still fresh when `retiring` compares them again.
    const vault = await session.readVault(salt);
    const proof = await proveStored(session, newSlot);
    return { kind: 'over', vault, proof, arm: { account, keys: await session.look(salt) }, copies };
  },

  decide(state, facts, context) {
    const { nowMs } = context;
    if (facts.kind === 'held') return { kind: 'wait', state, reason: 'held', forMs: longestWaitMs };
    if (facts.kind === 'runs')
      return { kind: 'wait', state, reason: 'overlap', forMs: Math.max(0, facts.untilMs - nowMs) };
    if (facts.kind === 'readers') return keepForStragglers(state, facts.readers, context);
    const { vault, proof, arm, copies } = facts;
    const followed = followedVersions(state, vault, context.instance);
    if (followed.kind === 'wrong') return { kind: 'suspend', reason: followed.reason };
    if (followed.kind === 'renewed') return { kind: 'note', state: overlapAgain(state, followed, nowMs) };
    const restMs = state.switchedAtVaultMs + vaultRoundingMs + state.overlap.ms - vault.vaultNowMs;
    if (restMs > 0)
      return { kind: 'wait', state: { ...state, overlapUntilMs: nowMs + restMs }, reason: 'overlap', forMs: restMs };
    if (nowMs < context.settleUntilMs) return settling(state, context);

    if (arm.account.internalId !== context.internalId) return { kind: 'suspend', reason: 'account-recreated' };
    if (arm.account.localAuthDisabled) return { kind: 'suspend', reason: 'local-auth-disabled' };
    if (!bothKeysAsExpected(state, arm.keys)) return { kind: 'suspend', reason: 'out-of-band-regenerated' };
    const atEnd = copiesAtEnd(state, copies, context);
    if (atEnd.kind !== 'ready') return atEnd;
    // Neither refusal nor silence ends the old key: the rotation stays where it can still be rolled back.
    if (proof.kind !== 'accepted') return endpointWait(state, proof, context);
    return {
      kind: 'enter',
      row: atEnd.row,
      state: {
        kind: 'retiring',
        ...enterCommon(state, 'retiring', nowMs),
        // Back and forth between these two states is no progress.
        retrying: state.retrying,
        ...switchedFields(state),
        overlapUntilMs: state.overlapUntilMs,
        provedAtMs: nowMs,
        sent: null,
        firstLook: null,
      },
    };
  },

  // It writes nothing.
  perform: (_session, step) => step,

  asked: {
    'roll-back': rollBack,
    hold,
    'release-hold': (state, { nowMs }) => overlappingWith(state, { held: null }, nowMs),
    expedite(state, { by, reason, overlapMs, nowMs, settleUntilMs }) {
      const shorterMs = overlapMs === null ? 0 : state.overlap.ms - overlapMs;
      if (overlapMs === null || shorterMs <= 0) return 'not-shorter';
      const overlapUntilMs = Math.max(nowMs, settleUntilMs, state.overlapUntilMs - shorterMs);
      const change = { overlap: { ms: overlapMs, by, reason }, overlapUntilMs, held: state.held };
      return overlappingWith(state, change, nowMs);
    },
  },

  preemptForLeak: (state, leak, _leaks, context) => preemptOverlap(state, leak, context),

  resumed(state, reason, nowMs) {
    // A person has seen who still reads the old key.
    const going = reason === 'stragglers-remain' ? { ...state, held: null } : state;
    return resumedOverlap(going, reason, nowMs, Math.max(0, state.overlapUntilMs - nowMs));
  },
  revalidated: (state, found, context) => overlapFrom(state, found, context),
};
