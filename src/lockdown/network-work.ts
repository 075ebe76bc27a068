import type { PostureWork, StepContext, Stepped } from '../posture/work-posture.ts';
import { openRisks } from '../shared/difference.ts';
import { type Failure, FailureError } from '../shared/failure.ts';
import type { Fence } from '../shared/fence.ts';
import type { AccountId } from '../shared/resource-id.ts';
import { type GatherPorts, gatherNetwork } from './gather-network.ts';
import type { NetworkDifference } from './network-change.ts';
import { settling } from './network-facts.ts';
import type { NetworkEnd, NetworkWait } from './network-reasons.ts';
import type { NetworkChangeState, NetworkState } from './network-state.ts';
import { performChange } from './perform-change.ts';
import { planNetwork } from './plan-network.ts';
import { sameRules } from './plan-rules.ts';
import type { NetworkHand } from './ports.ts';
import { callAccount, type ProvePorts, provePrivatePath } from './prove-way-in.ts';

/** Between two looks at what Azure is making, milliseconds. */
const lookAgainMs = 15_000;
/** Between two proofs. */
const proveAgainMs = 5_000;
/** Looks at one difference, `lookAgainMs` apart: half an hour for a resource, which takes a minute or two. */
const mostLooks = 120;
/** Azure Policy may take half an hour to write a record: https://learn.microsoft.com/azure/governance/policy/how-to/remediate-resources */
const mostPolicyLooks = 240;
const mostProofLooks = 60;
/** A zone or link shows only when it is made, which takes about a minute: before that it is not handed over again. */
const handAgainMs = 60_000;
/** A change that was handed over so often and never shows is refused in a way that only the operation would tell. */
const mostSends = 20;
/** So many calls in a row, and so long after the change, must be accepted with the new rules in force. */
const acceptancesWanted = 3;
/** The former rules are put back when the proof has not succeeded by then. */
const mostDoorMs = 5 * 60_000;
const restoreAgainMs = 10_000;

export interface NetworkWorkPorts extends GatherPorts, Omit<ProvePorts, 'accounts'> {
  readonly accounts: (fence: Fence) => ProvePorts['accounts'];
  readonly hand: (fence: Fence) => NetworkHand;
  /** False where the target's settings keep Keyturn off the account's endpoint: then names and the vault are the whole proof. */
  readonly dataPlane: boolean;
  /** Whether Keyturn still reaches the target's vault. Never throws. */
  readonly vaultReached: () => Promise<boolean>;
  readonly paused: () => Promise<boolean>;
}

type Change = NetworkChangeState;
type Phase<K extends Change['phase']['kind']> = Extract<Change['phase'], { kind: K }>;

/**
 * Carries a change of an account's network through. Every wake reads what is there and plans anew, so that a crash
 * anywhere costs a repeated look and nothing else; only the door has states of its own.
 */
export function networkWork(ports: NetworkWorkPorts, account: AccountId): PostureWork<NetworkState> {
  return {
    async step(state, context) {
      const { change } = state;
      if (change === null) return { kind: 'done', state };
      const { phase } = change;
      switch (phase.kind) {
        case 'working':
          return await work(ports, account, state, change, phase, context);
        case 'closing':
          return await close(ports, account, state, change, phase, context);
        case 'restoring':
          return await restore(ports, account, state, change, phase, context);
      }
    },
    failed: (state, failure, nowMs) => afterFailure(state, failure, nowMs),
  };
}

