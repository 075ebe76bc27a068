import { asFailure } from '../shared/failure.ts';
import type { Log } from '../shared/log-event.ts';
import { longestWaitMs } from './numbers.ts';
import type { WakeUp, WakeUps } from './ports.ts';

/**
 * Asks for the next invocation after `delayMs`. A message that cannot be sent is not lost work: the row says when it is
 * due, and the sweep finds what is overdue.
 */
export async function sendWakeUp(
  { wakeUps, log }: { readonly wakeUps: WakeUps; readonly log: Log },
  wakeUp: WakeUp,
  delayMs: number,
): Promise<void> {
  await wakeUps.enqueue(wakeUp, Math.min(Math.max(0, delayMs), longestWaitMs)).catch((error: unknown) => {
    log({ event: 'wake-up-not-sent', target: wakeUp.target, code: asFailure(error).failure.code });
  });
}
