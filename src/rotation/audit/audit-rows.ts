import * as z from 'zod';
import type { HistoryRow } from '../../durable/ports.ts';
import { type CallNote, callNote } from '../../shared/call-trail.ts';
import type { AccountRow } from '../account-row.ts';
import { type HistoryPlace, timeKey } from '../history-places.ts';
import type { AccountRows } from '../ports.ts';
import { activeStateOf } from '../state.ts';
import { type AuditedChange, auditedChanges, rotationsOf } from './audited-changes.ts';

/** Calls of one save, so that its row stays far below the table's bound; what is beyond is counted. */
const mostCallsARow = 300;

/** Greater than every instant in milliseconds for thousands of years: taken from it, keys sort newest first. */
const endOfTimeMs = 999_999_999_999_999;

/** What one save knows besides the row itself. */
export interface SaveMoment {
  /** The storage service's clock. */
  readonly atMs: number;
  /** Random, one per invocation. */
  readonly run: string;
  /** Which save of the invocation it is. */
  readonly save: number;
  /** Calls to Azure since the invocation's last save, and the number of the first one. */
  readonly calls: readonly CallNote[];
  readonly firstCall: number;
}

/**
 * The rows of the audit trail that a save of `after` over `before` adds: what changed, and the calls that led there. A key is
 * never used twice, and a row never written over.
 */
export function auditRows(before: AccountRow | null, after: AccountRow, moment: SaveMoment): readonly HistoryRow[] {
  const rotations = rotationsOf(before, after);
  return rotations.flatMap((rotationId, index) => {
    const changes = auditedChanges(before, after, rotationId);
    // One rotation may end and the next begin in one save: the calls led to the end.
    const calls = index === 0 ? moment.calls : [];
    if (changes.length === 0 && calls.length === 0) return [];
    const { atMs, run, save, firstCall } = moment;
    const auditTrail: AuditTrail = {
      atMs,
      run,
      firstCall,
      changes: [...changes],
      calls: calls.slice(0, mostCallsARow),
      callsLeftOut: Math.max(0, calls.length - mostCallsARow),
    };
    const key = `${auditPrefix(rotationId)}${timeKey(atMs)}-${run}-${String(save).padStart(6, '0')}`;
    const row: HistoryRow = { key, fields: auditTrail, append: true };
    return changes.some(({ what }) => what === 'began') ? [row, begunRow(rotationId, after, moment)] : [row];
  });
}

export function auditPrefix(rotationId: string): string {
  return `audit-${rotationId}-`;
}

/** Rows that list an account's rotations, newest first. */
export const begunPrefix = 'begun-';

/** The key after which the rows of rotations stand that began before `atMs`. */
export function begunSince(atMs: number): string {
  return `${begunPrefix}${timeKey(endOfTimeMs - atMs)}`;
}

/**
 * The first `limit` rows of rotations that began in one place of an account's history, after `afterKey` (null: all).
 * @throws FailureError when the journal cannot be read
 */
export async function pageBegun(
  rows: Pick<AccountRows, 'pageHistory'>,
  { account, sinceMs, untilMs }: HistoryPlace,
  afterKey: string | null,
  limit: number,
): Promise<readonly HistoryRow[]> {
  const first = untilMs < endOfTimeMs ? begunSince(untilMs) : begunPrefix;
  const after = afterKey !== null && afterKey > first ? afterKey : first;
  const page = await rows.pageHistory(account, begunPrefix, after, limit);
  return sinceMs === 0 ? page : page.filter(({ key }) => key < begunSince(sinceMs));
}

const begun = z.object({ rotationId: z.string(), startedAtMs: z.number() });

export function parseBegun(fields: unknown): z.infer<typeof begun> | null {
  return begun.safeParse(fields).data ?? null;
}

/**
 * Sorts by the save that began the rotation: `startedAtMs` knows whole seconds, and of two that began within one the id says
 * nothing. What began within one millisecond is told apart by `wakeSeq`, which each request counts on.
 */
function begunRow(rotationId: string, after: AccountRow, { atMs, run }: SaveMoment): HistoryRow {
  const startedAtMs = activeStateOf(after.rotation)?.startedAtMs ?? 0;
  const order = `${timeKey(endOfTimeMs - atMs)}-${timeKey(endOfTimeMs - after.wakeSeq)}`;
  const key = `${begunPrefix}${order}-${rotationId}-${run}`;
  return { key, fields: { rotationId, startedAtMs }, append: true };
}

const auditTrail = z.object({
  atMs: z.number(),
  run: z.string(),
  firstCall: z.number(),
  changes: z.array(z.looseObject({ what: z.string() })),
  calls: z.array(callNote),
  callsLeftOut: z.number(),
});

type AuditTrail = Omit<z.infer<typeof auditTrail>, 'changes' | 'calls'> & {
  readonly changes: readonly AuditedChange[];
  readonly calls: readonly CallNote[];
};

export type StoredAuditEntry = z.infer<typeof auditTrail>;

/** A stored row of the audit trail; null for one of another release. */
export function parseAuditEntry(fields: unknown): StoredAuditEntry | null {
  return auditTrail.safeParse(fields).data ?? null;
}
