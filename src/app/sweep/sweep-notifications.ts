import { createHash } from 'node:crypto';
import type { Target } from '../../keys/target.ts';
import type { Notification } from '../../notifications/notification.ts';
import { sentenceFor } from '../../rotation/reasons.ts';
import { isWithoutKeys } from '../../rotation/requests/start-rotation.ts';
import { type DueFacts, firstStartMs, stalledAtMs } from '../../rotation/schedule/due-at.ts';
import { rotationIdOf } from '../../rotation/state.ts';
import { targetState } from '../../rotation/target-state.ts';
import { withCode } from '../../shared/failure.ts';
import { refusalSentences } from '../../shared/refusals.ts';
import { dayMs, hourMs, iso } from '../../shared/time.ts';
import { driftReasons } from '../../targets/drift.ts';
import type { NotedReason } from '../../targets/drift-notes.ts';
import type { BlockedRevertView } from '../hardening/hardening-contract.ts';
import { notificationAbout, suspendedNotification } from '../rotations/save-notifications.ts';
import { remedies } from '../targets/remedies.ts';

/** Beyond two overlaps (the gate may wait for one, the rotation takes the other) and a hold a rotation that is due has this long to complete. */
const overdueGraceMs = dayMs;

/**
 * The instant from which a target counts as overdue: no rotation was completed though one was due long before, or the one in
 * flight makes no progress. Null: never, as of an account that takes no keys.
 */
