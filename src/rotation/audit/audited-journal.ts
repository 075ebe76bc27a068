import { isDeepStrictEqual } from 'node:util';
import type { HistoryRow, StoredRow } from '../../durable/ports.ts';
import type { CallTrail } from '../../shared/call-trail.ts';
import type { Clock } from '../../shared/clock.ts';
import { FailureError } from '../../shared/failure.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { type AccountRow, parseAccountRow } from '../account-row.ts';
import { carriedFrom } from '../history-places.ts';
import { sightingRowsOf } from '../known-keys/key-sightings.ts';
import { leakNotesOf } from '../leak/leak-notes.ts';
import type { AccountRows } from '../ports.ts';
import { auditRows } from './audit-rows.ts';

/** What a save is to leave behind in the same transaction, beside the audit trail. Pure. */
export type AlsoWrites = (before: AccountRow | null, after: AccountRow, atMs: number) => readonly HistoryRow[];

/** The journal of one invocation, with an audit of its one save. */
export interface AuditedJournal extends AccountRows {
  /** The row as this invocation last saw it, with the storage service's clock then; null if it saw none. */
  readonly latest: () => { readonly row: AccountRow; readonly storageNowMs: number } | null;
}

type Seen = { readonly etag: string; readonly row: AccountRow; readonly storageNowMs: number };

/**
 * Wraps the journal for one invocation at one account: each save carries its own audit trail, so that the two can never
 * disagree. The engine knows nothing of it; what it saves, loads and is answered passes through unchanged.
 * @param trail the calls that the invocation's adapters note
 * @param run random, one per invocation
 */
export function auditedJournal(
  rows: AccountRows,
  clock: Clock,
  trail: CallTrail,
  run: string,
  alsoWrites: AlsoWrites,
): AuditedJournal {
  /** By id: the row of an account that was moved comes from another one. */
  const seen = new Map<string, Seen>();
  let latest: Seen | null = null;
  let storage = { atMs: 0, monotonicMs: 0 };
  let saves = 0;
  let savedCalls = 0;
  /** A save without an answer: whether its calls are told shows when the row is loaded again. */
  let unsure: { readonly row: AccountRow; readonly calls: number } | null = null;

  const saw = (account: AccountId, now: Seen | null) => {
    const id = account.armId.toLowerCase();
    if (now === null) seen.delete(id);
    else seen.set(id, now);
    latest = now;
  };
  const told = (calls: number) => {
    trail.splice(0, calls);
    savedCalls += calls;
    unsure = null;
  };

  return {
    ...rows,
    latest: () => latest && { row: latest.row, storageNowMs: latest.storageNowMs },

    async load(account: AccountId): Promise<StoredRow | null> {
      const stored = await rows.load(account);
      if (stored === null) return null;
      // The row's own timestamp is finer than the Date header: a later worker's entries comes after an earlier one's.
      storage = { atMs: Math.max(stored.storageNowMs, stored.savedAtMs), monotonicMs: clock.monotonicMs() };
      const row = parsedRow(stored.fields);
      saw(account, row && { row, etag: stored.etag, storageNowMs: stored.storageNowMs });
      const asStored: unknown = unsure && JSON.parse(JSON.stringify(unsure.row));
      if (unsure !== null && isDeepStrictEqual(stored.fields, asStored)) told(unsure.calls);
      return stored;
    },

    async remove(account, etag) {
      const answer = await rows.remove(account, etag);
      if (answer === 'removed') saw(account, null);
      return answer;
    },

    async save(account, row, etag, history) {
      const known = seen.get(account.armId.toLowerCase());
      // A row that is given up since its account was moved tells nothing: what it knew lives on under the new id.
      const isGivenUp = (known?.row.adoptedAtMs ?? null) !== null && row.adoptedAtMs === null;
      const isKnown = (etag === null || known?.etag === etag) && !isGivenUp;
      const own = etag === null || known?.etag !== etag ? null : known.row;
      // What a moved account's row brings along was so before.
      const former = carriedFrom(history);
      const before = former === null ? own : (seen.get(former.toLowerCase())?.row ?? null);
      const calls = trail.length;
      saves += 1;
      const atMs = Math.floor(storage.atMs + Math.max(0, clock.monotonicMs() - storage.monotonicMs));
      const moment = { atMs, run, save: saves, calls: [...trail], firstCall: savedCalls };
      const added = [
        ...(isKnown
          ? [
              ...auditRows(before, row, moment),
              ...sightingRowsOf(before, row, atMs, `${run}-${saves}`),
              ...alsoWrites(before, row, atMs),
            ]
          : []),
        ...leakNotesOf(own, row),
      ];
      try {
        const answer = await rows.save(account, row, etag, [...history, ...added]);
        if (answer.kind === 'saved') {
          storage = { atMs: Math.max(atMs, answer.storageNowMs), monotonicMs: clock.monotonicMs() };
          saw(account, { row, etag: answer.etag, storageNowMs: answer.storageNowMs });
          told(calls);
        }
        return answer;
      } catch (error) {
        if (error instanceof FailureError && error.failure.kind === 'outcome-unknown') unsure = { row, calls };
        throw error;
      }
    },
  };
}

/** A row that this release cannot read is loaded all the same; what comes of it has no audit trail. */
function parsedRow(fields: unknown): AccountRow | null {
  try {
    const row = parseAccountRow(fields);
    return row === 'newer-schema' ? null : row;
  } catch (error) {
    if (error instanceof FailureError) return null;
    throw error;
  }
}
