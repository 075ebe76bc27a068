/** One process at work. */
export interface Worker {
  readonly name: string;
  /** Which storage it works with: another instance has its own. */
  readonly journal: 'first' | 'second';
  dead: boolean;
  monotonicLostMs: number;
  wallAheadMs: number;
  pointerReadAtMs: number;
  savedAtMs: number;
  probedAtMs: number;
  /** Whether a write to vault or account has left it. */
  hasSent: boolean;
}

export function newWorker(name: string, journal: Worker['journal'] = 'first', wallAheadMs = 0): Worker {
  return {
    ...{ name, journal, wallAheadMs, dead: false, monotonicLostMs: 0, probedAtMs: 0, hasSent: false },
    pointerReadAtMs: Number.NEGATIVE_INFINITY,
    savedAtMs: Number.NEGATIVE_INFINITY,
  };
}
