import type { Clock } from '../../shared/clock.ts';
import { minuteMs } from '../../shared/time.ts';

/** Rows that are read again only when they were read too long ago, and what is made of them. */
export interface TtlCache<T> {
  rows(): Promise<readonly T[]>;
  /** As they are now, however lately they were read. */
  fresh(): Promise<readonly T[]>;
  /** What `make` makes of the rows, once per reading. */
  from<R>(make: (rows: readonly T[]) => R): () => Promise<R>;
  /** Rows that are known to be there now. */
  keep(rows: readonly T[]): void;
  /** The next one who asks reads. */
  forget(): void;
}

/**
 * Whatever says that rows still stand, they are read again after this: a save that another one overlapped and that was cut off may not
 * show otherwise. Ten thousand rows every ten minutes cost next to nothing.
 */
const mostAgeMs = 10 * minuteMs;

/**
 * Callers that come together share one reading; one that failed is kept for nobody else.
 * @param maxAgeMs how old what is answered may be
 * @param stillStand whether the rows are what a reading would give, at less cost; left out: nobody can tell
 */
export function ttlCache<T>(
  clock: Clock,
  maxAgeMs: number,
  read: () => Promise<readonly T[]>,
  stillStand: (rows: readonly T[]) => Promise<boolean> = async () => false,
): TtlCache<T> {
  interface Reading {
    readonly rows: Promise<readonly T[]>;
    /** When they were read, or last found to stand. */
    readonly atMs: number;
    readAtMs: number;
  }
  let kept: Reading | null = null;

  const fresh = (): Promise<readonly T[]> => {
    const nowMs = clock.monotonicMs();
    const before = kept !== null && nowMs - kept.readAtMs < mostAgeMs ? kept : null;
    const readNow = () => {
      reading.readAtMs = nowMs;
      return read();
    };
    const again = async ({ rows: old }: Reading) => {
      const rowsBefore = await old;
      return (await stillStand(rowsBefore)) ? rowsBefore : await readNow();
    };
    const rows = before === null ? read() : again(before);
    const reading: Reading = { rows, atMs: nowMs, readAtMs: before?.readAtMs ?? nowMs };
    kept = reading;
    rows.catch(() => {
      if (kept === reading) kept = null;
    });
    return rows;
  };
  const rows = () => (kept !== null && clock.monotonicMs() - kept.atMs < maxAgeMs ? kept.rows : fresh());

  return {
    rows,
    fresh,
    from(make) {
      let made: { readonly of: readonly T[]; readonly value: ReturnType<typeof make> } | null = null;
      return async () => {
        const of = await rows();
        if (made?.of !== of) made = { of, value: make(of) };
        return made.value;
      };
    },
    keep(now) {
      const nowMs = clock.monotonicMs();
      kept = { rows: Promise.resolve(now), atMs: nowMs, readAtMs: nowMs };
    },
    forget() {
      kept = null;
    },
  };
}
