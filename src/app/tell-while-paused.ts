import type { FleetLimits } from '../rotation/schedule/fleet-limits.ts';
import { mapBounded } from '../shared/map-bounded.ts';
import { leakedNotices, overdueNotice } from './notices-of-sweep.ts';
import type { SweepMember } from './read-member.ts';
import { note, type TellingContext, tell, tellFindings } from './telling.ts';

/** Few, as in a sweep that is not paused. */
const mostTellingsAtOnce = 4;

/**
 * Tells what there is to tell while the instance is paused: the switch stops calls that change Azure, not people's news.
 * Goes by the journal alone, and never throws.
 */
export async function tellWhilePaused(
  context: TellingContext,
  members: readonly SweepMember[],
  { startJitterMs }: FleetLimits,
): Promise<void> {
  const broken: Parameters<typeof tell>[3] = new Set();
  await mapBounded(members, mostTellingsAtOnce, async (member) => {
    const { target, row, nowMs, notes } = member;
    const overdue = overdueNotice(member, target, context.instance, startJitterMs);
    const leaked = leakedNotices(member, target, context.instance);
    await note(context, target, overdue === null ? leaked : [...leaked, overdue]);
    await tell(context, target, { row, storageNowMs: nowMs }, broken);
    await tellFindings(context, target, notes?.drift ?? [], nowMs, broken);
  });
}
