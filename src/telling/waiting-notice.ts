import * as z from 'zod';
import { type Channel, channelNames } from './channels.ts';
import { type Notice, noticeSchema } from './notice.ts';
import type { OutboxRow } from './ports.ts';

const waitingNotice = z.object({
  notice: noticeSchema,
  /** The channels that have not taken it yet. */
  left: z.array(z.enum(channelNames)),
  attempts: z.number(),
  /** Not tried again before, by the storage service's clock. */
  nextAtMs: z.number(),
});

/** A notice in the outbox. */
export type WaitingNotice = z.infer<typeof waitingNotice>;

/** A new one for every channel. */
export function waitingNoticeFor(notice: Notice, channels: readonly Channel[]): OutboxRow {
  const fields: WaitingNotice = { notice, left: channels.map(({ name }) => name), attempts: 0, nextAtMs: 0 };
  return { id: notice.id, fields };
}

/** Null for a row of another release. */
export function parseWaitingNotice(fields: unknown): WaitingNotice | null {
  return waitingNotice.safeParse(fields).data ?? null;
}
