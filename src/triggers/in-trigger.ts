import type { InvocationContext } from '@azure/functions';
import type { Edge } from '../api/edge.ts';
import { inInvocation } from '../api/invocation-log.ts';
import { FailureError } from '../shared/failure.ts';
import { unexpectedError } from '../shared/unexpected-error.ts';

/** A fault of Keyturn's own, as the host sees it. The host logs an error's message, and the fault's own may hold a secret. */
class UnexpectedError extends Error {
  constructor() {
    super('unexpected-error: the log line before this one says where.');
    this.name = 'UnexpectedError';
  }
}

/**
 * The frame of every trigger but HTTP. What it throws shows as a failed run: a failure of Azure or refused settings as
 * they are; a fault of Keyturn's own is logged with its place, and goes on without its message.
 */
export function inTrigger(edge: Edge, context: InvocationContext, work: () => Promise<void>): Promise<void> {
  return inInvocation(context, async () => {
    try {
      await work();
    } catch (error) {
      // Refused settings are recognised by what they carry: their class belongs to the entry.
      if (error instanceof FailureError || (error instanceof Error && 'problems' in error)) throw error;
      edge.log(unexpectedError(context.functionName, error));
      throw new UnexpectedError();
    }
  });
}
