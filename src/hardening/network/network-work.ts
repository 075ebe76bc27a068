import { everyNode, networkRoundEveryMs } from '../../keys/every-node.ts';
import { openRisks } from '../../shared/difference.ts';
import { asRefusal, type Failure } from '../../shared/failure.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { backoffMs } from '../../shared/retry-pace.ts';
import { assertNever } from '../../shared/unexpected-error.ts';
import { causeOf, noCause, wayOutPatienceMs } from '../hardening-refusals.ts';
import { goOn, type HardeningWork, type StepContext, type Stepped } from '../run-hardening.ts';
import { gatherNetwork } from './gather-network.ts';
import type { NetworkChange, NetworkDifference } from './network-change.ts';
import { isSettling } from './network-facts.ts';
import type { NetworkEnd } from './network-reasons.ts';
import type { NetworkState } from './network-state.ts';
import {
  type Change,
  end,
  longestPublicAccessChangeMs,
  mostSends,
  type Phase,
  proveAgainMs,
  restoreAgainMs,
  restoringFrom,
  wait,
} from './network-stepped.ts';
import { planNetwork } from './plan-network.ts';
import type { NetworkWriter } from './ports.ts';
import { isProvable, provePrivatePath } from './prove-way-in.ts';
import { close, type NetworkWorkPorts, restore } from './public-access-change.ts';

/** Before the second look at what Azure is making, milliseconds; each further pause is a fifth longer, so that looks stay few. */
const recheckMs = 15_000;
/** Looks at one difference: half an hour for a resource, which takes a minute or two. */
const mostLooks = 18;
/**
 * Looks at the private way in vain; each pause is a third longer, since one costs up to twenty calls. An hour: Azure Policy may take
 * half of it to write a record: https://learn.microsoft.com/azure/governance/policy/how-to/remediate-resources
 */
const mostPolicyLooks = 15;
/** A quarter of an hour. */
const mostProofLooks = 10;
/** A zone or link shows only when it is made, which takes about a minute: before that it is not handed over again. */
const handAgainMs = 60_000;

/**
 * Carries a change of an account's network through. Every wake reads what is there and plans again, so that a crash
 * anywhere costs a repeated look and nothing else; only public access has states of its own.
 */
export function networkWork(ports: NetworkWorkPorts, account: AccountId): HardeningWork<NetworkState> {
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
    failed: afterFailure,
  };
}

async function work(
  ports: NetworkWorkPorts,
  account: AccountId,
  state: NetworkState,
  change: Change,
  phase: Phase<'working'>,
  { fence, nowMs, keepLease }: StepContext,
): Promise<Stepped<NetworkState>> {
  // Nothing is half done here; public access, once it changes, is proved or put back whatever the switch says.
  if (await ports.paused())
    return wait(state, { ...change, phase: { ...phase, first: null } }, 'paused', 60_000, noCause, 'planned');
  const facts = await gatherNetwork(ports, account, change.request);
  const plan = planNetwork(account, change.request, facts, phase.proved, ports.dataPlane);
  const [first] = plan;
  if (first === undefined)
    return isSettling(facts) ? wait(state, change, 'azure-working', recheckMs) : end(state, change, 'applied', nowMs);
  // What somebody has changed since the change was asked for may bring risks that nobody has taken.
  if (openRisks(plan, change.confirmed).length > 0) return end(state, change, 'newly-blocked', nowMs);
  const started = lookedAt(phase, first);
  const at = { ...change, phase: { ...phase, first: started } };
  if (isSettling(facts)) {
    return started.looks > mostLooks
      ? end(state, change, 'not-taking', nowMs)
      : wait(state, at, 'azure-working', backoffMs('network', started.looks, 1), noCause, 'bounded');
  }
  const { change: wanted } = first;
  switch (wanted.kind) {
    case 'prove-private-path': {
      const proof = { ...ports, accounts: ports.accounts(fence), keepLease };
      const missing = await provePrivatePath(proof, account, facts.account, wanted.hosts, ports.dataPlane);
      const proving = (rounds: number): Change => ({ ...change, phase: { ...phase, first: { ...started, rounds } } });
      if (missing === null) {
        const rounds = started.rounds + 1;
        const isByCalls = ports.dataPlane && isProvable(facts.account);
        if (isByCalls && rounds < everyNode.rounds)
          return wait(state, proving(rounds), 'proving-path', networkRoundEveryMs, noCause, 'planned');
        return goOn(state, noted(at, first, nowMs, { ...phase, first: null, proved: true }));
      }
      const isByPolicy = change.request.privateDns?.zones === 'policy-managed';
      if (started.looks > (isByPolicy ? mostPolicyLooks : mostProofLooks)) {
        const isUnclear = missing.reason === 'quota-used-up' || missing.reason === 'endpoint-unclear';
        return end(state, change, isUnclear ? missing.reason : 'path-not-proved', nowMs, missing.cause);
      }
      const pauseMs = backoffMs('private-path', started.looks, 1);
      return wait(state, proving(0), missing.reason, pauseMs, missing.cause, 'bounded');
    }
    case 'set-network-rules': {
      const { from, to } = wanted;
      const closing = { kind: 'closing', from, to, sends: 0, inForceAtMs: null, rounds: 0 } as const;
      return goOn(state, { ...at, phase: closing, waitingFor: null });
    }
    default: {
      if (started.sends >= mostSends || started.looks > mostLooks) {
        return end(state, change, 'not-taking', nowMs);
      }
      // What is made out of sight may still be under way.
      if (started.sentAtMs !== null && nowMs - started.sentAtMs < handAgainMs) {
        return wait(state, at, 'azure-working', backoffMs('network', started.looks, 1), noCause, 'bounded');
      }
      try {
        await performChange(ports.networkWriter(fence), account, wanted);
      } catch (error) {
        const refusal = asRefusal(error);
        return end(state, at, knownCodes[refusal.code] ?? refusal.reason, nowMs, causeOf(refusal));
      }
      const next = { ...phase, first: { ...started, sends: started.sends + 1, sentAtMs: nowMs } };
      const after = started.sends === 0 ? noted(at, first, nowMs, next) : { ...at, phase: next };
      return wait(state, after, 'azure-working', proveAgainMs, noCause, 'bounded');
    }
  }
}

