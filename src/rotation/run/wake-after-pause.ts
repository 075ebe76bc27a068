import { sendWakeUp } from '../../durable/send-wake-up.ts';
import type { Target } from '../../keys/target.ts';
import { readAccountRow } from '../account-row.ts';
import type { EnginePorts } from '../engine-ports.ts';

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
