import { validityMs } from '../../keys/key-secret.ts';
import type { Target } from '../../keys/target.ts';
import { type AccountRow, parseAccountRow } from '../../rotation/account-row.ts';
import { isOffboarded } from '../../rotation/adoption/offboarded.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { requestRefusals } from '../../rotation/reasons.ts';
import { isKeyless } from '../../rotation/requests/start-rotation.ts';
import { viewRotation } from '../../rotation/rotation-view.ts';
import { type SweepAnswer, type SweepFacts, sweepAnswer } from '../../rotation/schedule/due.ts';
import { nextStartMs } from '../../rotation/schedule/due-at.ts';
import { type FleetFacts, type FleetLimits, noFleetLimits } from '../../rotation/schedule/fleet-facts.ts';
import { eventOutcomes, type LastEvent, parseLastEvent } from '../../rotation/schedule/last-event.ts';
import { type ScheduleReason, scheduleReasons } from '../../rotation/schedule/schedule-reasons.ts';
import type { LeakedKey, RotationEnd } from '../../rotation/state.ts';
import { targetState } from '../../rotation/target-state.ts';
import { type TargetState, targetStates } from '../../rotation/target-states.ts';
import { asFailure, FailureError, withCode } from '../../shared/failure.ts';
import { missingPermission, withMissing } from '../../shared/missing-permission.ts';
import { refusalSentences } from '../../shared/refusals.ts';
import { dayMs, iso, isoOrNull } from '../../shared/time.ts';
import { driftReasons } from '../../targets/drift.ts';
import { type DriftNotes, parseDriftNotes } from '../../targets/drift-notes.ts';
import { type EventDeliveryPath, eventDeliveryPaths } from '../../targets/event-delivery-path.ts';
import { validityReasons } from '../../targets/found-validity.ts';
import type { KnownTarget } from '../../targets/target-source.ts';
import { blockedRevert } from '../hardening/blocked-revert.ts';
import type { HardeningPorts } from '../hardening/hardening-ports.ts';
import { hardeningStages, readStages } from '../hardening/hardening-stages.ts';
import { keysPhase } from '../hardening/keys-phase.ts';
import { fleetNow } from '../sweep/read-fleet.ts';
import { overdueAtMs } from '../sweep/sweep-notifications.ts';
import { knownExpiryMs } from './load-target.ts';
import { remedies } from './remedies.ts';
import type { TargetView } from './target-views.ts';

/** The states that last until a person does something, besides what leaks, overdue rotations and newer rows say. */
const forAPerson: ReadonlySet<string> = new Set<TargetState>([
  'not-adopted',
  'adopted-elsewhere',
  'awaiting-first-rotation',
  'suspended',
  'drifted',
]);

/** The states in which nothing else is the matter. */
const calm: ReadonlySet<string> = new Set<TargetState>(['idle', 'awaiting-first-rotation', 'keyless']);

export type ViewParts = Pick<EnginePorts, 'rows' | 'pauses' | 'instance'> & {
  readonly fleet?: FleetLimits;
  readonly hardening?: Pick<HardeningPorts, 'hardeningRows'>;
};

/**
 * One target with its state, only from settings and journal: no call to the account or its vault.
 * @param fleet as the last sweep left it; anybody who views many targets reads it once
 */
