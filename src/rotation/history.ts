import type { HistoryRow } from '../durable/ports.ts';
import type { RotationEnd, RotationState } from './state.ts';
import { rotationIdOf } from './state.ts';

/** Keys sort by time: an instant in milliseconds fits 15 digits for the next thirty thousand years. */
export function timeKey(atMs: number): string {
  return String(Math.floor(atMs)).padStart(15, '0');
}

/** Key of the row that keeps how a rotation ended. */
export function endKey(rotationId: string): string {
  return `end-${rotationId}`;
}

/** Keys of the lines that a rotation leaves, oldest first. */
export const eventPrefix = 'event-';

/** The key after which the lines stand that were left after `atMs`. */
export function eventsSince(atMs: number): string {
  return `${eventPrefix}${timeKey(atMs + 1)}`;
}

/** One line of evidence: a rotation came to `to`. */
export function movedRow(rotation: RotationState, to: string, reason: string | null, atMs: number): HistoryRow {
  const rotationId = rotationIdOf(rotation);
  const state = rotation.kind === 'suspended' ? rotation.from : rotation;
  const { newSlot, cause, startedBy } = state;
  return {
    key: `${eventPrefix}${timeKey(atMs)}-${rotationId}-${to}`,
    fields: { rotationId, atMs, to, reason, newSlot, cause, startedBy },
  };
}

/** The row that keeps how a rotation ended, for whoever asks for it later. */
export function endedRow(end: RotationEnd): HistoryRow {
  return { key: endKey(end.last.rotationId), fields: end };
}
