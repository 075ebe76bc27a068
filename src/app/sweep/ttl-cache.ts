import type { Clock } from '../../shared/clock.ts';

/** Rows that are read again only when they were read too long ago, and what is made of them. */
export interface TtlCache<T> {
  rows(): Promise<readonly T[]>;
  /** What `make` makes of the rows, once per reading. */
  from<R>(make: (rows: readonly T[]) => R): () => Promise<R>;
  /** Rows that are known to be there now. */
  keep(rows: readonly T[]): void;
  /** The next one who asks reads. */
  forget(): void;
}

/**
 * Callers that come together share one reading; one that failed is kept for nobody else.
 * @param maxAgeMs how old what is answered may be
 */
export function ttlCache<T>(clock: Clock, maxAgeMs: number, read: () => Promise<readonly T[]>): TtlCache<T> {
  let kept: { readonly rows: Promise<readonly T[]>; readonly atMs: number } | null = null;

  const rows = (): Promise<readonly T[]> => {
    if (kept !== null && clock.monotonicMs() - kept.atMs < maxAgeMs) return kept.rows;
    const reading = { rows: read(), atMs: clock.monotonicMs() };
    kept = reading;
    reading.rows.catch(() => {
      if (kept === reading) kept = null;
    });
    return reading.rows;
  };

  return {
    rows,
    from(make) {
      let made: { readonly of: readonly T[]; readonly value: ReturnType<typeof make> } | null = null;
      return async () => {
        const of = await rows();
        if (made?.of !== of) made = { of, value: make(of) };
        return made.value;
      };
    },
    keep(now) {
      kept = { rows: Promise.resolve(now), atMs: clock.monotonicMs() };
    },
    forget() {
      kept = null;
    },
  };
}