function afterFailure(state: NetworkState, failure: Failure, nowMs: number): Stepped<NetworkState> {
  const { change } = state;
  if (change === null) return { kind: 'done', state };
  if (change.phase.kind === 'restoring') {
    // What stands in the way out for so long is meant to: a lock, a policy, a right that was taken away.
    const isMeant = failure.kind === 'refused' && nowMs - change.phase.sinceMs > wayOutPatienceMs;
    return isMeant
      ? end(state, change, failure.reason, nowMs, causeOf(failure))
      : wait(state, change, 'rules-not-back', restoreAgainMs, causeOf(failure));
  }
  switch (failure.kind) {
    case 'not-applied': {
      const forMs = failure.retryAfterMs ?? recheckMs;
      return wait(state, change, 'azure-refused-for-now', forMs, causeOf(failure));
    }
    case 'outcome-unknown':
      return wait(state, change, 'outcome-settling', recheckMs, causeOf(failure));
    case 'refused': {
      const { phase } = change;
      if (phase.kind !== 'closing') return end(state, change, failure.reason, nowMs, causeOf(failure));
      // The rules may be in force: as long as that cannot be looked at or proved, they are not left standing for good.
      const inForceAtMs = phase.inForceAtMs ?? nowMs;
      if (nowMs - inForceAtMs > longestPublicAccessChangeMs)
        return goOn(state, { ...change, phase: restoringFrom(phase, causeOf(failure), nowMs) });
      const again = { ...change, phase: { ...phase, inForceAtMs } };
      return wait(state, again, 'azure-refused-for-now', recheckMs, causeOf(failure), 'bounded');
    }
  }
}

/** What Azure refuses a resource of the network's with, if its code is known. */
const knownCodes: Readonly<Record<string, NetworkEnd>> = {
  SubnetIsFull: 'subnet-full',
  PrivateEndpointCreationNotAllowedAsSubnetIsDelegated: 'subnet-delegated',
};

function lookedAt(phase: Phase<'working'>, { what, change }: NetworkDifference) {
  const same = phase.first?.what === what ? phase.first : null;
  return {
    ...(same ?? { what, kind: change.kind, sends: 0, sentAtMs: null, rounds: 0 }),
    looks: (same?.looks ?? 0) + 1,
  };
}

function noted(
  change: Change,
  { what, change: made }: NetworkDifference,
  atMs: number,
  phase: Change['phase'],
): Change {
  return { ...change, phase, waitingFor: null, done: [...change.done, { what, kind: made.kind, atMs }] };
}

/** Hands over one change that is safe to repeat. The proof and public access have ways of their own. Throws `FailureError`. */
export async function performChange(
  hand: NetworkWriter,
  account: AccountId,
  change: Exclude<NetworkChange, { kind: 'prove-private-path' | 'set-network-rules' }>,
): Promise<void> {
  switch (change.kind) {
    case 'create-virtual-network':
      return await hand.createVirtualNetwork(change);
    case 'create-subnet':
      return await hand.createSubnet(change);
    case 'add-service-endpoint':
      return await hand.addServiceEndpoint(change.subnetId, change.service);
    case 'create-private-endpoint':
      return await hand.createPrivateEndpoint(change);
    case 'approve-connection':
      return await hand.approveConnection(account, change.connection);
    case 'create-zone':
      return await hand.createZone(change.id);
    case 'link-zone':
      return await hand.linkZone(change);
    case 'set-zone-group':
      return await hand.setZoneGroup(change.endpointId, change.name, change.zoneIds);
    default:
      return assertNever(change);
  }
}
