import type { HistoryRow, SaveAnswer, StoredRow } from '../../src/durable/ports.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { isTableKey } from '../../src/shared/table-key.ts';
import { frozen } from './frozen.ts';

/** One account's partition of the journal, with the ETags and dates of Table storage. */
export interface MemoryJournal {
  row: { readonly fields: unknown; readonly etag: string; readonly savedAtMs: number } | null;
  notes: { readonly fields: unknown; readonly etag: string; readonly savedAtMs: number } | null;
  event: MemoryJournal['notes'];
  readonly history: Map<string, unknown>;
  load(): StoredRow | null;
  loadNotes(): StoredRow | null;
  saveNotes(fields: unknown): void;
  loadLastEvent(): StoredRow | null;
  saveLastEvent(fields: unknown): void;
  save(fields: unknown, etag: string | null, history: readonly HistoryRow[]): SaveAnswer;
  remove(etag: string): 'removed' | 'conflict';
  readHistory(key: string): unknown;
  /** Rows whose key starts with `prefix` and comes after `afterKey`, in the order of keys. */
  historyAfter(prefix: string, afterKey: string | null): readonly { readonly key: string; readonly fields: unknown }[];
  removeHistory(keys: readonly string[]): void;
  /** Puts an old copy of the row back, as restoring the table would; null: there was no row then, so that it goes. */
  restore(fields: unknown): void;
}

export function memoryJournal(nowMs: () => number, nextId: (prefix: string) => string): MemoryJournal {
  /** The `Date` header knows whole seconds. */
  const storageNowMs = () => Math.floor(nowMs() / 1000) * 1000;
  const made = (fields: unknown) => ({
    fields: frozen(fields),
    etag: nextId('etag-'),
    savedAtMs: nowMs(),
  });
  const put = (fields: unknown) => {
    const row = made(fields);
    journal.row = row;
    return row;
  };
  const journal: MemoryJournal = {
    row: null,
    notes: null,
    event: null,
    history: new Map(),
    load: () => journal.row && { ...journal.row, storageNowMs: storageNowMs() },
    loadNotes: () => journal.notes && { ...journal.notes, storageNowMs: storageNowMs() },
    saveNotes: (fields) => {
      journal.notes = made(fields);
    },
    loadLastEvent: () => journal.event && { ...journal.event, storageNowMs: storageNowMs() },
    saveLastEvent: (fields) => {
      journal.event = made(fields);
    },
    save(fields, etag, history) {
      if ((journal.row?.etag ?? null) !== etag) return { kind: 'conflict' };
      if (history.some(({ key, append }) => append === true && journal.history.has(key))) return { kind: 'conflict' };
      const { etag: saved } = put(fields);
      for (const { key, fields: kept } of history) journal.history.set(key, frozen(kept));
      return { kind: 'saved', etag: saved, storageNowMs: storageNowMs() };
    },
    remove(etag) {
      if (journal.row !== null && journal.row.etag !== etag) return 'conflict';
      journal.row = null;
      return 'removed';
    },
    readHistory(key) {
      // As the table service refuses it.
      if (!isTableKey(key)) throw new FailureError({ kind: 'refused', reason: 'bad-request', code: 'history-key' });
      return journal.history.get(key) ?? null;
    },
    historyAfter: (prefix, afterKey) =>
      [...journal.history]
        .filter(([key]) => key.startsWith(prefix) && (afterKey === null || key > afterKey))
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([key, fields]) => ({ key, fields })),
    removeHistory(keys) {
      for (const key of keys) journal.history.delete(key);
    },
    restore: (fields) => {
      if (fields === null) journal.row = null;
      else put(fields);
    },
  };
  return journal;
}
