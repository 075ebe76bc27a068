import { secretNames, type Target } from '../../keys/target.ts';
import { parseAccountRow } from '../../rotation/account-row.ts';
import type { MovingPorts } from '../../rotation/adoption/moved-account.ts';
import { isOffboarded } from '../../rotation/adoption/offboarded.ts';
import { isAdoptedHere } from '../../rotation/adoption/peek-for-adoption.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { readPause } from '../../rotation/run/pause.ts';
import { subscriptionOf } from '../../rotation/schedule/fleet-facts.ts';
import { roundRobin } from '../../rotation/schedule/round-robin.ts';
import { isThrottling } from '../../rotation/schedule/shared-rate-limit.ts';
import { storesOfStarts } from '../../rotation/schedule/token-bucket.ts';
import { FailureError, notApplied, outOfTime } from '../../shared/failure.ts';
import { mapBounded } from '../../shared/map-bounded.ts';
import type { TargetSource } from '../../targets/target-source.ts';
import { asFailureOfOne, FailedMidway, notNow, unavailable } from '../answers.ts';
import type { AdoptManyRequest, Operator } from '../contract.ts';
import { type InvocationPorts, inInvocation } from '../in-invocation.ts';
import { adoptTarget } from './adopt-target.ts';
import {
  type AdoptionsView,
  type AdoptionView,
  adoptedBefore,
  adoptionRow,
  blockedRow,
  secondsOf,
  viewStop,
} from './adoption-views.ts';
import { previewAdoptionOf } from './preview-adoption-of.ts';

/** An adoption takes about seven seconds, most of them waiting: seven or eight in each second of those have room among so many. */
const mostAdoptionsAtOnce = 64;
/** No adoption is begun later than this after the request came, so that nearly all that are begun come to their end. */
const adoptionsBeginForMs = 90_000;
/**
 * No call to account or vault is begun later than this. The last one may wait for its turn (20 s) and for its answer (30 s):
 * the request is answered well before the 230 s that Azure gives it.
 */
const callsBeginForMs = 150_000;

interface Parts extends InvocationPorts, MovingPorts {
  readonly targets: TargetSource;
}

/** What one request knows of those before it and beside it, by this worker's monotonic clock. */
export interface AdoptionsMemory {
  /** When adoptions failed last, by account. */
  readonly failedAtMs: Map<string, number>;
  /** When the next one may begin whose secrets lie there, by vault. */
  readonly turnsOfVaults: Map<string, number>;
}

/**
 * Adopts targets, each as a request of its own would; those that are adopted already stay as they are, and `all` leaves out
 * those that a person offboarded. What was not begun
 * in time, or in a subscription that takes no more requests for now, remains for the next request. Those that failed last
 * time come last, so that each request gets on.
 * @param memory kept from one request to the next
 * @throws FailureError when the list of targets cannot be read
 */
