import type { Json } from '../recorded-file.ts';

/**
 * A stream of server-sent events as first, some middle and last event; any other body as it is. How many pieces a model
 * cuts its answer into says nothing, so the pieces between stand for each other.
 */
export function eventsOf(body: Json | undefined): Json | undefined {
  if (typeof body !== 'string' || !body.startsWith('data: ')) return body;
  const events = body
    .split(/\r?\n\r?\n/)
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice('data: '.length).trim());
  const [first, second] = events;
  const lastPiece = events.at(-2);
  return { first: parsed(first), second: parsed(second), lastPiece: parsed(lastPiece), end: events.at(-1) ?? null };
}

function parsed(event: string | undefined): Json {
  if (event === undefined) return null;
  try {
    return JSON.parse(event) as Json;
  } catch {
    // The stored stream may be cut in the middle of an event.
    return event;
  }
}
