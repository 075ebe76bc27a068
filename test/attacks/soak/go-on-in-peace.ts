import type { Target } from '../../../src/keys/target.ts';
import { type Life, operator } from '../../memory-world/life.ts';
import { inOrder } from '../../memory-world/open-target.ts';
import { rowOf } from '../../rotation/row-of.ts';
import type { PlanWorkers } from './plan-workers.ts';
import type { RetryAfterWatch } from './retry-after.ts';
import { longestRunMs, runOrTell } from './run-or-report.ts';

interface Peace {
  readonly life: Life;
  readonly target: Target;
  readonly workers: PlanWorkers;
  readonly retryAfter: RetryAfterWatch;
  readonly violations: string[];
  readonly rests: () => boolean;
}

/** A person resumes what is suspended, in a world where nothing goes wrong any more: it must come to a good end. */
export async function goOnInPeace({ life, target, workers, retryAfter, violations, rests }: Peace): Promise<void> {
  const { account, clock } = life.world;
  account.newKeyRefusedMs = 0;
  account.facts = { ...account.facts, provisioningState: 'Succeeded' };
  for (let resumes = 0; resumes < 3; resumes += 1) {
    const rotation = rowOf(life)?.rotation;
    if (rotation?.kind !== 'suspended') break;
    const { worker, app } = workers.start();
    retryAfter.personAsked();
    await life.during(worker, app.resume('demo', rotation.from.rotationId, operator));
    await runOrTell(life, violations, rests, clock.nowMs() + longestRunMs);
  }
  if (rowOf(life)?.rotation != null) violations.push('peace: a rotation was not over once nothing went wrong');
  if (!inOrder(life, target, null)) violations.push('peace: vault and account disagree once nothing went wrong');
}
