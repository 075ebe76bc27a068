import { notCalledCode } from '../../keys/endpoint-calls.ts';
import type { ProbedAccount, TokenAnswer, TokenProbe } from '../../keys/ports.ts';
import type { RefusalReason } from '../../shared/refusals.ts';
import { sameResource } from '../../shared/resource-id.ts';
import { backoffMs } from '../../shared/retry-pace.ts';
import { hourMs } from '../../shared/time.ts';
import { assertNever } from '../../shared/unexpected-error.ts';
import { type Cause, causeOf, noCause } from '../hardening-refusals.ts';
import { goOn, type HardeningWork, type StepContext, type Stepped } from '../run-hardening.ts';
import type { AccessChange, AccessFailure, AccessState } from './access-state.ts';
import { assignmentName, isMadeByKeyturn } from './made-by-keyturn.ts';
import type { Authorization, Identities } from './ports.ts';

/** A new principal or role may take ten minutes to be known everywhere; half of that again is our margin. */
const spreadingPatienceMs = 15 * 60_000;

/**
 * How often Keyturn's own token must be accepted in a row. A gateway's nodes learn of a role one after the other, and one may serve
 * no call of a whole round. That there are at most eight is assumed: each is met by 25 calls in 96 of 100 cases.
 */
const proof = { rounds: 5, calls: 5, roundEveryMs: 15_000 } as const;

/** How long one step may fail for reasons that pass by themselves. */
const retryPatienceMs = hourMs;

export interface AccessPorts {
  readonly authorization: Authorization;
  readonly identities: Identities;
  readonly tokenProbe: TokenProbe;
}

export interface AccessTarget {
  readonly kind: string;
  readonly endpoint: string;
  readonly accountScope: string;
  /** See `keyturnDescription`. */
  readonly description: string;
}

/** What Azure refuses an assignment with, if its code is known: https://learn.microsoft.com/azure/role-based-access-control/troubleshooting */
const knownCodes: Readonly<Record<string, AccessFailure>> = {
  RoleAssignmentLimitExceeded: 'role-assignment-limit',
  RoleDefinitionDoesNotExist: 'role-not-found',
};

type Change = NonNullable<AccessState['change']>;

/**
 * Carries a change of access through. Every step may be repeated: it asks for a state of things, not for an event.
 * @param resumedAtMs when a pause of the instance last ended, by the storage service's clock: it counts for no step's patience
 */
export function accessWork(
  ports: AccessPorts,
  target: AccessTarget,
  random: () => number,
  resumedAtMs: number,
): HardeningWork<AccessState> {
  const withoutPause = (change: Change): Change => ({
    ...change,
    stepSinceMs: Math.max(change.stepSinceMs, resumedAtMs),
  });
  return {
    async step(state, context) {
      if (state.change === null) return { kind: 'done', state };
      const change = withoutPause(state.change);
      const step = change.steps.find(({ doneAtMs }) => doneAtMs === null);
      if (step === undefined) return end(state, change, null, context.nowMs);
      return await perform(ports, target, state, change, step.change, context, random);
    },

    failed(state, failure, nowMs) {
      if (state.change === null) return { kind: 'done', state };
      const change = withoutPause(state.change);
      if (failure.kind === 'refused')
        return end(state, change, knownCodes[failure.code] ?? failure.reason, nowMs, causeOf(failure));
      if (nowMs - change.stepSinceMs > retryPatienceMs)
        return end(state, change, 'access-change-overdue', nowMs, causeOf(failure));
      const askedMs = failure.kind === 'not-applied' ? failure.retryAfterMs : null;
      return waitFor(state, change, 'retry-later', random, failure.code, askedMs);
    },
  };
}

