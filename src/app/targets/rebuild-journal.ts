import { instanceTag } from '../../keys/ownership-tags.ts';
import { secretNames, type Target } from '../../keys/target.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { readOnlyFence } from '../../shared/fence.ts';
import { adopt } from '../../targets/adopt.ts';
import { storeSecrets } from './store-secrets.ts';

/**
 * Recreates the row of a target whose journal is lost while the pointer's tag says that this instance owns it. First an
 * empty row, as at any takeover: lease + settle pass, since the worker that knew the lost one may still be at it. Then an
 * adoption that writes no secret, of what vault and account agree on; the age of all of it restarts. If they disagree
 * nothing is guessed.
 * @throws FailureError
 */
export async function rebuildJournal(
  ports: EnginePorts,
  target: Target,
): Promise<'rebuilt' | 'disagrees' | 'not-ours' | 'not-yet'> {
  const { secret } = await ports.secrets(target.vaultUrl, readOnlyFence).read(secretNames(target).pointer);
  if (secret.kind !== 'stored' || secret.tags[instanceTag] !== ports.instance) return 'not-ours';
  const intent = { kind: 'adopt', askedSlot: null, takeOver: false } as const;
  let isNew = false;
  const stored = await storeSecrets(ports, target, 'any', async (adoptPorts, rules, row) => {
    // Only a row that was made just now has nothing to settle.
    isNew = row.settleUntilMs === 0;
    if (isNew) return { kind: 'settling', planned: [] };
    return await adopt(adoptPorts, target, { ...rules, intent, mayWrite: () => false });
  });
  if (stored.kind === 'stored') {
    ports.log({ event: 'journal-rebuilt', target: target.name });
    return 'rebuilt';
  }
  const isTaken = ['busy', 'lease-lost', 'newer-schema', 'in-flight'].includes(stored.reason);
  return isNew || isTaken ? 'not-yet' : 'disagrees';
}
