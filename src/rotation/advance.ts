import type { Target } from '../keys/target.ts';
import { FailureError } from '../shared/failure.ts';
import type { LogEvent } from '../shared/log-event.ts';
import { asAdopted } from './adoption/adopted-row.ts';
import type { EnginePorts } from './engine-ports.ts';
import { LeaseLost } from './ownership/lease-lost.ts';
import { takeOwnership } from './ownership/take-ownership.ts';
import type { WakeUp } from './ports.ts';
import { readPause } from './run/pause.ts';
import { openSession, type Session } from './run/session.ts';
import { workUntilRest } from './run/work.ts';
import { sendWakeUp } from './send-wake-up.ts';

type DropReason = Extract<LogEvent, { event: 'wake-up-dropped' }>['why'];

/**
 * Advances one account as far as it can go now: takes the lease, works until there is something to wait for, gives the
 * lease back and asks to be woken. Never throws an expected failure; a lost lease ends it without another call.
 */
export async function advance(ports: EnginePorts, target: Target, wakeUp: WakeUp): Promise<void> {
  const { log } = ports;
  const dropped = (why: DropReason) => log({ event: 'wake-up-dropped', target: target.name, why });
  try {
    const pause = await readPause(ports);
    // Resuming wakes every account again.
    if (pause.paused) return dropped('paused');
    const woken = {
      wakeSeq: wakeUp.wakeSeq,
      comeBack: (wakeSeq: number, delayMs: number) => sendWakeUp(ports, target.name, wakeSeq, delayMs),
    };
    const ownership = await takeOwnership(ports, target.account, ports.newId(), woken);
    switch (ownership.kind) {
      case 'not-adopted':
      case 'newer-schema':
      case 'busy':
      case 'old-hint':
        return dropped(ownership.kind);
      case 'taken-over':
        return log({ event: 'account-taken-over', target: target.name, untilMs: ownership.untilMs });
      case 'owned': {
        const { owned, overtakenUntilMs: untilMs } = ownership;
        if (untilMs !== null) log({ event: 'account-taken-over', target: target.name, untilMs });
        await workAndRelease(ports, openSession(ports, asAdopted(target, owned.row), owned), pause.sinceMs);
      }
    }
  } catch (error) {
    if (error instanceof LeaseLost) return log({ event: 'lease-lost', target: target.name });
    // The row or the queue cannot be reached: the lease runs out, and the sweep comes again.
    if (!(error instanceof FailureError)) throw error;
    log({ event: 'storage-failed', target: target.name, code: error.failure.code });
  }
}

/** A message must not come before the save that it belongs to. */
const leastRestMs = 2_000;

/**
 * Works until rest and gives the lease back. The message by which it goes on is sent first: there is no rest without one.
 * A request that came in at the last moment is met before that.
 */
async function workAndRelease(ports: EnginePorts, session: Session, resumedAtMs: number): Promise<void> {
  const { owned, target } = session;
  for (;;) {
    const { row, untilMs, history } = await workUntilRest(ports, session, resumedAtMs);
    const wake = { wakeAtMs: untilMs, wakeSeq: owned.row.wakeSeq + 1 };
    if (untilMs !== null)
      await sendWakeUp(ports, target.name, wake.wakeSeq, Math.max(leastRestMs, untilMs - owned.nowMs()));
    if ((await owned.release({ ...row, ...wake }, history)) === 'released') return;
  }
}
