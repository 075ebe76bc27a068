import { everyNode, networkRoundEveryMs } from '../../keys/every-node.ts';
import { asRefusal } from '../../shared/failure.ts';
import type { Fence } from '../../shared/fence.ts';
import { isSettled, publicAccess } from '../../shared/public-access.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { causeIn, causeOf, noCause } from '../hardening-refusals.ts';
import { goOn, type StepContext, type Stepped } from '../run-hardening.ts';
import type { GatherPorts } from './gather-network.ts';
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
import { sameRules } from './plan-rules.ts';
import type { NetworkWriter } from './ports.ts';
import { callAccount, isProvable, type ProvePorts, saysNothing } from './prove-way-in.ts';

/** The rules before were saved; now the new ones are sent, and proved while they are in force. */
export async function close(
  ports: NetworkWorkPorts,
  account: AccountId,
  state: NetworkState,
  change: Change,
  phase: Phase<'closing'>,
  context: StepContext,
): Promise<Stepped<NetworkState>> {
  const { fence, nowMs, keepLease } = context;
  const { from, to } = phase;
  const found = await ports.networkReader.account(account);
  const isMoving = !isSettled(found.provisioningState);
  if (!sameRules(found.rules, to)) {
    // Whose rules they will be shows when Azure has ended its work: ours may be among it.
    const isTheirs = !sameRules(found.rules, from);
    if (isTheirs && isMoving) return wait(state, change, 'azure-working', proveAgainMs);
    if (isTheirs) return end(state, change, 'rules-changed-meanwhile', nowMs);
    if (phase.sends >= mostSends) return end(state, change, 'not-taking', nowMs);
    if (isMoving) return wait(state, change, 'azure-working', proveAgainMs);
    return await sendRules(ports, account, state, change, phase, context);
  }
  // A worker that vanished may have sent them: the time to prove them begins when they are first seen.
  const inForceAtMs = phase.inForceAtMs ?? nowMs;
  const forMs = nowMs - inForceAtMs;
  // What was proved is looked at once more when Azure has ended its work.
  if (isMoving && phase.rounds >= everyNode.rounds)
    return wait(state, change, 'azure-working', Math.max(networkRoundEveryMs, forMs / 4));
  const lacking =
    ports.dataPlane && isProvable(found)
      ? await callAccount({ ...ports, accounts: ports.accounts(fence), keepLease }, account, found)
      : null;
  await keepLease();
  const stands = lacking === null && (await ports.vaultReached());
  const rounds = stands ? phase.rounds + 1 : 0;
  if (rounds >= everyNode.rounds && !isMoving) return end(state, change, 'applied', nowMs);
  const proving = { ...change, phase: { ...phase, inForceAtMs, rounds } };
  if (stands) return wait(state, proving, 'proving-public-access', networkRoundEveryMs, noCause, 'planned');
  const cause = lacking ?? { code: 'vault-not-reached' };
  const unclear = saysNothing(cause);
  if (forMs > longestPublicAccessChangeMs) {
    // An account that opens shuts nobody out.
    if (publicAccess(to) === 'public') return end(state, change, 'applied', nowMs);
    const restoring = restoringFrom(phase, cause, nowMs, unclear ?? 'shut-out');
    return goOn(state, { ...change, phase: restoring, waitingFor: null });
  }
  // A round costs up to twenty calls: the longer it is in vain, the rarer, with a last one when the time is over.
  const pauseMs = Math.max(proveAgainMs, Math.min(forMs / 3, longestPublicAccessChangeMs - forMs));
  return wait(state, proving, unclear ?? 'proving-public-access', pauseMs, cause, 'bounded');
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
    await ports.networkWriter(fence).setRules(account, phase.to);
  } catch (error) {
    const refusal = asRefusal(error);
    // Refused is not applied: public access is as it was.
    return end(state, change, refusal.reason, nowMs, causeOf(refusal));
  }
  const what = { what: 'network rules of the account', kind: 'set-network-rules', atMs: nowMs };
  const done = change.done.some(({ kind }) => kind === what.kind) ? change.done : [...change.done, what];
  const sent = { ...change, done, phase: { ...phase, sends: phase.sends + 1 } };
  return wait(state, sent, 'public-access-changing', proveAgainMs, noCause, 'bounded');
}

/** Puts the former rules back; rules that somebody else has set meanwhile are left alone. */
export async function restore(
  ports: NetworkWorkPorts,
  account: AccountId,
  state: NetworkState,
  change: Change,
  phase: Phase<'restoring'>,
  { fence, nowMs }: StepContext,
): Promise<Stepped<NetworkState>> {
  const { from, to, reason } = phase;
  const found = await ports.networkReader.account(account);
  if (sameRules(found.rules, from)) return end(state, change, reason, nowMs, causeIn(phase));
  const isTheirs = !sameRules(found.rules, to);
  if (isTheirs && !isSettled(found.provisioningState)) return wait(state, change, 'rules-not-back', restoreAgainMs);
  if (isTheirs) return end(state, change, 'rules-changed-meanwhile', nowMs);
  await ports.networkWriter(fence).setRules(account, from);
  const what = { what: 'former network rules of the account', kind: 'restore-network-rules', atMs: nowMs };
  const done = change.done.some(({ kind }) => kind === what.kind) ? change.done : [...change.done, what];
  return wait(state, { ...change, done }, 'rules-not-back', restoreAgainMs);
}

export interface NetworkWorkPorts extends GatherPorts, Omit<ProvePorts, 'accounts' | 'keepLease'> {
  readonly accounts: (fence: Fence) => ProvePorts['accounts'];
  readonly networkWriter: (fence: Fence) => NetworkWriter;
  /** False if the target's settings keep Keyturn off the account's endpoint: then names and the vault are the whole proof. */
  readonly dataPlane: boolean;
  /** Whether Keyturn still reaches the target's vault. Never throws. */
  readonly vaultReached: () => Promise<boolean>;
  readonly paused: () => Promise<boolean>;
}
