import { FailureError } from '../shared/failure.ts';
import type { EnginePorts } from './engine-ports.ts';
import { longestRestMs } from './numbers.ts';

/**
 * Asks for the next invocation after `delayMs`. A message that cannot be sent is not lost work: the row says when it is
 * due, and the sweep finds what is overdue.
 */
export async function sendWakeUp(
  ports: Pick<EnginePorts, 'wakeUps' | 'log'>,
  target: string,
  wakeSeq: number,
  delayMs: number,
): Promise<void> {
  try {
    await ports.wakeUps.enqueue({ target, wakeSeq }, Math.min(Math.max(0, delayMs), longestRestMs));
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    ports.log({ event: 'wake-up-not-sent', target, code: error.failure.code });
  }
}
