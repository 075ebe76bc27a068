import { otherSlot } from '../../shared/slot.ts';
import type { Decision, DecisionContext } from '../decision.ts';
import { enterCommon, switchedFields } from '../enter.ts';
import type { FactsOf } from '../facts.ts';
import { longestRestMs, vaultRoundingMs } from '../numbers.ts';
import type { StateOf } from '../state.ts';
import { endpointWait } from './endpoint-wait.ts';
import { type FollowedVersions, followedVersions } from './followed-versions.ts';

/** The overlap has run out; it ends in a first proof that consumers are well served by the new key. */
export function decideOverlapping(
  state: StateOf<'overlapping'>,
  facts: FactsOf<'overlap-runs'> | FactsOf<'overlap-over'>,
  context: DecisionContext,
): Decision {
  const { nowMs } = context;
  if (state.held !== null) return { kind: 'wait', state, reason: 'held', forMs: longestRestMs };
  if (facts.kind === 'overlap-runs')
    return { kind: 'wait', state, reason: 'overlap', forMs: Math.max(0, state.overlapUntilMs - nowMs) };
  const { vault, keys, account } = facts;
  const followed = followedVersions(state, vault, context.instance);
  if (followed.kind === 'wrong') return { kind: 'suspend', reason: followed.reason };
  if (followed.kind === 'renewed') return { kind: 'note', state: overlapAgain(state, followed, nowMs) };
  const restMs = state.switchedAtVaultMs + vaultRoundingMs + state.overlap.ms - vault.vaultNowMs;
  if (restMs > 0)
    return { kind: 'wait', state: { ...state, overlapUntilMs: nowMs + restMs }, reason: 'overlap', forMs: restMs };
  if (nowMs < context.settleUntilMs)
    return { kind: 'wait', state, reason: 'settling', forMs: context.settleUntilMs - nowMs };

  if (account.internalId !== context.internalId) return { kind: 'suspend', reason: 'account-recreated' };
  if (account.localAuthDisabled) return { kind: 'suspend', reason: 'local-auth-disabled' };
  if (!bothKeysAsExpected(state, keys)) return { kind: 'suspend', reason: 'out-of-band-regenerated' };
  // Neither refusal nor silence ends the old key: the rotation stays where it can still be rolled back.
  if (facts.proof.kind !== 'accepted') return endpointWait(state, facts.proof, context);
  return {
    kind: 'enter',
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
}

/** The overlap begins anew at versions that somebody else wrote. */
export function overlapAgain(
  state: StateOf<'overlapping'> | StateOf<'retiring'>,
  renewed: Extract<FollowedVersions, { kind: 'renewed' }>,
  nowMs: number,
): StateOf<'overlapping'> {
  const restMs = state.overlap.ms + vaultRoundingMs;
  return {
    kind: 'overlapping',
    ...enterCommon(state, 'overlapping', nowMs, restMs),
    ...switchedFields(state),
    followed: renewed.followed,
    switchedAtVaultMs: renewed.atVaultMs,
    overlapUntilMs: nowMs + restMs,
    held: null,
  };
}

/** New slot: the key that consumers use. Old slot: untouched so far. */
export function bothKeysAsExpected(
  state: StateOf<'overlapping'> | StateOf<'retiring'> | StateOf<'rolling-back'>,
  keys: FactsOf<'overlap-over'>['keys'],
): boolean {
  const oldSlot = otherSlot(state.newSlot);
  return keys[state.newSlot] === state.newFingerprint && keys[oldSlot] === state.fingerprintsBefore[oldSlot];
}
