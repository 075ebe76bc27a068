import type { EnginePorts } from '../../rotation/ports.ts';
import { type Pause, readPause, savePause } from '../../rotation/run/pause.ts';
import { wakeAfterPause } from '../../rotation/schedule/wake-account.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import { iso } from '../../shared/time.ts';
import type { TargetSource } from '../../targets/target-source.ts';
import type { Operator, PauseRequest } from '../contract.ts';
import type { PauseView } from './fleet-views.ts';

/**
 * Stops the whole instance or lets it go on, and then wakes every account. An account that cannot be woken now is found
 * by the next sweep.
 * @throws FailureError when the switch cannot be saved or read back
 */
export async function setPauseSwitch(
  parts: EnginePorts & { readonly targets: TargetSource },
  { paused, reason }: PauseRequest,
  by: Operator,
): Promise<PauseView> {
  const before = await readPause(parts);
  // Resuming what runs would restart every deadline.
  if (paused || before.paused) await savePause(parts, { paused, reason, by: by.objectId });
  parts.log({ event: paused ? 'instance-paused' : 'instance-resumed', operator: by.objectId });
  if (!paused)
    for (const { target } of await parts.targets.list()) {
      const woken = await wakeAfterPause(parts, target).catch(asFailure);
      if (woken instanceof FailureError)
        parts.log({ event: 'target-not-swept', target: target.name, code: woken.failure.code });
    }
  return viewPause(await readPause(parts));
}

export function viewPause({ paused, by, reason, sinceMs }: Pause): PauseView {
  return { paused, by, reason, since: sinceMs === 0 ? null : iso(sinceMs) };
}
