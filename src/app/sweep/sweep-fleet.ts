import type { HardeningRows } from '../../hardening/ports.ts';
import type { Target } from '../../keys/target.ts';
import { readPause } from '../../rotation/run/pause.ts';
import type { SweepAnswer } from '../../rotation/schedule/due.ts';
import {
  discoveredHoldMs,
  type FleetFacts,
  type FleetLimits,
  fleetFacts,
  isBreakerOpen,
  isRunning,
  noFleetLimits,
  startedAtMs,
  waitsForCanariesUntilMs,
} from '../../rotation/schedule/fleet-facts.ts';
import { type Waiting, type WaitReason, waitReasons } from '../../rotation/schedule/fleet-notes.ts';
import { readResetAt } from '../../rotation/schedule/resets.ts';
import { type ScheduleReason, startBlockers } from '../../rotation/schedule/schedule-reasons.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import type { TargetSource } from '../../targets/target-source.ts';
import { asFailureOfOne } from '../answers.ts';
import type { InvocationPorts } from '../in-invocation.ts';
import type { DocumentTargets } from '../targets/document-targets.ts';
import { loadTarget, type SweptTarget } from '../targets/load-target.ts';
import { type VisitParts, visitTargets } from '../targets/visit-targets.ts';
import { actOnFleet } from './act-on-fleet.ts';
import { type LastLooks, lookAfterFleet, noLooks } from './look-after-fleet.ts';
import type { EventsLook } from './look-at-events.ts';
import { lookPromise, roomForLooks } from './look-share.ts';
import { overdueTargets } from './measure.ts';
import { noteFleet } from './note-fleet.ts';
import { notifyDocument } from './notify-document.ts';
import { logMeasures, notifyBlocked, notifySweep, notifyWhilePaused } from './notify-sweep.ts';
import { noChanges, type SweptChanges } from './sweep-hardening.ts';
import type { BlockedChange } from './sweep-notifications.ts';

/** Wakes the changes of one target's hardening whose messages were lost; answers whether one of them makes no progress. */
export type SweepHardening = (
  target: Target,
  rows: HardeningRows | null,
  awakeSinceMs: number,
) => Promise<SweptChanges>;

export interface SweepParts extends InvocationPorts {
  readonly targets: TargetSource;
  /** Where the targets document is read; without it the settings declare the targets. */
  readonly document?: DocumentTargets | null;
  /** Without them nothing is bounded. */
  readonly fleet?: FleetLimits;
  /** How it is found out by which path events come; without it that stays unknown. */
  readonly events?: EventsLook;
  readonly visitInBulk?: VisitParts['visitInBulk'];
  readonly hardening?: { readonly hardeningRows: HardeningRows };
}

/**
 * Looks for targets again, reads every target's rows, decides for the fleet as a whole, acts, tells people, and looks after
 * those that rest. A target whose rows cannot be read now is left to the next sweep, and holds up none of the others.
 * @param lastLooks kept from one sweep to the next
 * @throws FailureError when the list of targets cannot be read
 */
