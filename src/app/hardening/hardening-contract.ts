import * as z from 'zod';
import type { NamedIdentity } from '../../hardening/access/gather-access.ts';
import type { Asking } from '../../hardening/network/ask-network.ts';
import type { PlanView } from '../../hardening/plan-view.ts';
import { probeNames } from '../../keys/probe-calls.ts';
import type { Risk } from '../../shared/difference.ts';
import type { FieldProblem } from '../../shared/field-problem.ts';
import {
  azureCode,
  group,
  instant,
  instantOrNull,
  lackedView,
  list,
  textOrNull,
  view,
} from '../../shared/view-parts.ts';
import type { ChangedMeanwhile, NotNow, Unavailable, UnknownTarget } from '../refused.ts';

/** The plan has risks that the request did not confirm, or that somebody must put right first: 409 with the plan. */
export interface NotConfirmed {
  readonly kind: 'not-confirmed';
  readonly open: readonly Risk[];
  readonly plan: PlanView;
  readonly etag: string;
}

const begun = { id: z.string(), by: z.string(), startedAt: instant };
const ended = { id: z.string(), by: z.string(), endedAt: instant };

/** A step of a change and how far it is. */
const stepView = group({ what: z.string(), why: z.string(), doneAt: instantOrNull });

/** What a request for an area may say beside its body: `dryRun` answers the plan and changes nothing. */
export type AskedOptions = Omit<Asking, 'by'>;

/** `View`: the hardening as it is. */
export type HardeningAnswer<View> =
  | { readonly kind: 'found'; readonly view: View; readonly etag: string }
  | { readonly kind: 'plan'; readonly plan: PlanView; readonly etag: string }
  /** Everything is as asked; a change that had failed says so in the view. */
  | { readonly kind: 'applied'; readonly view: View; readonly etag: string }
  /** The change goes on by itself. */
  | { readonly kind: 'under-way'; readonly view: View; readonly etag: string }
  | NotConfirmed
  /** A field of the request means nothing in Azure: 400, nothing changed. */
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem[] }
  | ChangedMeanwhile
  | NotNow
  | Unavailable
  | UnknownTarget;

export interface AccessRequest extends AskedOptions {
  readonly identities: readonly NamedIdentity[];
}

const askedView = group({
  identity: z.string().describe('An ARM id, `principal`, or `keyturn`.'),
  principalId: textOrNull,
  role: group({ guid: z.string(), name: z.string(), canListKeys: z.boolean() }),
  scope: z.string().describe('`account` or `resource-group`.'),
  present: z.boolean(),
  propagation: group({
    state: z.enum(['missing', 'spreading', 'proved', 'unknown']),
    by: instantOrNull.describe('When it should count at the latest.'),
    detail: z.string(),
  }).describe("`proved`: Keyturn called with it. `unknown`: of others' roles only their owners can tell."),
});

const assignmentView = group({
  name: z.string(),
  principalId: z.string(),
  principalType: z.string(),
  role: group({ guid: z.string(), name: textOrNull, canListKeys: z.boolean().nullable() }),
  scope: z.string(),
  madeByKeyturn: z.boolean(),
  hasCondition: z.boolean(),
});

export const accessView = view('Who has which role on the account, and what was asked.', {
  target: z.string(),
  asked: list(askedView).nullable(),
  assignments: list(assignmentView),
  vault: group({ permissionModel: z.enum(['rbac', 'access-policies', 'unknown']), detail: z.string() }).describe(
    "How the target's vault decides; with `access-policies` roles on the vault have no effect.",
  ),
  change: group({
    ...begun,
    steps: list(stepView),
    waiting: textOrNull,
    detail: textOrNull,
    code: azureCode,
  })
    .nullable()
    .describe('The change under way.'),
  lastChange: group({
    ...ended,
    outcome: z.enum(['applied', 'failed']),
    reason: textOrNull,
    detail: textOrNull,
    code: azureCode,
    failedStep: group({ what: z.string(), needs: z.string() }).nullable(),
    ...lackedView,
    steps: list(stepView),
  }).nullable(),
});

export type AccessView = Readonly<z.infer<typeof accessView>>;

export interface KeylessRequest extends AskedOptions {
  /** True: the account takes no keys. */
  readonly enabled: boolean;
  /** Object ids that are to work without keys; null: those that were given roles over the admin API. */
  readonly identities: readonly string[] | null;
  /** Keys are turned on again when the proof takes longer, minutes. */
  readonly proveWithinMinutes: number;
}

const keyUseView = z.union([
  group({ kind: z.literal('seen'), callers: list(group({ caller: z.string(), lastAt: instant })) }),
  group({ kind: z.literal('unknown'), detail: z.string() }),
]);

export const keylessView = view('Whether the account takes keys, and what is known of their use.', {
  target: z.string(),
  enabled: z.boolean().describe('The account takes no keys, and Keyturn keeps it so.'),
  account: group({ localAuthDisabled: z.boolean(), customSubdomain: textOrNull }),
  since: instantOrNull,
  verified: group({ at: instant, accepted: z.boolean(), code: z.string() }).nullable(),
  keyUse: keyUseView.describe('Never `none`: no source of Azure tells every use of a key.'),
  change: group({
    ...begun,
    at: z.string(),
    waiting: textOrNull,
    detail: textOrNull,
    code: azureCode,
    ...lackedView,
    calledOffBy: textOrNull.describe('Who wanted keys on again while they were being turned off: the change reverts.'),
    revertsAt: instantOrNull.describe('Keys are turned on again if the proof is not complete by then.'),
  }).nullable(),
  lastChange: group({
    ...ended,
    outcome: z.enum(['keys-off', 'keys-on', 'reverted', 'failed']),
    reason: textOrNull,
    detail: textOrNull,
    code: azureCode,
    ...lackedView,
    keyProof: z.enum(['refused', 'not-tried']).nullable(),
  }).nullable(),
});

export type KeylessView = Readonly<z.infer<typeof keylessView>>;

export const verifyView = view("What a call with Keyturn's own token showed.", {
  target: z.string(),
  accepted: z.boolean(),
  method: z.enum(probeNames).nullable(),
  code: z.string().describe('`accepted`, or why not.'),
  detail: z.string(),
  ...lackedView,
});

export type VerifyView = Readonly<z.infer<typeof verifyView>>;

export type VerifyAnswer =
  | { readonly kind: 'verified'; readonly view: VerifyView }
  | NotNow
  | Unavailable
  | UnknownTarget;

export const blockedRevertView = group({
  area: z.enum(['network', 'keyless']),
  reason: z.string(),
  detail: z.string(),
  whatToDo: z.string(),
  code: azureCode,
  since: instant,
});

export type BlockedRevertView = Readonly<z.infer<typeof blockedRevertView>>;

/** The way from rotated keys to none. */
export const stages = ['keys-rotated', 'network-closed', 'roles-granted', 'keyless-proved', 'keys-off'] as const;

export type HardeningStage = (typeof stages)[number];

export const hardeningStagesView = view('Where a target stands on the way to no keys.', {
  stage: z.enum(stages).nullable().describe('The highest that was reached.'),
  stages: list(group({ stage: z.enum(stages), since: instantOrNull })),
  next: group({
    stage: z.enum(stages),
    request: z.string(),
    body: z.unknown().describe('What to send with it; what stands in `<your-…>` is to be filled in.'),
    detail: z.string(),
  })
    .nullable()
    .describe('The next safe step; null when the last stage is reached.'),
});

export type HardeningStagesView = Readonly<z.infer<typeof hardeningStagesView>>;
