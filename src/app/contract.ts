import * as z from 'zod';
import type { DiagnosisView } from '../diagnosis/diagnosis-view.ts';
import type { Asking } from '../lockdown/ask-network.ts';
import type { NetworkRequest } from '../lockdown/network-request.ts';
import type { NetworkChangeView, NetworkPlanView, NetworkView } from '../lockdown/network-view.ts';
import type { CompromisePreview } from '../rotation/compromise/preview-compromise.ts';
import type { WakeUp } from '../rotation/ports.ts';
import { type RotationView, rotationView } from '../rotation/rotation-view.ts';
import { scheduleReasonNames } from '../rotation/schedule-reasons.ts';
import type { Risk } from '../shared/difference.ts';
import type { SecretEvent } from '../shared/secret-event.ts';
import { type Slot, slots } from '../shared/slot.ts';
import { eventRoadNames } from '../targets/event-road.ts';
import type { StoredView } from '../targets/stored-view.ts';
import type { EvidenceView, ListedRotation } from './evidence-view.ts';
import {
  type AccessRequest,
  type AccessView,
  type KeylessRequest,
  type KeylessView,
  ladderView,
  type PostureAnswer,
  type VerifyAnswer,
} from './posture-contract.ts';
import type { NotNow, Unavailable, UnknownRotation, UnknownTarget } from './refused.ts';

export type { CompromisePreview, NotNow, RotationView, StoredView, Unavailable, UnknownRotation, UnknownTarget };

/** Who asks, as the access token tells: object id and a name to show. Goes into the journal. */
export interface Operator {
  readonly objectId: string;
  readonly name: string;
}

/** One way in which vault, account and journal disagree. */
export const driftView = z
  .object({
    reason: z.string().describe('From the closed list in the runbook.'),
    because: z.string(),
    since: z.iso.datetime().describe('When it was first seen.'),
  })
  .meta({ id: 'Drift', description: 'One way in which vault, account and journal disagree.' });

export type DriftView = Readonly<z.infer<typeof driftView>>;

/** Why a secret that another tool rotated lives otherwise under Keyturn. */
export const validityView = z
  .object({
    secret: z.string(),
    foundDays: z.number().nullable().describe('How long its versions lived; null where they never ended.'),
    days: z.number().describe('How long each of its versions lives now.'),
    rotateEveryDays: z.number(),
    reason: z.string().describe('From the closed list in docs/moving-in.md.'),
    because: z.string(),
  })
  .meta({ id: 'Validity', description: 'Why a secret that another tool rotated lives otherwise now.' });

export type ValidityView = Readonly<z.infer<typeof validityView>>;

/** An event about a secret, and what became of it. */
export const eventView = z
  .object({
    kind: z.enum(['near-expiry', 'expired']),
    secret: z.string(),
    version: z.string(),
    at: z.iso.datetime(),
    answer: z.enum(['started', 'left']).describe('Whether it started a rotation.'),
    reason: z.string().nullable().describe('Why it did not; from the closed list in the runbook.'),
    because: z.string().nullable(),
    rotationId: z.string().nullable().describe('The rotation that it started or met.'),
  })
  .meta({ id: 'Event', description: "Key Vault's event about a secret, and what became of it." });

export type EventView = Readonly<z.infer<typeof eventView>>;

/** What a sweep makes of a target. */
export const scheduleView = z
  .object({
    answer: z
      .enum(['start', 'wake', 'leave'])
      .describe('`start` it, `wake` a rotation whose message is late, or `leave` it alone.'),
    reason: z.enum(scheduleReasonNames).describe('From the closed list in the runbook.'),
    because: z.string(),
  })
  .meta({ id: 'Schedule', description: 'What a sweep makes of a target.' });

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
    because: z.string().describe('Why, and what to do when something is to be done.'),
    activeSlot: z.enum(slots).nullable(),
    rotation: rotationView.nullable(),
    drift: z.array(driftView).readonly().describe('By the last look; empty while a rotation is in flight.'),
    requestRefused: z
      .object({ action: z.string(), reason: z.string(), because: z.string(), at: z.iso.datetime() })
      .readonly()
      .nullable()
      .describe('Why the last request to a rotation, noted before, was not carried out; null when it was.'),
    validity: validityView
      .nullable()
      .describe(
        "How long the direct-value secret lived before it was adopted, and lives now; null where it was Keyturn's.",
      ),
    events: z
      .enum(eventRoadNames)
      .describe("How Key Vault's events reach Keyturn, by the last look; `none`: the sweep carries the target alone."),
    eventsBecause: z.string(),
    lastEvent: eventView
      .nullable()
      .describe("Key Vault's last event about one of its secrets; null where none came yet."),
    ladder: ladderView.nullable().describe('Where it stands on the way to no keys, by the journal alone.'),
    lastCompletedAt: z.iso.datetime().nullable(),
    nextDueAt: z.iso
      .datetime()
      .nullable()
      .describe('The first instant at which its own interval, secrets, windows and blackouts let the schedule start.'),
    schedule: scheduleView
      .nullable()
      .describe(
        'What a sweep would make of it now, the fleet as the last one saw it; null: the journal cannot be read.',
      ),
  })
  .meta({ id: 'Target', description: 'One AI account under care.' });

