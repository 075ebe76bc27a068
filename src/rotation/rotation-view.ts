import * as z from 'zod';
import type { Target, TargetPolicy } from '../keys/target.ts';
import { viewLacked } from '../shared/missing-permission.ts';
import { slots } from '../shared/slot.ts';
import { iso, isoOrNull } from '../shared/time.ts';
import { group, instant, instantOrNull, list, textOrNull, view } from '../shared/view-parts.ts';
import type { AccountRow } from './account-row.ts';
import { explainWait, failureInWords } from './explain-wait.ts';
import { leakedKeyRisk, leaksKeptBy, overlapOfLeak } from './leak/leaked-keys.ts';
import type { OperatorAction } from './lifecycle.ts';
import { readersView } from './readers/readers-view.ts';
import { isLegal, legalActions } from './requests/operator-actions.ts';
import { type ActiveState, activeStateOf, type RotationEnd, type RotationState } from './state.ts';

/** What may be asked of a rotation, in the words of the paths: `POST …/rotations/{id}/{action}`. */
const actionPaths = ['rollback', 'cancel', 'hold', 'release-hold', 'expedite', 'resume'] as const satisfies readonly (
  | Exclude<OperatorAction, 'roll-back'>
  | 'rollback'
)[];

/** One rotation as the admin API shows it. Instants are ISO 8601 in UTC. */
export const rotationView = view('One rotation, in flight or over.', {
  id: z.string(),
  target: z.string(),
  state: z
    .string()
    .describe(
      'A state of the protocol, `suspended`, or how it ended: `completed`, `rolled-back`, `cancelled`, `replaced`.',
    ),
  suspendedIn: textOrNull.describe('The state in which it was suspended, and from which it continues; else null.'),
  reason: textOrNull.describe('Why it is where it is, from a closed list.'),
  detail: textOrNull.describe("The reason's sentence."),
  cause: z.string(),
  startedAt: instant,
  stateSince: instant,
  deadline: instantOrNull,
  wakesAt: instantOrNull.describe('When it goes on by itself; null when it is over, at work, or waits for a person.'),
  newSlot: z.enum(slots).describe('Whose key is regenerated first, and used from the switch on.'),
  overlapSeconds: z.number(),
  overlapUntil: instantOrNull,
  rollbackUntil: instantOrNull.describe(
    'Until when `rollback` is possible at least; null when it is not, or only with a confirmation.',
  ),
  actions: list(z.enum(actionPaths)).describe('What may be asked of it now.'),
  actionsToConfirm: list(
    z.object({ action: z.enum(actionPaths), confirm: list(z.string()), detail: z.string() }),
  ).describe('What would let a leaked key stay valid: it may be asked only with these names in `confirm`.'),
  overlapSetBy: z.string().describe('Who set the overlap that is in force.'),
  overlapReason: z.string(),
  held: group({
    by: z.string(),
    reason: z.string(),
    since: instant,
    until: instantOrNull.describe('When it ends by itself; null: only a person ends it.'),
  })
    .nullable()
    .describe('Who keeps the overlap from ending, since when and why; `keyturn` for who still reads the old key.'),
  leakedSlot: z.enum(slots).nullable().describe('The slot whose key leaked, if that is what it is for.'),
  attempts: z.number(),
  leftBehind: list(z.string()).describe('Declared copies that it goes on without.'),
  lastFailure: group({
    code: z.string().describe("Azure's own, or Keyturn's."),
    detail: z.string(),
    copy: textOrNull.describe('The declared copy that it is about.'),
    at: instant,
  })
    .nullable()
    .describe('The last failure in this state, in words.'),
  missingAction: textOrNull.describe(
    "The action or data action that Keyturn's identity lacked in the last failure, if Azure named it.",
  ),
  fix: textOrNull.describe('How it is granted.'),
  probe: z.enum(['data-plane', 'control-plane-only']).describe('How keys are proved to be accepted.'),
  refusal: z.enum(['seen', 'not-seen']).nullable().describe('After the end: whether the retired key was seen refused.'),
  endedAt: instantOrNull,
  readers: readersView
    .nullable()
    .describe(
      "Who read which key, by the vault's audit log, with KEYTURN_AUDIT_WORKSPACE: as it is now from the switch on, when this rotation itself is read in flight; else as it was when the overlap was over.",
    ),
});

