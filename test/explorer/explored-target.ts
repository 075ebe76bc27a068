import type { Target } from '../../src/keys/target.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

/** Few probes: each of them is one more place where the adversary may move. */
export function exploredTarget(layout: Target['layout']): Target {
  return buildTarget({ layout, policy: { newKeyProof: { acceptances: 3, spreadMs: 4_000 } } });
}
