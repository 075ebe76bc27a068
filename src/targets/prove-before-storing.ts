import type { KeyProbe } from '../keys/ports.ts';
import { proveKey } from '../keys/prove-key.ts';
import type { Target } from '../keys/target.ts';
import { isInactiveSecretRead } from '../keys/vault-snapshot.ts';
import { otherSlot } from '../shared/slot.ts';
import type { AdoptPlan } from './adopt-plan.ts';
import type { AdoptPorts, AdoptRules } from './adopt-rules.ts';
import type { Found } from './adopt-writes.ts';

type Ports = Pick<AdoptPorts, 'accounts' | 'probe' | 'clock'>;
type Rules = Pick<AdoptRules, 'staleBoundMs' | 'proofInUse' | 'renewLease'>;

/** Why a key is not given to consumers. */
export type Unproved = 'keys-unsteady' | 'key-refused' | 'endpoint-unclear';

/**
 * Two looks must agree on the keys, and the account must accept the one that consumers are given, and the other one, too,
 * if it is stored while consumers may read it by a pointer from their caches. Writes nothing.
 * @throws FailureError
 */
export async function proveBeforeStoring(
  ports: Ports,
  target: Target,
  { account, pair, keys, vault }: Found,
  plan: AdoptPlan,
  rules: Rules,
): Promise<'proved' | Unproved> {
  await ports.clock.sleep(rules.staleBoundMs);
  const again = await ports.accounts.listKeys(target.account);
  if (!again.key1.equals(pair.key1) || !again.key2.equals(pair.key2)) return 'keys-unsteady';
  if (target.policy.probe === 'control-plane-only') return 'proved';
  const isNew = plan.proof === 'new';
  const probe: KeyProbe = {
    call: async (of, key) => {
      // A new key's proof may outlast the lease.
      if (isNew) await rules.renewLease();
      return await ports.probe.call(of, key);
    },
  };
  const inactiveSlot = otherSlot(plan.activeSlot);
  const inactive = vault[inactiveSlot];
  const isInactiveReplaced =
    plan.keys[inactiveSlot] === 'updated' && inactive.kind === 'stored' && inactive.fingerprint !== keys[inactiveSlot];
  const proofs = [
    ...(plan.proof === 'none'
      ? []
      : [[plan.activeSlot, isNew ? target.policy.newKeyProof : rules.proofInUse] as const]),
    ...(isInactiveReplaced && isInactiveSecretRead(vault, target.policy, null)
      ? [[inactiveSlot, rules.proofInUse] as const]
      : []),
  ];
  for (const [slot, asked] of proofs) {
    const { answer } = await proveKey(probe, ports.clock, account, pair[slot], asked);
    if (answer.kind !== 'accepted') return answer.kind === 'refused' ? 'key-refused' : 'endpoint-unclear';
  }
  return 'proved';
}