export async function sweepFleet(
  parts: SweepParts,
  sweepHardening: SweepHardening = async () => noChanges,
  lastLooks: LastLooks = noLooks(),
): Promise<void> {
  const { targets, log, clock, fleet: limits = noFleetLimits } = parts;
  const counts = { paused: false, woken: 0, started: 0, suspended: 0, failed: 0, running: 0, held: 0, looks: 0 };
  const begunAtMs = clock.monotonicMs();
  const notSwept = (target: Target, { failure }: FailureError) => {
    counts.failed += 1;
    log({ event: 'target-not-swept', target: target.name, code: failure.code });
  };
  const pause = await readPause(parts).catch(asFailure);
  // What discovery cannot save now, the next sweep finds again.
  const discovered = await targets.refresh().catch(asFailure);
  if (discovered instanceof FailureError) log({ event: 'discovery-failed', code: discovered.failure.code });
  // Before the list is asked for: without a document that was ever accepted there is none, and people must know.
  if (parts.document != null) await notifyDocument(parts, parts.document, clock.nowMs());
  const all = await targets.list();
  // Also while paused: public access that has changed is proved or put back whatever the switch says.
  const stalled = new Set<string>();
  const blocked: BlockedChange[] = [];
  const awakeSinceMs = pause instanceof FailureError || pause.paused ? Number.POSITIVE_INFINITY : pause.sinceMs;
  const fleet = await visitTargets(parts, all, true, async (known, { rows, hardeningRows }) => {
    const { target } = known;
    const changes = await sweepHardening(target, hardeningRows, awakeSinceMs).catch(asFailureOfOne(log, 'sweep'));
    if (changes instanceof FailureError) notSwept(target, changes);
    else {
      if (changes.isStalled) stalled.add(target.name);
      if (changes.blocked !== null) blocked.push({ target, ...changes.blocked });
    }
    if (pause instanceof FailureError) return null;
    const loaded = await loadTarget({ rows }, known).catch(asFailureOfOne(log, 'sweep'));
    if (!(loaded instanceof FailureError)) return loaded;
    if (!(changes instanceof FailureError)) notSwept(target, loaded);
    return null;
  });
  // Whether the switch can be read or not, and of targets without a row as well: consumers may be shut out.
  await notifyBlocked(parts, blocked);
  const members = fleet.flatMap((one) => (one?.kind === 'member' ? [{ ...one.member, awakeSinceMs }] : []));
  const unlisted = fleet.flatMap((one) => (one?.kind === 'without-row' ? [one] : []));
  const seenOf = (read: readonly SweptTarget[]) => [
    ...unlisted.map(({ target, reason }) => ({ target, seen: reason === 'offboarded' ? reason : null })),
    ...read.map((member) => ({ target: member.target, seen: member })),
  ];
  if (pause instanceof FailureError) {
    // A switch that cannot be read is no leave to begin anything, and of targets that were not read nothing is measured.
    for (const { target } of all) notSwept(target, pause);
  } else if (pause.paused) {
    counts.paused = true;
    // An alert on a leaked key must not end because somebody has paused the instance.
    const seen = seenOf(members);
    if (isMeasured(seen, all)) logMeasures(parts, seen, limits.startJitterMs, stalled, all.length - seen.length);
    await notifyWhilePaused(parts, members, limits);
  } else {
    const reset = await readResetAt(parts);
    const swept = await actOnFleet(parts, members, fleetFacts(members, limits, reset), notSwept);
    const now = fleetFacts(swept, limits, reset);
    counts.running = now.running;
    const answers = [
      ...unlisted.map(({ target, origin, reason }) => ({
        target,
        origin,
        notes: null,
        answer: { kind: 'leave', reason } as const,
      })),
      ...swept.flatMap(({ answer, ...member }) => (answer === null ? [] : [{ ...member, answer }])),
    ];
    const reasons: Partial<Record<ScheduleReason, number>> = {};
    for (const { answer } of answers) {
      reasons[answer.reason] = (reasons[answer.reason] ?? 0) + 1;
      if (answer.kind === 'wake') counts.woken += 1;
      if (answer.kind === 'start') counts.started += 1;
      if (answer.reason === 'suspended') counts.suspended += 1;
      if (answer.kind === 'leave' && answer.reason in startBlockers) counts.held += 1;
    }
    const answered = new Set(answers.map(({ target }) => target.name));
    const seen = seenOf(swept);
    const fleetNowMs = swept.reduce((latest, { nowMs }) => Math.max(latest, nowMs), 0);
    const lookedAfter = swept.flatMap(({ answer, ...member }) =>
      answer !== null && isLookedAfter({ answer }) && member.row.adoptedAtMs !== null
        ? [{ target: member.target, lookedAtMs: lastLookedAtMs(member) }]
        : [],
    );
    const looks = (sweepsEveryMs: number) => lookPromise(lookedAfter, sweepsEveryMs, fleetNowMs);
    await noteFleet(parts, now, fleetNowMs, looks, {
      targets: all.length,
      reasons,
      overdue: overdueTargets(seen, limits.startJitterMs, stalled),
      notSwept: all.flatMap(({ target }) => (answered.has(target.name) ? [] : target.name)),
      waiting: swept.flatMap((member) => waitingOf(member, now)),
      longestRunning: swept
        .filter(({ row }) => isRunning(row))
        .sort((one, other) => (startedAtMs(one.row) ?? 0) - (startedAtMs(other.row) ?? 0))
        .map(({ target }) => target.name),
    });
    if (isMeasured(seen, all)) await notifySweep(parts, seen, limits, stalled, all.length - seen.length);
    const resting = answers.filter(isLookedAfter);
    const roomFor = roomForLooks(swept, fleetNowMs);
    counts.looks = await lookAfterFleet(parts, resting, begunAtMs, notSwept, parts.events, lastLooks, roomFor);
  }
  log({ event: 'swept', targets: all.length, ...counts });
}

/** If no target could be read nothing is known: zeros would be told as measured. */
function isMeasured(seen: readonly unknown[], all: readonly unknown[]): boolean {
  return seen.length > 0 || all.length === 0;
}

/** Whether looks for drift come: what is in flight looks for itself, and what was offboarded is nobody's. */
function isLookedAfter({ answer }: { readonly answer: SweepAnswer }): boolean {
  return answer.kind === 'leave' && answer.reason !== 'in-flight' && answer.reason !== 'offboarded';
}

/** A rotation compares vault and account as a look does. */
function lastLookedAtMs({ row, notes }: SweptTarget): number {
  return Math.max(notes?.lookedAtMs ?? 0, row.lastEnd?.endedAtMs ?? 0, row.adoptedAtMs ?? 0);
}

/** What a target waits for beside its own calendar, and until when at most if that is known. */
function waitingOf(member: SweptTarget & { readonly answer: SweepAnswer | null }, facts: FleetFacts): Waiting[] {
  const { target, origin, answer, nowMs } = member;
  const reason = answer?.kind === 'leave' ? answer.reason : null;
  if (reason === null || !isWaitReason(reason)) return [];
  const { limits, heldUpBy } = facts;
  const isShort = origin === 'discovered' && !isBreakerOpen(heldUpBy.declared, limits);
  const untilMs = {
    'circuit-breaker-open': isShort ? nowMs + discoveredHoldMs : null,
    'canaries-first': waitsForCanariesUntilMs(member, target, limits),
    'fleet-busy': null,
    'subscription-busy': null,
    'vault-busy': null,
  }[reason];
  return [{ target: target.name, origin, reason, untilMs }];
}

function isWaitReason(reason: ScheduleReason): reason is WaitReason {
  return waitReasons.some((one) => one === reason);
}
