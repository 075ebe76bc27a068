import { copyPorts } from '../../keys/copies/copy-kinds.ts';
import type { Target } from '../../keys/target.ts';
import type { MovingPorts } from '../../rotation/adoption/moved-account.ts';
import { leakRisk } from '../../rotation/leak/leaked-keys.ts';
import { pointedSlot } from '../../rotation/leak/role-of-slot.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { adopt } from '../../targets/adopt.ts';
import { mendCopies } from '../../targets/mend-copies.ts';
import type { StoredView } from '../../targets/stored-view.ts';
import type { AdoptAnswer, AdoptRequest, Operator, RepairAnswer, UnknownTarget } from '../contract.ts';
import { storeSecrets } from './store-secrets.ts';
import { viewTarget } from './view-target.ts';

/** Adopts a target under the lease of its account. @throws FailureError */
export async function adoptTarget(
  ports: EnginePorts & MovingPorts,
  target: Target,
  { activeSlot, takeOver = false, confirm = [] }: AdoptRequest,
  by: Operator,
): Promise<Exclude<AdoptAnswer, UnknownTarget>> {
  const intent = { kind: 'adopt', askedSlot: activeSlot, takeOver } as const;
  const stored = await storeSecrets(ports, target, 'any', (adoptPorts, rules) =>
    adopt(adoptPorts, target, {
      ...rules,
      intent,
      leaked: rules.leaked.filter((slot) => !confirm.includes(leakRisk(slot))),
    }),
  );
  if (stored.kind !== 'stored') return stored;
  logStored(ports, 'target-adopted', target, by, stored.secrets);
  return { kind: 'adopted', target: await viewTarget(ports, target), secrets: stored.secrets };
}

/**
 * Stores again what the account has, under the lease of its account. A suspended rotation stays suspended.
 * @throws FailureError
 */
export async function repairTarget(ports: EnginePorts, target: Target, by: Operator): Promise<RepairAnswer> {
  const stored = await storeSecrets(ports, target, 'adopted', async (adoptPorts, rules, row, fence) => {
    const intent = { kind: 'repair', pointed: pointedSlot(row), internalId: row.internalId } as const;
    const repaired = await adopt(adoptPorts, target, { ...rules, intent });
    if (repaired.kind !== 'adopted') return repaired;
    const copies = await mendCopies(adoptPorts, copyPorts(ports, fence), target, rules);
    if (copies === 'settling') return { kind: 'settling', planned: [] };
    return { ...repaired, secrets: [...repaired.secrets, ...copies] };
  });
  if (stored.kind !== 'stored') return stored;
  logStored(ports, 'target-repaired', target, by, stored.secrets);
  return { kind: 'repaired', target: await viewTarget(ports, target), secrets: stored.secrets };
}

function logStored(
  { log }: Pick<EnginePorts, 'log'>,
  event: 'target-adopted' | 'target-repaired',
  { name }: Target,
  { objectId }: Operator,
  secrets: readonly StoredView[],
): void {
  const secretsChanged = secrets.filter(({ change }) => change !== 'unchanged').length;
  log({ event, target: name, operator: objectId, secretsChanged });
}
