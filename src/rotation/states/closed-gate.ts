import { settleMs } from '../../durable/numbers.ts';
import type { ClosedGate, GateRules, SeenVersions } from '../../keys/gate.ts';
import type { TargetPolicy } from '../../keys/target.ts';
import { hasFailedProvisioning } from '../../shared/public-access.ts';
import { backoffMs, longestRetryMs } from '../../shared/retry-pace.ts';
import { otherSlot, type Slot } from '../../shared/slot.ts';
import type { DecisionContext, Note, Suspend, Wait } from '../decision.ts';
import { staleBoundMs, vaultRoundingMs } from '../numbers.ts';
import type { ActiveState, States } from '../state.ts';

/** The least pause while somebody else changes the account. */
const busyPauseMs = 15_000;

/** What the gate must know of a rotation, beside its facts. */
export function gateRules(
  { overlap, leaked }: Pick<States['preparing'], 'overlap' | 'leaked'>,
  context: Pick<DecisionContext, 'armId' | 'internalId' | 'instance'> & {
    readonly policy: Pick<TargetPolicy, 'probe'>;
  },
): GateRules {
  const { armId, internalId, instance, policy } = context;
  const callsEndpoint = policy.probe === 'data-plane';
  const standsForMs: GateRules['standsForMs'] = (newSlot, versions) =>
    leaked === null ? overlap.ms : leakedStandsForMs(leaked, newSlot, versions);
  return { armId, internalId, instance, standsForMs, callsEndpoint, vaultRoundingMs };
}

/**
 * A leaked key ends at once only as its report said: while consumers read the very versions that were known then. Nothing is
 * waited for if the inactive key is not the leaked one: consumers are led to it, and it lives on.
 */
function leakedStandsForMs(
  { slot, overlapMs, seen }: NonNullable<States['preparing']['leaked']>,
  newSlot: Slot,
  versions: SeenVersions,
): number {
  if (slot !== newSlot) return 0;
  const active = otherSlot(newSlot);
  const asTold =
    seen?.pointer === versions.pointer && seen.direct === versions.direct && seen[active] === versions[active];
  if (!asTold) return Math.max(settleMs, overlapMs);
  // Somebody was just making this very key: what has left of that lands first.
  return seen[newSlot] === versions[newSlot] ? 0 : settleMs;
}

/**
 * What any answer but an open gate means to a rotation that has not regenerated yet: a decision of its own, made in
 * `preparing`, in which the gate is waited for.
 */
export function closedGate(
  preparing: States['preparing'],
  answer: ClosedGate,
  context: DecisionContext,
): Wait<States['preparing']> | Note<States['preparing']> | Suspend {
  switch (answer.kind) {
    case 'blocked':
      // Right after a regenerate, as when a leaked key's rotation follows another, one listing may be stale.
      if (answer.reason === 'vault-stale' && preparing.waiting !== 'keys-stale')
        return { kind: 'wait', state: preparing, reason: 'keys-stale', forMs: staleBoundMs };
      return { kind: 'suspend', reason: answer.reason };
    case 'busy':
      return busyWait(preparing, answer.provisioningState, context);
    case 'changed':
      return {
        kind: 'note',
        state: { ...preparing, newSlot: answer.inactiveSlot, gateUntilMs: context.nowMs + preparing.overlap.ms },
        row: { lastSeen: answer.seen },
      };
    case 'young':
      return {
        kind: 'wait',
        state: { ...preparing, newSlot: answer.inactiveSlot, gateUntilMs: context.nowMs + answer.forMs },
        reason: 'caches-not-expired',
        forMs: answer.forMs,
      };
  }
}

/** The account is being changed, or failed to be: it is looked at less and less often. */
export function busyWait<S extends ActiveState>(
  state: S,
  provisioningState: string,
  { nowMs, random }: Pick<DecisionContext, 'nowMs' | 'random'>,
): Wait<S> {
  const attempts = state.attempts + 1;
  const tried = { ...state, attempts, lastFailure: { code: `provisioning-state-${provisioningState}`, atMs: nowMs } };
  return hasFailedProvisioning(provisioningState)
    ? { kind: 'wait', state: tried, reason: 'account-provisioning-failed', forMs: longestRetryMs }
    : {
        kind: 'wait',
        state: tried,
        reason: 'account-busy',
        forMs: Math.max(busyPauseMs, backoffMs('rotation', attempts, random)),
      };
}
