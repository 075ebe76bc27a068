import type { LogEntry, LogSink } from '../../../local/runner/log.ts';

/** The host's log as something to wait on: tests watch for lines instead of sleeping. */
export interface LogBook {
  readonly entries: readonly LogEntry[];
  readonly sink: LogSink;
  /** Resolves with the first entry, already written or still to come, whose message contains `text`. */
  seen(text: string): Promise<LogEntry>;
  /** Resolves with `count` such entries. */
  seenTimes(text: string, count: number): Promise<readonly LogEntry[]>;
  /** What the fixture's function reported of its input, parsed; oldest first. */
  reports(functionName: string): Record<string, unknown>[];
}

export function logBook(): LogBook {
  const entries: LogEntry[] = [];
  const watchers = new Set<() => void>();
  const seenTimes = (text: string, count: number) =>
    new Promise<readonly LogEntry[]>((resolve) => {
      const look = () => {
        const found = entries.filter(({ message }) => message.includes(text));
        if (found.length < count) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
    });
  return {
    entries,
    sink(entry) {
      entries.push(entry);
      for (const look of [...watchers]) look();
    },
    seenTimes,
    seen: async (text) => {
      const [first] = await seenTimes(text, 1);
      if (first === undefined) throw new Error('unreachable: one entry was seen');
      return first;
    },
    reports: (functionName) =>
      entries
        .filter((entry) => entry.functionName === functionName && entry.message.startsWith('saw '))
        .map(({ message }) => JSON.parse(message.slice(4))),
  };
}
