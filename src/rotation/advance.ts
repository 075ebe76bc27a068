import { LeaseLost } from '../durable/lease-fence.ts';
import type { WakeUp } from '../durable/ports.ts';
import { runUntilIdle } from '../durable/run-until-idle.ts';
import { sendWakeUp } from '../durable/send-wake-up.ts';
import type { Target } from '../keys/target.ts';
import { FailureError } from '../shared/failure.ts';
import type { LogEvent } from '../shared/log-event.ts';
import { asAdopted } from './adoption/adopted-row.ts';
import { takeOwnership } from './owned-account.ts';
import type { EnginePorts } from './ports.ts';
import { readPause } from './run/pause.ts';
import { openSession } from './run/session.ts';
import { workUntilIdle } from './run/work.ts';

type DropReason = Extract<LogEvent, { event: 'wake-up-dropped' }>['reason'];

/**
 * Advances one account as far as it can go now: takes the lease, works until there is something to wait for, gives the
 * lease back and asks to be woken. Never throws an expected failure; a lost lease ends it without another call.
 */
export async function advance(ports: EnginePorts, target: Target, wakeUp: WakeUp): Promise<void> {
  const { log } = ports;
  const dropped = (reason: DropReason) => log({ event: 'wake-up-dropped', target: target.name, reason });
  try {
    const pause = await readPause(ports);
    // Resuming wakes every account again.
    if (pause.paused) return dropped('paused');
    const wake = (wakeSeq: number, delayMs: number) => sendWakeUp(ports, { target: target.name, wakeSeq }, delayMs);
    const woken = { wakeSeq: wakeUp.wakeSeq, comeBack: wake };
    const ownership = await takeOwnership(ports, target.account, ports.newId(), woken);
    switch (ownership.kind) {
      case 'absent':
        return dropped('not-adopted');
      case 'newer-schema':
      case 'busy':
      case 'stale-message':
        return dropped(ownership.kind);
      case 'taken-over':
        return log({ event: 'account-taken-over', target: target.name, untilMs: ownership.untilMs });
      case 'owned': {
        const { owned, overtakenUntilMs: untilMs } = ownership;
        if (untilMs !== null) log({ event: 'account-taken-over', target: target.name, untilMs });
        const session = openSession(ports, asAdopted(target, owned.row), owned);
        await runUntilIdle(owned, () => workUntilIdle(ports, session, pause.sinceMs), wake);
      }
    }
  } catch (error) {
    if (error instanceof LeaseLost) return log({ event: 'lease-lost', target: target.name });
    // The row or the queue cannot be reached: the lease runs out, and the sweep comes again.
    if (!(error instanceof FailureError)) throw error;
    log({ event: 'storage-failed', target: target.name, code: error.failure.code });
  }
}
