import { allowedCalls } from '../keys/endpoint-calls.ts';
import type { Target } from '../keys/target.ts';
import type { EnginePorts } from '../rotation/engine-ports.ts';
import { type WitnessedRows, witnessedRows } from '../rotation/evidence/witnessed-rows.ts';
import { type CallTrail, withCallTrail } from '../shared/call-trail.ts';
import { outboxRows, type Telling } from './telling.ts';

/** The engine's ports, and how people are told. */
export interface InvocationPorts extends EnginePorts {
  /** Null or left out: nobody is told. */
  readonly telling?: Telling | null | undefined;
  /** How long history and evidence are kept, milliseconds; left out: for ever. */
  readonly historyRetentionMs?: number | undefined;
}

/**
 * Runs `work` at one target with a journal whose saves carry their own evidence and messages, and with the calls that
 * the adapters make meanwhile noted for it. Calls to the account's endpoint are made only where the target allows them.
 */
export async function inInvocation<P extends InvocationPorts, T>(
  ports: P,
  target: Target,
  work: (own: Omit<P, 'rows'> & { readonly rows: WitnessedRows }) => Promise<T>,
): Promise<T> {
  const { clock, telling = null, instance, log } = ports;
  const trail: CallTrail = [];
  const alsoWrites = outboxRows({ telling, instance, log }, target);
  const rows = witnessedRows(ports.rows, clock, trail, ports.newId(), alsoWrites);
  const probe = allowedCalls(target, ports.probe);
  return await withCallTrail(trail, () => work({ ...ports, rows, probe }));
}
