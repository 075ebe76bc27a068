import { inspect } from 'node:util';
import type { LogLevel } from './wire.ts';

/** One line of the host's log. `category` is the host's own: `Function.<name>.User`, `Host.Function.Console`, `Host.Triggers`, … */
export interface LogEntry {
  readonly at: string;
  readonly level: LogLevel;
  readonly category: string;
  readonly message: string;
  readonly functionName?: string;
  readonly invocationId?: string;
}

export type LogSink = (entry: LogEntry) => void;

/** A line for people: time, level, category, text. */
export function plainLine({ at, level, category, message }: LogEntry): string {
  return `${at.slice(11, 23)} ${level.padEnd(11)} ${category}: ${message}`;
}

/** What went wrong as one text, whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : inspect(error);
}
