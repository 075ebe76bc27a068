import * as z from 'zod';
import { rotationView } from '../../rotation/rotation-view.ts';
import { list } from '../../shared/view-parts.ts';

const id = z.string().optional();

/** One request to Azure, by the ids under which Azure's own logs keep it. */
export const auditCall = z
  .object({
    service: z.enum(['arm', 'vault', 'endpoint']),
    method: z.string(),
    url: z.string(),
    /** Null: no answer came. */
    status: z.number().nullable(),
    answeredAt: z.string().nullable(),
    said: z.enum(['accepted', 'refused', 'unknown']).optional(),
    requestId: id,
    correlationId: id,
    apimRequestId: id,
    clientRequestId: id,
  })
  .readonly();

/** What one save of the journal wrote down: what it changed, and the calls that led there. */
export const auditEntry = z
  .object({
    /** By the storage service's clock. */
    at: z.string(),
    /** One per invocation of the function. */
    worker: z.string(),
    changes: list(z.looseObject({ what: z.string() })),
    calls: list(auditCall),
    callsLeftOut: z.number(),
  })
  .readonly();

/** A rotation's audit trail, oldest first; `next` goes into `after` of the request for the rest. */
export const auditTrailView = z
  .object({ rotation: rotationView, entries: list(auditEntry), next: z.string().nullable() })
  .readonly();

/** A rotation whose end is lost with the journal's row; its audit trail is not. */
export const lostRotation = z
  .object({ id: z.string(), target: z.string(), state: z.literal('unknown'), startedAt: z.string() })
  .readonly();

/** A target's rotations, newest first; `next` goes into `after` of the request for the following ones. */
export const rotationsView = z
  .object({ rotations: list(z.union([rotationView, lostRotation])), next: z.string().nullable() })
  .readonly();

export type AuditEntry = z.infer<typeof auditEntry>;
export type AuditTrailView = z.infer<typeof auditTrailView>;
export type ListedRotation = z.infer<typeof rotationsView>['rotations'][number];
