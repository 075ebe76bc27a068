import { type KeyFingerprints, keyFingerprints, seeRegenerate } from '../../../keys/key-fingerprints.ts';
import { FailureError } from '../../../shared/failure.ts';
import type { Fingerprint } from '../../../shared/fingerprint.ts';
import type { Slot } from '../../../shared/slot.ts';
import type { DecisionContext, Enter, Regenerate, Suspend, Wait } from '../../decision.ts';
import type { From } from '../../lifecycle.ts';
import { staleBoundMs } from '../../numbers.ts';
import type { Session } from '../../run/session.ts';
import type { States } from '../../state.ts';
import type { Arm } from '../arm.ts';
import type { StepAid, StepOutcome } from '../state-page.ts';
import { settling } from '../waits.ts';

/** One of a rotation's two regenerates. */
export interface Regeneration<K extends 'regenerating' | 'retiring'> {
  readonly slot: (state: States[K]) => Slot;
  /** Both keys just before it is sent. */
  readonly before: (state: States[K]) => KeyFingerprints;
  /** Where the rotation goes once it is known to be applied: the new key waits to be stored. */
  readonly applied: (state: States[K], newFingerprint: Fingerprint, nowMs: number) => From<K>;
}

/**
 * Regenerates `slot`, once. The intent is saved first; after it, whatever happens, only a look tells whether the key was
 * made. A reply that names a definite refusal takes the intent back, since nothing has left its mark.
 */
export async function regenerateKey<K extends 'regenerating' | 'retiring'>(
  { owned, accounts, target, tookReply }: Session,
  { state, slot }: Regenerate<K>,
  { intend }: StepAid<K>,
  { before, applied }: Regeneration<K>,
): Promise<StepOutcome<K>> {
  const sent: States[K] = { ...state, sent: { atMs: owned.nowMs() }, firstLook: null };
  const ready = await intend(sent);
  if (ready.kind !== 'as-before') return ready;
  try {
    const keys = await accounts.regenerate(target.account, slot);
    tookReply(keys);
    const seen = seeRegenerate(slot, before(state), keyFingerprints(keys, state.salt));
    switch (seen.kind) {
      case 'applied':
        return { kind: 'done', state: applied(sent, seen.newFingerprint, owned.nowMs()) };
      case 'somebody-else':
        return { kind: 'somebody-else', state: sent };
      case 'not-applied': {
        const failure = { kind: 'outcome-unknown', code: 'regenerate-changed-nothing' } as const;
        return { kind: 'failed', state: sent, failure };
      }
    }
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    const { failure } = error;
    return { kind: 'failed', failure, state: failure.kind === 'outcome-unknown' ? sent : { ...state, sent: null } };
  }
}

/**
 * After a regenerate whose outcome is not known: never again on a guess. "Unchanged" is believed only when the request
 * can no longer arrive, and only by two looks further apart than `listKeys` can be stale.
 */
export function lookAfterRegenerate<K extends 'regenerating' | 'retiring'>(
  state: States[K],
  { account, keys }: Arm,
  context: DecisionContext,
  { slot: slotOf, before, applied }: Regeneration<K>,
): Enter<From<K>> | Wait<States[K]> | Suspend {
  const { nowMs } = context;
  if (account.internalId !== context.internalId) return { kind: 'suspend', reason: 'account-recreated' };
  const slot = slotOf(state);
  const seen = seeRegenerate(slot, before(state), keys);
  switch (seen.kind) {
    case 'somebody-else':
      return { kind: 'suspend', reason: 'out-of-band-regenerated' };
    case 'applied':
      return { kind: 'enter', state: applied(state, seen.newFingerprint, nowMs) };
    case 'not-applied': {
      if (nowMs < context.settleUntilMs) return settling({ ...state, firstLook: null }, context);
      const first = state.firstLook;
      if (first === null)
        return {
          kind: 'wait',
          state: { ...state, firstLook: { fingerprint: keys[slot], atMs: nowMs } },
          reason: 'recheck',
          forMs: staleBoundMs,
        };
      if (nowMs - first.atMs < staleBoundMs)
        return { kind: 'wait', state, reason: 'recheck', forMs: staleBoundMs - (nowMs - first.atMs) };
      return { kind: 'enter', state: { ...state, sent: null, firstLook: null, attempts: state.attempts + 1 } };
    }
  }
}