export async function adoptMany(
  parts: Parts,
  { targets: asked, takeOver, dryRun }: AdoptManyRequest,
  by: Operator,
  { failedAtMs, turnsOfVaults }: AdoptionsMemory,
): Promise<AdoptionsView> {
  const { clock, log } = parts;
  const begunAtMs = clock.monotonicMs();
  const isOver = (boundMs: number) => clock.monotonicMs() - begunAtMs > boundMs;
  const timed = untilDeadline(parts, () => isOver(callsBeginForMs));
  const request = { activeSlot: null, takeOver };
  const throttled = new Map<string, { readonly subscriptionId: string; readonly retryAfterSeconds: number | null }>();
  const rows = new Map<string, AdoptionView>();
  let isPaused = false;

  const isPausedNow = async (): Promise<boolean> => {
    if (!dryRun) isPaused ||= (await readPause(parts)).paused;
    return isPaused;
  };
  /**
   * Each stores its secrets some seconds after it began: as many begin as the vault stores, which says nothing of a crowd at once.
   * A turn that this request could not use is left to the next one.
   */
  const inTurnOfVault = async (target: Target): Promise<'at-once' | 'waited' | 'too-late'> => {
    const nowMs = clock.monotonicMs();
    const turnMs = Math.max(nowMs, turnsOfVaults.get(target.vaultUrl) ?? nowMs);
    if (turnMs - begunAtMs > adoptionsBeginForMs) return 'too-late';
    const stores = Object.values(secretNames(target)).filter((name) => name !== null).length;
    turnsOfVaults.set(target.vaultUrl, turnMs + (stores / storesOfStarts.perSecond) * 1000);
    if (turnMs <= nowMs) return 'at-once';
    await clock.sleep(turnMs - nowMs);
    return 'waited';
  };

  /** Of a target that this request leaves as it is; null of one that it adopts. */
  const asItStands = async (journal: InvocationPorts['rows'], target: Target): Promise<AdoptionView | null> => {
    const stored = await journal.load(target.account);
    const row = stored === null ? null : parseAccountRow(stored.fields);
    if (row !== 'newer-schema' && isAdoptedHere(row, target)) return adoptedBefore(target.name);
    if (asked === 'all' && stored === null && (await isOffboarded(journal, target.account)))
      return blockedRow(target.name, [viewStop(notNow('offboarded'))]);
    return null;
  };

  const adoptOne = async (target: Target): Promise<AdoptionView | 'remains'> => {
    if (await isPausedNow()) return 'remains';
    return await inInvocation(timed, target, async (own) => {
      const stands = await asItStands(own.rows, target);
      if (stands !== null) return stands;
      if (dryRun) return await previewAdoptionOf(own, target, request);
      const turn = await inTurnOfVault(target);
      if (turn === 'too-late' || isOver(adoptionsBeginForMs) || throttled.has(subscriptionOf(target))) return 'remains';
      if (await isPausedNow()) return 'remains';
      const standsNow = turn === 'waited' ? await asItStands(own.rows, target) : null;
      return standsNow ?? adoptionRow(target.name, await adoptTarget(own, target, request, by));
    });
  };
  const begin = async (target: Target): Promise<void> => {
    const subscription = subscriptionOf(target);
    if (isOver(adoptionsBeginForMs) || isPaused || throttled.has(subscription)) return;
    const row = await adoptOne(target).catch(asFailureOfOne(log, 'adopt'));
    if (row === 'remains') return;
    const isUntouched = row instanceof FailureError && !(row instanceof FailedMidway);
    if (isUntouched && row.failure.code === outOfTime) return;
    if (isUntouched && isThrottling(row)) {
      const { subscriptionId } = target.account;
      const retryAfterMs = row.failure.kind === 'not-applied' ? row.failure.retryAfterMs : null;
      throttled.set(subscription, { subscriptionId, retryAfterSeconds: secondsOf(retryAfterMs) });
      return;
    }
    const view = row instanceof FailureError ? adoptionRow(target.name, unavailable(row)) : row;
    rows.set(target.name, view);
    if (view.outcome !== 'blocked') failedAtMs.delete(target.account.armId);
    else if (!dryRun) failedAtMs.set(target.account.armId, clock.monotonicMs());
  };

  const { known, unknown } = await find(parts.targets, asked);
  for (const name of unknown) rows.set(name, unknownRow(name));
  const failed = ({ account }: Target) => failedAtMs.get(account.armId) ?? 0;
  const inOrder = roundRobin(known, subscriptionOf).sort((one, other) => failed(one) - failed(other));
  await mapBounded(inOrder, mostAdoptionsAtOnce, begin);

  const names = asked === 'all' ? known.map(({ name }) => name) : asked;
  const targets = names.flatMap((name) => rows.get(name) ?? []);
  const count = (outcome: AdoptionView['outcome']) => targets.filter((row) => row.outcome === outcome).length;
  const remaining = names.filter((name) => !rows.has(name));
  return {
    dryRun,
    targets,
    remaining,
    throttledSubscriptions: [...throttled.values()],
    counts: {
      adopted: count('adopted'),
      alreadyAdopted: count('already-adopted'),
      blocked: count('blocked'),
      remaining: remaining.length,
    },
  };
}

/** `all`: what is a target no longer, and is only brought to its end, is none of them. */
async function find(source: TargetSource, asked: AdoptManyRequest['targets']) {
  const listed = await source.list();
  if (asked === 'all') {
    const all = listed.flatMap(({ target, blocked }) => (blocked === 'no-longer-a-target' ? [] : target));
    return { known: all, unknown: [] };
  }
  const byName = new Map(listed.map(({ target }) => [target.name, target]));
  const known: Target[] = [];
  const unknown: string[] = [];
  for (const name of asked) {
    // The list may be some seconds behind what tags have made a target.
    const target = byName.get(name) ?? (await source.find(name))?.target;
    if (target === undefined) unknown.push(name);
    else known.push(target);
  }
  return { known, unknown };
}

function unknownRow(name: string): AdoptionView {
  const detail = 'There is no target of this name. GET …/targets lists all.';
  const nothing = { code: null, missingAction: null, fix: null, rotationId: null, retryAfterSeconds: null };
  return blockedRow(name, [{ reason: 'unknown-target', detail, ...nothing }]);
}

/**
 * The same ports, whose calls to account and vault fail without being sent once `isOver`: what is under way then ends with
 * the call that it waits for, as after any failure of Azure.
 */
export function untilDeadline<P extends EnginePorts>(ports: P, isOver: () => boolean): P {
  const inTime = async <T>(call: () => Promise<T>): Promise<T> => {
    if (isOver()) throw notApplied(outOfTime, 0);
    return await call();
  };
  return {
    ...ports,
    accounts: (...given: Parameters<EnginePorts['accounts']>) => {
      const accounts = ports.accounts(...given);
      return {
        get: (account) => inTime(() => accounts.get(account)),
        listKeys: (account) => inTime(() => accounts.listKeys(account)),
        regenerate: (account, slot) => inTime(() => accounts.regenerate(account, slot)),
      };
    },
    secrets: (...given: Parameters<EnginePorts['secrets']>) => {
      const secrets = ports.secrets(...given);
      return {
        read: (name) => inTime(() => secrets.read(name)),
        readVersion: (name, version) => inTime(() => secrets.readVersion(name, version)),
        listVersions: (name) => inTime(() => secrets.listVersions(name)),
        store: (secret) => inTime(() => secrets.store(secret)),
        disableVersion: (name, version) => inTime(() => secrets.disableVersion(name, version)),
        deletedTags: (name) => inTime(() => secrets.deletedTags(name)),
        recover: (name) => inTime(() => secrets.recover(name)),
      };
    },
    probe: { call: (account, key) => inTime(() => ports.probe.call(account, key)) },
  };
}
