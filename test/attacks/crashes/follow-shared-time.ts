/**
 * Preloaded into Azurite and into workers: gives the process the time of `shared-time.ts` in place of the machine's own.
 * `new Date()`, `Date.now()`, `performance.now()` and the `Date` header of its answers follow the shared offsets, which
 * are read again at each look at the clock. A sleep by `node:timers/promises`, which in the app is only the engine's
 * clock, takes no time: it moves everybody's clock on instead, unless sleeps are to take theirs. Timeouts stay in the machine's time.
 */
import { openSync, readSync, writeSync } from 'node:fs';
import { ServerResponse } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { setImmediate } from 'node:timers';
import timersPromises from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const file = openSync(fileURLToPath(new URL(import.meta.url).searchParams.get('file') ?? ''), 'r+');
/** Passed as the test says; how far only the wall clock was set; passed in sleeps of the worker; 1 if sleeps take their time. */
const offsetsMs = new Float64Array(4);

function read(): { readonly passedMs: number; readonly wallMs: number; readonly sleepsTakeTime: boolean } {
  readSync(file, offsetsMs, 0, offsetsMs.byteLength, 0);
  const [byTestMs = 0, wallMs = 0, bySleepMs = 0, takesTime = 0] = offsetsMs;
  return { passedMs: byTestMs + bySleepMs, wallMs, sleepsTakeTime: takesTime === 1 };
}

const machineNow = Date.now;
function nowMs(): number {
  const { passedMs, wallMs } = read();
  return machineNow() + Math.round(passedMs + wallMs);
}

globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [nowMs()] : args, newTarget),
  get: (target, name) => (name === 'now' ? nowMs : Reflect.get(target, name)),
});

const machineMonotonic = performance.now.bind(performance);
Object.defineProperty(performance, 'now', { value: () => machineMonotonic() + read().passedMs });

/** Somebody may be in a hurry from any moment on. */
const longestNapMs = 20;
const machineSleep = timersPromises.setTimeout;
timersPromises.setTimeout = async <T>(durationMs = 0, value?: T): Promise<T> => {
  const dueMs = performance.now() + durationMs;
  while (read().sleepsTakeTime && performance.now() < dueMs)
    await machineSleep(Math.min(longestNapMs, dueMs - performance.now()));
  const leftMs = Math.max(0, dueMs - performance.now());
  read();
  writeSync(file, new Float64Array([(offsetsMs[2] ?? 0) + leftMs]), 0, 8, 16);
  await new Promise((resolve) => setImmediate(resolve));
  return value as T;
};
syncBuiltinESMExports();

// Node dates answers by a clock of its own.
const { writeHead } = ServerResponse.prototype;
Object.defineProperty(ServerResponse.prototype, 'writeHead', {
  value(this: ServerResponse, ...args: unknown[]) {
    if (!this.hasHeader('date')) this.setHeader('date', new Date().toUTCString());
    return Reflect.apply(writeHead, this, args);
  },
});
