import * as z from 'zod';
import { type Channel, channelNames } from './channels.ts';
import { type Notification, notificationSchema } from './notification.ts';
import type { OutboxRow } from './ports.ts';

const waitingNotification = z.object({
  notification: notificationSchema,
  /** The channels that have not taken it yet. */
  left: z.array(z.enum(channelNames)),
  attempts: z.number(),
  /** Not tried again before, by the storage service's clock. */
  nextAtMs: z.number(),
});

/** A notice in the outbox. */
export type WaitingNotification = z.infer<typeof waitingNotification>;

/** A new one for every channel. */
export function waitingNotificationFor(notification: Notification, channels: readonly Channel[]): OutboxRow {
  const fields: WaitingNotification = {
    notification,
    left: channels.map(({ name }) => name),
    attempts: 0,
    nextAtMs: 0,
  };
  return { id: notification.id, fields };
}

/** Null for a row of another release. */
export function parseWaitingNotification(fields: unknown): WaitingNotification | null {
  return waitingNotification.safeParse(fields).data ?? null;
}
