import { LeaseLost } from '../../durable/lease-fence.ts';
import type { LastSeen } from '../../keys/gate.ts';
import type { Target } from '../../keys/target.ts';
import { invalidateLastSeen } from '../invalidate-last-seen.ts';
import { readLeakNotes } from '../leak/leak-notes.ts';
import { type RowChange, takeOwnership } from '../owned-account.ts';
import type { EnginePorts } from '../ports.ts';

/**
 * Lets what stands in the vault count as having stood since `sinceMs` (the vault's clock), so that the gate waits a whole
 * overlap: for a row that remembers too little of what consumers were given, and of keys that were reported as leaked.
 * Answers whether it was written: another worker may be at the account.
 * @throws FailureError
 */
export async function resetAge(ports: EnginePorts, target: Target, sinceMs: number): Promise<boolean> {
  const leaks = await readLeakNotes(ports, target.account);
  return await rewrite(ports, target, (lastSeen) => ({ ...lastSeen, sinceMs }), leaks === null ? {} : { leaks });
}

/**
 * Restarts the age of whatever the gate finds next: for a vault that has been seen otherwise, since what
 * stood there may be put back as it was. Answers whether it was written.
 * @throws FailureError
 */
export function forgetSeen(ports: EnginePorts, target: Target): Promise<boolean> {
  return rewrite(ports, target, invalidateLastSeen);
}

/** The same of copies only: one has been seen otherwise. @throws FailureError */
export function forgetCopies(ports: EnginePorts, target: Target): Promise<boolean> {
  return rewrite(ports, target, (lastSeen) => lastSeen);
}

async function rewrite(
  ports: EnginePorts,
  target: Target,
  change: (lastSeen: LastSeen) => LastSeen,
  more: RowChange = {},
): Promise<boolean> {
  const ownership = await takeOwnership(ports, target.account, ports.newId(), null);
  if (ownership.kind !== 'owned') return false;
  const { owned } = ownership;
  const { lastSeen } = owned.row;
  try {
    return (await owned.release({ ...more, copies: [], lastSeen: lastSeen && change(lastSeen) })) === 'released';
  } catch (error) {
    if (error instanceof LeaseLost) return false;
    throw error;
  }
}
