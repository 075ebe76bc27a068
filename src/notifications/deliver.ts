import { FailureError } from '../shared/failure.ts';
import type { Log } from '../shared/log-event.ts';
import { missingPermission, viewLacked } from '../shared/missing-permission.ts';
import { backoffMs } from '../shared/retry-pace.ts';
import { dayMs } from '../shared/time.ts';
import type { Channel } from './channels.ts';
import type { Outbox, OutboxOwner, OutboxRow } from './ports.ts';
import { parseWaitingNotification, type WaitingNotification } from './waiting-notification.ts';

/** After so many a message is given up: with the pauses between them more than a day. */
export const mostAttempts = 30;

/** Everything that is told stays in reach of its retries for this long: longer than all of a message's pauses together. */
export const notificationHorizonMs = 3 * dayMs;

export interface NotifierParts {
  readonly outbox: Outbox;
  readonly channels: readonly Channel[];
  readonly log: Log;
}

/**
 * Delivers what waits to be told of an account or the instance, each message to each channel at least once. What fails stays, is logged
 * and tried again later.
 * @param broken channels that have failed in this round: not tried again before the next one, and noted here
 * @throws FailureError when the outbox cannot be reached
 */
export async function deliver(
  parts: NotifierParts,
  owner: OutboxOwner,
  broken: Set<Channel['name']> = new Set(),
): Promise<void> {
  const { outbox, log } = parts;
  const { rows, storageNowMs } = await outbox.waiting(owner);
  for (const row of rows) {
    const waiting = parseWaitingNotification(row.fields);
    if (waiting === null) {
      log({ event: 'notification-unreadable', id: row.id });
      await outbox.settle(owner, row);
    } else if (waiting.nextAtMs <= storageNowMs) await deliverOne(parts, owner, row, waiting, storageNowMs, broken);
  }
}

async function deliverOne(
  { outbox, channels, log }: NotifierParts,
  owner: OutboxOwner,
  row: OutboxRow,
  waiting: WaitingNotification,
  nowMs: number,
  broken: Set<Channel['name']>,
): Promise<void> {
  const { id, kind, target, rotationId } = waiting.notification;
  const about = { id, kind, target, rotationId };
  const left: Channel['name'][] = [];
  let tried = false;
  for (const name of waiting.left) {
    const channel = channels.find((one) => one.name === name);
    // Taken out of the settings since.
    if (channel === undefined) continue;
    if (broken.has(name)) {
      left.push(name);
      continue;
    }
    tried = true;
    try {
      await channel.send(waiting.notification);
      log({ event: 'notification-sent', ...about, channel: name });
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      left.push(name);
      broken.add(name);
      log({
        event: 'notification-not-sent',
        ...about,
        channel: name,
        code: error.failure.code,
        attempts: waiting.attempts + 1,
        ...viewLacked(missingPermission(error.failure.kind === 'not-applied' ? error.failure.action : null)),
      });
    }
  }
  if (left.length === 0) return await outbox.settle(owner, { ...row, fields: { ...waiting, left } });
  if (!tried) return;
  const attempts = waiting.attempts + 1;
  if (attempts >= mostAttempts) {
    log({ event: 'notification-given-up', ...about, channels: left, attempts });
    return await outbox.settle(owner, { ...row, fields: { ...waiting, left, attempts } });
  }
  const pauseMs = backoffMs('notification', attempts, 1);
  await outbox.keep(owner, { ...row, fields: { ...waiting, left, attempts, nextAtMs: nowMs + pauseMs } });
}
