import { LeaseLost } from '../../durable/lease-fence.ts';
import { sendWakeUp } from '../../durable/send-wake-up.ts';
import type { Target } from '../../keys/target.ts';
import type { Fence } from '../../shared/fence.ts';
import type { AccountRow } from '../account-row.ts';
import { carriedLeak } from '../leak/leaked-keys.ts';
import { takeOwnership } from '../owned-account.ts';
import type { EnginePorts } from '../ports.ts';
import { isLeakPending } from './start-rotation.ts';

/**
 * Marks the account's row as keyless, so that no rotation begins; `busy` while one is in flight, or another worker is at
 * the account. A target that was never adopted has no row, and no rotation either.
 * @param fence of the change that wants it: once it is closed, `busy`
 * @throws FailureError
 */
export async function markKeyless(
  ports: EnginePorts,
  target: Target,
  by: string,
  fence: Fence,
): Promise<'marked' | 'busy' | 'newer-schema'> {
  const ownership = await takeOwnership(ports, target.account, ports.newId(), null);
  if (ownership.kind === 'absent') return 'marked';
  if (ownership.kind === 'newer-schema') return ownership.kind;
  if (ownership.kind !== 'owned') return 'busy';
  const { owned } = ownership;
  try {
    // A worker that stood still may come when the change is over that it carried on.
    while (fence() && owned.row.rotation === null && !isLeakPending(owned.row, target)) {
      const keyless = owned.row.keyless ?? { by, atMs: owned.nowMs() };
      // A start that came in meanwhile is not overtaken: it is looked at first.
      if ((await owned.saveIntent({ keyless })) === 'request-came-in') continue;
      await owned.giveBack({});
      return 'marked';
    }
    await owned.giveBack({});
    return 'busy';
  } catch (error) {
    if (error instanceof LeaseLost) return 'busy';
    throw error;
  }
}

/**
 * Takes the mark off. What stands in the vault counts as having stood since `vaultNowMs` (the vault's clock), or, when that
 * is null, as never seen: consumers may have been given anything while nobody looked. A leaked key's rotation begins at
 * once.
 * @throws FailureError
 */
export async function unmarkKeyless(
  ports: EnginePorts,
  target: Target,
  vaultNowMs: number | null,
): Promise<'unmarked' | 'busy'> {
  const ownership = await takeOwnership(ports, target.account, ports.newId(), null);
  if (ownership.kind === 'absent') return 'unmarked';
  if (ownership.kind !== 'owned') return 'busy';
  const { owned } = ownership;
  const { lastSeen } = owned.row;
  const young = lastSeen === null || vaultNowMs === null ? null : { ...lastSeen, sinceMs: vaultNowMs };
  try {
    for (;;) {
      const leak = owned.row.leak ?? leakLeft(owned.row, ports.newId);
      const wake = leak === null ? {} : { wakeAtMs: owned.nowMs(), wakeSeq: owned.row.wakeSeq + 1 };
      // A report that came in meanwhile is met as well.
      if ((await owned.saveIntent({ keyless: null, lastSeen: young, leak, ...wake })) === 'saved') break;
    }
    await owned.giveBack({});
    if (owned.row.leak !== null) await sendWakeUp(ports, { target: target.name, wakeSeq: owned.row.wakeSeq }, 0);
    return 'unmarked';
  } catch (error) {
    if (error instanceof LeaseLost) return 'busy';
    throw error;
  }
}

/** A leak from before keys were turned off, which nothing replaces: consumers' own key goes first. */
function leakLeft({ leaks, lastSeen }: AccountRow, newId: () => string): AccountRow['leak'] {
  const alive = leaks.filter(({ goneSinceMs }) => goneSinceMs === null);
  const leak = alive.find(({ slot }) => slot === lastSeen?.pointer) ?? alive[0];
  // Under the id of its report a rotation may have been begun, and undone, before.
  return leak === undefined ? null : { rotationId: newId(), ...carriedLeak(leak), atMs: leak.atMs };
}
