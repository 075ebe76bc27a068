import type { LastSeen } from '../keys/gate.ts';
import type { Target } from '../keys/target.ts';
import type { EnginePorts } from './engine-ports.ts';
import { forgotten } from './forgotten.ts';
import { LeaseLost } from './ownership/lease-lost.ts';
import { takeOwnership } from './ownership/take-ownership.ts';

/**
 * Lets what stands in the vault count as having stood since `sinceMs` (the vault's clock), so that the gate waits a whole
 * overlap: for a row that remembers too little of what consumers were given. Answers whether it was written: another
 * worker may be at the account.
 * @throws FailureError
 */
export function makeYoung(ports: EnginePorts, target: Target, sinceMs: number): Promise<boolean> {
  return rewrite(ports, target, (lastSeen) => ({ ...lastSeen, sinceMs }));
}

/**
 * Lets whatever the gate finds next count as young from then on: for a vault that has been seen otherwise, since what
 * stood there may be put back as it was. Answers whether it was written.
 * @throws FailureError
 */
export function forgetSeen(ports: EnginePorts, target: Target): Promise<boolean> {
  return rewrite(ports, target, forgotten);
}

async function rewrite(ports: EnginePorts, target: Target, change: (lastSeen: LastSeen) => LastSeen): Promise<boolean> {
  const ownership = await takeOwnership(ports, target.account, ports.newId(), null);
  if (ownership.kind !== 'owned') return false;
  const { owned } = ownership;
  const { lastSeen } = owned.row;
  try {
    return (await owned.release({ lastSeen: lastSeen && change(lastSeen) })) === 'released';
  } catch (error) {
    if (error instanceof LeaseLost) return false;
    throw error;
  }
}
