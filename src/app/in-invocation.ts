import { allowedCalls } from '../keys/endpoint-calls.ts';
import type { Target } from '../keys/target.ts';
import { type AuditedJournal, auditedJournal } from '../rotation/audit/audited-journal.ts';
import type { EnginePorts } from '../rotation/ports.ts';
import { type CallTrail, withCallTrail } from '../shared/call-trail.ts';
import { type Notifier, outboxRows } from './notifier.ts';

/** The engine's ports, and how people are notified. */
export interface InvocationPorts extends EnginePorts {
  /** Null or left out: nobody is told. */
  readonly notifier?: Notifier | null | undefined;
  /** How long history and audit trail are kept, milliseconds; left out: for ever. */
  readonly historyRetentionMs?: number | undefined;
}

/**
 * Runs `work` at one target with a journal whose saves carry their own audit trail and messages, and with the calls that
 * the adapters make meanwhile noted for it. Calls to the account's endpoint are made only if the target allows them.
 */
export async function inInvocation<P extends InvocationPorts, T>(
  ports: P,
  target: Target,
  work: (own: Omit<P, 'rows'> & { readonly rows: AuditedJournal }) => Promise<T>,
): Promise<T> {
  const { clock, notifier = null, instance, log } = ports;
  const trail: CallTrail = [];
  const alsoWrites = outboxRows({ notifier, instance, log }, target);
  const rows = auditedJournal(ports.rows, clock, trail, ports.newId(), alsoWrites);
  const probe = allowedCalls(target, ports.probe);
  return await withCallTrail(trail, () => work({ ...ports, rows, probe }));
}
