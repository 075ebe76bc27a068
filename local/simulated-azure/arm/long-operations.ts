import type { SimulatedAzure } from '../simulated-azure.ts';

/** A long-running operation that a client may poll. */
export interface LongOperation {
  readonly id: string;
  readonly subscriptionId: string;
  /** As the first request wrote it. */
  readonly location: string;
  /** The status while it runs, such as `Creating`. */
  readonly running: string;
  readonly startedAtMs: number;
  endedAtMs: number | null;
  /** Why it failed, as its status shows it. */
  error?: { readonly code: string; readonly message: string };
}

/** Makes the change that the operation was about; or says why it failed. */
export type AtEnd = (() => void) | (() => LongOperation['error']);

const operationsOf = new WeakMap<SimulatedAzure, Map<string, LongOperation>>();

/** Starts an operation that ends after the world's `armOperationMs`; `atEnd` then makes the change, or says why not. */
export function startOperation(
  azure: SimulatedAzure,
  about: { readonly subscriptionId: string; readonly location: string; readonly running: string },
  atEnd: AtEnd,
): LongOperation {
  const { clock, world } = azure;
  const operation: LongOperation = { id: crypto.randomUUID(), ...about, startedAtMs: clock.nowMs(), endedAtMs: null };
  const operations = operationsOf.get(azure) ?? new Map<string, LongOperation>();
  operationsOf.set(azure, operations.set(operation.id, operation));
  void clock.sleep(world.pace.armOperationMs).then(() => {
    operation.endedAtMs = clock.nowMs();
    const error = atEnd();
    if (typeof error === 'object') operation.error = error;
  });
  return operation;
}

export function findOperation(azure: SimulatedAzure, id: string): LongOperation | undefined {
  return operationsOf.get(azure)?.get(id.toLowerCase());
}
