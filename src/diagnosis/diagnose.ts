import { cachedKey } from './checks/cached-key.ts';
import { callerAddress } from './checks/caller-address.ts';
import { privateName } from './checks/private-name.ts';
import { role } from './checks/role.ts';
import { rotation } from './checks/rotation.ts';
import { vaultAccess } from './checks/vault-access.ts';
import type { DiagnosisFacts } from './diagnosis-facts.ts';
import { diagnosisReasons } from './diagnosis-reasons.ts';
import type { checkNames, Finding, Found } from './finding.ts';

type Check = (facts: DiagnosisFacts) => Found;

/** Each by itself: one fault does not keep the others from being told. */
const checks: Readonly<Record<(typeof checkNames)[number], Check>> = {
  rotation,
  'vault-access': vaultAccess,
  'private-name': privateName,
  role,
  'cached-key': cachedKey,
  'caller-address': callerAddress,
};

/** What is wrong with a target, as far as the facts tell. */
export function diagnose(facts: DiagnosisFacts): readonly Finding[] {
  return Object.entries(checks).map(([check, run]) => {
    const { more, ...found } = run(facts);
    const sentence = diagnosisReasons[found.finding];
    const detail = more === undefined ? sentence : `${sentence} ${more}`;
    return { check: check as (typeof checkNames)[number], detail, ...found };
  });
}
