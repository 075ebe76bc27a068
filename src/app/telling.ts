import type { HistoryRow } from '../durable/ports.ts';
import type { Target } from '../keys/target.ts';
import type { AccountRow } from '../rotation/account-row.ts';
import { FailureError } from '../shared/failure.ts';
import type { Log } from '../shared/log-event.ts';
import { unexpectedError } from '../shared/unexpected-error.ts';
import type { Channel } from '../telling/channels.ts';
import { deliver, tellingHorizonMs } from '../telling/deliver.ts';
import type { Notice } from '../telling/notice.ts';
import type { NoticeKind } from '../telling/notice-kinds.ts';
import { type Outbox, outboxKey } from '../telling/ports.ts';
import { waitingNoticeFor } from '../telling/waiting-notice.ts';
import { noticesOfSave } from './notices-of-save.ts';
import { overdueNotice } from './notices-of-sweep.ts';

/** How people are told; without a channel nobody is. */
export interface Telling {
  readonly outbox: Outbox;
  readonly channels: readonly Channel[];
  readonly kinds: readonly NoticeKind[];
}

/** A target's row as it was last read. */
export interface Seen {
  readonly row: AccountRow;
  readonly storageNowMs: number;
  /** As `DueFacts` has it. */
  readonly expiresAtMs?: number | null;
}

export interface TellingContext {
  readonly telling?: Telling | null | undefined;
  readonly instance: string;
  readonly log: Log;
}

/** The rows of the outbox that a save adds in its own transaction. */
export function outboxRows(
  { telling, instance }: TellingContext,
  target: Target,
): (before: AccountRow | null, after: AccountRow, atMs: number) => readonly HistoryRow[] {
  if (telling == null) return () => [];
  const { channels, kinds } = telling;
  return (before, after, atMs) =>
    noticesOfSave(before, after, target, instance, atMs)
      .filter(({ kind }) => kinds.includes(kind))
      .map((notice) => waitingNoticeFor(notice, channels))
      .map(({ id, fields }) => ({ key: outboxKey(id), fields }));
}

/** Puts what the sweep has found into the outbox, unless it is there or was told before. Never throws. */
export async function note(context: TellingContext, target: Target, notices: readonly Notice[]): Promise<void> {
  const { telling } = context;
  if (telling == null || notices.length === 0) return;
  await unharmed(context, target, async () => {
    for (const notice of notices.filter(({ kind }) => telling.kinds.includes(kind)))
      await telling.outbox.add(target.account, waitingNoticeFor(notice, telling.channels));
  });
}

/**
 * Delivers what waits to be told of a target, when its row shows that there may be something. Comes after the work, and
 * never throws: nobody's rotation waits for a webhook.
 * @param broken channels that failed in this round
 */
export async function tell(
  context: TellingContext,
  target: Target,
  seen: Seen | null,
  broken: Set<Channel['name']> = new Set(),
): Promise<void> {
  const { telling, log } = context;
  if (telling == null || seen === null) return;
  if (!mayHaveNews(seen, target, context.instance)) return;
  await unharmed(context, target, () => deliver({ ...telling, log }, target.account, broken));
}

/** Delivers what the looks at a target have found, with each look while a finding is young. Never throws. */
export async function tellFindings(
  context: TellingContext,
  target: Target,
  findings: readonly { readonly sinceMs: number }[],
  nowMs: number,
  broken: Set<Channel['name']> = new Set(),
): Promise<void> {
  const { telling, log } = context;
  if (telling == null || !findings.some(({ sinceMs }) => nowMs - sinceMs < tellingHorizonMs)) return;
  await unharmed(context, target, () => deliver({ ...telling, log }, target.account, broken));
}

/** The facts of a row tell when there may be something in its outbox, so that quiet accounts cost no call. */
function mayHaveNews(
  { row, storageNowMs: nowMs, expiresAtMs = null }: Seen,
  target: Target,
  instance: string,
): boolean {
  const { lastEnd, rotation, leaks, leakGoneAtMs } = row;
  const newsAtMs = [lastEnd?.endedAtMs ?? null, rotation?.kind === 'suspended' ? rotation.sinceMs : null, leakGoneAtMs];
  if (leaks.length > 0) return true;
  if (overdueNotice({ row, nowMs, expiresAtMs }, target, instance) !== null) return true;
  return newsAtMs.some((atMs) => atMs !== null && nowMs - atMs < tellingHorizonMs);
}

async function unharmed({ log }: TellingContext, target: Target, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof FailureError) log({ event: 'telling-failed', target: target.name, code: error.failure.code });
    // A fault of ours in a message must not send a rotation's queue message round again.
    else log(unexpectedError('telling', error));
  }
}
