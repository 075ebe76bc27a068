import * as z from 'zod';
import type { Accounts } from '../../keys/ports.ts';
import { asFailure, FailureError, isRateRefusal, notApplied, ownRateLimit } from '../../shared/failure.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { longestRetryMs } from '../../shared/retry-pace.ts';
import { longestRetryOfLeakMs } from '../numbers.ts';
import type { EnginePorts } from '../ports.ts';
import { writeBucket, writesAtOnce } from './token-bucket.ts';

/** One worker asks the others' rows no more often than this. */
const readEveryMs = 5_000;
/** Who waited for the same instant goes on spread over this, or all would meet the empty bucket again. */
const spreadMs = 5_000;
/** How far two clocks may differ between a refusal and the retry that it led to. */
const clockToleranceMs = 5_000;
/**
 * A worker sends this many pairs of writes of one subscription at once, then as many a second as the bucket gains. The
 * sweep spreads starts over time, and a host that is short of workers heaps them up again: so this is kept here, too.
 */
const burstPairs = 25;
const pairMs = (writesAtOnce / writeBucket.perSecond) * 1000;
/**
 * Somebody waits for an adoption of hundreds: so many begin at once, and then as many as the bucket gains and others leave. What is
 * kept is a whole burst of rotations, which wait for no adoption.
 */
const burstPairsOfAdoptions = 60;
/**
 * A rotation waits no longer than this for its turn: what was read before must still be fresh, and its message can come
 * back later. Anybody who asks on behalf of a person, or looks for drift, has nothing to come back with, and waits longer: a
 * third of a lease (60 s), and far below the 230 s that Azure gives an HTTP answer.
 */
const longestTurnMs = { rotation: 1_000, others: 20_000 } as const;

/** Of every call that Azure's pause for the subscription concerns, whether it was the one that Azure refused or was not sent. */
const subscriptionThrottled = 'SubscriptionRequestsThrottled';

/**
 * What people read through Azure (diagnosis, access, network) gets a fifth of what the bucket of writes gains: anybody who may
 * only read must not spend what rotations need. Each of them lists keys at most once, and reads a dozen times at most.
 */
const readerTurnMs = 5_000 / writeBucket.perSecond;
const burstReads = 20;

const stored = z.object({ untilMs: z.number(), refusedAtMs: z.number() });

interface Known {
  /** Until when Azure asked to be left alone, by the wall clock; 0: it did not, or has served a call since. */
  untilMs: number;
  /** When a call was last refused, or one set out to try early. */
  refusedAtMs: number;
  /** What `refusedAtMs` was in the row that was read last: clocks disagree, so each value of it ages from when it was first seen. */
  readRefusedAtMs: number;
  /** By the monotonic clock. */
  readAtMs: number;
  readonly pairs: Turns;
  /** Those of adoptions, in which every other pair counts, too. */
  readonly pairsOfAll: Turns;
  readonly reads: Turns;
}

/** A token bucket: so many at once, then one in each interval. `nextMs` by the monotonic clock. */
interface Turns {
  nextMs: number;
  readonly everyMs: number;
  readonly atOnce: number;
}

/**
 * The same ports, whose control plane leaves a subscription alone for as long as Azure asked any worker of this instance
 * to: Retry-After names an instant before which no request of the same principal is served, and each one sent in spite of
 * it is refused again. A call that would come too early fails without being sent, as throttled as if Azure had refused it.
 * No such word is believed for long: 15 minutes after the last refusal one caller tries early, one for whom a leaked key is
 * accepted after a minute, and the others wait for its answer.
 */
