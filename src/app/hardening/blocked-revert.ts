import type { StoredRow } from '../../durable/ports.ts';
import { keylessWaits } from '../../hardening/keyless/keyless-reasons.ts';
import { keylessState } from '../../hardening/keyless/keyless-state.ts';
import { networkWaits } from '../../hardening/network/network-reasons.ts';
import { networkState } from '../../hardening/network/network-state.ts';
import type { HardeningArea } from '../../hardening/ports.ts';
import { iso, minuteMs } from '../../shared/time.ts';
import type { BlockedRevertView } from './hardening-contract.ts';
import { stateIn } from './hardening-stages.ts';

/** What Azure refuses for longer is a lock, a policy or a role, not a busy moment; consumers may be shut out all the while. */
const longestRevertMs = 10 * minuteMs;

const whatToDo =
  'Remove what keeps Keyturn from changing the account back: a lock, a policy, or a missing role. Then it goes on by itself.';

/**
 * The change that leads back to what was there before, and that Azure keeps from it; null: there is none.
 * Others end by themselves, and leave what was there.
 */
export function blockedRevert(stored: ReadonlyMap<HardeningArea, StoredRow>): BlockedRevertView | null {
  return networkRevert(stored) ?? keylessRevert(stored);
}

function networkRevert(stored: ReadonlyMap<HardeningArea, StoredRow>): BlockedRevertView | null {
  const change = stateIn(networkState, 'network', stored)?.change;
  if (change?.phase.kind !== 'restoring' || change.waitingFor === null) return null;
  const { reason, code } = change.waitingFor;
  return viewBlocked({ area: 'network', reason, detail: networkWaits[reason], code }, change.phase.sinceMs, stored);
}

function keylessRevert(stored: ReadonlyMap<HardeningArea, StoredRow>): BlockedRevertView | null {
  const change = stateIn(keylessState, 'keyless', stored)?.change;
  if (change?.at.kind !== 'reverting') return null;
  const { code, stepSinceMs, waiting } = change;
  const reason = waiting ?? 'retry-later';
  return viewBlocked({ area: 'keyless', reason, detail: keylessWaits[reason], code }, stepSinceMs, stored);
}

function viewBlocked(
  found: Pick<BlockedRevertView, 'area' | 'reason' | 'detail' | 'code'>,
  sinceMs: number,
  stored: ReadonlyMap<HardeningArea, StoredRow>,
): BlockedRevertView | null {
  const nowMs = stored.get(found.area)?.storageNowMs ?? 0;
  if (found.code === null || nowMs - sinceMs <= longestRevertMs) return null;
  return { ...found, whatToDo, since: iso(sinceMs) };
}
