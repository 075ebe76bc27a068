import { hardeningRefusals } from '../../hardening/hardening-refusals.ts';
import { keylessEnds, keylessWaits } from '../../hardening/keyless/keyless-reasons.ts';
import type { KeylessChange, KeylessState } from '../../hardening/keyless/keyless-state.ts';
import type { KeyUse } from '../../hardening/keyless/plan-keyless.ts';
import type { AuthFacts } from '../../hardening/keyless/ports.ts';
import type { Target } from '../../keys/target.ts';
import { entityTag } from '../../shared/entity-tag.ts';
import { withCode } from '../../shared/failure.ts';
import { missingPermission, viewLacked, withMissing } from '../../shared/missing-permission.ts';
import { iso, isoOrNull } from '../../shared/time.ts';
import type { KeylessView } from './hardening-contract.ts';
import type { HardeningPorts } from './hardening-ports.ts';

/** What the entity tag of a target's way without keys stands for. */
export function keylessTag({ offSinceMs, change, last }: KeylessState, facts: AuthFacts): string {
  const { localAuthDisabled, customSubdomain } = facts;
  return entityTag([localAuthDisabled, customSubdomain, offSinceMs, change?.id ?? null, last?.id ?? null]);
}

/** @throws FailureError */
export async function viewKeyless(
  { hardening }: { readonly hardening: Pick<HardeningPorts, 'localAuth'> },
  target: Target,
  state: KeylessState,
  keyUse: KeyUse,
): Promise<{ readonly view: KeylessView; readonly etag: string }> {
  const facts = await hardening.localAuth.read(target.account);
  const { localAuthDisabled, customSubdomain } = facts;
  const { offSinceMs, verified, change, last } = state;
  const waitsFor = missingPermission(change?.action);
  const lacked = missingPermission(last?.action);
  const view: KeylessView = {
    target: target.name,
    enabled: localAuthDisabled && (offSinceMs !== null || target.policy.keyless === true),
    account: { localAuthDisabled, customSubdomain },
    since: isoOrNull(offSinceMs),
    verified: verified && { at: iso(verified.atMs), accepted: verified.accepted, code: verified.code },
    keyUse,
    change: change && {
      id: change.id,
      by: change.by,
      startedAt: iso(change.startedAtMs),
      at: change.at.kind,
      waiting: change.waiting,
      detail: change.waiting && withMissing(keylessWaits[change.waiting], waitsFor),
      code: change.code,
      ...viewLacked(waitsFor),
      calledOffBy: change.calledOff?.by ?? null,
      revertsAt: revertsAt(change),
    },
    lastChange: last && {
      id: last.id,
      by: last.by,
      endedAt: iso(last.endedAtMs),
      outcome: last.outcome,
      reason: last.reason,
      detail:
        last.reason &&
        withMissing(withCode({ ...keylessEnds, ...hardeningRefusals }[last.reason], last.reason, last.code), lacked),
      code: last.code,
      ...viewLacked(lacked),
      keyProof: last.keyProof,
    },
  };
  return { view, etag: keylessTag(state, facts) };
}

function revertsAt({ at, hadKeys, proveWithinMs }: KeylessChange): string | null {
  return at.kind === 'proving' && hadKeys ? iso(at.sinceMs + proveWithinMs) : null;
}
