import type { HardeningArea } from '../../hardening/ports.ts';
import type { Target } from '../../keys/target.ts';
import { readPause } from '../../rotation/run/pause.ts';
import { type AccessParts, advanceAccess } from './change-access.ts';
import { advanceKeyless } from './change-keyless.ts';

const go = { access: advanceAccess, keyless: advanceKeyless } as const;

/**
 * Goes on with a change of access or of keyless; the network's goes its own way.
 * @returns `held`, or why nothing was done
 * @throws FailureError
 */
export async function advanceHardening(
  parts: AccessParts,
  target: Target,
  area: Exclude<HardeningArea, 'network'>,
  wakeSeq: number,
): Promise<'held' | 'paused' | 'busy' | 'stale-message'> {
  const pause = await readPause(parts);
  // Keys that were turned off are proved, or turned on again, whatever the switch says: that change asks it itself.
  if (area !== 'keyless' && pause.paused) return 'paused';
  return await go[area](parts, target, wakeSeq, pause.paused ? 0 : pause.sinceMs);
}
