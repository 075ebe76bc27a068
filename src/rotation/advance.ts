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
    const ownership = await takeOwnership(ports, target.account, ports.newId(), wakeUp.wakeSeq);
    switch (ownership.kind) {
      case 'not-adopted':
      case 'newer-schema':
      case 'busy':
      case 'old-hint':
        return dropped(ownership.kind);
      case 'taken-over': {
        const { row, untilMs, storageNowMs } = ownership;
        log({ event: 'account-taken-over', target: target.name, untilMs });
        return await sendWakeUp(ports, target.name, row.wakeSeq, untilMs - storageNowMs);
      }
      case 'owned': {
        const { owned } = ownership;
        const session = openSession(ports, asAdopted(target, owned.row), owned);
        const untilMs = await workAndRelease(ports, session, pause.sinceMs);
        if (untilMs !== null) await sendWakeUp(ports, target.name, owned.row.wakeSeq, untilMs - owned.nowMs());
      }
    }
  } catch (error) {
    if (error instanceof LeaseLost) return log({ event: 'lease-lost', target: target.name });
    // The row or the queue cannot be reached: the lease runs out, and the sweep comes again.
    if (!(error instanceof FailureError)) throw error;
    log({ event: 'storage-failed', target: target.name, code: error.failure.code });
  }
}

/** Works until rest and gives the lease back; answers when to go on. A request that came in at the last moment is met first. */
async function workAndRelease(ports: EnginePorts, session: Session, resumedAtMs: number): Promise<number | null> {
  const { owned } = session;
  for (;;) {
    const { row, untilMs, history } = await workUntilRest(ports, session, resumedAtMs);
    const wake = { wakeAtMs: untilMs, wakeSeq: owned.row.wakeSeq + 1 };
    if ((await owned.release({ ...row, ...wake }, history)) === 'released') return untilMs;
  }
}
