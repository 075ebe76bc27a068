import type { HistoryRow } from '../durable/ports.ts';
import type { RotationEnd } from './state.ts';

/** Keys sort by time: an instant in milliseconds fits 15 digits for the next thirty thousand years. */
export function timeKey(atMs: number): string {
  return String(Math.floor(atMs)).padStart(15, '0');
}

/** Key of the row that keeps how a rotation ended. */
export function endKey(rotationId: string): string {
  return `end-${rotationId}`;
}

/** The row that keeps how a rotation ended, for whoever asks for it later. */
export function endedRow(end: RotationEnd): HistoryRow {
  return { key: endKey(end.last.rotationId), fields: end };
}
