import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * One time for several processes, which tests move on instead of waiting. A crash costs a lease and a settle time by
 * the storage service's clock, minutes that no setting shortens; so that clock, the worker's and the simulated Azure's
 * are one, and it jumps whenever there is nothing to do but to wait. Between jumps it runs as the machine's does. For
 * all that the product can see, time has passed.
 */
export interface SharedTime {
  nowMs(): number;
  /** Lets time pass, on all clocks and for everybody, and wakes who has slept long enough. */
  pass(durationMs: number): void;
  /** Sets the wall clocks on or back, and leaves the monotonic ones alone. */
  setWallClock(byMs: number): void;
  /** Whether the sleeps of other processes take their time; by default they take none. */
  letSleepsTakeTime(theyDo: boolean): void;
  /** Resolves when `durationMs` have passed, or at once when `signal` is aborted. As the host's and Azure's clocks have it. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
  /** Wakes who has slept long enough by now: sleeps in other processes move time too. */
  wake(): void;
  /** When each sleeper of this process is due. */
  readonly dueMs: readonly number[];
  /** For a Node that is to live in this time. */
  readonly nodeArguments: readonly string[];
  close(): void;
}

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

export function sharedTime(folder: string): SharedTime {
  const file = join(folder, 'shared-time');
  writeFileSync(file, new Float64Array(4));
  const open = openSync(file, 'r+');
  const preload = new URL('./follow-shared-time.ts', import.meta.url);
  preload.searchParams.set('file', pathToFileURL(file).href);
  let sleepers: readonly Sleeper[] = [];

  const offsets = (): readonly [number, number, number] => {
    const offsetsMs = new Float64Array(3);
    readSync(open, offsetsMs, 0, offsetsMs.byteLength, 0);
    const [byTestMs = 0, wallMs = 0, bySleepMs = 0] = offsetsMs;
    return [byTestMs, wallMs, bySleepMs];
  };
  const write = (place: 0 | 1 | 3, ms: number) => writeSync(open, new Float64Array([ms]), 0, 8, 8 * place);

  const time: SharedTime = {
    nowMs: () => Date.now() + Math.round(offsets().reduce((sum, ms) => sum + ms)),
    pass(durationMs) {
      write(0, offsets()[0] + durationMs);
      time.wake();
    },
    setWallClock: (byMs) => void write(1, offsets()[1] + byMs),
    letSleepsTakeTime: (theyDo) => void write(3, theyDo ? 1 : 0),
    sleep(durationMs, signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const sleeper: Sleeper = { dueMs: time.nowMs() + durationMs, wake: resolve };
      if (durationMs <= 0 || signal?.aborted === true) resolve();
      else sleepers = [...sleepers, sleeper];
      signal?.addEventListener('abort', () => {
        sleepers = sleepers.filter((other) => other !== sleeper);
        resolve();
      });
      return promise;
    },
    wake() {
      const nowMs = time.nowMs();
      const isDue = ({ dueMs }: Sleeper) => dueMs <= nowMs;
      const woken = sleepers.filter(isDue);
      sleepers = sleepers.filter((sleeper) => !isDue(sleeper));
      for (const { wake } of woken) wake();
    },
    get dueMs() {
      return sleepers.map(({ dueMs }) => dueMs);
    },
    nodeArguments: ['--import', preload.href],
    close: () => closeSync(open),
  };
  return time;
}
