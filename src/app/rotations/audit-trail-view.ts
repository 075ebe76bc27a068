import * as z from 'zod';
import { rotationView } from '../../rotation/rotation-view.ts';
import { list, textOrNull, view } from '../../shared/view-parts.ts';

const id = z.string().optional();

export const auditCall = view("One request to Azure, by the ids under which Azure's own logs keep it.", {
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
});

export const auditEntry = view(
  'What one save of the journal wrote down: what it changed, and the calls that led there.',
  {
    /** By the storage service's clock. */
    at: z.string(),
    /** One per invocation of the function. */
    worker: z.string(),
    changes: list(z.looseObject({ what: z.string() })),
    calls: list(auditCall),
    callsLeftOut: z.number(),
  },
);

export const auditTrailView = view(
  "A rotation's audit trail, oldest first; `next` goes into `after` of the request for the rest.",
  { rotation: rotationView, entries: list(auditEntry), next: textOrNull },
);

export const lostRotation = view("A rotation whose end is lost with the journal's row; its audit trail is not.", {
  id: z.string(),
  target: z.string(),
  state: z.literal('unknown'),
  startedAt: z.string(),
});

export const rotationsView = view(
  "A target's rotations, newest first; `next` goes into `after` of the request for the following ones.",
  { rotations: list(z.union([rotationView, lostRotation])), next: textOrNull },
);

export type AuditEntry = Readonly<z.infer<typeof auditEntry>>;
export type AuditTrailView = Readonly<z.infer<typeof auditTrailView>>;
export type ListedRotation = z.infer<typeof rotationsView>['rotations'][number];