export type TargetView = Readonly<z.infer<typeof targetView>>;

/** A target among all: how it came to be one, and why nothing is begun for it. */
export const listedTarget = z
  .object({
    ...targetView.shape,
    origin: z.enum(['declared', 'discovered']).describe('In the settings, or by tags on its account.'),
    heldBack: z
      .object({ reason: z.string(), because: z.string() })
      .readonly()
      .nullable()
      .describe('Why nothing is begun for it, such as `paused-by-tag`; null: rotations may begin.'),
  })
  .meta({ id: 'ListedTarget', description: 'One AI account under care, and how it came to be.' });

export type ListedTarget = Readonly<z.infer<typeof listedTarget>>;

/** What tags on AI accounts led to by the last look at them. */
export const discoveryView = z
  .object({
    foundAt: z.iso.datetime().nullable().describe('When the list was last made anew; null: never yet.'),
    failure: z
      .string()
      .nullable()
      .describe('Why looks since then failed, so that the list stands as it was; null: the last one succeeded.'),
    unreadableSubscriptions: z
      .array(z.string())
      .readonly()
      .describe("Subscriptions of KEYTURN_DISCOVERY_SUBSCRIPTIONS that Keyturn's identity may not read."),
    missingAction: z.string().nullable().describe("The action that Keyturn's identity lacks on these subscriptions."),
    fix: z.string().nullable().describe('How it is granted.'),
    refused: z
      .array(
        z.object({
          accountId: z.string(),
          reason: z.string().describe('From the closed list in the runbook.'),
          because: z.string(),
          problems: z
            .array(z.object({ field: z.string(), found: z.string(), accepted: z.string() }))
            .readonly()
            .describe('What is wrong, tag by tag.'),
        }),
      )
      .readonly()
      .describe('Accounts whose tags ask for what cannot be.'),
  })
  .meta({ id: 'Discovery', description: 'What tags on AI accounts led to by the last look at them.' });

export type DiscoveryView = Readonly<z.infer<typeof discoveryView>>;

export type ListAnswer =
  | { readonly kind: 'listed'; readonly targets: readonly ListedTarget[]; readonly discovery: DiscoveryView | null }
  | Unavailable;

export type TargetAnswer = { readonly kind: 'found'; readonly target: ListedTarget } | Unavailable | UnknownTarget;

export type AdoptAnswer =
  | { readonly kind: 'adopted'; readonly target: TargetView; readonly secrets: readonly StoredView[] }
  | NotNow
  | Unavailable
  | UnknownTarget;

export type RepairAnswer =
  | { readonly kind: 'repaired'; readonly target: TargetView; readonly secrets: readonly StoredView[] }
  | NotNow
  | Unavailable
  | UnknownTarget;

export type StartAnswer =
  | { readonly kind: 'started'; readonly rotation: RotationView }
  /** The idempotency key was used before, for a request that asked for something else. */
  | { readonly kind: 'key-reused' }
  | NotNow
  | Unavailable
  | UnknownTarget;

/** `noted`: the wish is written down, the rotation's next step carries it out. */
export type ActionAnswer =
  | { readonly kind: 'noted'; readonly rotation: RotationView }
  | NotNow
  | Unavailable
  | UnknownTarget
  | UnknownRotation;

export interface AdoptRequest {
  /** The slot that consumers use today, where no pointer says so yet. */
  readonly activeSlot: Slot | null;
  /** The target may be taken from another Keyturn instance. Default false. */
  readonly takeOver?: boolean;
}

