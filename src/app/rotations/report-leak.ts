import type { Target } from '../../keys/target.ts';
import { requestLeak } from '../../rotation/leak/request-leak.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { leakLegalIn } from '../../rotation/requests/operator-actions.ts';
import { viewRotation } from '../../rotation/rotation-view.ts';
import { readPause } from '../../rotation/run/pause.ts';
import { type KeysPhase, targetState } from '../../rotation/target-state.ts';
import { FailureError } from '../../shared/failure.ts';
import { asFailure, notNow, onlyIn } from '../answers.ts';
import type { LeakAnswer, LeakRequest, Operator } from '../contract.ts';

/**
 * Takes an operator's report that a key leaked, or previews what that would do. It is taken whatever the account takes, and
 * while the instance is paused too: nobody may forget a leaked key.
 * @param readPhase how far an account that is to take no keys has come
 * @throws FailureError
 */
export async function reportLeak(
  ports: EnginePorts,
  target: Target,
  { slot, dryRun, reason, overlapSeconds }: LeakRequest,
  by: Operator,
  readPhase: () => Promise<KeysPhase | null>,
): Promise<LeakAnswer> {
  const overlapMs = overlapSeconds === null ? null : overlapSeconds * 1000;
  const pause = await readPause(ports).catch(asFailure);
  // A switch that cannot be read keeps nobody from reporting.
  const isPaused = !(pause instanceof FailureError) && pause.paused;
  const report = { slot, overlapMs, reason: reason, dryRun, isPaused };
  const answer = await requestLeak(ports, target, report, by.objectId);
  const reported = () => ports.log({ event: 'key-leaked', target: target.name, slot, operator: by.objectId });
  switch (answer.kind) {
    case 'previewed':
      return answer;
    case 'refused':
      return answer.reason === 'only-in'
        ? onlyIn(leakLegalIn, answer.rotationId)
        : notNow(answer.reason, answer.rotationId);
    case 'noted': {
      reported();
      const { preview, row } = answer;
      return {
        kind: 'noted',
        preview,
        detail: targetState(row, target, ports.clock.nowMs(), await readPhase()).detail,
      };
    }
    case 'begun': {
      reported();
      const { preview, rotation, leaks, wakeAtMs } = answer;
      return { kind: 'begun', preview, rotation: viewRotation(rotation, leaks, target, wakeAtMs) };
    }
  }
}
