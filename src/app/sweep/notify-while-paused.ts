import type { FleetLimits } from '../../rotation/schedule/fleet-limits.ts';
import { mapBounded } from '../../shared/map-bounded.ts';
import { type NotifierContext, note, notify, notifyFindings } from '../notifier.ts';
import type { SweptTarget } from '../targets/load-target.ts';
import { leakedNotifications, overdueNotification } from './sweep-notifications.ts';

/** Few, as in a sweep that is not paused. */
const mostNotificationsAtOnce = 4;

/**
 * Tells what there is to tell while the instance is paused: the switch stops calls that change Azure, not people's news.
 * Goes by the journal alone, and never throws.
 */
export async function notifyWhilePaused(
  context: NotifierContext,
  members: readonly SweptTarget[],
  { startJitterMs }: FleetLimits,
): Promise<void> {
  const broken: Parameters<typeof notify>[3] = new Set();
  await mapBounded(members, mostNotificationsAtOnce, async (member) => {
    const { target, row, nowMs, notes } = member;
    const overdue = overdueNotification(member, target, context.instance, startJitterMs);
    const leaked = leakedNotifications(member, target, context.instance);
    await note(context, target, overdue === null ? leaked : [...leaked, overdue]);
    await notify(context, target, { row, storageNowMs: nowMs }, broken);
    await notifyFindings(context, target, notes?.drift ?? [], nowMs, broken);
  });
}
