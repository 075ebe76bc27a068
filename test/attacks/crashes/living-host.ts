import type { Clock } from '../../../local/runner/clock.ts';
import type { Runner } from '../../../local/runner/host.ts';
import { type RunnerOptions, startRunner } from '../../../local/runner/host.ts';
import type { LogEntry } from '../../../local/runner/log.ts';
import type { SharedTime } from './shared-time.ts';

/** The Functions host, and the next one when it has given up: the third crash within half an hour ends it, as in Azure. */
export interface LivingHost {
  readonly url: string;
  readonly log: readonly LogEntry[];
  /** Workers that ended by SIGKILL. */
  readonly kills: number;
  readonly hosts: number;
  /** An invocation runs, and the worker lives. */
  readonly isWorking: boolean;
  /** Nothing is to be done before the next sleeper wakes. */
  readonly isIdle: boolean;
  killWorker(): void;
  stop(): Promise<void>;
}

/**
 * The timer and the two queues each sleep while there is nothing to do. While one of them asks the storage no time passes, or what
 * it is about to find would be late.
 */
const sleepersAtRest = 3;

/** `maxPollingInterval` of `host.json`. */
const pollEveryMs = 2_000;
/** Three times as rarely as in production: what is timed can only be late, and most of its cost is these looks. */
const awaitedPollMs = 6_000;
/** The host's own default. */
const rarePollMs = 60_000;

/** @param isAwaited whether an empty queue is looked at every few seconds; every look ends a jump of the time */
export async function livingHost(
  options: Omit<RunnerOptions, 'log' | 'clock'>,
  time: SharedTime,
  isAwaited: () => boolean,
): Promise<LivingHost> {
  const clock: Clock = {
    nowMs: time.nowMs,
    sleep: (durationMs, signal) =>
      time.sleep(durationMs !== pollEveryMs ? durationMs : isAwaited() ? awaitedPollMs : rarePollMs, signal),
  };
  const log: LogEntry[] = [];
  const running = new Set<string>();
  let kills = 0;
  let hosts = 0;
  let deadPid: number | undefined;
  let runner = await begin();
  let stopping = false;

  async function begin(): Promise<Runner> {
    hosts += 1;
    const begun = await startRunner({ ...options, clock, log: note });
    void begun.ended.then(async (reason) => {
      if (reason === 'worker-kept-crashing' && !stopping) runner = await begin();
    });
    begun.ready.catch(() => undefined);
    return begun;
  }

  function note(entry: LogEntry): void {
    log.push(entry);
    const { message, invocationId } = entry;
    if (invocationId !== undefined && message.startsWith('Executing ')) running.add(invocationId);
    if (invocationId !== undefined && message.startsWith('Executed ')) running.delete(invocationId);
    if (!message.startsWith('The worker process ended (exit code SIGKILL), crash')) return;
    kills += 1;
    deadPid = runner.workerPid;
  }

  const isDead = () => runner.workerPid === deadPid;
  return {
    get url() {
      return runner.url;
    },
    log,
    get kills() {
      return kills;
    },
    get hosts() {
      return hosts;
    },
    get isWorking() {
      return running.size > 0 && !isDead();
    },
    get isIdle() {
      return isDead() || (running.size === 0 && time.dueMs.length >= sleepersAtRest);
    },
    killWorker: () => runner.killWorker(),
    async stop() {
      stopping = true;
      await runner.stop();
    },
  };
}
