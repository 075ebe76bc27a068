import type { Target } from '../keys/target.ts';
import type { FleetLimits } from '../rotation/schedule/fleet-limits.ts';
import { mapBounded } from '../shared/map-bounded.ts';
import { measureFleet, measureTarget, type Seen, type StalledChanges } from './measure.ts';
import { leakedNotices, overdueNotice } from './notices-of-sweep.ts';
import { note, type TellingContext, tell } from './telling.ts';

/** Few: a channel that fails is asked no more in this round, once one of them knows. */
const mostTellingsAtOnce = 4;

/**
 * Puts every target and all of them together into numbers.
 * @param unknown how many targets could not be looked at
 */
export function logMeasures(
  { log }: Pick<TellingContext, 'log'>,
  swept: readonly { readonly target: Target; readonly seen: Seen }[],
  startJitterMs: number,
  stalled: StalledChanges,
  unknown: number,
): void {
  for (const { target, seen } of swept) log(measureTarget(target, seen, startJitterMs, stalled));
  log(measureFleet(swept, startJitterMs, stalled, unknown));
}

/** `logMeasures`, and tells people what waits to be told. Never throws. */
export async function tellOfSweep(
  context: TellingContext,
  swept: readonly { readonly target: Target; readonly seen: Seen }[],
  { startJitterMs }: FleetLimits,
  stalled: StalledChanges,
  unknown: number,
): Promise<void> {
  const broken: Parameters<typeof tell>[3] = new Set();
  logMeasures(context, swept, startJitterMs, stalled, unknown);
  await mapBounded(swept, mostTellingsAtOnce, async ({ target, seen }) => {
    if (seen === null) return;
    const overdue = overdueNotice(seen, target, context.instance, startJitterMs);
    const leaked = leakedNotices(seen, target, context.instance);
    await note(context, target, overdue === null ? leaked : [...leaked, overdue]);
    await tell(context, target, { ...seen, storageNowMs: seen.nowMs }, broken);
  });
}
