import type { AccountFacts, KeyPair, KeyProbe } from '../keys/ports.ts';
import { proveKey } from '../keys/prove-key.ts';
import type { Target } from '../keys/target.ts';
import type { AdoptPlan } from './adopt-plan.ts';
import type { AdoptPorts, AdoptRules } from './adopt-rules.ts';

type Ports = Pick<AdoptPorts, 'accounts' | 'probe' | 'clock'>;
type Rules = Pick<AdoptRules, 'staleBoundMs' | 'proofInUse' | 'renewLease'>;

/** Why a key is not given to consumers. */
export type Unproved = 'keys-unsteady' | 'key-refused' | 'endpoint-unclear';

/**
 * Two looks must agree on the keys, and the account must accept the one that consumers are given. Writes nothing.
 * @throws FailureError
 */
export async function proveBeforeStoring(
  ports: Ports,
  target: Target,
  account: AccountFacts,
  plan: AdoptPlan,
  pair: KeyPair,
  rules: Rules,
): Promise<'proved' | Unproved> {
  await ports.clock.sleep(rules.staleBoundMs);
  const again = await ports.accounts.listKeys(target.account);
  if (!again.key1.equals(pair.key1) || !again.key2.equals(pair.key2)) return 'keys-unsteady';
  if (plan.proof === 'none' || target.policy.probe === 'control-plane-only') return 'proved';
  const isNew = plan.proof === 'new';
  const probe: KeyProbe = {
    call: async (of, key) => {
      // A new key's proof may outlast the lease.
      if (isNew) await rules.renewLease();
      return await ports.probe.call(of, key);
    },
  };
  const asked = isNew ? target.policy.newKeyProof : rules.proofInUse;
  const run = await proveKey(probe, ports.clock, account, pair[plan.activeSlot], asked);
  switch (run.answer.kind) {
    case 'accepted':
      return 'proved';
    case 'refused':
      return 'key-refused';
    case 'unknown':
      return 'endpoint-unclear';
  }
}
