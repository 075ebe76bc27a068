import * as z from 'zod';
import { type EventOutcome, eventOutcomes } from './event-outcomes.ts';

const reasons = Object.keys(eventOutcomes) as [EventOutcome, ...EventOutcome[]];

const lastEvent = z.object({
  schemaVersion: z.literal(1),
  kind: z.enum(['near-expiry', 'expired']),
  secret: z.string(),
  version: z.string(),
  /** Null: it started a rotation. */
  reason: z.enum(reasons).nullable(),
  /** The rotation that it started or met. */
  rotationId: z.string().nullable(),
  /** How it came; notes of earlier releases do not say. */
  deliveryPath: z.enum(['push', 'queue']).optional(),
  /** By the storage service's clock. */
  atMs: z.number(),
});

/** The last event about a target's secrets and what became of it. Never holds a key. */
export type LastEvent = z.infer<typeof lastEvent>;

/** A note of another release is as good as none. */
export function parseLastEvent(fields: unknown): LastEvent | null {
  const parsed = lastEvent.safeParse(fields);
  return parsed.success ? parsed.data : null;
}
