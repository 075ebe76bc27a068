import type { Target } from '../keys/target.ts';
import type { EnginePorts } from '../rotation/engine-ports.ts';
import { type AdoptedFacts, holdForAdoption } from '../rotation/hold-for-adoption.ts';
import { activeKeyProof, staleBoundMs } from '../rotation/numbers.ts';
import { isSlot, type Slot } from '../shared/slot.ts';
import { type Adoption, adopt } from '../targets/adopt.ts';
import { notNow } from './answers.ts';
import type { AdoptAnswer, Operator } from './contract.ts';
import { viewTarget } from './view-target.ts';

/** When it is worth asking again while a worker is at the account. */
const busyRetryMs = 30_000;

/**
 * Adopts a target under the lease of its account.
 * @throws FailureError
 */
export async function adoptTarget(
  ports: EnginePorts,
  target: Target,
  askedSlot: Slot | null,
  by: Operator,
): Promise<AdoptAnswer> {
  const held = await holdForAdoption(ports, target, async (hold) => {
    const { probe, clock, instance } = ports;
    const adoptPorts = {
      accounts: ports.accounts(hold.fence),
      secrets: ports.secrets(target.vaultUrl, hold.fence),
      probe,
      clock,
    };
    const { mayWrite, beforeWrite } = hold;
    const rules = {
      instance,
      askedSlot,
      salt: ports.newId(),
      staleBoundMs,
      proof: activeKeyProof,
      mayWrite,
      beforeWrite,
    };
    const result = await adopt(adoptPorts, target, rules);
    return {
      result,
      adopted: adoptedFacts(result),
      settling: result.kind === 'settling',
      createdAll: result.kind === 'adopted' && result.createdAll,
    };
  });
  switch (held.kind) {
    case 'busy':
    case 'lease-lost':
      return notNow(held.kind, null, busyRetryMs);
    case 'newer-schema':
      return notNow('newer-schema');
    case 'in-flight':
      return notNow('in-flight', held.rotationId);
    case 'settling':
      return notNow('settling', null, held.forMs);
    case 'done':
      break;
  }
  const { result } = held;
  switch (result.kind) {
    case 'settling':
      return notNow('settling');
    case 'refused':
      return notNow(result.reason);
    case 'adopted': {
      const changed = result.secrets.filter(({ change }) => change !== 'unchanged').length;
      ports.log({ event: 'target-adopted', target: target.name, operator: by.objectId, secretsChanged: changed });
      return { kind: 'adopted', target: await viewTarget(ports, target), secrets: result.secrets };
    }
  }
}

/** What the account's row must know; null when the vault does not show a whole adopted target. */
function adoptedFacts(result: Adoption): AdoptedFacts | null {
  if (result.kind !== 'adopted') return null;
  const { pointer, key1, key2, direct, vaultNowMs } = result.vault;
  if (pointer.kind !== 'stored' || !isSlot(pointer.value)) return null;
  if (key1.kind !== 'stored' || key2.kind !== 'stored' || (direct !== null && direct.kind !== 'stored')) return null;
  const versions = {
    pointer: pointer.version,
    key1: key1.version,
    key2: key2.version,
    direct: direct?.version ?? null,
  };
  const { internalId, kind: accountKind, endpoint } = result.account;
  return { internalId, accountKind, endpoint, seen: { pointer: pointer.value, versions, sinceMs: vaultNowMs } };
}
