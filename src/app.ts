import type { WakeUp } from './rotation/ports.ts';
import type { Slot } from './shared/slot.ts';

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
  readonly lastCompletedAt: string | null;
  readonly nextDueAt: string | null;
}

/** One rotation as the admin API shows it. */
export interface RotationView {
  readonly id: string;
  readonly target: string;
  readonly state: string;
  /** Why it is where it is: the closed reason, and its sentence. */
  readonly reason: string | null;
  readonly because: string | null;
  readonly cause: string;
  readonly startedAt: string;
  readonly stateSince: string;
  readonly deadline: string | null;
  /** When it goes on by itself; null when it is over or waits for a person. */
  readonly wakesAt: string | null;
  readonly idleSlotAtStart: Slot;
  readonly overlapSeconds: number;
  readonly overlapUntil: string | null;
  /** Until when `rollback` is possible; null when it is not. */
  readonly rollbackUntil: string | null;
  readonly attempts: number;
  readonly lastFailure: string | null;
  readonly probe: 'data-plane' | 'control-plane-only';
  /** After the end: whether the retired key was seen refused. */
  readonly refusal: 'seen' | 'not-seen' | null;
  readonly endedAt: string | null;
}

export interface StoredView {
  readonly secret: string;
  readonly change: 'created' | 'recovered' | 'updated' | 'unchanged';
  /** `****a1b2` for keys; endpoint and pointer in clear. */
  readonly shows: string;
}

/** A request that the state of things does not allow: becomes 409 with this reason and sentence; nothing has changed. */
export interface NotNow {
  readonly kind: 'not-now';
  readonly reason: string;
  readonly because: string;
  /** The rotation that stands in the way, if one does. */
  readonly rotationId: string | null;
  readonly retryAfterMs: number | null;
}

/** Azure could not be asked or did not allow it: becomes 502 or 503. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly reason: string;
  readonly because: string;
  readonly retryAfterMs: number | null;
}

export type UnknownTarget = { readonly kind: 'unknown-target' };

export type AdoptAnswer =
  | { readonly kind: 'adopted'; readonly target: TargetView; readonly secrets: readonly StoredView[] }
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
  | { readonly kind: 'unknown-rotation' };

export interface StartRequest {
  /** The operator's word that nobody holds the idle key. */
  readonly idleKeyUnused: boolean;
}

/** What the edges may ask for. Nothing here throws for an expected failure. */
export interface App {
  listTargets(): Promise<readonly TargetView[]>;
  readTarget(name: string): Promise<TargetView | UnknownTarget>;
  adopt(name: string, request: { readonly activeSlot: Slot | null }, by: Operator): Promise<AdoptAnswer>;
  startRotation(name: string, request: StartRequest, by: Operator): Promise<StartAnswer>;
  readRotation(name: string, id: string): Promise<RotationView | UnknownTarget | { readonly kind: 'unknown-rotation' }>;
  rollBack(name: string, id: string, by: Operator): Promise<ActionAnswer>;
  resume(name: string, id: string, by: Operator): Promise<ActionAnswer>;
  /** Advances one account as far as it can go now. */
  advance(wakeUp: WakeUp): Promise<void>;
  /** Finds what is due, overdue, stuck or drifted, and wakes it. */
  sweep(): Promise<void>;
}
