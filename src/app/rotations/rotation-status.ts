import type { RotationStatus } from '../../diagnosis/ports.ts';
import type { Target } from '../../keys/target.ts';
import { explainWait } from '../../rotation/explain-wait.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { isKeyless } from '../../rotation/requests/start-rotation.ts';
import { readPause } from '../../rotation/run/pause.ts';
import type { FleetLimits } from '../../rotation/schedule/fleet-facts.ts';
import { rotationIdOf } from '../../rotation/state.ts';
import { overdueNotification } from '../sweep/sweep-notifications.ts';
import { loadTarget } from '../targets/load-target.ts';
import { remedies } from '../targets/remedies.ts';

type Parts = Pick<EnginePorts, 'rows' | 'pauses' | 'instance'> & { readonly fleet?: FleetLimits };

/**
 * How a target's rotation stands, for a diagnosis: overdue by the rule of the sweep's notices.
 * @throws FailureError when the journal cannot be read
 */
export async function rotationStatus(parts: Parts, target: Target): Promise<RotationStatus> {
  const [read, pause] = await Promise.all([
    loadTarget(parts, { target, origin: 'declared', blocked: null }),
    readPause(parts),
  ]);
  const none = { kind: 'none', rotationId: null, reason: null, detail: '', lastFailure: null, whatToDo: '' } as const;
  // A target without keys has nothing to adopt, and a newer release's journal says nothing to this one.
  const notAdopted = { ...none, kind: target.policy.keyless ? 'none' : 'not-adopted' } as const;
  if (read.kind === 'without-row') return read.reason === 'newer-schema' ? none : notAdopted;
  const { row } = read.member;
  const { rotation } = row;
  if (rotation === null && row.adoptedAtMs === null) return isKeyless(row, target) ? none : notAdopted;
  const rests = rotation === null ? null : explainWait(rotation);
  const state = rotation?.kind === 'suspended' ? rotation.from : rotation;
  const found = {
    ...none,
    rotationId: rotation && rotationIdOf(rotation),
    reason: rests?.reason ?? null,
    detail: rests?.detail ?? none.detail,
    lastFailure: state?.lastFailure?.code ?? null,
  };
  if (rotation?.kind === 'suspended') return { ...found, kind: 'suspended', whatToDo: remedies[rotation.reason] };
  const awakeSinceMs = pause.paused ? Number.POSITIVE_INFINITY : (pause.sinceMs ?? 0);
  const overdue = overdueNotification(
    { ...read.member, awakeSinceMs },
    target,
    parts.instance,
    parts.fleet?.startJitterMs,
  );
  if (overdue !== null)
    return { ...found, kind: 'overdue', detail: overdue.detail, whatToDo: overdue.whatToDo, reason: overdue.reason };
  return rotation === null ? found : { ...found, kind: 'in-flight', detail: found.detail || 'It is at work.' };
}
