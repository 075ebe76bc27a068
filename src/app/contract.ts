import type { DiagnosisView } from '../diagnosis/diagnosis-view.ts';
import type { WakeUp } from '../durable/ports.ts';
import type { NetworkRequest } from '../hardening/network/network-request.ts';
import type { NetworkChangeView, NetworkView } from '../hardening/network/network-view.ts';
import type { PlanView } from '../hardening/plan-view.ts';
import { mostCopies, targetName } from '../keys/target.ts';
import type { LeakPreview } from '../rotation/leak/preview-leak.ts';
import type { RotationPlan } from '../rotation/requests/plan-rotation.ts';
import type { RotationView } from '../rotation/rotation-view.ts';
import type { Resettable } from '../rotation/schedule/resets.ts';
import type { RegeneratedKey, SecretEvent } from '../shared/azure-events.ts';
import type { Risk } from '../shared/difference.ts';
import type { SecretText } from '../shared/secret-text.ts';
import type { Slot } from '../shared/slot.ts';
import type { StoredView } from '../targets/stored-view.ts';
import type { DocumentProblem } from '../targets/targets-document.ts';
import type {
  AccessRequest,
  AccessView,
  AskedOptions,
  HardeningAnswer,
  KeylessRequest,
  KeylessView,
  NotConfirmed,
  VerifyAnswer,
} from './hardening/hardening-contract.ts';
import type { ChangedMeanwhile, NotNow, Unavailable, UnknownRotation, UnknownTarget } from './refused.ts';
import type { AuditTrailView, ListedRotation } from './rotations/audit-trail-view.ts';
import type { FleetView, PauseView } from './sweep/fleet-views.ts';
import type { AdoptionsView, AdoptionView } from './targets/adoption-views.ts';
import type { IdentifiedView } from './targets/identify-view.ts';
import type { TargetQuery } from './targets/target-query.ts';
import type { DiscoveryView, ListedTarget, TargetSummary, TargetView } from './targets/target-views.ts';

export type {
  LeakPreview,
  ListedTarget,
  NotNow,
  RotationView,
  TargetSummary,
  Unavailable,
  UnknownRotation,
  UnknownTarget,
};

/** Who asks, as the access token tells. Goes into the journal. */
export interface Operator {
  readonly objectId: string;
}

/** What was asked for, or why it was not done. */
type Answer<Ok> = Ok | NotNow | Unavailable | UnknownTarget;

export type ListAnswer =
  | {
      readonly kind: 'listed';
      readonly targets: readonly ListedTarget[];
      /** How many fit, on this page or not. */
      readonly total: number;
      /** Null: these are the last ones. */
      readonly next: string | null;
      readonly discovery: DiscoveryView | null;
    }
  /** `after` is no `next` of ours. */
  | { readonly kind: 'unknown-page' }
  /** No target ever has such a finding: an empty list would say that all is well. */
  | { readonly kind: 'unknown-drift'; readonly found: string; readonly known: readonly string[] }
  | Unavailable;

export type TargetAnswer = { readonly kind: 'found'; readonly target: ListedTarget } | Unavailable | UnknownTarget;

export type IdentifyAnswer = { readonly kind: 'identified'; readonly identified: IdentifiedView } | Unavailable;

/** Secrets were stored, as they are shown. */
interface Stored<Kind> {
  readonly kind: Kind;
  readonly target: TargetView;
  readonly secrets: readonly StoredView[];
}

export type AdoptAnswer = Answer<Stored<'adopted'>>;

export type RepairAnswer = Answer<Stored<'repaired'>>;

export interface OffboardRequest extends AskedOptions {
  /** What becomes of the history and audit trail of its rotations. */
  readonly history: 'keep' | 'remove';
}

export type OffboardAnswer = Answer<
  | { readonly kind: 'plan'; readonly plan: PlanView; readonly etag: string }
  /** `plan`: what was done; empty if nothing was left to do. */
  | { readonly kind: 'offboarded'; readonly target: string; readonly plan: PlanView }
  | { readonly kind: 'unconditional'; readonly etag: string }
  | ChangedMeanwhile
  | NotConfirmed
>;

export type StartAnswer = Answer<
  | { readonly kind: 'started'; readonly rotation: RotationView }
  /** The idempotency key was used before, for a request that asked for something else. */
  | { readonly kind: 'key-reused' }
>;

/** `noted`: the wish is written down, the rotation's next step carries it out. */
export type ActionAnswer =
  | Answer<
      | { readonly kind: 'noted'; readonly rotation: RotationView }
      /** A leaked key would stay valid by it, and `confirm` does not name it. */
      | { readonly kind: 'not-confirmed'; readonly risks: readonly Risk[] }
    >
  | UnknownRotation;

