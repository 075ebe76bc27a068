import * as z from 'zod';
import { namesOf } from '../../shared/names-of.ts';
import { slots } from '../../shared/slot.ts';
import { group, instant, instantOrNull, list, textOrNull } from '../../shared/view-parts.ts';

/** What a key is to its target, a sentence each. */
export const keyStatuses = {
  active: 'Consumers are pointed at this key.',
  left: 'Consumers were led away from this key a short while ago, are being led away, or may have been given it lately.',
  inactive: 'This is the inactive key: consumers are pointed at the other one.',
  retired: 'This key was replaced: another one stands in its slot.',
  unknown: 'This key stood there when the target was last under care; Keyturn has no record of it since.',
} as const;

export type KeyStatus = keyof typeof keyStatuses;

/** Why a target's keys are not all known, and what makes them known. */
export const identifyGaps = {
  'not-adopted': 'It is not adopted, so the keys that it has now are not known. Adopt it.',
  'no-fingerprints': 'Its journal names no key of it, as when it was adopted by an earlier release. Adopt it again.',
  'keys-changed-outside': 'Somebody outside Keyturn has changed its keys, and the new ones are not known. Repair it.',
  'key-being-made': 'A key is being regenerated right now. Ask again in a few minutes.',
  'undone-recently': 'A rotation was undone, and its account was not looked at since. Ask again after the next sweep.',
  'newer-schema': 'A newer release of Keyturn wrote its journal; this one leaves it alone.',
  unreachable: 'Its journal cannot be read now. Ask again.',
} as const;

export type IdentifyGap = keyof typeof identifyGaps;

const accepted = ['yes', 'no', 'unknown'] as const;

const dryRunRequest = z
  .object({
    method: z.literal('POST'),
    path: z.string(),
    body: z.object({ slot: z.enum(slots), dryRun: z.literal(true) }),
  })
  .nullable()
  .describe('The request that tells what a report of it as leaked would do; null if nothing is left to replace.');

/** Where a key belongs. */
export const identifiedKey = group({
  target: z.string(),
  accountId: z.string(),
  slot: z.enum(slots),
  status: z.enum(namesOf(keyStatuses)),
  detail: z.string(),
  accepted: z
    .enum(accepted)
    .describe('Whether the account still takes it, as far as Keyturn knows: Azure was not asked.'),
  since: instant.describe('When Keyturn made it, or first saw it.'),
  madeByKeyturn: z.boolean().describe('False: it stood there already at `since`, and is older.'),
  ageSeconds: z.number().describe('From `since` to now, or to `retiredAt`.'),
  lastSeenAt: instant.describe('When it was last seen in its slot.'),
  retiredAt: instantOrNull.describe('When another key was first seen in its slot; null: it stands there.'),
  retiredByKeyturn: z
    .boolean()
    .nullable()
    .describe('False: by `retiredAt` it was seen to be replaced, by whom is not known. Null: it stands there.'),
  rotationId: textOrNull.describe('The rotation that replaced it, or that saw that it was.'),
  leakReportedAt: instantOrNull.describe('When it was reported as leaked; null: it was not.'),
  dryRun: dryRunRequest,
}).meta({ description: 'Where a key belongs, and what it is there.' });

export type IdentifiedKeyView = z.infer<typeof identifiedKey>;

/** Whose a key is, by the stored fingerprints of every target's keys. */
export const identifiedView = group({
  found: z.boolean(),
  detail: z.string(),
  matches: list(identifiedKey),
  compared: group({
    targets: z.number(),
    fingerprints: z.number(),
    completeSince: instantOrNull.describe(
      'From then on the keys of every compared target are known; earlier ones of some only.',
    ),
  }),
  gaps: list(z.object({ target: z.string(), reason: z.enum(namesOf(identifyGaps)), detail: z.string() })).describe(
    'Targets whose keys are not all known, at most the first fifty.',
  ),
  gapsInAll: z.number(),
}).meta({ description: "Whose a key is, by the stored fingerprints of every target's keys." });

export type IdentifiedView = z.infer<typeof identifiedView>;
