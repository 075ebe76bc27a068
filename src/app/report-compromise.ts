import type { Target } from '../keys/target.ts';
import { requestCompromise } from '../rotation/compromise/request-compromise.ts';
import type { EnginePorts } from '../rotation/engine-ports.ts';
import { compromiseLegalIn } from '../rotation/operator-actions.ts';
import { viewRotation } from '../rotation/rotation-view.ts';
import { notNow, onlyIn } from './answers.ts';
import type { CompromiseAnswer, CompromiseRequest, Operator } from './contract.ts';

/**
 * Takes an operator's word that a key leaked, or previews what that would do.
 * @throws FailureError
 */
export async function reportCompromise(
  ports: EnginePorts,
  target: Target,
  { slot, dryRun, reason, overlapSeconds }: CompromiseRequest,
  by: Operator,
): Promise<CompromiseAnswer> {
  const overlapMs = overlapSeconds === null ? null : overlapSeconds * 1000;
  const answer = await requestCompromise(ports, target, { slot, overlapMs, why: reason, dryRun }, by.objectId);
  switch (answer.kind) {
    case 'previewed':
      return answer;
    case 'refused':
      return answer.reason === 'only-in'
        ? onlyIn(compromiseLegalIn, answer.rotationId)
        : notNow(answer.reason, answer.rotationId);
    case 'begun': {
      ports.log({ event: 'key-compromised', target: target.name, slot, operator: by.objectId });
      const { preview, rotation, leaks, wakeAtMs } = answer;
      return { kind: 'begun', preview, rotation: viewRotation(rotation, leaks, target, wakeAtMs) };
    }
  }
}
