import * as z from 'zod';
import type { DiagnosisView } from '../diagnosis/diagnosis-view.ts';
import type { CompromisePreview } from '../rotation/compromise/preview-compromise.ts';
import type { WakeUp } from '../rotation/ports.ts';
import { type RotationView, rotationView } from '../rotation/rotation-view.ts';
import { type Slot, slots } from '../shared/slot.ts';
import type { StoredView } from '../targets/stored-view.ts';

export type { CompromisePreview, RotationView, StoredView };

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
    lastCompletedAt: z.iso.datetime().nullable(),
    nextDueAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Target', description: 'One AI account under care.' });

export type TargetView = Readonly<z.infer<typeof targetView>>;

/** A request that the state of things does not allow: becomes 409 with this reason and sentence; nothing has changed. */
export interface NotNow {
  readonly kind: 'not-now';
  readonly reason: string;
  readonly because: string;
  /** The rotation that stands in the way, if one does. */
  readonly rotationId: string | null;
  readonly retryAfterMs: number | null;
  /** Of an action: the states in which it would be possible. */
  readonly legalIn?: readonly string[];
}

/** Azure could not be asked or did not allow it: becomes 502 or 503. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly reason: string;
  readonly because: string;
  readonly retryAfterMs: number | null;
}

export interface UnknownTarget {
  readonly kind: 'unknown-target';
}

export interface UnknownRotation {
  readonly kind: 'unknown-rotation';
}

export type TargetAnswer = { readonly kind: 'found'; readonly target: TargetView } | Unavailable | UnknownTarget;

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

export type RotationAnswer =
  | { readonly kind: 'found'; readonly rotation: RotationView }
  | Unavailable
  | UnknownTarget
  | UnknownRotation;

/** The address that a diagnosis tests against the account's rules, and who told it. */
export type TestedAddress = { readonly value: string; readonly from: 'query' | 'request' } | null;

export type DiagnosisAnswer =
  | { readonly kind: 'diagnosed'; readonly diagnosis: DiagnosisView }
  | Unavailable
  | UnknownTarget;

/** What the edges may ask for. Nothing here throws for an expected failure. */
export interface App {
  listTargets(): Promise<readonly TargetView[]>;
  readTarget(name: string): Promise<TargetAnswer>;
  /** Tests what usually goes wrong; changes nothing. */
  diagnose(name: string, address: TestedAddress): Promise<DiagnosisAnswer>;
  adopt(name: string, request: AdoptRequest, by: Operator): Promise<AdoptAnswer>;
  /** Stores again what the account has; regenerates nothing, changes no rotation. */
  repair(name: string, by: Operator): Promise<RepairAnswer>;
  startRotation(name: string, request: StartRequest, by: Operator): Promise<StartAnswer>;
  readRotation(name: string, id: string): Promise<RotationAnswer>;
  rollBack(name: string, id: string, by: Operator): Promise<ActionAnswer>;
  resume(name: string, id: string, by: Operator): Promise<ActionAnswer>;
  cancel(name: string, id: string, by: Operator): Promise<ActionAnswer>;
  hold(name: string, id: string, request: Stated, by: Operator): Promise<ActionAnswer>;
  releaseHold(name: string, id: string, by: Operator): Promise<ActionAnswer>;
  expedite(name: string, id: string, request: ExpediteRequest, by: Operator): Promise<ActionAnswer>;
  compromise(name: string, request: CompromiseRequest, by: Operator): Promise<CompromiseAnswer>;
  readPause(): Promise<PauseView>;
  setPause(
    request: PauseRequest,
    by: Operator,
  ): Promise<{ readonly kind: 'set'; readonly pause: PauseView } | Unavailable>;
  /** Advances one account as far as it can go now. */
  advance(wakeUp: WakeUp): Promise<void>;
  /** Finds what is due, overdue, stuck or drifted, and wakes it. */
  sweep(): Promise<void>;
}
