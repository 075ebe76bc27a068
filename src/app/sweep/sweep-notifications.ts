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
import { notificationAbout } from '../rotations/save-notifications.ts';
import { remedies } from '../targets/remedies.ts';

/** Beyond two overlaps (the gate may wait for one, the rotation takes the other) a rotation that is due has this long to complete. */
const overdueGraceMs = dayMs;

/**
 * The instant from which a target counts as overdue: no rotation was completed though one was due long before, or the one in
 * flight makes no progress. Null: never, as of an account that takes no keys.
 */
export function overdueAtMs(facts: DueFacts, target: Target, startJitterMs = 0): number | null {
  if (facts.row.adoptedAtMs === null) return null;
  const byScheduleMs = isWithoutKeys(facts.row, target)
    ? Number.POSITIVE_INFINITY
    : firstStartMs(facts, target, startJitterMs) + 2 * target.policy.overlapMs + overdueGraceMs;
  const atMs = Math.min(byScheduleMs, stalledAtMs(facts.row, facts.awakeSinceMs ?? 0) ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(atMs) ? atMs : null;
}

/** A target that is overdue, once per due instant or standstill; null when it is not. */
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
    id: `${accountHash(target)}-overdue-${Math.floor(deadlineMs)}`,
    kind: 'overdue',
    slot: null,
    rotationId: waiting?.rotationId ?? null,
    reason: waiting?.waiting ?? state,
    detail: why,
    whatToDo: `Look up the state of the target in the runbook, and put right what keeps it from rotating. Key secrets expire 30 days after they were due.`,
    adminCall: `GET /api/targets/${target.name}`,
  };
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
