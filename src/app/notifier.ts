import type { HistoryRow } from '../durable/ports.ts';
import type { Target } from '../keys/target.ts';
import { type Channel, topicChannel, webhookChannel } from '../notifications/channels.ts';
import type { NotificationChoices, NotificationKind } from '../notifications/choices.ts';
import { deliver, notificationHorizonMs } from '../notifications/deliver.ts';
import type { Notification } from '../notifications/notification.ts';
import { type Outbox, type OutboxRow, outboxKey, type Receivers } from '../notifications/ports.ts';
import { waitingNotificationFor } from '../notifications/waiting-notification.ts';
import type { AccountRow } from '../rotation/account-row.ts';
import { activeStateOf } from '../rotation/state.ts';
import { FailureError } from '../shared/failure.ts';
import type { Log } from '../shared/log-event.ts';
import { unexpectedError } from '../shared/unexpected-error.ts';
import { saveNotifications, stragglersAtMs, switchedAtMs } from './rotations/save-notifications.ts';
import { overdueNotification } from './sweep/sweep-notifications.ts';

/** How people are notified; without a channel nobody is. */
export interface Notifier {
  readonly outbox: Outbox;
  readonly channels: readonly Channel[];
  readonly kinds: readonly NotificationKind[];
}

/** A target's row as it was last read. */
export interface Seen {
  readonly row: AccountRow;
  readonly storageNowMs: number;
  /** As `DueFacts` has it. */
  readonly expiresAtMs?: number | null;
}

export interface NotifierContext {
  readonly notifier?: Notifier | null | undefined;
  readonly instance: string;
  readonly log: Log;
}

/** The rows of the outbox that a save adds in its own transaction. */
export function outboxRows(
  { notifier, instance }: NotifierContext,
  target: Target,
): (before: AccountRow | null, after: AccountRow, atMs: number) => readonly HistoryRow[] {
  if (notifier == null) return () => [];
  return (before, after, atMs) =>
    wanted(notifier, saveNotifications(before, after, target, instance, atMs)).map(({ id, fields }) => ({
      key: outboxKey(id),
      fields,
    }));
}

/** Of these what the settings name, each for the channels that take it. */
function wanted({ channels, kinds }: Notifier, notifications: readonly Notification[]): readonly OutboxRow[] {
  return notifications
    .filter(({ kind }) => kinds.includes(kind))
    .map((notification) => ({
      notification,
      takers: channels.filter((channel) => channel.kinds.includes(notification.kind)),
    }))
    .filter(({ takers }) => takers.length > 0)
    .map(({ notification, takers }) => waitingNotificationFor(notification, takers));
}

/** Puts what the sweep has found into the outbox, unless it is there or was told before. Never throws. */
export async function note(
  context: NotifierContext,
  target: Target,
  notifications: readonly Notification[],
): Promise<void> {
  const { notifier } = context;
  if (notifier == null || notifications.length === 0) return;
  await unharmed(context, target, async () => {
    for (const row of wanted(notifier, notifications)) await notifier.outbox.add(target.account, row);
  });
}

/**
 * Delivers what waits to be told of a target, when its row shows that there may be something. Comes after the work, and
 * never throws: nobody's rotation waits for a webhook.
 * @param broken channels that failed in this round
 */
export async function notify(
  context: NotifierContext,
  target: Target,
  seen: Seen | null,
  broken: Set<Channel['name']> = new Set(),
): Promise<void> {
  if (context.notifier == null || seen === null || !mayHaveNews(seen, target, context.instance)) return;
  await deliverTo(context, target, broken);
}

/** Delivers what the looks at a target have found, with each look: a finding is told again each day. Never throws. */
export async function notifyFindings(
  context: NotifierContext,
  target: Target,
  findings: readonly unknown[],
  broken: Set<Channel['name']> = new Set(),
): Promise<void> {
  if (findings.length > 0) await deliverTo(context, target, broken);
}

async function deliverTo(context: NotifierContext, target: Target, broken: Set<Channel['name']>): Promise<void> {
  const { notifier, log } = context;
  if (notifier != null) await unharmed(context, target, () => deliver({ ...notifier, log }, target.account, broken));
}

/** The facts of a row tell when there may be something in its outbox, so that quiet accounts cost no call. */
function mayHaveNews(
  { row, storageNowMs: nowMs, expiresAtMs = null }: Seen,
  target: Target,
  instance: string,
): boolean {
  const { lastEnd, rotation, leaks, leakGoneAtMs } = row;
  // It is told again each day.
  if (rotation?.kind === 'suspended') return true;
  const state = rotation && activeStateOf(rotation);
  const newsAtMs = [
    lastEnd?.endedAtMs ?? null,
    state && switchedAtMs(state),
    state && stragglersAtMs(state),
    leakGoneAtMs,
  ];
  if (leaks.length > 0) return true;
  if (overdueNotification({ row, nowMs, expiresAtMs }, target, instance) !== null) return true;
  return newsAtMs.some((atMs) => atMs !== null && nowMs - atMs < notificationHorizonMs);
}

/** Puts what is about the instance as a whole into its outbox, unless it is there or was told before. @throws FailureError */
export async function noteInstance({ notifier, instance }: NotifierContext, notification: Notification): Promise<void> {
  if (notifier == null) return;
  for (const row of wanted(notifier, [notification])) await notifier.outbox.add({ instance }, row);
}

/** Does `before`, then delivers what waits to be told of the instance as a whole. Never throws. */
export async function notifyInstance(context: NotifierContext, before: () => Promise<void>): Promise<void> {
  const { notifier, instance, log } = context;
  if (notifier == null) return;
  await unharmed(context, null, async () => {
    await before();
    await deliver({ ...notifier, log }, { instance });
  });
}

async function unharmed({ log }: NotifierContext, target: Target | null, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof FailureError)
      log({ event: 'notification-failed', target: target?.name ?? null, code: error.failure.code });
    // A fault of ours in a message must not send a rotation's queue message round again.
    else log(unexpectedError('notifying', error));
  }
}

/** How people are notified by the settings; null when they name no way. */
export function makeNotifier(
  { outbox, receivers }: { readonly outbox: Outbox; readonly receivers: Receivers },
  { topicEndpoint, webhook, kinds, dashboard }: NotificationChoices,
): Notifier | null {
  const channels = [
    ...(topicEndpoint === null ? [] : [topicChannel(receivers.topic(topicEndpoint), dashboard)]),
    ...(webhook === null ? [] : [webhookChannel(receivers.webhook(webhook.url), webhook.format, dashboard)]),
  ];
  return channels.length === 0 ? null : { outbox, channels, kinds };
}
