import { AsyncLocalStorage } from 'node:async_hooks';
import type { InvocationContext } from '@azure/functions';
import { clipped } from '../shared/field-problem.ts';
import type { Log, LogEvent } from '../shared/log-event.ts';

type Level = 'info' | 'warn' | 'error';

/** How loud each event is; the page on logs lists them. */
export const levels: Readonly<Record<LogEvent['event'], Level>> = {
  'app-started': 'info',
  'settings-refused': 'error',
  'targets-document-accepted': 'info',
  'targets-not-accepted': 'error',
  'request-answered': 'info',
  'wake-up-malformed': 'warn',
  'wake-up-dropped': 'info',
  'account-taken-over': 'warn',
  'rotation-moved': 'info',
  'rotation-waits': 'info',
  'call-failed': 'warn',
  'settings-changed-by-others': 'warn',
  'lease-lost': 'warn',
  'storage-failed': 'error',
  'wake-up-not-sent': 'warn',
  'key-identified': 'info',
  'target-adopted': 'info',
  'target-repaired': 'info',
  'target-offboarded': 'warn',
  'network-change-begun': 'warn',
  'network-change-ended': 'warn',
  'drift-found': 'warn',
  'drift-gone': 'info',
  'journal-rebuilt': 'warn',
  'circuit-breaker-open': 'error',
  'circuit-breaker-closed': 'info',
  'circuit-breaker-reset': 'warn',
  'subscription-throttled': 'warn',
  'instance-paused': 'warn',
  'instance-resumed': 'warn',
  'hardening-change-begun': 'info',
  'hardening-change-called-off': 'warn',
  'hardening-change-ended': 'info',
  'key-leaked': 'warn',
  'leaked-key-gone': 'info',
  'leaked-key-not-checked': 'warn',
  'notification-sent': 'info',
  'notification-not-sent': 'warn',
  'notification-given-up': 'error',
  'notification-unreadable': 'warn',
  'notification-failed': 'warn',
  'target-measured': 'info',
  'fleet-measured': 'info',
  swept: 'info',
  'target-discovered': 'info',
  'target-gone': 'warn',
  'account-refused': 'warn',
  'discovery-failed': 'warn',
  'secret-near-expiry': 'info',
  'secret-expired': 'warn',
  'secret-event-malformed': 'warn',
  'secret-event-ignored': 'info',
  'secret-not-read': 'warn',
  'key-regenerated': 'info',
  'history-removed': 'info',
  'target-not-swept': 'error',
  'unexpected-error': 'error',
};

const invocations = new AsyncLocalStorage<InvocationContext>();

/** Runs `work` so that `invocationLog` writes to this invocation, however deep it is called. */
export function inInvocation<T>(context: InvocationContext, work: () => T): T {
  return invocations.run(context, work);
}

/** Texts of Azure's and of Keyturn's own, which are bounded where they come from; all others may be anybody's. */
const ownTexts: readonly string[] = ['accountId', 'fix'];

/**
 * One line of JSON an event: to the invocation that is running, so that the host ties them together, else to the console.
 * Of any text that somebody outside may have written, 200 characters at most.
 */
export const invocationLog: Log = (event) => {
  const line = JSON.stringify(event, (key, value: unknown) =>
    typeof value === 'string' && !ownTexts.includes(key) ? clipped(value) : value,
  );
  (invocations.getStore() ?? console)[levels[event.event]](line);
};
