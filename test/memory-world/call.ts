import type { Fence } from '../../src/shared/fence.ts';

/** One call of the engine to Azure, as tests count and disturb them. */
export interface Call {
  readonly service: 'arm' | 'vault' | 'endpoint' | 'journal' | 'queue' | 'log';
  readonly operation: string;
  readonly subject: string;
}

/** Whether it changes something in Azure: what a worker that ends there leaves behind is its own, and no other call's. */
export function changesAzure({ call, effect }: { readonly call: Call; readonly effect: 'read' | 'write' }): boolean {
  return effect === 'write' && (call.service === 'arm' || call.service === 'vault');
}

/** A call on its way: `apply` is what the service does when the request arrives. */
interface Sending<T> {
  readonly call: Call;
  readonly effect: 'read' | 'write';
  /** Asked at the instant when the request leaves. Null: a call that needs no lease. */
  readonly fence: Fence | null;
  apply(): T;
}

/** How calls travel between a worker and the services. */
export type Carry = <T>(sending: Sending<T>) => Promise<T>;