export async function viewTarget(
  { fleet: limits = noFleetLimits, ...parts }: ViewParts,
  target: Target,
  fleet?: FleetFacts,
  { origin, blocked }: Pick<KnownTarget, 'origin' | 'blocked'> = { origin: 'declared', blocked: null },
): Promise<TargetView> {
  const { rows, hardening } = parts;
  const bare = {
    name: target.name,
    accountId: target.account.armId,
    vault: target.vaultUrl,
    prefix: target.prefix,
    layout: target.layout.kind,
    whatToDo: null,
    needsPerson: false,
    overdue: false,
    activeSlot: null,
    keysCheckedAt: null,
    rotation: null,
    leakedKeys: [],
    drift: [],
    requestRefused: null,
    events: 'unknown' as EventDeliveryPath,
    eventsDetail: eventDeliveryPaths.unknown as string,
    lastEvent: null,
    validity: null,
    hardeningStages: null,
    blockedRevert: null,
    lastCompletedAt: null,
    lastRotation: null,
    nextDueAt: null,
    schedule: null,
  };
  const stored = await rows.load(target.account).catch(asFailure);
  if (stored instanceof FailureError) return { ...bare, state: 'unreachable', detail: targetStates.unreachable };
  const row = stored === null ? null : parseAccountRow(stored.fields);
  if (row === 'newer-schema')
    return {
      ...bare,
      state: row,
      needsPerson: true,
      detail: targetStates[row],
      schedule: viewSchedule('leave', row),
    };
  const [kept, event, offboarded] = await Promise.all([
    rows.loadNotes(target.account).catch(asFailure),
    rows.loadLastEvent(target.account).catch(asFailure),
    row === null && isOffboarded(rows, target.account).catch(asFailure),
  ]);
  const seenEvent = event instanceof FailureError ? null : parseLastEvent(event?.fields);
  const notes = kept instanceof FailureError ? null : parseDriftNotes(kept?.fields);
  const lastEvent = viewEvent(seenEvent);
  const deliveryPath = shownDeliveryPath(notes, seenEvent);
  const events = { events: deliveryPath, eventsDetail: eventDeliveryPaths[deliveryPath] };
  const drift = viewDrift(row, notes);
  const hardeningRows =
    hardening === undefined ? null : await hardening.hardeningRows.loadAll(target.account).catch(asFailure);
  const changes = hardeningRows instanceof FailureError ? null : hardeningRows;
  const isOut = offboarded === true;
  const byRow = isOut
    ? { state: 'offboarded', detail: targetStates.offboarded }
    : targetState(row, target, stored?.storageNowMs ?? 0, changes && keysPhase(changes));
  const status = drift.length > 0 && calm.has(byRow.state) ? { state: 'drifted', detail: targetStates.drifted } : byRow;
  const way = changes && hardeningStages(target.name, readStages(changes, row));
  const revert = changes && blockedRevert(changes);
  const needsPerson = forAPerson.has(status.state) || revert !== null;
  const whatToDo = adviceFor(row, drift);
  const shown = {
    ...bare,
    ...status,
    whatToDo,
    needsPerson,
    drift,
    ...events,
    lastEvent,
    hardeningStages: way,
    blockedRevert: revert,
  };
  if (row === null || stored === null)
    return { ...shown, schedule: viewSchedule('leave', isOut ? 'offboarded' : 'not-adopted') };
  const { savedAtMs, storageNowMs: nowMs } = stored;
  const isBlocked = blocked !== null;
  const facts: SweepFacts = { row, savedAtMs, nowMs, expiresAtMs: knownExpiryMs(row, notes), origin, isBlocked };
  const { kind, reason } = sweepAnswer(facts, target, fleet ?? (await fleetNow(parts, limits)));
  const hasNext = row.adoptedAtMs !== null && !(row.rotation === null && isKeyless(row, target));
  const nextAtMs = hasNext ? nextStartMs(facts, target, limits.startJitterMs) : null;
  const overdue = nowMs >= (overdueAtMs(facts, target, limits.startJitterMs) ?? Number.POSITIVE_INFINITY);
  return {
    ...shown,
    needsPerson: needsPerson || overdue || row.leaks.length > 0,
    overdue,
    validity: viewValidity(row, target),
    activeSlot: row.lastSeen?.pointer ?? null,
    keysCheckedAt: checkedAt(row, notes),
    leakedKeys: row.leaks.map(viewLeakedKey),
    rotation: row.rotation && viewRotation(row.rotation, row.leaks, target, row.wakeAtMs),
    requestRefused: row.requestRefused && viewRefusedRequest(row.requestRefused),
    lastCompletedAt: row.lastDone && iso(row.lastDone.atMs),
    lastRotation: row.lastEnd && viewLastRotation(row.lastEnd),
    nextDueAt: isoOrNull(nextAtMs),
    schedule: viewSchedule(kind, reason),
  };
}

