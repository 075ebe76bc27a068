import { countRequest } from '../../../local/simulated-azure/key-vault/request-limit.ts';
import { type Throttled, throttle } from '../../../local/simulated-azure/throttle.ts';
import type { WakeUp } from '../../../src/durable/ports.ts';
import type { Target } from '../../../src/keys/target.ts';
import type { EnginePorts } from '../../../src/rotation/ports.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import type { LogEvent } from '../../../src/shared/log-event.ts';
import { parseAccountId } from '../../../src/shared/resource-id.ts';
import type { Call, Carry } from '../../memory-world/call.ts';
import { type Consumers, consumers } from '../../memory-world/consumers.ts';
import { memoryPorts } from '../../memory-world/memory-ports.ts';
import { type MemoryWorld, memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** How long a call takes, there and back, milliseconds; no wait is counted for free. */
const latencyMs: Readonly<Record<Call['service'], number>> = {
  arm: 400,
  vault: 40,
  endpoint: 60,
  journal: 10,
  queue: 10,
  log: 400,
};
/** Within the time that a rotation without trouble has for it: a slower key costs it one more look at the account. */
const newKeyRefusedMs = 4_000;
const oldKeyAcceptedMs = 60_000;

/** What befalls a call; null: nothing. Asked when it leaves. */
export type FleetFault = (
  call: Call,
  cell: Cell,
) => { readonly error: FailureError; readonly isApplied: boolean } | null;

/** One target with its account, its vault and its rows. */
interface Cell {
  readonly target: Target;
  readonly world: MemoryWorld;
  readonly crowd: Consumers;
}

export interface FleetCounts {
  readonly calls: Record<Call['service'], number>;
  armWrites: number;
  vaultSets: number;
  /** Answers of 429, ARM's and the vaults'. */
  throttled: number;
  consumerRequests: number;
  consumerFailures: number;
}

export interface FleetWorld {
  readonly cells: readonly Cell[];
  readonly counts: FleetCounts;
  /** Where messages go. */
  enqueue: (wakeUp: WakeUp, delayMs: number) => void;
  log: (event: LogEvent) => void;
  fault: FleetFault;
  /** How much longer a call takes, milliseconds. */
  slow: (call: Call, cell: Cell) => number;
  /** The ports of one instance; without `isTimed` its calls take no time and meet no throttling, for what comes before the run: anyone who sleeps moves time on. */
  ports(isTimed: boolean): EnginePorts;
}

export interface FleetShape {
  readonly accounts: number;
  readonly subscriptions: number;
  /** Default: each account has its own. */
  readonly vaults?: number;
  readonly random: () => number;
  /** The part of a target that differs from the default. */
  readonly policyOf?: (index: number) => Partial<Target['policy']>;
}

/** Accounts of one region, dealt out to subscriptions and to vaults in turn, under one identity's buckets. */
export function fleetWorld(
  time: SimulatedTime,
  { accounts, subscriptions, vaults = accounts, random, policyOf = () => ({}) }: FleetShape,
): FleetWorld {
  const { clock } = time;
  const azure: Throttled = { clock };
  const counts: FleetCounts = {
    calls: { arm: 0, vault: 0, endpoint: 0, journal: 0, queue: 0, log: 0 },
    armWrites: 0,
    vaultSets: 0,
    throttled: 0,
    consumerRequests: 0,
    consumerFailures: 0,
  };
  const cells = Array.from({ length: accounts }, (_, index) =>
    cellOf(time, index, { subscriptions, vaults }, policyOf(index), counts),
  );
  const byArmId = new Map(cells.map((cell) => [cell.target.account.armId, cell]));
  const byPrefix = new Map(cells.map((cell) => [cell.target.prefix, cell]));
  /** What the windows of each vault are kept by. */
  const vaultOf = new Map(cells.map(({ target: { vaultUrl } }) => [vaultUrl, { vaultUrl }]));
  const byEndpoint = new Map(cells.map((cell) => [cell.world.account.facts.endpoint, cell]));
  const fleetRows = new Map<string, { readonly fields: unknown; readonly savedAtMs: number }>();
  let serial = 0;

  const timed =
    (cell: Cell): Carry =>
    async ({ call, effect, fence, apply }) => {
      counts.calls[call.service] += 1;
      await clock.sleep(latencyMs[call.service] / 2 + world.slow(call, cell));
      if (fence !== null && !fence()) throw notApplied('fence-lost');
      if (call.service === 'arm') spendToken(azure, cell, call, counts);
      if (call.service === 'vault') askVault(vaultOf.get(cell.target.vaultUrl) ?? {}, call, clock.nowMs(), counts);
      const fault = world.fault(call, cell);
      if (fault !== null && !(fault.isApplied && effect === 'write')) throw fault.error;
      const result = apply();
      await clock.sleep(latencyMs[call.service] / 2);
      if (fault !== null) throw fault.error;
      return result;
    };
  const atOnce: Carry = async ({ apply }) => apply();

  const world: FleetWorld = {
    cells,
    counts,
    enqueue: () => {},
    log: () => {},
    fault: () => null,
    slow: () => 0,
    ports(isTimed) {
      const made = new Map<Cell, EnginePorts>();
      const portsOf = (cell: Cell | undefined): EnginePorts => {
        if (cell === undefined) throw new TypeError('no account of this fleet');
        const known = made.get(cell) ?? memoryPorts(cell.world, parts(isTimed ? timed(cell) : atOnce));
        made.set(cell, known);
        return known;
      };
      const parts = (carry: Carry) => ({
        name: 'worker',
        clock: workerClock,
        carry,
        random,
        nextId: () => '',
        listKeysAgeMs: () => 0,
      });
      const workerClock = isTimed ? clock : { ...clock, sleep: async (forMs: number) => clock.advance(forMs) };
      const ofAccount = ({ armId }: Target['account']) => portsOf(byArmId.get(armId));
      const wait = async (service: Call['service']) => {
        counts.calls[service] += 1;
        if (isTimed) await clock.sleep(latencyMs[service]);
      };
      return {
        accounts: (fence) => ({
          get: (account) => ofAccount(account).accounts(fence).get(account),
          listKeys: (account) => ofAccount(account).accounts(fence).listKeys(account),
          regenerate: (account, slot) => ofAccount(account).accounts(fence).regenerate(account, slot),
        }),
        secrets: (vaultUrl, fence) => {
          const of = (name: string) =>
            portsOf(byPrefix.get(name.slice(0, prefixOf(0).length))).secrets(vaultUrl, fence);
          return {
            read: (name) => of(name).read(name),
            readVersion: (name, version) => of(name).readVersion(name, version),
            listVersions: (name) => of(name).listVersions(name),
            deletedTags: (name) => of(name).deletedTags(name),
            store: (secret) => of(secret.name).store(secret),
            disableVersion: (name, version) => of(name).disableVersion(name, version),
            setTags: (name, version, tags) => of(name).setTags(name, version, tags),
            recover: (name) => of(name).recover(name),
          };
        },
        // No target of this fleet has copies.
        webApps: () => {
          throw new TypeError('no app in this fleet');
        },
        probe: { call: (account, key) => portsOf(byEndpoint.get(account.endpoint)).probe.call(account, key) },
        rows: {
          load: (account) => ofAccount(account).rows.load(account),
          // The history of five thousand rotations would be most of the memory, and nobody reads it here.
          save: (account, fields, etag) => ofAccount(account).rows.save(account, fields, etag, []),
          remove: (account, etag) => ofAccount(account).rows.remove(account, etag),
          loadNotes: (account) => ofAccount(account).rows.loadNotes(account),
          saveNotes: (account, fields) => ofAccount(account).rows.saveNotes(account, fields),
          loadLastEvent: (account) => ofAccount(account).rows.loadLastEvent(account),
          saveLastEvent: (account, fields) => ofAccount(account).rows.saveLastEvent(account, fields),
          removeNotes: (account) => ofAccount(account).rows.removeNotes(account),
          readHistory: (account, key) => ofAccount(account).rows.readHistory(account, key),
          removeHistory: (account, keys) => ofAccount(account).rows.removeHistory(account, keys),
          pageHistory: (account, ...rest) => ofAccount(account).rows.pageHistory(account, ...rest),
        },
        pauses: {
          load: async (name) => {
            await wait('journal');
            return fleetRows.get(name) ?? null;
          },
          save: async (name, fields) => {
            await wait('journal');
            fleetRows.set(name, { fields: structuredClone(fields), savedAtMs: clock.nowMs() });
          },
        },
        wakeUps: {
          enqueue: async (wakeUp, delayMs) => {
            await wait('queue');
            world.enqueue(wakeUp, delayMs);
          },
        },
        clock: workerClock,
        log: (event) => world.log(event),
        newId: () => {
          serial += 1;
          return `id-${serial}`;
        },
        random,
        instance: 'keyturn-fleet',
      };
    },
  };
  return world;
}

/** Of the account and its secrets, always as long: whose a secret is, its first letters tell. */
function prefixOf(index: number): string {
  return `ai-${String(index).padStart(6, '0')}`;
}

function cellOf(
  { clock }: SimulatedTime,
  index: number,
  { subscriptions, vaults }: { readonly subscriptions: number; readonly vaults: number },
  policy: Partial<Target['policy']>,
  counts: FleetCounts,
): Cell {
  const name = prefixOf(index);
  const subscriptionId = `00000000-0000-0000-0000-${String(index % subscriptions).padStart(12, '0')}`;
  const account = parseAccountId(
    `/subscriptions/${subscriptionId}/resourceGroups/rg-fleet/providers/Microsoft.CognitiveServices/accounts/${name}`,
  );
  if (account === null) throw new TypeError(`no account id: ${name}`);
  const vaultUrl = `https://kv-${index % vaults}.vault.azure.net`;
  const target = buildTarget({ name, account, vaultUrl, prefix: name, policy: { firstRotation: 'auto', ...policy } });
  const world = memoryWorld(clock.nowMs(), clock);
  world.account.facts = { ...world.account.facts, endpoint: `https://${name}.cognitiveservices.azure.com/` };
  world.account.newKeyRefusedMs = newKeyRefusedMs;
  world.account.oldKeyAcceptedMs = oldKeyAcceptedMs;
  const crowd = consumers(world, target);
  world.watchers.push((happening) => {
    if (happening.kind !== 'stored' && happening.kind !== 'regenerated') return;
    crowd.notification();
    // Every consumer calls with the key that it holds: a killed one may be served for a while, and is a failure all the same.
    const held = happening.kind === 'regenerated' ? [...crowd.held()] : crowd.designated();
    counts.consumerRequests += held.length;
    const isCurrent = (key: string) => key === world.account.keys.key1 || key === world.account.keys.key2;
    counts.consumerFailures += held.filter((key) => !isCurrent(key) || !world.account.accepts(key)).length;
  });
  return { target, world, crowd };
}

function spendToken(azure: Throttled, { target }: Cell, { operation }: Call, counts: FleetCounts): void {
  const { subscriptionId } = target.account;
  const requestClass = operation === 'get' ? 'reads' : 'writes';
  const spent = throttle(azure, { subscriptionId, principalId: 'keyturn' }, requestClass);
  if (spent.kind === 'throttled') {
    counts.throttled += 1;
    throw notApplied('SubscriptionRequestsThrottled', spent.retryAfterSeconds * 1000);
  }
  if (requestClass === 'writes') counts.armWrites += 1;
}

function askVault(vault: object, { operation }: Call, nowMs: number, counts: FleetCounts): void {
  const request = operation === 'set' ? 'creation' : 'other';
  const retryAfterSeconds = countRequest(vault, request, nowMs);
  if (retryAfterSeconds !== null) {
    counts.throttled += 1;
    throw notApplied('Throttled', retryAfterSeconds * 1000);
  }
  if (request === 'creation') counts.vaultSets += 1;
}

function notApplied(code: string, retryAfterMs: number | null = null): FailureError {
  return new FailureError({ kind: 'not-applied', code, retryAfterMs });
}
