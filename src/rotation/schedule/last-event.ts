import * as z from 'zod';
import { namesOf } from '../../shared/names-of.ts';
import { startBlockers } from './schedule-reasons.ts';

/** Why a secret's event led to no rotation. One sentence each: the admin API and the runbook show the same. */
export const eventOutcomes = {
  'vault-unknown': 'No target of this instance keeps its secrets in that vault.',
  'secret-unknown': 'No target of this instance uses a secret of that name.',
  'pointer-secret': 'The pointer names a slot and holds no key: its end means nothing.',
  'endpoint-secret': 'The endpoint is no key: its end means nothing.',
  'paused-by-tag': 'The account carries the tag keyturn-pause: nothing is begun until it is gone.',
  'no-longer-a-target': 'The account is gone, or its tags or the targets document no longer make it a target.',
  paused: 'The whole instance is paused: nothing is begun until it is resumed.',
  'not-adopted': 'The target is not adopted, so nothing of it is rotated.',
  'adopted-elsewhere': 'The settings name another vault, prefix or layout than the target was adopted with.',
  'newer-schema': 'A newer release of Keyturn wrote its journal; this one leaves it alone.',
  suspended: 'A rotation of this target waits for a person.',
  'in-flight': 'A rotation is in flight already, and replaces this key too.',
  'awaiting-first-rotation':
    'The first rotation waits for the confirmation that nobody uses the inactive key: Azure cannot show who uses which key.',
  keyless: 'Keys are turned off on this account: there is nothing to rotate.',
  'rotated-recently': 'The last rotation ended less than an overlap ago: the event is late or doubled.',
  'undone-recently': 'A rotation was undone by a person less than a day ago.',
  'vault-unreadable': 'The vault could not be read, so the event could not be checked; the sweep goes by the schedule.',
  'secret-gone': 'The vault has no such secret any more.',
  'secret-disabled': "The secret's current version is disabled.",
  'old-version': 'The event tells of a version that has been replaced.',
  'another-account': "The secret's tag ProviderAddress names another account.",
  'tags-differ': "The secret's tag CredentialId names another slot than the one that the secret is for.",
  'not-near-expiry': "The secret's current version does not end within 30 days.",
  'validity-too-short':
    'The version was made to live for 30 days or less, so Key Vault announces its end at once; the last rotation is younger than that.',
  ...startBlockers,
} as const;

export type EventOutcome = keyof typeof eventOutcomes;

const lastEvent = z.object({
  schemaVersion: z.literal(1),
  kind: z.enum(['near-expiry', 'expired']),
  secret: z.string(),
  version: z.string(),
  /** Null: it started a rotation. */
  reason: z.enum(namesOf(eventOutcomes)).nullable(),
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
  return lastEvent.safeParse(fields).data ?? null;
}
