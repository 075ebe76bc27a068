import { sendWakeUp } from '../../durable/send-wake-up.ts';
import type { Target } from '../../keys/target.ts';
import { type AccountRow, readAccountRow } from '../account-row.ts';
import type { EnginePorts } from '../ports.ts';
import { type StartOptions, startRotation } from '../requests/start-rotation.ts';
import type { SweepAnswer } from './due.ts';

/**
 * Does what the sweep has decided for one account: starts a rotation, or wakes one whose message was lost. Writes nothing
 * to the row but a start.
 * @param plan how much later the new rotation's first message comes, and the sweep's instant
 * @throws FailureError when the row cannot be read or saved
 */
export async function sweepAccount(
  ports: EnginePorts,
  target: Target,
  { wakeSeq }: AccountRow,
  answer: SweepAnswer,
  plan: NonNullable<StartOptions['plan']>,
): Promise<SweepAnswer> {
  if (answer.kind === 'wake') await sendWakeUp(ports, { target: target.name, wakeSeq }, 0);
  if (answer.kind !== 'start') return answer;
  const scheduled = { cause: 'schedule', startedBy: 'schedule', inactiveKeyUnused: false } as const;
  const planned = answer.reason === 'leaked-key' ? {} : { plan };
  const start = await startRotation(ports, target, { ...scheduled, ...planned });
  return start.kind === 'started' ? answer : { kind: 'leave', reason: 'in-flight' };
}

/**
 * Wakes one account whose messages came and went while the instance was paused. Its next rest stays what it was.
 * @throws FailureError when the row cannot be read
 */
export async function wakeAfterPause(ports: EnginePorts, target: Target): Promise<void> {
  const row = await readAccountRow(ports.rows, target.account);
  if (row === null) return;
  const { rotation, operatorRequest, leak, wakeSeq } = row;
  const waitsForNobody = rotation?.kind !== 'suspended' || operatorRequest !== null || leak !== null;
  if ((rotation !== null || leak !== null) && waitsForNobody)
    await sendWakeUp(ports, { target: target.name, wakeSeq }, 0);
}