export interface StartRequest {
  /** The operator's word that nobody holds the idle key. */
  readonly idleKeyUnused: boolean;
  /** The caller's own name for this request: asked again with it, it answers with the rotation that it started. */
  readonly idempotencyKey?: string | null;
}

/** Why an operator intervenes; goes into the journal. */
export interface Stated {
  readonly reason: string;
}

/** `overlapSeconds` null: the shortest overlap that the target's settings call safe. */
export interface ExpediteRequest extends Stated {
  readonly overlapSeconds: number | null;
}

export interface CompromiseRequest {
  readonly slot: Slot;
  /** Only tell what would happen. */
  readonly dryRun: boolean;
  readonly reason: string | null;
  /** From leading consumers away to the end of the key; null: five minutes, never more than the target's overlap. */
  readonly overlapSeconds: number | null;
}

export type CompromiseAnswer =
  | { readonly kind: 'previewed'; readonly preview: CompromisePreview }
  /** `rotation`: the one that replaces the key, or the one that makes way for it first. */
  | { readonly kind: 'begun'; readonly preview: CompromisePreview; readonly rotation: RotationView }
  | NotNow
  | Unavailable
  | UnknownTarget;

export interface PauseRequest {
  readonly paused: boolean;
  readonly reason: string | null;
}

