import type { Target } from '../keys/target.ts';
import type { Posture } from '../posture/ports.ts';
import { readPause } from '../rotation/run/pause.ts';
import { FailureError } from '../shared/failure.ts';
import { type AccessParts, advanceAccess } from './change-access.ts';
import { advanceKeyless } from './change-keyless.ts';

const go = { access: advanceAccess, keyless: advanceKeyless } as const;

/**
 * Goes on with a change of access or of keyless; the network's goes its own way. Never throws an expected failure: the
 * sweep comes again.
 */
export async function advancePosture(
  parts: AccessParts,
  target: Target,
  posture: Exclude<Posture, 'network'>,
  wakeSeq: number,
): Promise<void> {
  const dropped = (why: 'paused' | 'busy' | 'stale-message') =>
    parts.log({ event: 'wake-up-dropped', target: target.name, why });
  try {
    const pause = await readPause(parts);
    // Keys that were turned off are proved, or turned on again, whatever the switch says: that change asks it itself.
    if (posture !== 'keyless' && pause.paused) return dropped('paused');
    const kind = await go[posture](parts, target, wakeSeq, pause.paused ? 0 : pause.sinceMs);
    if (kind === 'busy' || kind === 'stale-message') dropped(kind);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    parts.log({ event: 'storage-failed', target: target.name, code: error.failure.code });
  }
}
