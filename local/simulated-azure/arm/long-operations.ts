import type { SimulatedAzure } from '../azure.ts';

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
}

const operationsOf = new WeakMap<SimulatedAzure, Map<string, LongOperation>>();

/** Starts an operation that ends after the world's `armOperationMs`; `atEnd` then makes the change. */
export function startOperation(
  azure: SimulatedAzure,
  about: { readonly subscriptionId: string; readonly location: string; readonly running: string },
  atEnd: () => void,
): LongOperation {
  const { clock, world } = azure;
  const operation: LongOperation = { id: crypto.randomUUID(), ...about, startedAtMs: clock.nowMs(), endedAtMs: null };
  const operations = operationsOf.get(azure) ?? new Map<string, LongOperation>();
  operationsOf.set(azure, operations.set(operation.id, operation));
  void clock.sleep(world.pace.armOperationMs).then(() => {
    operation.endedAtMs = clock.nowMs();
    atEnd();
  });
  return operation;
}

export function findOperation(azure: SimulatedAzure, id: string): LongOperation | undefined {
  return operationsOf.get(azure)?.get(id.toLowerCase());
}