async function work(
  ports: NetworkWorkPorts,
  account: AccountId,
  state: NetworkState,
  change: Change,
  phase: Phase<'working'>,
  { fence, nowMs }: StepContext,
): Promise<Stepped<NetworkState>> {
  // Nothing is half done here; the door, once it moves, is proved or put back whatever the switch says.
  if (await ports.paused()) return wait(state, { ...change, phase: { ...phase, first: null } }, 'paused', 60_000);
  const facts = await gatherNetwork(ports, account, change.request);
  const plan = planNetwork(account, change.request, facts, phase.proved);
  const [first] = plan;
  if (first === undefined) {
    const moving = settling(facts);
    return moving === null ? end(state, change, 'applied', nowMs) : wait(state, change, 'azure-working', lookAgainMs);
  }
  // What was to be confirmed was, when the change was asked for.
  const blocked = openRisks(
    plan,
    plan.flatMap(({ risks }) => risks.map(({ name }) => name)),
  );
  if (blocked.length > 0) return end(state, change, 'newly-blocked', nowMs);
  const started = lookedAt(phase, first);
  const at = { ...change, phase: { ...phase, first: started } };
  if (settling(facts) !== null) {
    return started.looks > mostLooks
      ? end(state, change, 'not-taking', nowMs)
      : wait(state, at, 'azure-working', lookAgainMs);
  }
  const { change: wanted } = first;
  switch (wanted.kind) {
    case 'prove-private-path': {
      const proof = { ...ports, accounts: ports.accounts(fence) };
      const missing = await provePrivatePath(proof, account, facts.account, wanted.hosts, ports.dataPlane);
      if (missing === null) {
        return {
          kind: 'go-on',
          state: { ...state, change: noted(at, first, nowMs, { ...phase, first: null, proved: true }) },
        };
      }
      const isByPolicy = change.request.privateDns?.zones === 'policy-managed';
      if (started.looks > (isByPolicy ? mostPolicyLooks : mostProofLooks)) {
        return end(state, change, 'path-not-proved', nowMs, missing.action);
      }
      return wait(state, at, missing.reason, lookAgainMs, missing.code, missing.action);
    }
    case 'set-network-rules': {
      const { from, to } = wanted;
      const closing = { kind: 'closing', from, to, sends: 0, inForceAtMs: null, acceptances: 0 } as const;
      return { kind: 'go-on', state: { ...state, change: { ...at, phase: closing, waitingFor: null } } };
    }
    default: {
      if (started.sends >= mostSends || started.looks > mostLooks) {
        return end(state, change, 'not-taking', nowMs);
      }
      // What is made out of sight may still be under way.
      if (started.sentAtMs !== null && nowMs - started.sentAtMs < handAgainMs) {
        return wait(state, at, 'azure-working', lookAgainMs);
      }
      try {
        await performChange(ports.hand(fence), account, wanted);
      } catch (error) {
        if (!(error instanceof FailureError) || error.failure.kind !== 'refused') throw error;
        return end(state, at, error.failure.reason, nowMs, error.failure.action);
      }
      const next = { ...phase, first: { ...started, sends: started.sends + 1, sentAtMs: nowMs } };
      const after = started.sends === 0 ? noted(at, first, nowMs, next) : { ...at, phase: next };
      return wait(state, after, 'azure-working', proveAgainMs);
    }
  }
}

/** The rules before were saved; now the new ones are sent, and proved while they are in force. */
async function close(
  ports: NetworkWorkPorts,
  account: AccountId,
  state: NetworkState,
  change: Change,
  phase: Phase<'closing'>,
  { fence, nowMs }: StepContext,
): Promise<Stepped<NetworkState>> {
  const { from, to } = phase;
  const found = await ports.look.account(account);
  const isMoving = found.provisioningState !== 'Succeeded' && found.provisioningState !== 'Failed';
  if (!sameRules(found.rules, to)) {
    if (!sameRules(found.rules, from)) return end(state, change, 'rules-changed-meanwhile', nowMs);
    if (phase.sends >= mostSends) return end(state, change, 'not-taking', nowMs);
    if (isMoving) return wait(state, change, 'azure-working', proveAgainMs);
    return await sendRules(ports, account, state, change, phase, { fence, nowMs });
  }
  const reached = ports.dataPlane
    ? await callAccount({ ...ports, accounts: ports.accounts(fence) }, account, found)
    : ({ kind: 'accepted' } as const);
  const stands = reached.kind === 'accepted' && (await ports.vaultReached());
  const acceptances = stands ? phase.acceptances + 1 : 0;
  if (acceptances >= acceptancesWanted && !isMoving) return end(state, change, 'applied', nowMs);
  // A worker that vanished may have sent them: the time to prove them begins when they are first seen.
  const inForceAtMs = phase.inForceAtMs ?? nowMs;
  if (!stands && nowMs - inForceAtMs > mostDoorMs) {
    const lacked = reached.kind === 'accepted' ? undefined : reached.action;
    // An account that opens shuts nobody out.
    if (to.publicNetworkAccess === 'Enabled' && to.defaultAction === 'Allow')
      return end(state, change, 'applied', nowMs);
    return {
      kind: 'go-on',
      state: { ...state, change: { ...change, phase: restoringFrom(phase, lacked), waitingFor: null } },
    };
  }
  const proving = { ...change, phase: { ...phase, inForceAtMs, acceptances } };
  return reached.kind === 'accepted'
    ? wait(state, proving, 'proving-door', proveAgainMs)
    : wait(state, proving, 'proving-door', proveAgainMs, reached.code, reached.action);
}

async function sendRules(
  ports: NetworkWorkPorts,
  account: AccountId,
  state: NetworkState,
  change: Change,
  phase: Phase<'closing'>,
  { fence, nowMs }: StepContext,
): Promise<Stepped<NetworkState>> {
  try {
    await ports.hand(fence).setRules(account, phase.to);
  } catch (error) {
    if (!(error instanceof FailureError) || error.failure.kind !== 'refused') throw error;
    // Refused is not applied: the door is as it was.
    return end(state, change, error.failure.reason, nowMs, error.failure.action);
  }
  const what = { what: 'network rules of the account', kind: 'set-network-rules', atMs: nowMs };
  const done = change.done.some(({ kind }) => kind === what.kind) ? change.done : [...change.done, what];
  const sent = { ...change, done, phase: { ...phase, sends: phase.sends + 1 } };
  return wait(state, sent, 'door-moving', proveAgainMs);
}

