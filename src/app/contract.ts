import type { CompromisePreview } from '../rotation/compromise/preview-compromise.ts';
import type { WakeUp } from '../rotation/ports.ts';
import type { RotationView } from '../rotation/rotation-view.ts';
import type { ScheduleReason } from '../rotation/schedule-reasons.ts';
import type { Slot } from '../shared/slot.ts';
import type { StoredView } from '../targets/adopt.ts';

export type { CompromisePreview, RotationView, StoredView };

/** Who asks, as the access token tells: object id and a name to show. Goes into the journal. */
export interface Operator {
  readonly objectId: string;
  readonly name: string;
}

/** One target as the admin API shows it. Instants are ISO 8601 in UTC. */
export interface TargetView {
  readonly name: string;
  readonly accountId: string;
  readonly vault: string;
  readonly prefix: string;
  readonly layout: 'pointer' | 'direct';
  /** One word of a closed list, such as `not-adopted`, `awaiting-first-rotation`, `idle`, `rotating`, `suspended`, `settling`. */
  readonly state: string;
  /** One sentence that says why, and what to do when something is to be done. */
  readonly because: string;
  readonly activeSlot: Slot | null;
  readonly rotation: RotationView | null;
  /** How vault, account and journal disagree by the last look; empty while a rotation is in flight. */
  readonly drift: readonly DriftView[];
  /** Why the last request to a rotation, noted before, was not carried out; null when it was. */
  readonly requestRefused: {
    readonly action: string;
    readonly reason: string;
    readonly because: string;
    readonly at: string;
  } | null;
  readonly lastCompletedAt: string | null;
  /** The first instant at which its own interval, secrets, windows and blackouts let the schedule start. */
  readonly nextDueAt: string | null;
  /** What a sweep would make of it now; null where the journal cannot be read. The fleet's share of it is as the last sweep saw it. */
  readonly schedule: ScheduleView | null;
}

/** `answer`: start it, wake a rotation whose message is late, or leave it alone. */
export interface ScheduleView {
  readonly answer: 'start' | 'wake' | 'leave';
  readonly reason: ScheduleReason;
  readonly because: string;
}

/** All targets together, as the last sweep saw them. */
export interface FleetView {
  readonly line: 'runs' | 'stopped';
  /** One sentence that says why, and what to do when something is to be done. */
  readonly because: string;
  /** Targets whose suspended rotations count towards stopping the line; at most the first fifty. */
  readonly failures: readonly string[];
  readonly failed: number;
  readonly stopsAt: number | null;
  readonly lifted: { readonly at: string; readonly by: string | null; readonly reason: string | null } | null;
  readonly pendingCanaries: readonly string[];
  readonly running: number;
  readonly maxRunning: number | null;
  readonly maxRunningPerSubscription: number | null;
  /** Rotations in flight by subscription. */
  readonly runningIn: Readonly<Record<string, number>>;
  /** How many targets the last sweep answered with each reason. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly sweptAt: string | null;
}

/** One way in which vault, account and journal disagree: the closed reason, its sentence, and when it was first seen. */
export interface DriftView {
  readonly reason: string;
  readonly because: string;
  readonly since: string;
}

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

/** Whether the whole instance stands still, who said so and why. `paused` null: the journal cannot be read now. */
export interface PauseView {
  readonly paused: boolean | null;
  readonly by: string | null;
  readonly reason: string | null;
  readonly since: string | null;
}

export type RotationAnswer =
  | { readonly kind: 'found'; readonly rotation: RotationView }
  | Unavailable
  | UnknownTarget
  | UnknownRotation;

/** What the edges may ask for. Nothing here throws for an expected failure. */
export interface App {
  listTargets(): Promise<readonly TargetView[]>;
  readTarget(name: string): Promise<{ readonly kind: 'found'; readonly target: TargetView } | UnknownTarget>;
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
  readFleet(): Promise<{ readonly kind: 'found'; readonly fleet: FleetView } | Unavailable>;
  /** Lets the schedule go on in spite of the rotations that are suspended now. */
  liftLine(
    request: Stated,
    by: Operator,
  ): Promise<{ readonly kind: 'lifted'; readonly fleet: FleetView } | Unavailable>;
  /** Advances one account as far as it can go now. */
  advance(wakeUp: WakeUp): Promise<void>;
  /** Finds what is due, overdue, stuck or drifted, and wakes it. */
  sweep(): Promise<void>;
}
