import { notifiedKey, type Outbox, outboxKey } from '../../src/notifications/ports.ts';
import type { MemoryJournal } from './memory-journal.ts';

/** The outbox among the history rows of one account in memory. */
export function memoryOutbox(journal: MemoryJournal, nowMs: () => number): Outbox {
  const { history } = journal;
  return {
    async add(_, { id, fields }) {
      if (history.has(notifiedKey(id)) || history.has(outboxKey(id))) return 'known';
      history.set(outboxKey(id), structuredClone(fields));
      return 'added';
    },
    async waiting() {
      const prefix = outboxKey('');
      const rows = [...history]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, fields]) => ({ id: key.slice(prefix.length), fields }));
      return { rows, storageNowMs: nowMs() };
    },
    async keep(_, { id, fields }) {
      history.set(outboxKey(id), structuredClone(fields));
    },
    async settle(_, { id, fields }) {
      history.delete(outboxKey(id));
      history.set(notifiedKey(id), structuredClone(fields));
    },
  };
}
