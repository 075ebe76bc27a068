import { randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { IndexedFunction } from './indexed-function.ts';
import type { LogEntry } from './log.ts';
import type { InvocationOutcome, RetryContext, RetryOptions, TypedData } from './wire.ts';
import type { WorkerProcess } from './worker-process.ts';

/** What a trigger hands over: its input, the metadata beside it, and why it fired. */
export interface TriggerInput {
  readonly data: TypedData;
  readonly metadata?: Readonly<Record<string, TypedData>>;
  readonly reason: string;
}

export type Invoke = (called: IndexedFunction, input: TriggerInput) => Promise<InvocationOutcome>;

/**
 * How a trigger runs its function: one invocation with a new id, again as the function's retry policy says, each limited by
 * functionTimeout. At the limit the whole worker is killed and restarted, and only then the invocation fails.
 */
export function createInvoker(
  worker: WorkerProcess,
  clock: Clock,
  functionTimeoutMs: number | undefined,
  log: (entry: Omit<LogEntry, 'at'>) => void,
): Invoke {
  async function once(called: IndexedFunction, input: TriggerInput, retryContext: RetryContext | null) {
    const invocationId = randomUUID();
    const about = { functionName: called.name, invocationId, category: `Function.${called.name}` };
    log({
      ...about,
      level: 'information',
      message: `Executing 'Functions.${called.name}' (Reason='${input.reason}', Id=${invocationId})`,
    });
    const startedMs = clock.nowMs();
    const finished = new AbortController();
    const running = worker
      .invoke({
        invocationId,
        functionId: called.name,
        inputData: [{ name: called.triggerName, data: input.data }],
        triggerMetadata: input.metadata ?? {},
        // No telemetry is set up here, and then the host sends these empty whatever the caller's headers say.
        traceContext: { traceParent: '', traceState: '', attributes: {} },
        retryContext,
      })
      .finally(() => finished.abort());
    const limit =
      functionTimeoutMs === undefined
        ? []
        : [clock.sleep(functionTimeoutMs, finished.signal).then(() => 'timeout' as const)];
    let outcome = await Promise.race([running, ...limit]);
    if (outcome === 'timeout' && finished.signal.aborted) outcome = await running;
    if (outcome === 'timeout') {
      const error = `Timeout value of ${functionTimeoutMs} ms exceeded by function 'Functions.${called.name}' (Id: '${invocationId}'). Restarting the worker.`;
      log({ ...about, level: 'error', message: error });
      await worker.recycle();
      outcome = { succeeded: false, error, stack: error };
    }
    const how = outcome.succeeded ? 'Succeeded' : 'Failed';
    log({
      ...about,
      level: outcome.succeeded ? 'information' : 'error',
      message: `Executed 'Functions.${called.name}' (${how}, Id=${invocationId}, Duration=${clock.nowMs() - startedMs}ms)${outcome.succeeded ? '' : ` ${outcome.stack}`}`,
    });
    return outcome;
  }

  return async (called, input) => {
    const policy = called.metadata.retryOptions;
    let outcome = await once(
      called,
      input,
      policy ? { retryCount: 0, maxRetryCount: maxRetries(policy), exception: null } : null,
    );
    if (policy === undefined) return outcome;
    const unstoppable = new AbortController().signal;
    for (
      let retryCount = 1;
      !outcome.succeeded && (maxRetries(policy) < 0 || retryCount <= maxRetries(policy));
      retryCount++
    ) {
      const delayMs = retryDelayMs(policy, retryCount);
      log({
        level: 'information',
        category: `Function.${called.name}`,
        functionName: called.name,
        message: `Waiting for ${delayMs} ms before retrying function execution. Next attempt: '${retryCount}'. Max retry count: '${maxRetries(policy)}'.`,
      });
      await clock.sleep(delayMs, unstoppable);
      const exception = { message: outcome.error };
      outcome = await once(called, input, { retryCount, maxRetryCount: maxRetries(policy), exception });
    }
    return outcome;
  };
}

function maxRetries(policy: RetryOptions): number {
  return policy.maxRetryCount ?? 0;
}

/** The wait before attempt `retryCount` (1 is the first retry), in ms; exponential backoff doubles between its two bounds. */
export function retryDelayMs(policy: RetryOptions, retryCount: number): number {
  if (policy.retryStrategy === 'fixedDelay') return (policy.delayInterval?.seconds ?? 0) * 1000;
  const minimumMs = (policy.minimumInterval?.seconds ?? 0) * 1000;
  const maximumMs = (policy.maximumInterval?.seconds ?? 0) * 1000;
  return Math.min(maximumMs, minimumMs * 2 ** (retryCount - 1));
}
