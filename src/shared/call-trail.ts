import { AsyncLocalStorage } from 'node:async_hooks';
import * as z from 'zod';

/** One request to Azure as the audit trail keeps it: enough to find it in Azure's own logs, and nothing that could hold a key. */
export const callNote = z.object({
  service: z.enum(['arm', 'vault', 'endpoint']),
  method: z.string(),
  host: z.string(),
  /** Without the query. */
  path: z.string(),
  /** Null: no answer came, so the call may or may not have been carried out. */
  status: z.number().nullable(),
  /** The answer's `Date` header, milliseconds since 1970. */
  atMs: z.number().nullable(),
  /** Of a probe: what the answer says of the key. */
  said: z.enum(['accepted', 'refused', 'unknown']).exactOptional(),
  /** `x-ms-request-id`. */
  requestId: z.string().exactOptional(),
  /** `x-ms-correlation-request-id`, by which ARM's activity log groups. */
  correlationId: z.string().exactOptional(),
  /** `apim-request-id`, of an account's own endpoint. */
  apimRequestId: z.string().exactOptional(),
  /** `x-ms-client-request-id` as it was sent: the one id of a call whose answer was lost. */
  clientRequestId: z.string().exactOptional(),
});

export type CallNote = Readonly<z.infer<typeof callNote>>;

/** The calls of one invocation, oldest first; anybody who saves them takes them out. */
export type CallTrail = CallNote[];

const trails = new AsyncLocalStorage<CallTrail>();

/** Runs `work` so that the adapters' calls are noted in `trail`, however deep they are made. No decision reads it. */
export function withCallTrail<T>(trail: CallTrail, work: () => T): T {
  return trails.run(trail, work);
}

/** Notes a call in the trail of the invocation that is running; outside of one nothing happens. */
export function noteCall(note: CallNote): void {
  trails.getStore()?.push(note);
}

/** A GUID, perhaps with a region before it. Account keys have no dashes there, so none gets through. */
const idPattern = /^(?:[a-z0-9]{1,30}:)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const idHeaders = {
  requestId: 'x-ms-request-id',
  correlationId: 'x-ms-correlation-request-id',
  apimRequestId: 'apim-request-id',
} as const;

/**
 * The ids by which a service's own logs name a call.
 * @param sent a header of the request by its name
 * @param answered a header of the answer; null if none came
 */
export function requestIds(
  sent: (name: string) => string | undefined,
  answered: ((name: string) => string | undefined) | null,
): Pick<CallNote, 'requestId' | 'correlationId' | 'apimRequestId' | 'clientRequestId'> {
  const ids: Record<string, string | undefined> = { clientRequestId: sent('x-ms-client-request-id') };
  for (const [name, header] of Object.entries(idHeaders)) ids[name] = answered?.(header);
  return Object.fromEntries(Object.entries(ids).filter(([, id]) => id !== undefined && idPattern.test(id)));
}

const counts = new AsyncLocalStorage<{ calls: number }>();

/** Runs `work` so that the adapters' requests to Azure are counted in `count`, however deep they are made. */
export function withCallCount<T>(count: { calls: number }, work: () => T): T {
  return counts.run(count, work);
}

/** Counts a request to Azure, storage apart. */
export function countCall(): void {
  const count = counts.getStore();
  if (count !== undefined) count.calls += 1;
}
