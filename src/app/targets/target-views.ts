import * as z from 'zod';
import { rotationView } from '../../rotation/rotation-view.ts';
import { scheduleReasonNames } from '../../rotation/schedule/schedule-reasons.ts';
import { slots } from '../../shared/slot.ts';
import { instant, list } from '../../shared/view-parts.ts';
import { eventDeliveryPathNames } from '../../targets/event-delivery-path.ts';
import { hardeningStagesView } from '../hardening/hardening-contract.ts';

/** One way in which vault, account and journal disagree. */
export const driftView = z
  .object({
    reason: z.string().describe('From the closed list in the runbook.'),
    detail: z.string(),
    code: z.string().nullable().describe("Azure's own code, where it refused the look."),
    since: instant.describe('When it was first seen.'),
  })
  .meta({ description: 'One way in which vault, account and journal disagree.' });

export type DriftView = Readonly<z.infer<typeof driftView>>;

/** Why a secret that another tool rotated lives otherwise under Keyturn. */
export const validityView = z
  .object({
    secret: z.string(),
    foundDays: z.number().nullable().describe('How long its versions lived; null where they never ended.'),
    days: z.number().describe('How long each of its versions lives now.'),
    rotateEveryDays: z.number(),
    reason: z.string().describe('From the closed list in docs/migrating.md.'),
    detail: z.string(),
  })
  .meta({ description: 'Why a secret that another tool rotated lives otherwise now.' });

export type ValidityView = Readonly<z.infer<typeof validityView>>;

/** An event about a secret, and what became of it. */
export const eventView = z
  .object({
    kind: z.enum(['near-expiry', 'expired']),
    secret: z.string(),
    version: z.string(),
    at: instant,
    answer: z.enum(['started', 'left']).describe('Whether it started a rotation.'),
    reason: z.string().nullable().describe('Why it did not; from the closed list in the runbook.'),
    detail: z.string().nullable(),
    rotationId: z.string().nullable().describe('The rotation that it started or met.'),
  })
  .meta({ description: "Key Vault's event about a secret, and what became of it." });

export type EventView = Readonly<z.infer<typeof eventView>>;

/** A key that was reported as leaked and may still be valid. */
export const leakedKeyView = z
  .object({
    slot: z.enum(slots).describe('Where it stood when it was reported.'),
    reportedAt: instant,
    by: z.string(),
    reason: z.string().nullable(),
    seenAt: instant
      .nullable()
      .describe('When a look at the account last showed it in a slot; null: it has not been looked at yet.'),
    lookedAt: instant.nullable().describe('The last look, or try of one, for its sake.'),
    failure: z.string().nullable().describe('Why the last try of a look failed; null: it did not.'),
  })
  .meta({
    description: 'A key that was reported as leaked, until two looks at the account show it in neither slot.',
  });

export type LeakedKeyView = Readonly<z.infer<typeof leakedKeyView>>;

/** What a sweep makes of a target. */
export const scheduleView = z
  .object({
    answer: z
      .enum(['start', 'wake', 'leave'])
      .describe('`start` it, `wake` a rotation whose message is late, or `leave` it alone.'),
    reason: z.enum(scheduleReasonNames).describe('From the closed list in the runbook.'),
    detail: z.string(),
  })
  .meta({ description: 'What a sweep makes of a target.' });

export type ScheduleView = Readonly<z.infer<typeof scheduleView>>;

