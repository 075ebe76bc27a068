import type { Target } from '../keys/target.ts';
import { parseAccountRow } from './account-row.ts';
import { type SweepAnswer, sweepAnswer } from './due.ts';
import type { EnginePorts } from './engine-ports.ts';
import { sendWakeUp } from './send-wake-up.ts';
import { startRotation } from './start-rotation.ts';

export type Swept = SweepAnswer | { readonly kind: 'leave'; readonly reason: 'newer-schema' | 'held-back' };

/**
 * Looks at one account row and does what is due: starts a rotation, or wakes one whose message was lost. Writes nothing
 * to the row but a start.
 * @param mayBegin false while the target is paused or leaving: what is in flight is looked after, nothing is begun
 * @throws FailureError when the row cannot be read or saved
 */
export async function sweepAccount(ports: EnginePorts, target: Target, mayBegin = true): Promise<Swept> {
  const stored = await ports.rows.load(target.account);
  if (stored === null) return { kind: 'leave', reason: 'not-adopted' };
  const parsed = parseAccountRow(stored.fields);
  if (parsed.kind === 'newer-schema') return { kind: 'leave', reason: 'newer-schema' };
  const { row } = parsed;
  const answer = sweepAnswer({ row, savedAtMs: stored.savedAtMs, nowMs: stored.storageNowMs }, target);
  if (answer.kind === 'wake') await sendWakeUp(ports, target.name, row.wakeSeq, 0);
  if (answer.kind !== 'start') return answer;
  if (!mayBegin) return { kind: 'leave', reason: 'held-back' };
  const start = await startRotation(ports, target, { cause: 'schedule', startedBy: 'schedule', idleKeyUnused: false });
  return start.kind === 'started' ? answer : { kind: 'leave', reason: 'in-flight' };
}
