import { sendWakeUp } from '../../durable/send-wake-up.ts';
import type { Target } from '../../keys/target.ts';
import { parseAccountRow } from '../account-row.ts';
import type { EnginePorts } from '../engine-ports.ts';

/**
 * Wakes one account whose messages came and went while the instance was paused. Its next rest stays what it was.
 * @throws FailureError when the row cannot be read
 */
export async function wakeAfterPause(ports: EnginePorts, target: Target): Promise<void> {
  const stored = await ports.rows.load(target.account);
  const parsed = stored === null ? null : parseAccountRow(stored.fields);
  if (parsed?.kind !== 'row') return;
  const { rotation, operatorRequest, compromise, wakeSeq } = parsed.row;
  const waitsForNobody = rotation?.kind !== 'suspended' || operatorRequest !== null || compromise !== null;
  if ((rotation !== null || compromise !== null) && waitsForNobody)
    await sendWakeUp(ports, { target: target.name, wakeSeq }, 0);
}