/** One target as the admin API shows it. Instants are ISO 8601 in UTC. */
export const targetView = z
  .object({
    name: z.string(),
    accountId: z.string().describe('Full ARM id of the account.'),
    vault: z.string(),
    prefix: z.string(),
    layout: z.enum(['pointer', 'direct']),
    state: z
      .string()
      .describe('One word of a closed list, such as `not-adopted`, `idle`, `rotating`, `suspended`, `settling`.'),
    detail: z.string().describe('Why, and what to do when something is to be done.'),
    needsPerson: z
      .boolean()
      .describe('Whether something waits for a person, who finds it in `state`, `leakedKeys`, `drift` or `overdue`.'),
    overdue: z.boolean().describe('Whether a rotation makes no progress, or none was completed long after it was due.'),
    activeSlot: z.enum(slots).nullable(),
    keysCheckedAt: instant
      .nullable()
      .describe(
        'When vault and account were last compared, or the active key last tried: what is said of the keys is as of then.',
      ),
    rotation: rotationView.nullable(),
    leakedKeys: list(leakedKeyView).describe('Keys that were reported as leaked and may still be valid.'),
    drift: list(driftView).describe('By the last look; empty while a rotation is in flight.'),
    requestRefused: z
      .object({ action: z.string(), reason: z.string(), detail: z.string(), at: instant })
      .readonly()
      .nullable()
      .describe('Why the last request to a rotation, noted before, was not carried out; null when it was.'),
    validity: validityView
      .nullable()
      .describe(
        "How long the direct-value secret lived before it was adopted, and lives now; null where it was Keyturn's.",
      ),
    events: z
      .enum(eventDeliveryPathNames)
      .describe("How Key Vault's events reach Keyturn, by the last look; `none`: the sweep carries the target alone."),
    eventsDetail: z.string(),
    lastEvent: eventView
      .nullable()
      .describe("Key Vault's last event about one of its secrets; null where none came yet."),
    hardeningStages: hardeningStagesView
      .nullable()
      .describe('Where it stands on the way to no keys, by the journal alone.'),
    lastCompletedAt: instant.nullable(),
    nextDueAt: instant
      .nullable()
      .describe('The first instant at which its own interval, secrets, windows and blackouts let the schedule start.'),
    schedule: scheduleView
      .nullable()
      .describe(
        'What a sweep would make of it now, the fleet as the last one saw it; null: the journal cannot be read.',
      ),
  })
  .meta({ description: 'One AI account under care.' });

export type TargetView = Readonly<z.infer<typeof targetView>>;

/** A target among all: how it came to be one, and why nothing is begun for it. */
export const listedTarget = z
  .object({
    ...targetView.shape,
    origin: z.enum(['declared', 'discovered']).describe('In the settings, or by tags on its account.'),
    blocked: z
      .object({ reason: z.string(), detail: z.string() })
      .readonly()
      .nullable()
      .describe('Why nothing is begun for it, such as `paused-by-tag`; null: rotations may begin.'),
  })
  .meta({ description: 'One AI account under care, and how it came to be.' });

export type ListedTarget = Readonly<z.infer<typeof listedTarget>>;

/** A target in a list of many. */
export const targetSummary = listedTarget
  .pick({
    ...{ name: true, accountId: true, vault: true, origin: true, state: true, needsPerson: true, overdue: true },
    ...{ activeSlot: true, lastCompletedAt: true, nextDueAt: true },
  })
  .extend({
    drift: z.array(z.string()).readonly().describe('The reasons.'),
    leaked: z.boolean(),
    rotation: z.object({ id: z.string(), state: z.string() }).nullable(),
    blocked: z.string().nullable().describe('The reason.'),
  })
  .meta({ description: 'A target in a list of many: what `fields=summary` shows of it.' });

export type TargetSummary = Readonly<z.infer<typeof targetSummary>>;

/** What tags on AI accounts led to by the last look at them. */
export const discoveryView = z
  .object({
    foundAt: instant.nullable().describe('When the list was last rebuilt; null: never yet.'),
    failure: z
      .string()
      .nullable()
      .describe('Why looks since then failed, so that the list stands as it was; null: the last one succeeded.'),
    unreadableSubscriptions: list(z.string()).describe(
      "Subscriptions of KEYTURN_DISCOVERY_SUBSCRIPTIONS that Keyturn's identity may not read.",
    ),
    missingAction: z.string().nullable().describe("The action that Keyturn's identity lacks on these subscriptions."),
    fix: z.string().nullable().describe('How it is granted.'),
    refused: list(
      z.object({
        accountId: z.string(),
        reason: z.string().describe('From the closed list in the runbook.'),
        detail: z.string(),
        problems: list(z.object({ field: z.string(), found: z.string(), accepted: z.string() })).describe(
          'What is wrong, tag by tag.',
        ),
      }),
    ).describe('Accounts whose tags ask for what cannot be.'),
  })
  .meta({ description: 'What tags on AI accounts led to by the last look at them.' });

export type DiscoveryView = Readonly<z.infer<typeof discoveryView>>;
