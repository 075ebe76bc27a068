import * as z from 'zod';
import { rotationView } from '../../rotation/rotation-view.ts';
import { group, list, textOrNull } from '../../shared/view-parts.ts';

const id = z.string().optional();

/** One request to Azure, by the ids under which Azure's own logs keep it. */
export const auditCall = group({
  service: z.enum(['arm', 'vault', 'endpoint']),
  method: z.string(),
  url: z.string(),
  /** Null: no answer came. */
  status: z.number().nullable(),
  answeredAt: textOrNull,
  said: z.enum(['accepted', 'refused', 'unknown']).optional(),
  requestId: id,
  correlationId: id,
  apimRequestId: id,
  clientRequestId: id,
}).meta({ description: "One request to Azure, by the ids under which Azure's own logs keep it." });

/** What one save of the journal wrote down: what it changed, and the calls that led there. */
export const auditEntry = group({
  /** By the storage service's clock. */
  at: z.string(),
  /** One per invocation of the function. */
  worker: z.string(),
  changes: list(z.looseObject({ what: z.string() })),
  calls: list(auditCall),
  callsLeftOut: z.number(),
}).meta({ description: 'What one save of the journal wrote down: what it changed, and the calls that led there.' });

/** A rotation's audit trail, oldest first; `next` goes into `after` of the request for the rest. */
export const auditTrailView = group({ rotation: rotationView, entries: list(auditEntry), next: textOrNull }).meta({
  description: "A rotation's audit trail, oldest first; `next` goes into `after` of the request for the rest.",
});

/** A rotation whose end is lost with the journal's row; its audit trail is not. */
export const lostRotation = group({
  id: z.string(),
  target: z.string(),
  state: z.literal('unknown'),
  startedAt: z.string(),
}).meta({ description: "A rotation whose end is lost with the journal's row; its audit trail is not." });

/** A target's rotations, newest first; `next` goes into `after` of the request for the following ones. */
export const rotationsView = group({ rotations: list(z.union([rotationView, lostRotation])), next: textOrNull }).meta({
  description: "A target's rotations, newest first; `next` goes into `after` of the request for the following ones.",
});

export type AuditEntry = z.infer<typeof auditEntry>;
export type AuditTrailView = z.infer<typeof auditTrailView>;
export type ListedRotation = z.infer<typeof rotationsView>['rotations'][number];