export function sharedRateLimit(ports: EnginePorts): EnginePorts & {
  /** Learns from the journal what other workers were answered. Comes before anything is looked at that must stay fresh. */
  readonly askSharedLimit: (account: AccountId) => Promise<void>;
  /** Runs what a person reads through Azure, in a turn of its own, and not while Azure has throttled the subscription. */
  readonly asReader: <T>(account: AccountId, read: () => Promise<T>) => Promise<T>;
  /** The control plane for a rotation, which rests if others wait for their turn. */
  readonly accountsOfRotation: EnginePorts['accounts'];
  /** The control plane for adoptions of many, of which more may begin at once. */
  readonly accountsOfAdoptions: EnginePorts['accounts'];
} {
  const { pauses, instance, clock, log, random } = ports;
  const known = new Map<string, Known>();
  const rowOf = ({ subscriptionId }: AccountId) => `${instance}.throttled-${subscriptionId.toLowerCase()}`;
  const knownOf = ({ subscriptionId }: AccountId) => {
    const subscription = subscriptionId.toLowerCase();
    const found = known.get(subscription) ?? {
      untilMs: 0,
      refusedAtMs: 0,
      readRefusedAtMs: 0,
      readAtMs: Number.NEGATIVE_INFINITY,
      pairs: { nextMs: Number.NEGATIVE_INFINITY, everyMs: pairMs, atOnce: burstPairs },
      pairsOfAll: { nextMs: Number.NEGATIVE_INFINITY, everyMs: pairMs, atOnce: burstPairs + burstPairsOfAdoptions },
      reads: { nextMs: Number.NEGATIVE_INFINITY, everyMs: readerTurnMs, atOnce: burstReads },
    };
    known.set(subscription, found);
    return found;
  };
  const askSharedLimit = async (account: AccountId): Promise<void> => {
    const found = knownOf(account);
    if (clock.monotonicMs() - found.readAtMs < readEveryMs) return;
    found.readAtMs = clock.monotonicMs();
    // What is not known of the others is met by Azure's own answer.
    const row = await pauses.load(rowOf(account)).catch(asFailure);
    const { data } = stored.safeParse(row instanceof FailureError ? null : row?.fields);
    if (data === undefined || data.refusedAtMs === found.readRefusedAtMs) return;
    const { untilMs, refusedAtMs } = data;
    Object.assign(found, { untilMs, refusedAtMs: Math.min(refusedAtMs, clock.nowMs()), readRefusedAtMs: refusedAtMs });
  };
  /** How long to leave it alone; 0 for the one that may call, early or not. */
  const pauseMs = ({ untilMs, refusedAtMs }: Known, isUrgent: boolean) => {
    // Anybody who was refused comes again just then, by the storage service's clock: it is not sent away for a second's difference.
    const triesAtMs = refusedAtMs + (isUrgent ? longestRetryOfLeakMs : longestRetryMs) - clockToleranceMs;
    return Math.max(0, Math.min(untilMs, triesAtMs) - clock.nowMs());
  };
  const shareLimit = async (account: AccountId, untilMs: number) => {
    const refusedAtMs = clock.nowMs();
    Object.assign(knownOf(account), { untilMs, refusedAtMs, readRefusedAtMs: refusedAtMs });
    await pauses.save(rowOf(account), { untilMs, refusedAtMs }).catch(asFailure);
  };
  const handle = (account: AccountId, isUrgent: boolean): void => {
    const restMs = pauseMs(knownOf(account), isUrgent);
    if (restMs > 0) throw throttled(restMs + random() * spreadMs);
  };
  const unlessThrottled = async <T>(
    account: AccountId,
    isUrgent: () => boolean,
    call: () => Promise<T>,
    askedMs = askedPauseMs,
  ): Promise<T> => {
    const found = knownOf(account);
    handle(account, isUrgent());
    const isEarly = clock.nowMs() < found.untilMs;
    // Anybody who comes while it is under way waits for its answer.
    if (isEarly) await shareLimit(account, found.untilMs);
    try {
      const answer = await call();
      if (isEarly) await shareLimit(account, 0);
      return answer;
    } catch (error) {
      const retryAfterMs = error instanceof FailureError ? askedMs(error) : null;
      if (retryAfterMs === null) throw error;
      const untilMs = clock.nowMs() + retryAfterMs;
      // Of many that were under way, the first has told it.
      if (isEarly || untilMs > found.untilMs) {
        log({ event: 'subscription-throttled', subscriptionId: account.subscriptionId, forMs: retryAfterMs });
        await shareLimit(account, untilMs);
      }
      throw throttled(retryAfterMs + random() * spreadMs);
    }
  };
  /** Who replaces a leaked key waits for nobody; anybody who comes after waits the longer. */
  const inTurn = async (turns: Turns, longestMs: number, isUrgent: boolean, kept = 0): Promise<void> => {
    const nowMs = clock.monotonicMs();
    const turnMs = nextTurnMs(turns, nowMs);
    const restMs = isUrgent ? 0 : turnMs + kept * turns.everyMs - nowMs;
    // Keyturn's own bound: nothing was sent, and Azure has refused nothing.
    if (restMs > longestMs) throw notApplied(ownRateLimit, restMs + random() * spreadMs);
    turns.nextMs = turnMs + turns.everyMs;
    if (restMs > 0) await clock.sleep(restMs);
  };
  const asReader = async <T>(account: AccountId, read: () => Promise<T>): Promise<T> => {
    await askSharedLimit(account);
    handle(account, false);
    await inTurn(knownOf(account).reads, longestTurnMs.others, false);
    // Another provider's bucket says nothing of what rotations ask: the subscription's own does.
    const ofSubscription = (error: FailureError) =>
      error.failure.code === subscriptionThrottled ? askedPauseMs(error) : null;
    return await unlessThrottled(account, () => false, read, ofSubscription);
  };
  const accountsFor =
    (longestMs: number, isAdoption = false): EnginePorts['accounts'] =>
    (fence, isUrgent = () => false): Accounts => {
      const inner = ports.accounts(fence, isUrgent);
      return {
        // A get opens each pair of writes, a look and a regenerate: it waits for the turn of both.
        get: async (account) => {
          handle(account, isUrgent());
          const { pairs, pairsOfAll } = knownOf(account);
          if (isAdoption) await inTurn(pairsOfAll, longestMs, isUrgent(), burstPairs);
          else {
            await inTurn(pairs, longestMs, isUrgent());
            pairsOfAll.nextMs = nextTurnMs(pairsOfAll, clock.monotonicMs()) + pairMs;
          }
          return await unlessThrottled(account, isUrgent, () => inner.get(account));
        },
        listKeys: (account) => unlessThrottled(account, isUrgent, () => inner.listKeys(account)),
        regenerate: (account, slot) => unlessThrottled(account, isUrgent, () => inner.regenerate(account, slot)),
      };
    };
  const accounts = accountsFor(longestTurnMs.others);
  return {
    ...ports,
    accounts,
    accountsOfRotation: accountsFor(longestTurnMs.rotation),
    accountsOfAdoptions: accountsFor(longestTurnMs.others, true),
    askSharedLimit,
    asReader,
  };
}

/** When the next one would come that waits for nobody but those before it. */
function nextTurnMs({ nextMs, everyMs, atOnce }: Turns, nowMs: number): number {
  return Math.max(nextMs, nowMs - (atOnce - 1) * everyMs);
}

/** Whether Azure has throttled the subscription, or Keyturn itself spreads its requests there. A vault's throttling is none. */
export function isThrottling({ failure: { code } }: FailureError): boolean {
  return code === ownRateLimit || code === subscriptionThrottled;
}

/** Null: not a throttling, or without a word on how long. */
function askedPauseMs({ failure }: FailureError): number | null {
  return failure.kind === 'not-applied' && isRateRefusal(failure.code) ? failure.retryAfterMs : null;
}

function throttled(retryAfterMs: number): FailureError {
  return notApplied(subscriptionThrottled, retryAfterMs);
}
