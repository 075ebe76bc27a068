import type { World } from './world.ts';

/** A message as anyone it comes to reads it, whenever it is due. */
export type Message = Pick<World['queue'][number], 'wakeSeq' | 'area'>;

/** One process at work. */
export interface Worker {
  readonly name: string;
  /** Which storage it works with: another instance has its own. */
  readonly journal: 'first' | 'second';
  /** By which it came; null: by a request, or to sweep. */
  readonly message: Message | null;
  dead: boolean;
  monotonicLostMs: number;
  wallAheadMs: number;
  pointerReadAtMs: number;
  savedAtMs: number;
  probedAtMs: number;
  /** Whether a write to vault or account has left it. */
  hasSent: boolean;
  /** Whether it looked, after it had read an app's settings, whether the app has changed since. */
  hasLookedAgain: boolean;
}

export function newWorker(
  name: string,
  {
    message = null,
    journal = 'first',
    wallAheadMs = 0,
  }: Partial<Pick<Worker, 'message' | 'journal' | 'wallAheadMs'>> = {},
): Worker {
  return {
    ...{
      name,
      message,
      journal,
      wallAheadMs,
      dead: false,
      monotonicLostMs: 0,
      probedAtMs: 0,
      hasSent: false,
      hasLookedAgain: false,
    },
    pointerReadAtMs: Number.NEGATIVE_INFINITY,
    savedAtMs: Number.NEGATIVE_INFINITY,
  };
}
