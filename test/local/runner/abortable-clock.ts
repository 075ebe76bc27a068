import type { Clock } from '../../../local/runner/clock.ts';
import type { ManualClock } from '../../../local/simulated-azure/clock.ts';

/** The tests' standing clock as the runner wants it: a sleep ends early when its signal is aborted. */
export function abortableClock(time: ManualClock): Clock {
  return {
    nowMs: time.nowMs,
    sleep: (durationMs, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
        void time.sleep(durationMs).then(resolve);
      }),
  };
}
