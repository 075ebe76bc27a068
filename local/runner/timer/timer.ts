import type { Clock } from '../clock.ts';
import type { IndexedFunction } from '../indexed-function.ts';
import type { Invoke, TriggerInput } from '../invoker.ts';
import type { LogEntry } from '../log.ts';
import type { Settings } from '../settings/settings.ts';
import { expandSettings } from '../settings/settings-expansion.ts';
import { parseSchedule, type Schedule } from './schedule.ts';
import { type ScheduleStatus, type ScheduleStatusFile, statusJson } from './schedule-status.ts';

export interface TimerListener {
  /** Reads the stored status, and writes one if there is none yet or the schedule was changed. */
  prepare(): Promise<StartingPoint>;
  /** Runs until `signal` is aborted; a run in progress is awaited. */
  listen(from: StartingPoint, signal: AbortSignal): Promise<void>;
  /** The input of a run by hand: built from the stored status, never past due. */
  inputByHand(): Promise<TriggerInput>;
}

interface StartingPoint {
  readonly status: ScheduleStatus;
  /** Whether a run was missed while the host was down. */
  readonly isPastDue: boolean;
}

/** Longest uninterrupted sleep: a laptop that was asleep notices within a minute that a run is due. */
const longestSleepMs = 60_000;

/** Throws when the schedule is none, or names a setting that does not exist: the function is then in error. */
export function timerListener(
  called: IndexedFunction,
  {
    settings,
    statusFile,
    clock,
    invoke,
    log,
  }: {
    readonly settings: Settings;
    readonly statusFile: ScheduleStatusFile;
    readonly clock: Clock;
    readonly invoke: Invoke;
    readonly log: (entry: Omit<LogEntry, 'at'>) => void;
  },
): TimerListener {
  const { schedule: text, runOnStartup, useMonitor } = called.trigger;
  const schedule = parseSchedule(expandSettings(String(text ?? ''), settings));
  const isMonitored = schedule.isMonitored && useMonitor !== false;
  const input = (status: ScheduleStatus | undefined, isPastDue: boolean, reason: string): TriggerInput => ({
    data: { json: JSON.stringify(timerInfo(schedule, isMonitored ? status : undefined, isPastDue)) },
    reason,
  });

  async function run(status: ScheduleStatus, kind: RunKind): Promise<ScheduleStatus> {
    const startedMs = clock.nowMs();
    const reason = `Timer fired at ${new Date(startedMs).toISOString()}`;
    await invoke(called, input(status, kind === 'past-due', reason));
    const after = statusAfterRun(schedule, status, startedMs, kind);
    // Failed runs are recorded too: a timer never repeats a run because it failed.
    if (isMonitored) await statusFile.save(after);
    return after;
  }

  return {
    async prepare() {
      const stored = isMonitored ? await statusFile.load() : undefined;
      const start = statusAtStart(schedule, stored, clock.nowMs());
      if (isMonitored && start.status !== stored) await statusFile.save(start.status);
      return start;
    },
    async listen({ status: from, isPastDue }, signal) {
      let status = from;
      if (isPastDue) {
        log({
          level: 'information',
          category: 'Host.Triggers.Timer',
          message: `Function '${called.name}' is past due on startup. Executing now.`,
        });
        status = await run(status, 'past-due');
      } else if (runOnStartup === true) {
        status = await run(status, 'startup');
      }
      while (!signal.aborted) {
        const waitMs = status.nextMs - clock.nowMs();
        if (waitMs > 0) await clock.sleep(Math.min(waitMs, longestSleepMs), signal);
        // The next timer is armed after the run has ended, so runs of one timer never overlap.
        else status = await run(status, 'scheduled');
      }
    },
    async inputByHand() {
      const stored = isMonitored ? await statusFile.load() : undefined;
      return input(stored, false, 'This function was programmatically called via the host APIs.');
    },
  };
}

type RunKind = 'scheduled' | 'past-due' | 'startup';

/**
 * The status to start from, and whether a run was missed while the host was down. Missed is one run, however many were missed;
 * a stored Next that does not fit the schedule means that the schedule was changed, and then nothing is missed.
 */
function statusAtStart(schedule: Schedule, stored: ScheduleStatus | undefined, nowMs: number): StartingPoint {
  const fresh = { lastMs: undefined, nextMs: schedule.nextAfter(nowMs), lastUpdatedMs: nowMs };
  if (stored === undefined) return { status: fresh, isPastDue: false };
  const isUnchanged = stored.nextMs === schedule.nextAfter(stored.lastMs ?? stored.lastUpdatedMs);
  if (!isUnchanged) return { status: fresh, isPastDue: false };
  return { status: stored, isPastDue: stored.nextMs < nowMs };
}

/** A scheduled run that fired a little early counts as its scheduled time; start-up and past-due runs count as they happened. */
function statusAfterRun(schedule: Schedule, before: ScheduleStatus, startedMs: number, kind: RunKind): ScheduleStatus {
  const countedMs = kind === 'scheduled' ? Math.max(startedMs, before.nextMs) : startedMs;
  return { lastMs: countedMs, nextMs: schedule.nextAfter(countedMs), lastUpdatedMs: countedMs };
}

function timerInfo(schedule: Schedule, status: ScheduleStatus | undefined, isPastDue: boolean) {
  return {
    Schedule: { AdjustForDST: schedule.adjustForDst },
    ScheduleStatus: status === undefined ? null : statusJson(status),
    IsPastDue: isPastDue,
  };
}