/** Whether the whole instance stands still, who said so and why. */
export const pauseView = z
  .object({
    paused: z.boolean().nullable().describe('Null: the journal cannot be read now.'),
    by: z.string().nullable(),
    reason: z.string().nullable(),
    since: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Pause', description: 'Whether the whole instance stands still, who said so and why.' });

export type PauseView = Readonly<z.infer<typeof pauseView>>;

/** All targets together, as the last sweep left them. */
export const fleetView = z
  .object({
    line: z.enum(['runs', 'stopped']).describe('Whether the schedule starts rotations at all.'),
    because: z.string().describe('Why, and what to do when something is to be done.'),
    failures: z
      .array(z.string())
      .readonly()
      .describe('Targets whose suspended rotations count towards stopping the line; at most the first fifty.'),
    failed: z.number().describe('How many there are.'),
    stopsAt: z.number().nullable().describe('So many stop the line; null: none do.'),
    lifted: z
      .object({ at: z.iso.datetime(), by: z.string().nullable(), reason: z.string().nullable() })
      .readonly()
      .nullable()
      .describe('Who last lifted the line; null: nobody ever did.'),
    pendingCanaries: z.array(z.string()).readonly().describe('Canaries that the other targets wait for.'),
    running: z.number().describe('Rotations in flight; suspended ones do not count.'),
    maxRunning: z.number().nullable(),
    maxRunningPerSubscription: z.number().nullable(),
    runningIn: z.record(z.string(), z.number()).readonly().describe('Rotations in flight by subscription.'),
    reasons: z
      .record(z.string(), z.number())
      .readonly()
      .describe('How many targets the last sweep answered with each reason of `schedule`.'),
    sweptAt: z.iso.datetime().nullable().describe('When the last sweep was; null: none yet.'),
  })
  .meta({ id: 'Fleet', description: 'All targets together, as the last sweep left them.' });

export type FleetView = Readonly<z.infer<typeof fleetView>>;

export interface FoundRotation {
  readonly kind: 'found';
  readonly rotation: RotationView;
}

export type RotationAnswer = FoundRotation | Unavailable | UnknownTarget | UnknownRotation;

/** Which part of a list is asked for: so many, after that one (null: from the start). */
export interface Page {
  readonly limit: number;
  readonly after: string | null;
}

export type RotationsAnswer =
  | { readonly kind: 'found'; readonly rotations: readonly ListedRotation[]; readonly next: string | null }
  | Unavailable
  | UnknownTarget;

export type EvidenceAnswer =
  | { readonly kind: 'found'; readonly evidence: EvidenceView }
  | Unavailable
  | UnknownTarget
  | UnknownRotation;

/** The address that a diagnosis tests against the account's rules, and who told it. */
export type TestedAddress = { readonly value: string; readonly from: 'query' | 'request' } | null;

export type DiagnosisAnswer =
  | { readonly kind: 'diagnosed'; readonly diagnosis: DiagnosisView }
  | Unavailable
  | UnknownTarget;
export type { NetworkChangeView, NetworkPlanView, NetworkRequest, NetworkView };

export type NetworkAnswer = { readonly kind: 'found'; readonly network: NetworkView; readonly etag: string };

export type NetworkChangeAnswer =
  | { readonly kind: 'found'; readonly change: NetworkChangeView }
  | { readonly kind: 'unknown-change' };

export type NetworkPutAnswer =
  | { readonly kind: 'planned'; readonly plan: NetworkPlanView; readonly etag: string }
  | { readonly kind: 'unchanged'; readonly network: NetworkView; readonly etag: string }
  /** Risks stand open: 409 with the plan. */
  | {
      readonly kind: 'held-back';
      readonly plan: NetworkPlanView;
      readonly open: readonly Risk[];
      readonly etag: string;
    }
  | { readonly kind: 'stale'; readonly etag: string }
  | { readonly kind: 'unconditional'; readonly etag: string }
  | { readonly kind: 'begun'; readonly change: NetworkChangeView; readonly plan: NetworkPlanView | null }
  | NotNow;

/** What the edges may ask for. Nothing here throws for an expected failure. */
export interface App {
  listTargets(): Promise<ListAnswer>;
  readTarget(name: string): Promise<TargetAnswer>;
  /** Tests what usually goes wrong; changes nothing. */
  diagnose(name: string, address: TestedAddress): Promise<DiagnosisAnswer>;
  adopt(name: string, request: AdoptRequest, by: Operator): Promise<AdoptAnswer>;
  /** Stores again what the account has; regenerates nothing, changes no rotation. */
  repair(name: string, by: Operator): Promise<RepairAnswer>;
  startRotation(name: string, request: StartRequest, by: Operator): Promise<StartAnswer>;
  readRotation(name: string, id: string): Promise<RotationAnswer>;
  listRotations(name: string, page: Page): Promise<RotationsAnswer>;
  readEvidence(name: string, id: string, page: Page): Promise<EvidenceAnswer>;
  rollBack(name: string, id: string, by: Operator): Promise<ActionAnswer>;
  resume(name: string, id: string, by: Operator): Promise<ActionAnswer>;
  cancel(name: string, id: string, by: Operator): Promise<ActionAnswer>;
  hold(name: string, id: string, request: Stated, by: Operator): Promise<ActionAnswer>;
  releaseHold(name: string, id: string, by: Operator): Promise<ActionAnswer>;
  expedite(name: string, id: string, request: ExpediteRequest, by: Operator): Promise<ActionAnswer>;
  compromise(name: string, request: CompromiseRequest, by: Operator): Promise<CompromiseAnswer>;
  readAccess(name: string): Promise<PostureAnswer<AccessView>>;
  changeAccess(name: string, request: AccessRequest, by: Operator): Promise<PostureAnswer<AccessView>>;
  readKeyless(name: string): Promise<PostureAnswer<KeylessView>>;
  /** Calls the account with Keyturn's own token; changes nothing. */
  verifyKeyless(name: string): Promise<VerifyAnswer>;
  changeKeyless(name: string, request: KeylessRequest, by: Operator): Promise<PostureAnswer<KeylessView>>;
  readPause(): Promise<PauseView>;
  setPause(
    request: PauseRequest,
    by: Operator,
  ): Promise<{ readonly kind: 'set'; readonly pause: PauseView } | Unavailable>;
  readFleet(): Promise<{ readonly kind: 'found'; readonly fleet: FleetView } | Unavailable>;
  /** Lets the schedule go on in spite of the rotations that are suspended now. */
  liftLine(
    request: Stated,
    by: Operator,
  ): Promise<{ readonly kind: 'lifted'; readonly fleet: FleetView } | Unavailable>;
  readNetwork(name: string): Promise<NetworkAnswer | Unavailable | UnknownTarget>;
  readNetworkChange(name: string, id: string): Promise<NetworkChangeAnswer | Unavailable | UnknownTarget>;
  putNetwork(
    name: string,
    request: NetworkRequest,
    asking: Omit<Asking, 'by'>,
    by: Operator,
  ): Promise<NetworkPutAnswer | Unavailable | UnknownTarget>;
  /** Advances one account as far as it can go now. */
  advance(wakeUp: WakeUp): Promise<void>;
  /** Takes Key Vault's event for the hint that it is. Throws only where the journal could not be asked now. */
  heedSecretEvent(event: SecretEvent): Promise<void>;
  /** Finds what is due, overdue, stuck or drifted, and wakes it. */
  sweep(): Promise<void>;
}