export function overdueAtMs(facts: DueFacts, target: Target, startJitterMs = 0): number | null {
  if (facts.row.adoptedAtMs === null) return null;
  const { overlapMs, stragglers } = target.policy;
  const byScheduleMs = isWithoutKeys(facts.row, target)
    ? Number.POSITIVE_INFINITY
    : firstStartMs(facts, target, startJitterMs) + 2 * overlapMs + stragglers.holdMs + overdueGraceMs;
  const atMs = Math.min(byScheduleMs, stalledAtMs(facts.row, facts.awakeSinceMs ?? 0) ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(atMs) ? atMs : null;
}

/** A target that is overdue, once a day from its due instant or standstill; null when it is not. */
export function overdueNotification(
  facts: DueFacts,
  target: Target,
  instance: string,
  startJitterMs = 0,
): Notification | null {
  const { row, nowMs } = facts;
  const deadlineMs = overdueAtMs(facts, target, startJitterMs);
  if (deadlineMs === null || nowMs < deadlineMs) return null;
  const { state, detail } = targetState(row, target, nowMs);
  const waiting = row.rotation !== null && row.rotation.kind !== 'suspended' ? row.rotation : null;
  const why =
    deadlineMs === stalledAtMs(row, facts.awakeSinceMs ?? 0)
      ? `The rotation in flight makes no progress. ${waiting?.waiting == null ? detail : sentenceFor(waiting.waiting)}`
      : `A rotation was due on ${iso(firstStartMs(facts, target, startJitterMs))} and none is completed. ${detail}`;
  return {
    ...notificationAbout(target, instance, nowMs),
    id: `${accountHash(target)}-overdue-${Math.floor(deadlineMs)}${dayOf(nowMs - deadlineMs)}`,
    kind: 'overdue',
    slot: null,
    rotationId: waiting?.rotationId ?? null,
    reason: waiting?.waiting ?? state,
    detail: why,
    whatToDo: `Look up the state of the target in the runbook, and put right what keeps it from rotating. Key secrets expire 30 days after they were due.`,
    adminCall: `GET /api/targets/${target.name}`,
  };
}

/** What is added to the id of what is told again: nothing on the first day, and then the number of days. */
function dayOf(sinceMs: number): string {
  const days = Math.floor(sinceMs / dayMs);
  return days < 1 ? '' : `-${days}`;
}

/** A rotation that has waited for a person for a day or more, once a day; null when none has. */
function suspendedReminder({ row, nowMs }: DueFacts, target: Target, instance: string): Notification | null {
  const { rotation } = row;
  if (rotation?.kind !== 'suspended' || nowMs - rotation.sinceMs < dayMs) return null;
  const first = suspendedNotification(rotation, target, instance, nowMs);
  return { ...first, id: `${first.id}${dayOf(nowMs - rotation.sinceMs)}` };
}

/** A change of a target that Azure keeps from being taken back. */
export interface BlockedChange {
  readonly target: Target;
  readonly revert: BlockedRevertView;
  /** By the storage service's clock. */
  readonly nowMs: number;
}

const shutOut = {
  network: 'Azure keeps its network from being put back; who calls it may be shut out.',
  keyless: 'Azure keeps its keys from being turned on again; who calls it with a key is refused.',
} as const;

/** A change that cannot be taken back, at once and then once a day. */
export function blockedNotification({ target, revert, nowMs }: BlockedChange, instance: string): Notification {
  const { area, reason, detail, whatToDo, code, since } = revert;
  const sinceMs = Date.parse(since);
  return {
    ...notificationAbout(target, instance, nowMs),
    id: `${accountHash(target)}-change-blocked-${sinceMs}${dayOf(nowMs - sinceMs)}`,
    kind: 'change-blocked',
    slot: null,
    rotationId: null,
    reason,
    detail: `${shutOut[area]} ${detail}${code === null ? '' : ` Code: ${code}.`}`,
    whatToDo,
    adminCall: `GET /api/targets/${target.name}/${area}`,
  };
}

/**
 * What lasts until somebody acts, once per reminder. Of what is told again, only the gravest: one a day for a target.
 * @param facts of a target with a row
 */
export function standingNotifications(
  facts: DueFacts,
  target: Target,
  instance: string,
  startJitterMs = 0,
): Notification[] {
  const leaked = leakedNotifications(facts, target, instance);
  const overdue = overdueNotification(facts, target, instance, startJitterMs);
  const waiting = overdue ?? suspendedReminder(facts, target, instance);
  return facts.row.leaks.length > 0 || waiting === null ? leaked : [waiting];
}

/** Whether something of the target is told each day that is graver than drift. */
export function isOverdueOrStopped(facts: DueFacts, target: Target): boolean {
  const { leaks, rotation } = facts.row;
  const deadlineMs = overdueAtMs(facts, target);
  return leaks.length > 0 || rotation?.kind === 'suspended' || (deadlineMs !== null && facts.nowMs >= deadlineMs);
}

/** A finding that has lasted for a day or more, once a day: the gravest; null when there is none. */
export function driftReminder(
  found: readonly { readonly reason: NotedReason; readonly sinceMs: number; readonly code?: string | undefined }[],
  target: Target,
  instance: string,
  nowMs: number,
): Notification | null {
  const oldest = found.find(({ sinceMs }) => nowMs - sinceMs >= dayMs);
  if (oldest === undefined) return null;
  const { reason, code = null, sinceMs } = oldest;
  const first = driftNotification(reason, code, target, instance, sinceMs);
  return { ...first, id: `${first.id}${dayOf(nowMs - sinceMs)}`, at: iso(nowMs) };
}

/** A leaked key is told again an hour after its report, then once a day, until it is gone. */
const firstReminderMs = hourMs;
const reminderEveryMs = dayMs;

/** Leaked keys that may still be valid long after their report; once per reminder. */
export function leakedNotifications(
  { row, nowMs }: Pick<DueFacts, 'row' | 'nowMs'>,
  target: Target,
  instance: string,
): Notification[] {
  return row.leaks.flatMap(({ slot, atMs, rotationId }) => {
    const lateMs = nowMs - atMs - firstReminderMs;
    if (lateMs < 0) return [];
    return {
      ...notificationAbout(target, instance, nowMs),
      id: `${rotationId}-leaked-key-valid-${Math.floor(lateMs / reminderEveryMs)}`,
      kind: 'leaked-key-valid' as const,
      slot,
      rotationId: row.rotation && rotationIdOf(row.rotation),
      reason: 'leaked',
      detail: targetState(row, target, nowMs).detail,
      whatToDo: isWithoutKeys(row, target)
        ? 'Nothing while keys stay off: its replacement begins at once when they are on again.'
        : 'Look up `leaked` in the runbook, and put right what keeps the key from being replaced.',
      adminCall: `GET /api/targets/${target.name}`,
    };
  });
}

/** What a look at vault and account has newly found. @param atMs when it was found */
export function driftNotification(
  reason: NotedReason,
  code: string | null,
  target: Target,
  instance: string,
  atMs: number,
): Notification {
  const whatToDo = remedies[reason];
  return {
    ...notificationAbout(target, instance, atMs),
    id: `${accountHash(target)}-drift-${reason}-${Math.floor(atMs)}`,
    kind: 'drift',
    slot: null,
    rotationId: null,
    reason,
    detail: withCode({ ...refusalSentences, ...driftReasons }[reason], reason, code),
    whatToDo,
    adminCall: adminCallOf(whatToDo, target),
  };
}

function adminCallOf(whatToDo: string, { name }: Target): string {
  if (/\bdiagnosis\b/i.test(whatToDo)) return `GET /api/targets/${name}/diagnosis`;
  if (/\brepair\b(?! leaves)/i.test(whatToDo)) return `POST /api/targets/${name}/repair`;
  if (/\badopt\b/i.test(whatToDo)) return `POST /api/targets/${name}/adopt`;
  return `GET /api/targets/${name}`;
}

/** Keeps the ids of different accounts apart, in whatever collects them. */
function accountHash({ account }: Target): string {
  return createHash('sha256').update(account.armId.toLowerCase()).digest('hex').slice(0, 16);
}
