import { setTimeout as after } from 'node:timers/promises';
import type { Clock } from '../../local/runner/clock.ts';
import type { LogEntry } from '../../local/runner/log.ts';
import type { SharedTime } from '../attacks/crashes/shared-time.ts';

/** The timer and the two queues each sleep while there is nothing to do. */
const sleepersAtRest = 3;
/** In a hurry, queues are looked at no more often: every look ends a jump of the time. */
const hurriedPollMs = 5_000;

/**
 * Time that the host, its worker, storage and the simulated Azure share. It passes as the machine's own does, except while
 * somebody is in a hurry: then it jumps to the next sleeper whenever there is nothing else to do.
 */
export function passingTime(time: SharedTime) {
  const running = new Set<string>();
  let hurries = 0;
  let pauseMsOfSecond = 0;
  let pauseMs = 1;
  let isEnding = false;
  time.letSleepsTakeTime(true);
  const passing = (async () => {
    while (!isEnding) {
      await after(hurries > 0 ? pauseMs : 20);
      time.wake();
      const { dueMs } = time;
      pauseMs = 1;
      if (hurries > 0 && running.size === 0 && dueMs.length >= sleepersAtRest) {
        const jumpMs = Math.max(0, Math.min(...dueMs) - time.nowMs());
        time.pass(jumpMs);
        pauseMs = Math.max(1, (jumpMs / 1000) * pauseMsOfSecond);
      }
    }
  })();
  const hostClock: Clock = {
    nowMs: time.nowMs,
    sleep: (durationMs, signal) => time.sleep(hurries > 0 ? Math.max(durationMs, hurriedPollMs) : durationMs, signal),
  };
  return {
    hostClock,
    /** What the host logs tells whether it is at work. */
    note({ invocationId, message }: LogEntry): void {
      if (invocationId === undefined) return;
      if (message.startsWith('Executing ')) running.add(invocationId);
      if (message.startsWith('Executed ')) running.delete(invocationId);
    },
    /**
     * Waits in a hurry: for an end that stays, since what is there for some time only may be over before it is looked for.
     * @param msOfSecond of the machine's own time that a second takes at least, which a program that looks by it needs: an hour must not
     * pass between its looks
     */
    async hurried<T>(wait: () => Promise<T>, msOfSecond = 0): Promise<T> {
      hurries += 1;
      pauseMsOfSecond = msOfSecond;
      time.letSleepsTakeTime(false);
      try {
        return await wait();
      } finally {
        hurries -= 1;
        time.letSleepsTakeTime(hurries === 0);
      }
    },
    async stop(): Promise<void> {
      isEnding = true;
      await passing;
    },
  };
}
