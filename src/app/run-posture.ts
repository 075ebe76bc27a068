import type { Target } from '../keys/target.ts';
import { type HeldPosture, PostureLost } from '../posture/hold-posture.ts';
import type { Posture } from '../posture/ports.ts';
import { type PostureWork, workPosture } from '../posture/work-posture.ts';
import type { EnginePorts } from '../rotation/engine-ports.ts';
import { FailureError } from '../shared/failure.ts';

/** How long one invocation works at a change: below any answer's time limit, and within the lease's renewals. */
export const postureBudgetMs = 20_000;

/**
 * Works at a change under its lease and asks to be woken where something is to be waited for.
 * @throws FailureError when the row cannot be saved
 */
export async function runPosture<State>(
  ports: Pick<EnginePorts, 'clock' | 'wakeUps' | 'log'>,
  target: Target,
  posture: Posture,
  held: HeldPosture<State>,
  work: PostureWork<State>,
): Promise<void> {
  const { clock, log } = ports;
  try {
    const untilMs = await workPosture(held, clock, work, postureBudgetMs);
    if (untilMs !== null) await wakePosture(ports, target, posture, held.row.wakeSeq, untilMs - held.nowMs());
  } catch (error) {
    if (!(error instanceof PostureLost)) throw error;
    log({ event: 'lease-lost', target: target.name });
  }
}

/** A message that cannot be sent is not lost work: the row says when it is due, and the sweep finds what is overdue. */
export async function wakePosture(
  { wakeUps, log }: Pick<EnginePorts, 'wakeUps' | 'log'>,
  { name: target }: Target,
  posture: Posture,
  wakeSeq: number,
  delayMs: number,
): Promise<void> {
  try {
    await wakeUps.enqueue({ target, wakeSeq, posture }, Math.max(0, delayMs));
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    log({ event: 'wake-up-not-sent', target, code: error.failure.code });
  }
}
