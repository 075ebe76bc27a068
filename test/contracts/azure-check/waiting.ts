import { setTimeout as pause } from 'node:timers/promises';

/** Ended by Ctrl-C, or since the whole check took too long. */
export class Stopped extends Error {}

export type Waiting = ReturnType<typeof waiting>;

/** Waits with a bound, each of which `stop` ends early. */
export function waiting(stop: AbortSignal) {
  const goOn = () => {
    if (stop.aborted) throw new Stopped(String(stop.reason));
  };
  const sleep = async (durationMs: number) => {
    goOn();
    await pause(durationMs, undefined, { signal: stop }).catch(() => {});
    goOn();
  };
  return {
    goOn,
    sleep,
    /** What `look` answers once it is not null. Throws, with what was waited for, when it still is after `boundMs`. */
    async until<T>(what: string, boundMs: number, everyMs: number, look: () => Promise<T | null>): Promise<T> {
      const endMs = Date.now() + boundMs;
      for (;;) {
        goOn();
        const found = await look();
        if (found !== null) return found;
        if (Date.now() >= endMs) throw new Error(`${what}: not within ${Math.round(boundMs / 60_000)} minutes`);
        await sleep(everyMs);
      }
    },
  };
}
