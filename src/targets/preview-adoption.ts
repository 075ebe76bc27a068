import { secretNames, type Target } from '../keys/target.ts';
import { type AdoptRefusal, createsAll, writesNothing } from './adopt-plan.ts';
import type { AdoptPorts, AdoptRules } from './adopt-rules.ts';
import { Refused } from './adopt-writes.ts';
import { isOneDeleted, lookForAdoption } from './find-for-adoption.ts';
import { plannedChange, plannedSecrets } from './planned-secrets.ts';
import { proveBeforeStoring, type Unproved } from './prove-before-storing.ts';
import type { PlannedSecret, StoredView } from './stored-view.ts';

/** What an adoption would do to each secret, and what would stop it, in the order in which it meets that. */
export interface AdoptionPreview {
  /** Empty if it is refused before anything is planned. */
  readonly secrets: readonly PlannedSecret[];
  readonly stops: readonly {
    readonly reason: AdoptRefusal | Unproved | Refused['reason'] | 'settling';
    /** The secrets that stand in the way, with the state that they are in. */
    readonly secrets: readonly string[];
  }[];
  /** What it would write before it stops. */
  readonly changed: readonly Pick<StoredView, 'secret' | 'change'>[];
}

type PreviewRules = Omit<AdoptRules, 'wrote' | 'renewLease' | 'whileFresh'>;

/** A look, and one more for a secret that was deleted in the seconds before. */
const mostLooks = 2;

/**
 * What `adopt` would do now: its own look, plan and proof, and none of its writes. It tries the active key also if the
 * adoption would first wait, so that it is known before the wait.
 * @param ports nothing is written through them
 * @throws FailureError
 */
export async function previewAdoption(
  ports: AdoptPorts,
  target: Target,
  rules: PreviewRules,
): Promise<AdoptionPreview> {
  const account = await ports.accounts.get(target.account);
  try {
    for (let looks = 1; ; looks += 1) {
      const { found, plan, inTheWay } = await lookForAdoption(ports, target, account, rules);
      if (plan.kind === 'refused')
        return { secrets: [], stops: [{ reason: plan.reason, secrets: inTheWay }], changed: [] };
      const secrets = plannedSecrets(target, found, plan);
      const isNothingDeleted = Object.keys(found.deleted).length === 0;
      if (isNothingDeleted && writesNothing(plan)) return { secrets, stops: [], changed: [] };

      const { claims } = plan;
      const mayWrite = rules.mayWrite({ createsAll: isNothingDeleted && createsAll(plan), claims });
      const proof = await proveBeforeStoring(ports, target, found, plan, {
        ...rules,
        renewLease: async () => {},
      });
      if (looks < mostLooks && (await isOneDeleted(ports, target, found))) continue;
      const settling = { reason: 'settling', secrets: [] } as const;
      const unproved = proof === 'proved' ? [] : [{ reason: proof, secrets: [] }];
      if (!mayWrite) return { secrets, stops: [settling, ...unproved], changed: [] };
      if (!claims || proof !== 'proved') return { secrets, stops: unproved, changed: [] };
      // The other instance's last calls are waited for after the claim.
      const change = plannedChange('pointer', found, plan);
      const changed = change === 'unknown' ? [] : [{ secret: secretNames(target).pointer, change }];
      return { secrets, stops: [settling], changed };
    }
  } catch (error) {
    if (error instanceof Refused) return { secrets: [], stops: [{ reason: error.reason, secrets: [] }], changed: [] };
    throw error;
  }
}