export interface AdoptRequest {
  /** The slot that consumers use today, if no pointer says so yet. */
  readonly activeSlot: Slot | null;
  /** The target may be taken from another Keyturn instance. Default false. */
  readonly takeOver?: boolean;
  /** Names of the risks that are taken: a leaked key that consumers may be given. Default none. */
  readonly confirm?: readonly string[];
}

/** `all`: every target that is known and not adopted yet. */
export interface AdoptManyRequest {
  readonly targets: readonly string[] | 'all';
  /** Targets may be taken from another Keyturn instance. */
  readonly takeOver: boolean;
  /** Only tell what would happen. */
  readonly dryRun: boolean;
}

export interface StartRequest {
  /** The operator's confirmation that nobody uses the inactive key. */
  readonly inactiveKeyUnused: boolean;
  /** The caller's own name for this request: asked again with it, it answers with the rotation that it started. */
  readonly idempotencyKey?: string | null;
}

/** Why an operator intervenes; goes into the journal. */
interface Stated {
  readonly reason: string;
}

export interface ResetRequest extends Stated {
  readonly what: readonly Resettable[];
}

export interface AcceptDocumentRequest extends Stated {
  /** The entity tags of `If-Match`; null: none was sent. */
  readonly ifMatch: readonly string[] | null;
}

export type AcceptDocumentAnswer =
  | { readonly kind: 'accepted'; readonly fleet: FleetView; readonly etag: string }
  /** `etag`: of the document as it was last seen; null: it was not. */
  | { readonly kind: 'unconditional'; readonly etag: string | null }
  | ChangedMeanwhile
  | { readonly kind: 'invalid'; readonly problems: readonly DocumentProblem[] }
  | NotNow
  | Unavailable;

interface HoldRequest extends Stated {
  /** Names of the risks that are taken; default none. */
  readonly confirm?: readonly string[];
}

/** So many copies a request can name: all that a target has. */
export const mostLeftBehind = mostCopies;

export { targetName };

/** `overlapSeconds` null: the shortest overlap that the target's settings call safe. */
interface ExpediteRequest extends Stated {
  readonly overlapSeconds: number | null;
  /** Names of copies that the rotation is to go on without. Default none. */
  readonly leaveBehind?: readonly string[];
}

export interface LeakRequest {
  readonly slot: Slot;
  /** Only tell what would happen. */
  readonly dryRun: boolean;
  readonly reason: string | null;
  /** From leading consumers away to the end of the key; null: five minutes, never more than the target's overlap. */
  readonly overlapSeconds: number | null;
}

export type LeakAnswer = Answer<
  | { readonly kind: 'previewed'; readonly preview: LeakPreview }
  /** `rotation`: the one that replaces the key, or the one that is preempted first. */
  | { readonly kind: 'begun'; readonly preview: LeakPreview; readonly rotation: RotationView }
  /** The account takes no keys, or is about to take none: the key is replaced at once when keys are on again. */
  | { readonly kind: 'noted'; readonly preview: LeakPreview; readonly detail: string }
>;

export interface PauseRequest {
  readonly paused: boolean;
  readonly reason: string | null;
}

export interface FoundRotation {
  readonly kind: 'found';
  readonly rotation: RotationView;
}

/** What was looked for, or why it is not shown. */
type ReadAnswer<Ok> = Ok | Unavailable | UnknownTarget | UnknownRotation;

/** Which part of a list is asked for: so many, after that one (null: from the start). */
export interface Page {
  readonly limit: number;
  readonly after: string | null;
}

export type RotationsAnswer =
  | { readonly kind: 'found'; readonly rotations: readonly ListedRotation[]; readonly next: string | null }
  | Unavailable
  | UnknownTarget;

export type AuditTrailAnswer = ReadAnswer<{ readonly kind: 'found'; readonly auditTrail: AuditTrailView }>;

/** The address that a diagnosis tests against the account's rules, and who told it. */
export type TestedAddress = { readonly value: string; readonly from: 'query' | 'request' } | null;

export type DiagnosisAnswer =
  /** Azure was asked once; any number of addresses are tested against what it answered. */
  | { readonly kind: 'diagnosed'; readonly diagnosisFor: (address: TestedAddress) => DiagnosisView }
  | Unavailable
  | UnknownTarget;
export type { NetworkChangeView, NetworkRequest, NetworkView, PlanView };

export type NetworkChangeAnswer =
  | { readonly kind: 'found'; readonly change: NetworkChangeView }
  | { readonly kind: 'unknown-change' };

export type NetworkPutAnswer =
  | HardeningAnswer<NetworkView>
  | { readonly kind: 'unconditional'; readonly etag: string }
  | { readonly kind: 'begun'; readonly change: NetworkChangeView; readonly plan: PlanView | null };

