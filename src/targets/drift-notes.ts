import * as z from 'zod';
import type { Fingerprint } from '../shared/fingerprint.ts';
import { namesOf } from '../shared/names-of.ts';
import { refusalReasons } from '../shared/refusals.ts';
import { driftReasons } from './drift.ts';
import { eventDeliveryPathNames } from './event-delivery-path.ts';

const instant = z.number();
const print = z.string().transform((text) => text as Fingerprint);

/** Found by a look, or why none could be taken: what Azure refuses is for a person, too. */
export const notedReasons = [...namesOf(driftReasons), ...refusalReasons] as const;

export type NotedReason = (typeof notedReasons)[number];

/**
 * What became of a call with the key that consumers are given now. `missing`: the vault gives them none. `unknown`: the
 * vault or the endpoint gave no clear answer, or the target's endpoint is never called.
 */
const activeKeyAnswers = ['accepted', 'refused', 'missing', 'unknown'] as const;
export type ActiveKeyAnswer = (typeof activeKeyAnswers)[number];

/** What the sweep remembers of its looks at one target. Instants by the storage service's clock. Never holds a key. */
const driftNotes = z.object({
  schemaVersion: z.literal(1),
  lookedAtMs: instant,
  /** Something has happened that the look could not show: the next sweep looks again. */
  isDue: z.boolean().default(false),
  /** The account row's `wakeSeq` then: a row that has gone back since is an older copy. */
  wakeSeq: z.number(),
  drift: z.array(
    z.object({
      reason: z.enum(notedReasons),
      sinceMs: instant,
      code: z.string().optional(),
      action: z.string().optional(),
      /** Names of the declared copies that it is about. */
      copies: z.array(z.string()).optional(),
    }),
  ),
  /** By which path the vault's events came then; notes of earlier releases say nothing of it. */
  events: z.enum(eventDeliveryPathNames).default('unknown'),
  /** The account's keys when the vault last held both. */
  known: z.object({ salt: z.string(), fingerprints: z.object({ key1: print, key2: print }), atMs: instant }).nullable(),
  /** The last call with the key that consumers are given; null: none was made yet. */
  activeKey: z
    .object({ answer: z.enum(activeKeyAnswers), atMs: instant })
    .nullable()
    .default(null),
  /** The earlier end of the two key secrets, by the vault's clock; null: none. */
  expiresAtMs: instant.nullable().default(null),
});

export type DriftNotes = z.infer<typeof driftNotes>;

/** Notes of another release are as good as none: the next look makes new ones. */
export function parseDriftNotes(fields: unknown): DriftNotes | null {
  const parsed = driftNotes.safeParse(fields);
  return parsed.success ? parsed.data : null;
}
