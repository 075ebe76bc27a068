import type { LogEvent } from './log-event.ts';

/** V8 keeps ten frames unless told otherwise; no more of them is logged. */
const mostFrames = 10;

/**
 * The log event of a fault of Keyturn's own: the error's class, and the frames of its stack. Its message stays out, since
 * the runtime writes values into some, such as the value of a header that it refuses.
 * @param where the function, or the part of the app, that met it
 */
export function unexpectedError(where: string, error: unknown): LogEvent {
  const errorName = error instanceof Error ? error.name : typeof error;
  return { event: 'unexpected-error', function: where, errorName, stack: framesOf(error) };
}

/** Closes a `switch` on a union: a member that is not handled fails to compile. */
export function assertNever(value: never): never {
  throw new TypeError(`unhandled: ${JSON.stringify(value)}`);
}

/** The message comes first in a stack, and may itself have lines that look like frames. */
function framesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  const at = error.stack.indexOf(error.message);
  const frames = at === -1 ? error.stack : error.stack.slice(at + error.message.length);
  return frames
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, mostFrames);
}