export type RotationView = Readonly<z.infer<typeof rotationView>>;

/** A rotation in flight. @param leaks the account's leaked keys: nothing that keeps one valid is offered without a confirmation */
export function viewRotation(
  rotation: RotationState,
  leaks: AccountRow['leaks'],
  { name: target, policy: { probe } }: Target,
  wakeAtMs: number | null,
): RotationView {
  const actions = legalActions(rotation);
  const keptBy = (action: OperatorAction) => leaksKeptBy(action, rotation, leaks, []);
  const isOffered = (action: OperatorAction) => isLegal(action, rotation) && keptBy(action).length === 0;
  const state = activeStateOf(rotation);
  const held = rotation.kind === 'overlapping' ? rotation.held : null;
  const isWaitedFor = rotation.kind === 'suspended' || (held !== null && held.stragglers === undefined);
  const { reason, detail, missing } = explainWait(rotation);
  return {
    ...commonView(state, target, probe),
    state: rotation.kind,
    suspendedIn: rotation.kind === 'suspended' ? rotation.from.kind : null,
    reason,
    detail,
    ...viewLacked(missing),
    stateSince: iso(rotation.kind === 'suspended' ? rotation.sinceMs : state.stateSinceMs),
    deadline:
      isWaitedFor || held !== null ? null : iso(state.kind === 'confirming' ? state.giveUpAtMs : state.deadlineMs),
    wakesAt: isWaitedFor ? null : isoOrNull(wakeAtMs),
    rollbackUntil: isOffered('roll-back') && 'overlapUntilMs' in state ? iso(state.overlapUntilMs) : null,
    actions: actions.filter(isOffered).map(pathOf),
    actionsToConfirm: actions
      .filter((action) => !isOffered(action))
      .map((action) => {
        const risks = keptBy(action).map((slot) => leakedKeyRisk(slot, action));
        return {
          action: pathOf(action),
          confirm: risks.map(({ name }) => name),
          detail: risks.map(({ text }) => text).join(' '),
        };
      }),
    refusal: state.kind === 'confirming' ? state.refusal : null,
    endedAt: null,
  };
}

/** A rotation that is over. */
export function viewEnded(end: RotationEnd, target: string, probe: TargetPolicy['probe']): RotationView {
  return {
    ...commonView(end.last, target, probe),
    state: end.outcome,
    suspendedIn: null,
    reason: null,
    detail: null,
    ...viewLacked(null),
    stateSince: iso(end.endedAtMs),
    deadline: null,
    wakesAt: null,
    rollbackUntil: null,
    actions: [],
    actionsToConfirm: [],
    refusal: end.refusal,
    endedAt: iso(end.endedAtMs),
  };
}

function pathOf(action: OperatorAction): (typeof actionPaths)[number] {
  return action === 'roll-back' ? 'rollback' : action;
}

function commonView(state: ActiveState, target: string, probe: TargetPolicy['probe']) {
  const { leaked } = state;
  // Consumers are about to be led away from a leaked key: the rotation's own overlap is not theirs.
  const isLeavingLeak = state.kind === 'preparing' && leaked !== null && leaked.slot !== state.newSlot;
  const overlap = isLeavingLeak ? overlapOfLeak(state.overlap, leaked) : state.overlap;
  return {
    id: state.rotationId,
    target,
    cause: state.cause,
    startedAt: iso(state.startedAtMs),
    newSlot: state.newSlot,
    overlapSeconds: overlap.ms / 1000,
    overlapUntil: 'overlapUntilMs' in state ? iso(state.overlapUntilMs) : null,
    overlapSetBy: overlap.by,
    overlapReason: overlap.reason,
    held:
      state.kind === 'overlapping' && state.held !== null
        ? {
            by: state.held.by,
            reason: state.held.reason,
            since: iso(state.held.atMs),
            until: state.held.stragglers === undefined ? null : iso(state.held.stragglers.untilMs),
          }
        : null,
    leakedSlot: state.leaked?.slot ?? null,
    attempts: state.attempts,
    leftBehind: state.leftBehind,
    readers: 'readers' in state ? state.readers : null,
    lastFailure: state.lastFailure && {
      code: state.lastFailure.code,
      detail: failureInWords(state.lastFailure),
      copy: state.lastFailure.copy ?? null,
      at: iso(state.lastFailure.atMs),
    },
    probe,
  };
}