/** A rotation and an adoption compare everything, too; a try without a clear answer is no check. */
function checkedAt({ adoptedAtMs, lastDone }: AccountRow, notes: DriftNotes | null): string | null {
  const triedAtMs = notes?.activeKey?.answer === 'unknown' ? 0 : (notes?.activeKey?.atMs ?? 0);
  const atMs = Math.max(adoptedAtMs ?? 0, lastDone?.atMs ?? 0, notes?.lookedAtMs ?? 0, triedAtMs);
  return atMs === 0 ? null : iso(atMs);
}

function adviceFor(row: AccountRow | null, drift: TargetView['drift']): string | null {
  const rotation = row?.rotation ?? null;
  return rotation?.kind === 'suspended' ? remedies[rotation.reason] : (drift[0]?.whatToDo ?? null);
}

function viewLastRotation({ outcome, last, endedAtMs }: RotationEnd): TargetView['lastRotation'] {
  return { id: last.rotationId, outcome, startedAt: iso(last.startedAtMs), endedAt: iso(endedAtMs) };
}

function viewLeakedKey({ slot, atMs, by, reason, seenAtMs, lookedAtMs, failure }: LeakedKey) {
  const [seenAt, lookedAt] = [isoOrNull(seenAtMs), isoOrNull(lookedAtMs)];
  return { slot, reportedAt: iso(atMs), by, reason, seenAt, lookedAt, failure };
}

function viewSchedule(answer: SweepAnswer['kind'], reason: ScheduleReason): TargetView['schedule'] {
  return { answer, reason, detail: scheduleReasons[reason] };
}

/** What was found before the last rotation has moved keys and secrets says nothing of how they are now. */
function viewDrift(row: AccountRow | null, notes: DriftNotes | null): TargetView['drift'] {
  const rotation = row?.rotation ?? null;
  if (notes === null || (rotation !== null && rotation.kind !== 'suspended')) return [];
  const movedAtMs = rotation === null ? (row?.lastEnd?.endedAtMs ?? 0) : rotation.sinceMs;
  if (notes.lookedAtMs < movedAtMs) return [];
  return notes.drift.map(({ reason, sinceMs, code, action, copies }) => ({
    reason,
    detail: withMissing(
      withCopies(withCode({ ...refusalSentences, ...driftReasons }[reason], reason, code), copies),
      missingPermission(action),
    ),
    whatToDo: remedies[reason],
    code: code ?? null,
    since: iso(sinceMs),
  }));
}

/** A finding about copies says which. */
function withCopies(sentence: string, copies: readonly string[] = []): string {
  return copies.length === 0 ? sentence : `${sentence} Copies: ${copies.join(', ')}.`;
}

/** By the last look; an event that came is proof as well, and one that came after the look is the newer one. */
function shownDeliveryPath(notes: DriftNotes | null, event: LastEvent | null): EventDeliveryPath {
  const seen = notes?.events ?? 'unknown';
  if (event?.deliveryPath === undefined) return seen;
  return seen === 'unknown' || (seen === 'none' && event.atMs > (notes?.lookedAtMs ?? 0)) ? event.deliveryPath : seen;
}

function viewValidity({ foundValidity }: AccountRow, target: Target): TargetView['validity'] {
  if (foundValidity === null) return null;
  const sentences: Readonly<Record<string, string>> = validityReasons;
  return {
    ...foundValidity,
    days: Math.floor(validityMs(target) / dayMs),
    rotateEveryDays: target.policy.rotateEveryMs / dayMs,
    detail: sentences[foundValidity.reason] ?? '',
  };
}

function viewEvent(event: LastEvent | null): TargetView['lastEvent'] {
  if (event === null) return null;
  const { kind, secret, version, reason, rotationId, atMs } = event;
  const detail = reason && eventOutcomes[reason];
  return { kind, secret, version, at: iso(atMs), answer: reason ? 'left' : 'started', reason, detail, rotationId };
}

function viewRefusedRequest({ action, reason, atMs }: NonNullable<AccountRow['requestRefused']>) {
  return { action, reason, detail: requestRefusals[reason], at: iso(atMs) };
}
