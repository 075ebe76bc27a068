import * as z from 'zod';
import { rotationView } from '../../rotation/rotation-view.ts';
import { scheduleReasonNames } from '../../rotation/schedule/schedule-reasons.ts';
import { rotationEnd } from '../../rotation/state.ts';
import { slots } from '../../shared/slot.ts';
import { group, instant, instantOrNull, list, problem, textOrNull, view } from '../../shared/view-parts.ts';
import { eventDeliveryPathNames } from '../../targets/event-delivery-path.ts';
import { blockedRevertView, hardeningStagesView, stages } from '../hardening/hardening-contract.ts';

export const driftView = view('One way in which vault, account and journal disagree.', {
  reason: z.string().describe('From the closed list in the runbook.'),
  detail: z.string(),
  whatToDo: z.string().describe("The runbook's advice."),
  code: textOrNull.describe("Azure's own code, if it refused the look."),
  since: instant.describe('When it was first seen.'),
});

export const validityView = view('Why a secret that another tool rotated lives otherwise now.', {
  secret: z.string(),
  foundDays: z.number().nullable().describe('How long its versions lived; null if they never ended.'),
  days: z.number().describe('How long each of its versions lives now.'),
  rotateEveryDays: z.number(),
  reason: z.string().describe('From the closed list in docs/migrating.md.'),
  detail: z.string(),
});

export const eventView = view("Key Vault's event about a secret, and what became of it.", {
  kind: z.enum(['near-expiry', 'expired']),
  secret: z.string(),
  version: z.string(),
  at: instant,
  answer: z.enum(['started', 'left']).describe('Whether it started a rotation.'),
  reason: textOrNull.describe('Why it did not; from the closed list in the runbook.'),
  detail: textOrNull,
  rotationId: textOrNull.describe('The rotation that it started or met.'),
});

export const leakedKeyView = view(
  'A key that was reported as leaked, until two looks at the account show it in neither slot.',
  {
    slot: z.enum(slots).describe('Where it stood when it was reported.'),
    reportedAt: instant,
    by: z.string(),
    reason: textOrNull,
    seenAt: instantOrNull.describe(
      'When a look at the account last showed it in a slot; null: it has not been looked at yet.',
    ),
    lookedAt: instantOrNull.describe('The last look, or try of one, for its sake.'),
    failure: textOrNull.describe('Why the last try of a look failed; null: it did not.'),
  },
);

export const scheduleView = view('What a sweep makes of a target.', {
  answer: z
    .enum(['start', 'wake', 'leave'])
    .describe('`start` it, `wake` a rotation whose message is late, or `leave` it alone.'),
  reason: z.enum(scheduleReasonNames).describe('From the closed list in the runbook.'),
  detail: z.string(),
});

