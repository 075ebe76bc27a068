import { keylessWaits } from '../../hardening/keyless/keyless-reasons.ts';
import type { KeylessChange } from '../../hardening/keyless/keyless-state.ts';
import type { AuthFacts } from '../../hardening/keyless/ports.ts';
import type { PlanView } from '../../hardening/plan-view.ts';
import type { Target } from '../../keys/target.ts';
import type { AccountRow } from '../../rotation/account-row.ts';
import { inFlightId } from '../../rotation/requests/start-rotation.ts';
import { isSettled } from '../../shared/public-access.ts';
import { notNow } from '../answers.ts';
import type { NotNow } from '../refused.ts';

/** What a request to turn keys off or on meets. */
export interface KeylessMoment {
  readonly enabled: boolean;
  /** Nothing is to be done. */
  readonly isAsAsked: boolean;
  /** The change under way, and whether the request calls it off. */
  readonly change: KeylessChange | null;
  readonly isCallingOff: boolean;
  /** How long somebody else's lease of the area lasts at most; 0: it is free. */
  readonly busyForMs: number;
  readonly account: Pick<AuthFacts, 'localAuthDisabled' | 'provisioningState'>;
  /** Null: the target was never adopted. `newer-schema`: a newer release is at it, and what it does cannot be seen. */
  readonly row: AccountRow | 'newer-schema' | null;
}

/** What refuses the request, besides the pause of the instance and the risks of its plan; in the order in which it is met. */
export function keylessBlockers(moment: KeylessMoment, target: Target): readonly NotNow[] {
  const { enabled, isAsAsked, change, isCallingOff, busyForMs } = moment;
  const blockers: NotNow[] = [];
  const row = moment.row === 'newer-schema' ? null : moment.row;
  if (!enabled && target.policy.keyless === true) blockers.push(notNow('declared-keyless'));
  if (change !== null) {
    if (!isCallingOff) blockers.push(notNow('hardening-change-running'));
    else if (busyForMs > 0) blockers.push(notNow('busy', null, busyForMs));
  } else if (!isAsAsked) {
    if (moment.row === 'newer-schema') blockers.push(notNow('newer-schema'));
    const running = row && inFlightId(row, target);
    // A rotation that stands still does not need keys to stay off, and may need them on.
    const isStandingStill = row?.rotation?.kind === 'suspended' && !enabled;
    if (running !== null && !isStandingStill) blockers.push(notNow('in-flight', running));
    if (busyForMs > 0) blockers.push(notNow('hardening-change-running', null, busyForMs));
  }
  return blockers;
}

/** What the change would wait for at once; null: it goes on, or is none of this request's. */
export function keylessWait(moment: KeylessMoment): PlanView['waitsFor'] {
  const reason = waitingFor(moment);
  return reason && { reason, detail: keylessWaits[reason] };
}

function waitingFor(moment: KeylessMoment): KeylessChange['waiting'] {
  const { enabled, isAsAsked, change, isCallingOff, account } = moment;
  const row = moment.row === 'newer-schema' ? null : moment.row;
  const { localAuthDisabled, provisioningState } = account;
  if (change === null ? isAsAsked : !isCallingOff) return null;
  const isHeld = row?.lease.kind === 'held';
  const isBusy = localAuthDisabled !== enabled && !isSettled(provisioningState);
  if (enabled) return isHeld ? 'rotation-at-work' : isBusy ? 'account-busy' : null;
  if (change?.sent === true && !localAuthDisabled) return 'called-off';
  if (isBusy) return 'account-busy';
  if (moment.row === 'newer-schema') return 'newer-schema';
  // A change that is called off has nothing to store again before the account's row says keyless.
  const isStored = row !== null && row.adoptedAtMs !== null && (change === null || (row.keyless ?? null) !== null);
  return isStored && isHeld ? 'rotation-at-work' : null;
}
