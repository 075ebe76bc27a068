import type { Target } from '../../keys/target.ts';
import { pointedSlot } from '../../rotation/leak/role-of-slot.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { repair } from '../../targets/adopt.ts';
import type { Operator, RepairAnswer } from '../contract.ts';
import { countChanged, storeSecrets } from './store-secrets.ts';
import { viewTarget } from './view-target.ts';

/**
 * Stores again what the account has, under the lease of its account. A suspended rotation stays suspended.
 * @throws FailureError
 */
export async function repairTarget(ports: EnginePorts, target: Target, by: Operator): Promise<RepairAnswer> {
  const stored = await storeSecrets(ports, target, 'adopted', (adoptPorts, rules, row) =>
    repair(adoptPorts, target, rules, { pointed: pointedSlot(row), internalId: row.internalId }),
  );
  if (stored.kind !== 'stored') return stored;
  const { secrets } = stored;
  ports.log({
    event: 'target-repaired',
    target: target.name,
    operator: by.objectId,
    secretsChanged: countChanged(secrets),
  });
  return { kind: 'repaired', target: await viewTarget(ports, target), secrets };
}
