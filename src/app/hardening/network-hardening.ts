import { type Hold, readHardening } from '../../hardening/lease-hardening.ts';
import {
  type Asking,
  askNetwork,
  type NetworkAsked,
  networkEtag,
  networkPlace,
} from '../../hardening/network/ask-network.ts';
import { gatherNetwork } from '../../hardening/network/gather-network.ts';
import { neededFor } from '../../hardening/network/needed-actions.ts';
import { networkWaits } from '../../hardening/network/network-reasons.ts';
import type { NetworkRequest } from '../../hardening/network/network-request.ts';
import type { NetworkChangeState } from '../../hardening/network/network-state.ts';
import { viewChange, viewEndedChange, viewNetwork } from '../../hardening/network/network-view.ts';
import { networkWork } from '../../hardening/network/network-work.ts';
import { planNetwork } from '../../hardening/network/plan-network.ts';
import type { NetworkReader, NetworkWriter, PrivateZoneNames } from '../../hardening/network/ports.ts';
import { hostIn } from '../../hardening/network/resource-names.ts';
import { viewPlan } from '../../hardening/plan-view.ts';
import type { HardeningRows } from '../../hardening/ports.ts';
import { allowedCalls, mayCallEndpoint } from '../../keys/endpoint-calls.ts';
import type { NameLookup, TokenProbe } from '../../keys/ports.ts';
import type { Target } from '../../keys/target.ts';
import { readRowOrNewer } from '../../rotation/account-row.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { readPause } from '../../rotation/run/pause.ts';
import { rotationIdOf } from '../../rotation/state.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import { readOnlyFence } from '../../shared/fence.ts';
import { notNow } from '../answers.ts';
import type { NetworkChangeAnswer, NetworkPutAnswer, NotNow } from '../contract.ts';
import { pauseBlocker, viewBlockers } from '../rotations/blockers.ts';
import { isVaultReached } from '../targets/vault-reached.ts';
import { holdArea, runHardening, wakeHardening } from './run-hardening.ts';

/** What the network's hardening needs besides the engine's ports. */
export interface NetworkPorts {
  readonly networkReader: NetworkReader;
  readonly networkWriter: (fence: () => boolean) => NetworkWriter;
  readonly tokenProbe: TokenProbe;
  readonly names: NameLookup;
  readonly zoneNames: PrivateZoneNames;
}

type Ports = EnginePorts & NetworkPorts & { readonly hardeningRows: HardeningRows };

/** Everything about accounts' networks that the app offers. */
export function networkHardening(ports: Ports) {
  return {
    readNetwork: (target: Target) => readNetwork(ports, target),
    readNetworkChange: (target: Target, id: string) => readNetworkChange(ports, target, id),
    putNetwork: (target: Target, request: NetworkRequest, asking: Asking) => putNetwork(ports, target, request, asking),
    advanceNetwork: (target: Target, wakeSeq: number) => advanceNetwork(ports, target, wakeSeq),
  };
}

/** One invocation works this long at most; the consumption plan stops it after five minutes. */
const budgetMs = 2 * 60_000;

/** How an account's network is, and what became of the last change. Throws `FailureError`. */
async function readNetwork(ports: Ports, target: Target) {
  const account = await ports.networkReader.account(target.account);
  const { subdomain, kind } = account;
  const zones = subdomain === null ? null : ports.zoneNames(kind);
  const hosts = zones?.map((zone) => hostIn(zone, subdomain ?? '')) ?? [new URL(account.endpoint).hostname];
  const names = await Promise.all(
    hosts.map(async (host) => {
      const found = await ports.names.lookup(host);
      return { host, found: found.kind, addresses: found.kind === 'addresses' ? found.addresses : [] };
    }),
  );
  const change = await latestChange(ports, target);
  return { kind: 'found', view: viewNetwork(account, names, change), etag: networkEtag(account) } as const;
}

/** One change of the network, under way or ended; only the last one is kept. Throws `FailureError`. */
async function readNetworkChange(ports: Ports, target: Target, id: string): Promise<NetworkChangeAnswer> {
  const change = await latestChange(ports, target, id);
  return change === null ? { kind: 'unknown-change' } : { kind: 'found', change };
}

/**
 * Plans a change and, unless it is a dry run or something stands open, begins it. A dry run tells whatever would refuse the
 * request now or keep it waiting. Throws `FailureError`.
 */
