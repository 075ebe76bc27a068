import type { Happening } from '../memory-world/happening.ts';
import { isWatching, leaked, told } from './run-scan.ts';

/**
 * Holds what leaves a world in memory against that world's own keys at once, since worlds are many and their keys alike,
 * and hands it to the scan of the run where the simulated Azure issues secrets, too.
 */
export function scanHappening(happening: Happening, everyKey: readonly string[]): void {
  if (happening.kind !== 'said' && happening.kind !== 'saved') return;
  const where = happening.kind === 'said' ? happening.where : 'the journal';
  const text = happening.kind === 'said' ? happening.text : JSON.stringify(happening.after);
  for (const key of everyKey) if (text.includes(key)) leaked(where);
  if (isWatching()) told(where, text);
}
