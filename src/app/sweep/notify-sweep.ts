import type { Target } from '../../keys/target.ts';
import type { FleetLimits } from '../../rotation/schedule/fleet-facts.ts';
import { mapBounded } from '../../shared/map-bounded.ts';
import { type NotifierContext, note, notify, notifyFindings } from '../notifier.ts';
import type { SweptTarget } from '../targets/load-target.ts';
import { hasRow, measureFleet, measureTarget, type Seen, type StalledChanges } from './measure.ts';
import { type BlockedChange, blockedNotification, standingNotifications } from './sweep-notifications.ts';

/** Few: a channel that fails is asked no more in this round, once one of them knows. */
const mostNotificationsAtOnce = 4;

/**
 * Delivers notifications while the instance is paused: the switch stops calls that change Azure, not notifications.
 * Goes only by the journal, and never throws.
 */
export async function notifyWhilePaused(
  context: NotifierContext,
  members: readonly SweptTarget[],
  { startJitterMs }: FleetLimits,
): Promise<void> {
  const broken: Parameters<typeof notify>[3] = new Set();
  await mapBounded(members, mostNotificationsAtOnce, async (member) => {
    const { target, row, nowMs, notes } = member;
    await note(context, target, standingNotifications(member, target, context.instance, startJitterMs));
    await notify(context, target, { row, storageNowMs: nowMs }, broken);
    await notifyFindings(context, target, notes?.drift ?? [], broken);
  });
}

/** Tells of changes that cannot be taken back. Never throws. */
export async function notifyBlocked(context: NotifierContext, blocked: readonly BlockedChange[]): Promise<void> {
  const broken: Parameters<typeof notify>[3] = new Set();
  await mapBounded(blocked, mostNotificationsAtOnce, async (change) => {
    await note(context, change.target, [blockedNotification(change, context.instance)]);
    await notifyFindings(context, change.target, [change], broken);
  });
}

/** Puts every target and all of them together into numbers. @param unknown how many targets could not be looked at */
export function logMeasures(
  { log }: Pick<NotifierContext, 'log'>,
  swept: readonly { readonly target: Target; readonly seen: Seen }[],
  startJitterMs: number,
  stalled: StalledChanges,
  unknown: number,
): void {
  for (const { target, seen } of swept) log(measureTarget(target, seen, startJitterMs, stalled));
  log(measureFleet(swept, startJitterMs, stalled, unknown));
}

/** `logMeasures`, and tells people what waits to be told. Never throws. */
export async function notifySweep(
  context: NotifierContext,
  swept: readonly { readonly target: Target; readonly seen: Seen }[],
  { startJitterMs }: FleetLimits,
  stalled: StalledChanges,
  unknown: number,
): Promise<void> {
  const broken: Parameters<typeof notify>[3] = new Set();
  logMeasures(context, swept, startJitterMs, stalled, unknown);
  await mapBounded(swept, mostNotificationsAtOnce, async ({ target, seen }) => {
    if (!hasRow(seen)) return;
    await note(context, target, standingNotifications(seen, target, context.instance, startJitterMs));
    await notify(context, target, { ...seen, storageNowMs: seen.nowMs }, broken);
  });
}