/** One target as the admin API shows it. Instants are ISO 8601 in UTC. */
export const targetView = view('One AI account under care.', {
  name: z.string(),
  accountId: z.string().describe('Full ARM id of the account.'),
  vault: z.string(),
  prefix: z.string(),
  layout: z.enum(['pointer', 'direct']),
  state: z
    .string()
    .describe('One word of a closed list, such as `not-adopted`, `idle`, `rotating`, `suspended`, `settling`.'),
  detail: z.string().describe('Why, and what to do when something is to be done.'),
  whatToDo: textOrNull.describe(
    "The runbook's advice on a rotation that waits for a person, or else on the first `drift`; null: `detail` says it all.",
  ),
  needsPerson: z
    .boolean()
    .describe(
      'Whether something waits for a person, who finds it in `state`, `leakedKeys`, `drift`, `blockedRevert` or `overdue`.',
    ),
  overdue: z.boolean().describe('Whether a rotation makes no progress, or none was completed long after it was due.'),
  activeSlot: z.enum(slots).nullable(),
  keysCheckedAt: instantOrNull.describe(
    'When vault and account were last compared, or the active key last tried: what is said of the keys is as of then.',
  ),
  rotation: rotationView.nullable(),
  leakedKeys: list(leakedKeyView).describe('Keys that were reported as leaked and may still be valid.'),
  drift: list(driftView).describe('By the last look; empty while a rotation is in flight.'),
  requestRefused: group({ action: z.string(), reason: z.string(), detail: z.string(), at: instant })
    .nullable()
    .describe('Why the last request to a rotation, noted before, was not carried out; null when it was.'),
  validity: validityView
    .nullable()
    .describe("How long the direct-value secret lived before it was adopted, and lives now; null if it was Keyturn's."),
  events: z
    .enum(eventDeliveryPathNames)
    .describe("How Key Vault's events reach Keyturn, by the last look; `none`: the sweep carries the target alone."),
  eventsDetail: z.string(),
  lastEvent: eventView.nullable().describe("Key Vault's last event about one of its secrets; null if none came yet."),
  hardeningStages: hardeningStagesView
    .nullable()
    .describe('Where it stands on the way to no keys, by the journal alone.'),
  blockedRevert: blockedRevertView
    .nullable()
    .describe('A change of network or keys that leads back to what was there before, and that Azure refuses for long.'),
  lastCompletedAt: instantOrNull,
  lastRotation: group({ id: z.string(), outcome: rotationEnd.shape.outcome, startedAt: instant, endedAt: instant })
    .nullable()
    .describe('The last one that ended, and how; null: none did yet.'),
  nextDueAt: instantOrNull.describe(
    'The first instant at which its own interval, secrets, windows and blackouts let the schedule start.',
  ),
  schedule: scheduleView
    .nullable()
    .describe('What a sweep would make of it now, the fleet as the last one saw it; null: the journal cannot be read.'),
});

export type TargetView = Readonly<z.infer<typeof targetView>>;

/** A target among all: how it came to be one, and why nothing is begun for it. */
export const listedTarget = view('One AI account under care, and how it came to be.', {
  ...targetView.shape,
  origin: z.enum(['declared', 'discovered']).describe('In the settings, or by tags on its account.'),
  blocked: group({ reason: z.string(), detail: z.string() })
    .nullable()
    .describe('Why nothing is begun for it, such as `paused-by-tag`; null: rotations may begin.'),
});

export type ListedTarget = Readonly<z.infer<typeof listedTarget>>;

/** A target in a list of many. */
export const targetSummary = listedTarget
  .pick({
    ...{ name: true, accountId: true, vault: true, origin: true, state: true, needsPerson: true, overdue: true },
    ...{ activeSlot: true, lastCompletedAt: true, lastRotation: true, nextDueAt: true },
  })
  .extend({
    drift: list(z.string()).describe('The reasons.'),
    leaked: z.boolean(),
    rotation: z.object({ id: z.string(), state: z.string() }).nullable(),
    blocked: textOrNull.describe('The reason.'),
    hardeningStage: z
      .enum(stages)
      .nullable()
      .describe('The highest that was reached; null: none, or the journal cannot be read.'),
  })
  .meta({ description: 'A target in a list of many: what `fields=summary` shows of it.' });

export type TargetSummary = Readonly<z.infer<typeof targetSummary>>;

export const discoveryView = view('What tags on AI accounts led to by the last look at them.', {
  foundAt: instantOrNull.describe('When the list was last rebuilt; null: never yet.'),
  failure: textOrNull.describe(
    'Why looks since then failed, so that the list stands as it was; null: the last one succeeded.',
  ),
  unreadableSubscriptions: list(z.string()).describe(
    "Subscriptions of KEYTURN_DISCOVERY_SUBSCRIPTIONS that Keyturn's identity may not read.",
  ),
  missingAction: textOrNull.describe("The action that Keyturn's identity lacks on these subscriptions."),
  fix: textOrNull.describe('How it is granted.'),
  refused: list(
    z.object({
      accountId: z.string(),
      reason: z.string().describe('From the closed list in the runbook.'),
      detail: z.string(),
      problems: list(problem).describe('What is wrong, tag by tag.'),
    }),
  ).describe('Accounts whose tags ask for what cannot be.'),
});

export type DiscoveryView = Readonly<z.infer<typeof discoveryView>>;