async function perform(
  { authorization, identities, tokenProbe }: AccessPorts,
  { kind, endpoint, accountScope, description }: AccessTarget,
  state: AccessState,
  change: Change,
  wanted: AccessChange,
  { fence, nowMs }: StepContext,
  random: () => number,
): Promise<Stepped<AccessState>> {
  const isPatient = nowMs - change.stepSinceMs <= spreadingPatienceMs;
  switch (wanted.kind) {
    case 'create-identity': {
      const found = await identities.find(wanted.armId);
      if (found === null) await identities.create(wanted.armId, wanted.location, fence);
      return next(state, change, nowMs);
    }
    case 'assign': {
      const { scope, role, identity } = wanted.grant;
      const found = identity.kind === 'user-assigned' ? await identities.find(identity.armId) : identity;
      if (found === null) return end(state, change, 'identity-missing', nowMs);
      const { principalId } = found;
      const name = assignmentName(scope, principalId, role.guid);
      const principalType = identity.kind === 'principal' ? identity.principalType : 'ServicePrincipal';
      const answer = await authorization.assign(
        { scope, name, principalId, principalType, roleGuid: role.guid, description },
        fence,
      );
      switch (answer) {
        case 'created':
        case 'exists':
          return next(state, change, nowMs);
        case 'principal-unknown':
          return isPatient
            ? waitFor(state, change, 'principal-spreading', random)
            : end(state, change, 'principal-not-found', nowMs);
        case 'principal-type-wrong':
          return end(state, change, 'principal-type-wrong', nowMs);
        case 'name-taken':
          return end(state, change, 'assignment-name-taken', nowMs);
        default:
          return assertNever(answer);
      }
    }
    case 'prove-own-access': {
      const answer = await callOften(tokenProbe, { kind, endpoint });
      // The target was set to control-plane-only since the change began: then only its owner can show that the role counts.
      if (answer.kind === 'unknown' && answer.code === notCalledCode) return next(state, change, nowMs);
      if (answer.kind === 'accepted') {
        const rounds = change.rounds + 1;
        if (rounds >= proof.rounds) return next(state, { ...change, ownAccess: 'proved' }, nowMs);
        const proving = { ...change, rounds, waiting: 'proving' as const, code: null };
        return { kind: 'rest', state: { ...state, change: proving }, forMs: proof.roundEveryMs, as: 'bounded' };
      }
      // What else was asked for is done all the same: only the proof is missing, and the view says so.
      if (!isPatient) return next(state, { ...change, ownAccess: 'not-proved' }, nowMs);
      const again = { ...change, rounds: 0 };
      if (answer.kind === 'denied') return waitFor(state, again, 'role-spreading', random);
      const code = answer.kind === 'unknown' ? answer.code : answer.kind;
      return waitFor(state, again, 'endpoint-unclear', random, code);
    }
    case 'unassign': {
      const assignments = await authorization.assignmentsAt(accountScope);
      const held = assignments.find(({ name, scope }) => name === wanted.name && sameResource(scope, wanted.scope));
      // Somebody may have made it their own since the plan was made.
      if (held !== undefined && isMadeByKeyturn(held, description))
        await authorization.unassign(wanted.scope, wanted.name, fence);
      return next(state, change, nowMs);
    }
    default:
      return assertNever(wanted);
  }
}

/** The first answer that is no acceptance, or else the last. */
async function callOften(probe: TokenProbe, account: ProbedAccount): Promise<TokenAnswer> {
  let answer = await probe.call(account);
  for (let call = 1; call < proof.calls && answer.kind === 'accepted'; call += 1) answer = await probe.call(account);
  return answer;
}

const neededActions: Readonly<Record<AccessChange['kind'], readonly string[]>> = {
  'create-identity': ['Microsoft.ManagedIdentity/userAssignedIdentities/write'],
  assign: ['Microsoft.Authorization/roleAssignments/write'],
  unassign: ['Microsoft.Authorization/roleAssignments/delete'],
  'prove-own-access': [],
};

/** The ARM actions that a step needs, besides the reads of every plan. */
export function actionsFor({ kind }: AccessChange): readonly string[] {
  return neededActions[kind];
}

/** The action that a step needs, and where: what to grant when Azure denies it. */
export function neededFor(change: AccessChange, accountScope: string): string {
  const [action] = actionsFor(change);
  switch (change.kind) {
    case 'create-identity':
      return `${action} at ${change.armId.split('/providers/')[0]}`;
    case 'assign': {
      const { identity, scope } = change.grant;
      const read = 'Microsoft.ManagedIdentity/userAssignedIdentities/read';
      return `${action} at ${scope}${identity.kind === 'user-assigned' ? `, ${read} at ${identity.armId}` : ''}`;
    }
    case 'unassign':
      return `${action} at ${change.scope}`;
    case 'prove-own-access':
      return `a role with data actions at ${accountScope}`;
  }
}

function next(state: AccessState, change: Change, nowMs: number): Stepped<AccessState> {
  const at = change.steps.findIndex(({ doneAtMs }) => doneAtMs === null);
  const steps = change.steps.map((step, index) => (index === at ? { ...step, doneAtMs: nowMs } : step));
  return goOn(state, { ...change, steps, stepSinceMs: nowMs, tries: 0, rounds: 0, waiting: null, code: null });
}

function waitFor(
  state: AccessState,
  change: Change,
  waiting: NonNullable<Change['waiting']>,
  random: () => number,
  code: string | null = null,
  askedMs: number | null = null,
): Stepped<AccessState> {
  const tries = change.tries + 1;
  const forMs = backoffMs('access', tries, random(), askedMs);
  return { kind: 'rest', state: { ...state, change: { ...change, tries, waiting, code } }, forMs };
}

function end(
  state: AccessState,
  change: Change,
  reason: AccessFailure | RefusalReason | null,
  nowMs: number,
  cause: Cause = noCause,
): Stepped<AccessState> {
  const { id, by, steps, ownAccess } = change;
  const failed = reason === null ? undefined : steps.find(({ doneAtMs }) => doneAtMs === null);
  const failedStep =
    failed === undefined ? null : { what: failed.what, needs: neededFor(failed.change, 'the account') };
  const last = {
    id,
    by,
    endedAtMs: nowMs,
    outcome: reason === null ? ('applied' as const) : ('failed' as const),
    reason,
    failedStep,
    steps,
    ownAccess,
    ...cause,
  };
  return { kind: 'done', state: { ...state, change: null, last } };
}