async function putNetwork(
  ports: Ports,
  target: Target,
  request: NetworkRequest,
  asking: Asking,
): Promise<NetworkPutAnswer> {
  const blockers = [await pauseBlocker(ports), await rotationInTheWay(ports, target)];
  const refused = blockers.find((one) => one !== null);
  if (refused !== undefined && !asking.dryRun) return refused;
  const asked = await askNetwork(
    {
      ...ports,
      dataPlane: mayCallEndpoint(target),
      wake: (wakeSeq, delayMs) => wakeHardening(ports, target, 'network', wakeSeq, delayMs),
    },
    target.account,
    request,
    asking,
  );
  const shown = (
    { plan, callsWithKeys, waitsFor }: Extract<NetworkAsked, { kind: 'planned' | 'blocked' | 'begun' }>,
    atWork: NotNow | null = null,
  ) =>
    viewPlan(plan, asking.confirm, (change) => neededFor(change, callsWithKeys), {
      blockedBy: viewBlockers([...blockers, atWork]),
      waitsFor: waitsFor && { reason: waitsFor, detail: networkWaits[waitsFor] },
    });
  switch (asked.kind) {
    case 'planned':
      return { kind: 'plan', plan: shown(asked, asked.atWork && atWorkBlocker(asked.atWork)), etag: asked.etag };
    case 'blocked':
      return { kind: 'not-confirmed', plan: shown(asked), open: asked.open, etag: asked.etag };
    case 'unchanged':
      return { kind: 'applied', view: (await readNetwork(ports, target)).view, etag: asked.etag };
    case 'stale':
      return { kind: 'changed-meanwhile', etag: asked.etag };
    case 'unconditional':
      return asked;
    case 'busy':
      return notNow('busy', null, asked.forMs);
    case 'running':
      if (!asked.same) return notNow('network-change-running');
      return { kind: 'begun', change: viewChange(asked.change, null), plan: null };
    case 'begun':
      ports.log({ event: 'network-change-begun', target: target.name, changeId: asked.change.id, operator: asking.by });
      return { kind: 'begun', change: viewChange(asked.change, asked.plan), plan: shown(asked) };
  }
}

/** Carries a change on as far as it goes now. Throws `FailureError`. */
async function advanceNetwork(ports: Ports, target: Target, wakeSeq: number): Promise<Hold<unknown>['kind']> {
  const hold = await holdArea({ ...ports, hardening: ports }, target, networkPlace(target.account), wakeSeq);
  if (hold.kind !== 'held') return hold.kind;
  const { held } = hold;
  const { change } = held.row.state;
  const work = networkWork(workPorts(ports, target), target.account);
  await runHardening(ports, target, 'network', held, work, { budgetMs });
  const { last } = held.row.state;
  if (change !== null && held.row.state.change === null && last !== null) {
    const { id: changeId, end: reason, code } = last;
    ports.log({ event: 'network-change-ended', target: target.name, changeId, reason, code });
  }
  return hold.kind;
}

function workPorts(ports: Ports, target: Target) {
  return {
    ...ports,
    probe: allowedCalls(target, ports.probe),
    accounts: () => ports.accounts(readOnlyFence),
    dataPlane: mayCallEndpoint(target),
    vaultReached: () => isVaultReached(ports, target),
    paused: async () => {
      const pause = await readPause(ports).catch(asFailure);
      // A switch that cannot be read is no leave to go on.
      return pause instanceof FailureError || pause.paused;
    },
  };
}

/** The rotation that forbids to begin, or a row in which one cannot be seen; null: it may. */
async function rotationInTheWay(ports: Ports, target: Target): Promise<NotNow | null> {
  const row = await readRowOrNewer(ports.rows, target.account);
  if (row === 'newer-schema') return notNow('newer-schema');
  const rotation = row?.rotation ?? null;
  // While consumers move over nothing is asked of the account; everywhere else a rotation needs its endpoint.
  if (rotation === null || rotation.kind === 'overlapping' || rotation.kind === 'suspended') return null;
  return notNow('in-flight', rotationIdOf(rotation));
}

function atWorkBlocker(atWork: NonNullable<Extract<NetworkAsked, { kind: 'planned' }>['atWork']>): NotNow {
  return atWork.kind === 'busy' ? notNow('busy', null, atWork.forMs) : notNow('network-change-running');
}

async function latestChange(ports: Ports, target: Target, id: string | null = null) {
  const { change, last } = (await readHardening(ports.hardeningRows, networkPlace(target.account))).state;
  if (change !== null && (id === null || change.id === id)) {
    return viewChange(change, await planLeft(ports, target, change));
  }
  return last !== null && (id === null || last.id === id) ? viewEndedChange(last) : null;
}

/** What a change still has to do, for show; null when it cannot be seen now. */
async function planLeft(ports: Ports, target: Target, change: NetworkChangeState) {
  const facts = await gatherNetwork(ports, target.account, change.request).catch(asFailure);
  if (facts instanceof FailureError) return null;
  const proved = change.phase.kind !== 'working' || change.phase.proved;
  return planNetwork(target.account, change.request, facts, proved, mayCallEndpoint(target));
}
