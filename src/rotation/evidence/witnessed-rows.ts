import { isDeepStrictEqual } from 'node:util';
import type { CallTrail } from '../../shared/call-trail.ts';
import type { Clock } from '../../shared/clock.ts';
import { FailureError } from '../../shared/failure.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { type AccountRow, parseAccountRow } from '../account-row.ts';
import { leakNotesOf } from '../compromise/leak-notes.ts';
import { sightingRowsOf } from '../known-keys/key-sightings.ts';
import type { AccountRows, HistoryRow, StoredRow } from '../ports.ts';
import { evidenceRows } from './evidence-rows.ts';

/** What a save is to leave behind in the same transaction, beside the evidence. Pure. */
export type AlsoWrites = (before: AccountRow | null, after: AccountRow, atMs: number) => readonly HistoryRow[];

/** The journal of one invocation, with a witness at its one save. */
export interface WitnessedRows extends AccountRows {
  /** The row as this invocation last saw it, with the storage service's clock then; null where it saw none. */
  readonly latest: () => { readonly row: AccountRow; readonly storageNowMs: number } | null;
}

/**
 * Wraps the journal for one invocation at one account: each save carries its own evidence, so that the two can never
 * disagree. The engine knows nothing of it; what it saves, loads and is answered passes through unchanged.
 * @param trail the calls that the invocation's adapters note
 * @param run random, one per invocation
 */
export function witnessedRows(
  rows: AccountRows,
  clock: Clock,
  trail: CallTrail,
  run: string,
  alsoWrites: AlsoWrites,
): WitnessedRows {
  let seen: { readonly etag: string; readonly row: AccountRow; readonly storageNowMs: number } | null = null;
  let storage = { atMs: 0, monotonicMs: 0 };
  let saves = 0;
  let toldCalls = 0;
  /** A save without an answer: whether its calls are told shows when the row is loaded again. */
  let unsure: { readonly row: AccountRow; readonly calls: number } | null = null;

  const saw = (row: AccountRow | null, etag: string, storageNowMs: number) => {
    seen = row && { etag, row, storageNowMs };
  };
  const told = (calls: number) => {
    trail.splice(0, calls);
    toldCalls += calls;
    unsure = null;
  };

  return {
    ...rows,
    latest: () => seen && { row: seen.row, storageNowMs: seen.storageNowMs },

    async load(account: AccountId): Promise<StoredRow | null> {
      const stored = await rows.load(account);
      if (stored === null) return null;
      // The row's own timestamp is finer than the Date header: a later worker's evidence comes after an earlier one's.
      storage = { atMs: Math.max(stored.storageNowMs, stored.savedAtMs), monotonicMs: clock.monotonicMs() };
      saw(parsedRow(stored.fields), stored.etag, stored.storageNowMs);
      if (unsure !== null && isDeepStrictEqual(stored.fields, asStored(unsure.row))) told(unsure.calls);
      return stored;
    },

    async remove(account, etag) {
      const answer = await rows.remove(account, etag);
      if (answer === 'removed') seen = null;
      return answer;
    },

    async save(account, row, etag, history) {
      const isKnown = etag === null || seen?.etag === etag;
      const before = etag === null ? null : (seen?.row ?? null);
      const calls = trail.length;
      saves += 1;
      const atMs = Math.floor(storage.atMs + Math.max(0, clock.monotonicMs() - storage.monotonicMs));
      const moment = { atMs, run, save: saves, calls: [...trail], firstCall: toldCalls };
      const added = [
        ...(isKnown
          ? [
              ...evidenceRows(before, row, moment),
              ...sightingRowsOf(before, row, atMs, `${run}-${saves}`),
              ...alsoWrites(before, row, atMs),
            ]
          : []),
        ...leakNotesOf(isKnown ? before : null, row),
      ];
      try {
        const answer = await rows.save(account, row, etag, [...history, ...added]);
        if (answer.kind === 'saved') {
          storage = { atMs: Math.max(atMs, answer.storageNowMs), monotonicMs: clock.monotonicMs() };
          saw(row, answer.etag, answer.storageNowMs);
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

/** A row that this release cannot read is loaded all the same; what comes of it has no evidence. */
function parsedRow(fields: unknown): AccountRow | null {
  try {
    const parsed = parseAccountRow(fields);
    return parsed.kind === 'row' ? parsed.row : null;
  } catch (error) {
    if (error instanceof FailureError) return null;
    throw error;
  }
}

/** As a table gives it back. */
function asStored(row: AccountRow): unknown {
  return JSON.parse(JSON.stringify(row));
}
