import type { AccountRow } from '../account-row.ts';
import { stalledAfterMs, stalledAfterOfLeakMs } from '../numbers.ts';
import { leakedKeyLives } from '../run/pace-retry.ts';

/**
 * From when on a rotation in flight counts as overdue since it makes no progress, whatever keeps it: a service that refuses,
 * or a message that nobody takes. By the storage service's clock; null: it rests by plan, waits for a person, or there is none.
 * @param awakeSinceMs since when the instance has not been paused
 */
export function stalledAtMs(
  row: Pick<AccountRow, 'rotation' | 'leak' | 'wakeAtMs'>,
  awakeSinceMs: number,
): number | null {
  const { rotation, wakeAtMs } = row;
  if (rotation === null || rotation.kind === 'suspended') return null;
  const sinceMs = [rotation.retrying?.sinceMs ?? [], wakeAtMs ?? []].flat();
  const patienceMs = leakedKeyLives(row) ? stalledAfterOfLeakMs : stalledAfterMs;
  return sinceMs.length === 0 ? null : Math.max(Math.min(...sinceMs), awakeSinceMs) + patienceMs;
}