/** Puts the former rules back, for as long as it takes; rules that somebody else has set meanwhile are left alone. */
async function restore(
  ports: NetworkWorkPorts,
  account: AccountId,
  state: NetworkState,
  change: Change,
  { from, to, reason, action }: Phase<'restoring'>,
  { fence, nowMs }: StepContext,
): Promise<Stepped<NetworkState>> {
  const found = await ports.look.account(account);
  if (sameRules(found.rules, from)) return end(state, change, reason, nowMs, action);
  if (!sameRules(found.rules, to)) return end(state, change, 'rules-changed-meanwhile', nowMs);
  await ports.hand(fence).setRules(account, from);
  const what = { what: 'former network rules of the account', kind: 'restore-network-rules', atMs: nowMs };
  const done = change.done.some(({ kind }) => kind === what.kind) ? change.done : [...change.done, what];
  return wait(state, { ...change, done }, 'rules-not-back', restoreAgainMs);
}

function afterFailure(state: NetworkState, failure: Failure, nowMs: number): Stepped<NetworkState> {
  const { change } = state;
  if (change === null) return { kind: 'done', state };
  if (change.phase.kind === 'restoring')
    return wait(state, change, 'rules-not-back', restoreAgainMs, failure.code, actionOf(failure));
  switch (failure.kind) {
    case 'not-applied': {
      const forMs = failure.retryAfterMs ?? lookAgainMs;
      return wait(state, change, 'azure-refused-for-now', forMs, failure.code);
    }
    case 'outcome-unknown':
      return wait(state, change, 'outcome-settling', lookAgainMs, failure.code);
    case 'refused': {
      const { phase } = change;
      if (phase.kind !== 'closing') return end(state, change, failure.reason, nowMs, failure.action);
      // The rules may be in force: as long as that cannot be looked at or proved, they are not left standing for good.
      const inForceAtMs = phase.inForceAtMs ?? nowMs;
      return nowMs - inForceAtMs > mostDoorMs
        ? { kind: 'go-on', state: { ...state, change: { ...change, phase: restoringFrom(phase, failure.action) } } }
        : wait(
            state,
            { ...change, phase: { ...phase, inForceAtMs } },
            'azure-refused-for-now',
            lookAgainMs,
            failure.code,
            failure.action,
          );
    }
  }
}

function actionOf(failure: Failure): string | undefined {
  return failure.kind === 'refused' ? failure.action : undefined;
}

function restoringFrom({ from, to }: Phase<'closing'>, action?: string): Phase<'restoring'> {
  return { kind: 'restoring', from, to, reason: 'shut-out', ...(action === undefined ? {} : { action }) };
}

function lookedAt(phase: Phase<'working'>, { what, change }: NetworkDifference) {
  const same = phase.first?.what === what ? phase.first : null;
  return { ...(same ?? { what, kind: change.kind, sends: 0, sentAtMs: null }), looks: (same?.looks ?? 0) + 1 };
}

function noted(
  change: Change,
  { what, change: made }: NetworkDifference,
  atMs: number,
  phase: Change['phase'],
): Change {
  return { ...change, phase, waitingFor: null, done: [...change.done, { what, kind: made.kind, atMs }] };
}

function wait(
  state: NetworkState,
  change: Change,
  reason: NetworkWait,
  forMs: number,
  code: string | null = null,
  action?: string,
): Stepped<NetworkState> {
  const waitingFor = { reason, code, ...(action === undefined ? {} : { action }) };
  return { kind: 'rest', state: { ...state, change: { ...change, waitingFor } }, forMs };
}

function end(
  state: NetworkState,
  change: Change,
  how: NetworkEnd,
  endedAtMs: number,
  action?: string,
): Stepped<NetworkState> {
  const { id, askedBy, askedAtMs, done, phase } = change;
  const at = phase.kind === 'working' ? (phase.first?.kind ?? null) : 'set-network-rules';
  return {
    kind: 'done',
    state: {
      ...state,
      change: null,
      closedSinceMs: closedSince(state, change, how, endedAtMs),
      last: { id, askedBy, askedAtMs, endedAtMs, end: how, at, done, ...(action === undefined ? {} : { action }) },
    },
  };
}

/** A change that was not applied leaves the door as it was. */
function closedSince(
  { closedSinceMs }: NetworkState,
  { request }: Change,
  how: NetworkEnd,
  endedAtMs: number,
): number | null {
  if (how !== 'applied') return closedSinceMs;
  return request.mode === 'public' ? null : (closedSinceMs ?? endedAtMs);
}
