import { isDeepStrictEqual } from 'node:util';
import { runUntilIdle } from '../../durable/run-until-idle.ts';
import type { Clock } from '../../shared/clock.ts';
import { openRisks, type Risk } from '../../shared/difference.ts';
import { entityTag, matches } from '../../shared/entity-tag.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { type HardeningPlace, type LeasedHardening, leaseHardening, readHardening } from '../lease-hardening.ts';
import type { HardeningRows } from '../ports.ts';
import { type GatherPorts, gatherNetwork } from './gather-network.ts';
import type { NetworkDifference } from './network-change.ts';
import { isSettling } from './network-facts.ts';
import type { NetworkWait } from './network-reasons.ts';
import type { NetworkRequest } from './network-request.ts';
import { initialNetworkState, type NetworkChangeState, type NetworkState, networkState } from './network-state.ts';
import { planNetwork } from './plan-network.ts';
import type { AccountNetwork } from './ports.ts';

export interface AskPorts extends GatherPorts {
  readonly hardeningRows: HardeningRows;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Sends the message by which the change goes on. */
  readonly wake: (wakeSeq: number, delayMs: number) => Promise<void>;
  /** False if the target's settings keep Keyturn off the account's endpoint. */
  readonly dataPlane: boolean;
}

/** What a caller says of the state they saw, and of the risks they take. */
export interface Asking {
  readonly dryRun: boolean;
  readonly confirm: readonly string[];
  /** The entity tags of `If-Match`; `*` for any; null: none was sent. */
  readonly ifMatch: readonly string[] | null;
  readonly by: string;
}

/** A plan, what `neededFor` must know besides, and what its change waits for at once; null: nothing. */
interface Planned {
  readonly plan: readonly NetworkDifference[];
  readonly callsWithKeys: boolean;
  readonly waitsFor: NetworkWait | null;
}

/** Another change is under way, or somebody holds the lease of the row: then nothing is begun now. */
type AtWork = { readonly kind: 'another-change' } | { readonly kind: 'busy'; readonly forMs: number };

export type NetworkAsked =
  | ({ readonly kind: 'planned'; readonly atWork: AtWork | null; readonly etag: string } & Planned)
  | { readonly kind: 'unchanged'; readonly etag: string }
  /** Risks stand open: nothing was begun. */
  | ({ readonly kind: 'blocked'; readonly open: readonly Risk[]; readonly etag: string } & Planned)
  | { readonly kind: 'stale'; readonly etag: string }
  /** A confirmation is given to a plan that was seen, so it must say which. */
  | { readonly kind: 'unconditional'; readonly etag: string }
  /** One is under way: the same, or another one. */
  | { readonly kind: 'running'; readonly change: NetworkChangeState; readonly same: boolean }
  | { readonly kind: 'busy'; readonly forMs: number }
  | ({ readonly kind: 'begun'; readonly change: NetworkChangeState } & Planned);

/** Where the network's hardening of an account is kept. */
export function networkPlace(account: AccountId): HardeningPlace<NetworkState> {
  return { account, area: 'network', schema: networkState, initial: initialNetworkState };
}

/**
 * Plans, and, if nothing stands open, notes the change for the queue's next message. A dry run is refused if the request
 * itself would be for its `If-Match`, or for having none; risks that stand open are for it to show. Throws `FailureError`.
 */
export async function askNetwork(
  ports: AskPorts,
  account: AccountId,
  request: NetworkRequest,
  { dryRun, confirm, ifMatch, by }: Asking,
): Promise<NetworkAsked> {
  const facts = await gatherNetwork(ports, account, request);
  const plan = planNetwork(account, request, facts, false, ports.dataPlane);
  const etag = networkEtag(facts.account);
  if (!matches(ifMatch, etag)) return { kind: 'stale', etag };
  const open = openRisks(plan, confirm);
  const isUnconditional = open.length === 0 && ifMatch === null && openRisks(plan, []).length > 0;
  if (isUnconditional) return { kind: 'unconditional', etag };
  const waitsFor = plan.length > 0 && isSettling(facts) ? ('azure-working' as const) : null;
  const planned = { plan, callsWithKeys: ports.dataPlane && !facts.account.localAuthDisabled, waitsFor };
  // Read without taking the lease, so that the message of a change under way stays good.
  const found = await readHardening(ports.hardeningRows, networkPlace(account));
  if (dryRun) return { kind: 'planned', ...planned, atWork: atWorkOn(found, request, plan.length === 0), etag };
  if (open.length > 0) return { kind: 'blocked', ...planned, open, etag };
  const { change: running } = found.state;
  // However the account is now: what a change under way makes of it is what counts.
  if (running !== null) return { kind: 'running', change: running, same: isSame(running, request) };
  if (plan.length === 0) return { kind: 'unchanged', etag };
  const hold = await leaseHardening(ports, networkPlace(account), null);
  if (hold.kind !== 'held') return { kind: 'busy', forMs: hold.kind === 'busy' ? hold.forMs : 0 };
  return await begin(ports, hold.held, planned, { request, confirmed: confirm, id: ports.newId(), askedBy: by });
}

/** Who keeps `request` from being begun; a change that is the same request is met, and goes on. */
function atWorkOn(
  { state: { change }, busyForMs }: Awaited<ReturnType<typeof readHardening<NetworkState>>>,
  request: NetworkRequest,
  isAsAsked: boolean,
): AtWork | null {
  if (change !== null) return isSame(change, request) ? null : { kind: 'another-change' };
  return busyForMs > 0 && !isAsAsked ? { kind: 'busy', forMs: busyForMs } : null;
}

function isSame(change: NetworkChangeState, request: NetworkRequest): boolean {
  return isDeepStrictEqual(change.request, request);
}

async function begin(
  { wake }: AskPorts,
  held: LeasedHardening<NetworkState>,
  planned: Planned,
  asked: Pick<NetworkChangeState, 'id' | 'askedBy' | 'request'> & { readonly confirmed: readonly string[] },
): Promise<NetworkAsked> {
  const { state } = held.row;
  if (state.change !== null) {
    // Its own message stands.
    await held.giveBack({});
    const { change } = state;
    return { kind: 'running', change, same: isSame(change, asked.request) };
  }
  const change: NetworkChangeState = {
    ...asked,
    confirmed: [...asked.confirmed],
    askedAtMs: held.nowMs(),
    phase: { kind: 'working', first: null, proved: false },
    done: [],
    waitingFor: null,
  };
  const begun = { untilMs: held.nowMs(), row: { state: { ...state, change } } };
  await runUntilIdle(held, async () => begun, wake);
  return { kind: 'begun', change, ...planned };
}

/** The entity tag of an account's network as it is: anybody who changes it says which one was seen. */
export function networkEtag({ subdomain, rules, connections }: AccountNetwork): string {
  return entityTag([subdomain, rules, connections.map(({ name, status }) => [name, status])]);
}