/** What the edges may ask for. Nothing here throws for an expected failure. */
export interface App {
  listTargets(query: TargetQuery): Promise<ListAnswer>;
  readTarget(name: string): Promise<TargetAnswer>;
  /** Tests what usually goes wrong; changes nothing. */
  diagnose(name: string): Promise<DiagnosisAnswer>;
  /** Whose a key is that somebody found. Asks no account and no vault; keeps nothing of it. */
  identify(key: SecretText, by: Operator): Promise<IdentifyAnswer>;
  adopt(name: string, request: AdoptRequest, by: Operator): Promise<AdoptAnswer>;
  /** What adopting the target would do. Changes nothing. */
  previewAdoption(
    name: string,
    request: AdoptRequest,
  ): Promise<{ readonly kind: 'previewed'; readonly adoption: AdoptionView } | Unavailable | UnknownTarget>;
  /** Each as `adopt` does, as many as there is time for; or, for a dry run, as `previewAdoption` tells it. */
  adoptMany(
    request: AdoptManyRequest,
    by: Operator,
  ): Promise<{ readonly kind: 'done'; readonly adoptions: AdoptionsView } | NotNow | Unavailable>;
  /** Stores again what the account has; regenerates nothing, changes no rotation. */
  repair(name: string, by: Operator): Promise<RepairAnswer>;
  /** Offboards a target, or answers the plan; account, keys and secrets stay as they are. */
  offboard(name: string, request: OffboardRequest, by: Operator): Promise<OffboardAnswer>;
  startRotation(name: string, request: StartRequest, by: Operator): Promise<StartAnswer>;
  /** What a rotation would do that starts now. Changes nothing. */
  previewRotation(
    name: string,
    request: Pick<StartRequest, 'inactiveKeyUnused'>,
  ): Promise<{ readonly kind: 'previewed'; readonly plan: RotationPlan } | Unavailable | UnknownTarget>;
  readRotation(name: string, id: string): Promise<ReadAnswer<FoundRotation>>;
  listRotations(name: string, page: Page): Promise<RotationsAnswer>;
  readAuditTrail(name: string, id: string, page: Page): Promise<AuditTrailAnswer>;
  /** @param confirm names of the risks that are taken; default none */
  rollBack(name: string, id: string, by: Operator, confirm?: readonly string[]): Promise<ActionAnswer>;
  resume(name: string, id: string, by: Operator): Promise<ActionAnswer>;
  cancel(name: string, id: string, by: Operator, confirm?: readonly string[]): Promise<ActionAnswer>;
  hold(name: string, id: string, request: HoldRequest, by: Operator): Promise<ActionAnswer>;
  releaseHold(name: string, id: string, by: Operator): Promise<ActionAnswer>;
  expedite(name: string, id: string, request: ExpediteRequest, by: Operator): Promise<ActionAnswer>;
  leak(name: string, request: LeakRequest, by: Operator): Promise<LeakAnswer>;
  readAccess(name: string): Promise<HardeningAnswer<AccessView>>;
  changeAccess(name: string, request: AccessRequest, by: Operator): Promise<HardeningAnswer<AccessView>>;
  readKeyless(name: string): Promise<HardeningAnswer<KeylessView>>;
  /** Calls the account with Keyturn's own token; changes nothing. */
  verifyKeyless(name: string): Promise<VerifyAnswer>;
  changeKeyless(name: string, request: KeylessRequest, by: Operator): Promise<HardeningAnswer<KeylessView>>;
  readPause(): Promise<PauseView>;
  setPause(
    request: PauseRequest,
    by: Operator,
  ): Promise<{ readonly kind: 'set'; readonly pause: PauseView } | Unavailable>;
  readFleet(): Promise<{ readonly kind: 'found'; readonly fleet: FleetView } | Unavailable>;
  /** Lets the schedule go on in spite of what holds targets up now. */
  resetFleet(
    request: ResetRequest,
    by: Operator,
  ): Promise<{ readonly kind: 'reset'; readonly fleet: FleetView } | Unavailable>;
  /** Takes the targets document that the operator has seen, whatever it drops. */
  acceptDocument(request: AcceptDocumentRequest, by: Operator): Promise<AcceptDocumentAnswer>;
  readNetwork(name: string): Promise<HardeningAnswer<NetworkView>>;
  readNetworkChange(name: string, id: string): Promise<NetworkChangeAnswer | Unavailable | UnknownTarget>;
  putNetwork(name: string, request: NetworkRequest, asking: AskedOptions, by: Operator): Promise<NetworkPutAnswer>;
  /** Advances one account as far as it can go now. */
  advance(wakeUp: WakeUp): Promise<void>;
  /** Takes Key Vault's event as a reason to look, never as a fact. Throws only if the journal could not be asked now. */
  handleSecretEvent(event: SecretEvent): Promise<void>;
  /** Looks at a target whose key somebody else may have regenerated. Throws only if the journal could not be asked now. */
  handleRegeneratedKey(event: RegeneratedKey): Promise<void>;
  /** Finds what is due, overdue, stuck or drifted, and wakes it. */
  sweep(): Promise<void>;
}
