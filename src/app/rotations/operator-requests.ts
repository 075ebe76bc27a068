import type { Target } from '../../keys/target.ts';
import { requestLeak } from '../../rotation/leak/request-leak.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { leakLegalIn } from '../../rotation/requests/operator-actions.ts';
import { requestAction, type Wish } from '../../rotation/requests/request-action.ts';
import { startRotation } from '../../rotation/requests/start-rotation.ts';
import { viewRotation } from '../../rotation/rotation-view.ts';
import { readPause } from '../../rotation/run/pause.ts';
import { type KeysPhase, targetState } from '../../rotation/target-state.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import { notNow, onlyIn } from '../answers.ts';
import type { ActionAnswer, LeakAnswer, LeakRequest, Operator, StartAnswer, StartRequest } from '../contract.ts';
import type { InvocationPorts } from '../in-invocation.ts';
import { readRotation } from './read-rotations.ts';

/** Notes what an operator wants of a rotation. @throws FailureError when the journal cannot be read or saved */
export async function actOnRotation(
  parts: InvocationPorts,
  target: Target,
  id: string,
  wish: Wish,
  by: Operator,
): Promise<ActionAnswer> {
  const requested = await requestAction(parts, target, id, wish, by.objectId);
  switch (requested.kind) {
    case 'noted': {
      const { row, rotation, wakeAtMs } = requested;
      return { kind: 'noted', rotation: viewRotation(rotation, row.leaks, target, wakeAtMs) };
    }
    case 'illegal':
      return onlyIn(requested.legalIn, id);
    case 'unknown-rotation':
    case 'not-confirmed':
      return requested;
    default:
      return notNow(requested.kind, id);
  }
}

/**
 * Starts a rotation that an operator asks for; windows and bounds are the schedule's, people are not asked for them.
 * @throws FailureError when the journal cannot be read or saved
 */
export async function startOnRequest(
  parts: InvocationPorts,
  target: Target,
  asked: StartRequest,
  by: Operator,
): Promise<StartAnswer> {
  const { inactiveKeyUnused, idempotencyKey: key = null } = asked;
  const request = key === null ? null : { by: by.objectId, key, asks: JSON.stringify({ inactiveKeyUnused }) };
  const options = { cause: 'operator', startedBy: by.objectId, inactiveKeyUnused, request } as const;
  const started = await startRotation(parts, target, options);
  switch (started.kind) {
    case 'started': {
      const { rotation, leaks, wakeAtMs } = started;
      return { kind: 'started', rotation: viewRotation(rotation, leaks, target, wakeAtMs) };
    }
    case 'started-before': {
      const before = await readRotation(parts.rows, target, started.rotationId);
      return before.kind === 'found' ? { kind: 'started', rotation: before.rotation } : notNow('lost-race');
    }
    case 'key-reused':
      return started;
    case 'refused':
      return notNow(started.reason, started.rotationId);
  }
}

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
      const { detail } = targetState(row, target, ports.clock.nowMs(), await readPhase());
      return { kind: 'noted', preview, detail };
    }
    case 'begun': {
      reported();
      const { preview, rotation, leaks, wakeAtMs } = answer;
      return { kind: 'begun', preview, rotation: viewRotation(rotation, leaks, target, wakeAtMs) };
    }
  }
}
