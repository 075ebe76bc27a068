import type { LogEntry, LogSink } from '../runner/log.ts';

/** The request id of what the demo only looks at. */
export const lookId = 'demo-look';

/**
 * The log without the demo's own looks, several a second, which would bury the rest. An invocation says only on its way whose
 * request it answers, so the lines of one are held until it is over. What went wrong stays.
 */
export function withoutLooks(write: LogSink): LogSink {
  const held = new Map<string, LogEntry[]>();
  return (entry) => {
    const { invocationId, functionName, message } = entry;
    if (invocationId === undefined || functionName === undefined || !lookedAt.includes(functionName))
      return write(entry);
    const lines = [...(held.get(invocationId) ?? []), entry];
    held.set(invocationId, lines);
    if (!message.startsWith('Executed ')) return;
    held.delete(invocationId);
    const isLook = lines.some((line) => line.message.includes(`"requestId":"${lookId}"`));
    if (!isLook || lines.some(({ level }) => level !== 'information')) for (const line of lines) write(line);
  };
}

/** The functions that the demo looks with. */
const lookedAt: readonly string[] = ['read-rotation', 'read-target'];
