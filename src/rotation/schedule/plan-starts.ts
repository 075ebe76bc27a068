import type { Target } from '../../keys/target.ts';
import type { SweepAnswer, SweepFacts } from './due.ts';
import { dueAtMs } from './due-at.ts';
import { expectStores, expectWrites, storesOf, writesOf } from './expected-writes.ts';
import {
  type BlockedBy,
  type FleetFacts,
  type FleetMember,
  isCanary,
  type Origin,
  subscriptionOf,
} from './fleet-facts.ts';
import { latenessOf } from './late-starts.ts';
import { roundRobin } from './round-robin.ts';
import { expiresWithinAWeek, startBlocker } from './start-blocker.ts';
import {
  type Draw,
  expectStart,
  reserve,
  type Share,
  storesOfStarts,
  type TokenBucket,
  tokenBucket,
  writesOfStarts,
} from './token-bucket.ts';

/** How far ahead of itself a sweep sends starts off: until the next one comes. */
const plansAheadMs = 5 * 60_000;

type Due<M> = { readonly member: M; readonly answer: SweepAnswer };

/** What to do about one target; a start sets out after `delayMs`. */
export type Planned<M> = Due<M> & { readonly delayMs: number };

/** The two sides of a bucket: what declared targets take of it, and what all do. */
type Sides = Readonly<Record<Origin, TokenBucket>>;

/** The buckets that have something to start: of writes, by subscription, and of secrets to store, by vault. */
interface Buckets {
  readonly writes: ReadonlyMap<string, Sides>;
  readonly stores: ReadonlyMap<string, Sides>;
}

/**
 * Which of the targets that may start by themselves may start together, and when: the most urgent first, one of each subscription
 * in turn, each when the buckets of its subscription and its vault have room for it. The others are left with the reason. What becomes of the
 * declared ones depends only on declared ones.
 */
export function planStarts<M extends FleetMember & SweepFacts>(
  answered: readonly Due<M>[],
  facts: FleetFacts,
): Planned<M>[] {
  const settled = answered.filter(({ answer }) => answer.kind !== 'start').map((one) => ({ ...one, delayMs: 0 }));
  const due = answered.filter(({ answer }) => answer.kind === 'start');
  if (due.length === 0) return settled;
  const fleetNowMs = Math.max(...due.map(({ member }) => member.nowMs));
  const buckets = bucketsOf(answered, due, fleetNowMs);
  let now = facts;
  const starts = inOrder(due, facts).map(({ member, answer }): Planned<M> => {
    const { target, origin } = member;
    const leave = (reason: SweepAnswer['reason']) =>
      ({ member, answer: { kind: 'leave', reason }, delayMs: 0 }) as const;
    const blocker = isOfLeak(answer) ? null : startBlocker(member, target, now);
    if (blocker !== null) return leave(blocker);
    const subscription = subscriptionOf(target);
    const untilMs = fleetNowMs + plansAheadMs;
    const roomAtMs = reserve(drawsOf(buckets, target, origin), fleetNowMs, untilMs);
    const setsOutAtMs = isOfLeak(answer) ? fleetNowMs : roomAtMs;
    if (setsOutAtMs === null) {
      const hasWrites = buckets.writes.get(subscription)?.[origin].find(fleetNowMs, untilMs, writesOf(target));
      return leave(hasWrites == null ? 'subscription-busy' : 'vault-busy');
    }
    // Discovered ones find what declared ones have taken, not the other way round.
    if (origin === 'declared')
      for (const draw of drawsOf(buckets, target, 'discovered')) expectStart(draw, setsOutAtMs);
    now = withOneMore(now, origin, subscription);
    return { member, answer, delayMs: setsOutAtMs - fleetNowMs };
  });
  return [...settled, ...starts];
}

/** A leaked key waits for nobody, as one that a person reports. */
function isOfLeak({ reason }: SweepAnswer): boolean {
  return reason === 'leaked-key';
}

function drawsOf({ writes, stores }: Buckets, target: Target, side: Origin): Draw[] {
  return [
    { bucket: writes.get(subscriptionOf(target))?.[side], cost: writesOf(target) },
    { bucket: stores.get(target.vaultUrl)?.[side], cost: storesOf(target) },
  ].flatMap(({ bucket, cost }) => (bucket === undefined ? [] : [{ bucket, cost }]));
}

/** The buckets of every subscription and vault that has something to start, with what its rotations in flight still take. */
function bucketsOf(
  answered: readonly { readonly member: FleetMember }[],
  due: readonly { readonly member: FleetMember }[],
  nowMs: number,
): Buckets {
  const sides = (share: Share): Sides => ({
    declared: tokenBucket(nowMs, share),
    discovered: tokenBucket(nowMs, share),
  });
  const writes = new Map(due.map(({ member }) => [subscriptionOf(member.target), sides(writesOfStarts)]));
  const stores = new Map(due.map(({ member }) => [member.target.vaultUrl, sides(storesOfStarts)]));
  const latenessIn = latenessOf(answered, nowMs);
  for (const { member } of answered) {
    const { target, row, origin } = member;
    const lateMs = latenessIn.get(target.vaultUrl) ?? 0;
    const inSubscription = writes.get(subscriptionOf(target));
    const inVault = stores.get(target.vaultUrl);
    for (const side of origin === 'declared' ? (['declared', 'discovered'] as const) : (['discovered'] as const)) {
      if (inSubscription !== undefined) expectWrites(inSubscription[side], target, row, nowMs);
      if (inVault !== undefined) expectStores(inVault[side], target, row, nowMs, lateMs);
    }
  }
  return { writes, stores };
}

function withOneMore(facts: FleetFacts, origin: Origin, subscription: string): FleetFacts {
  const more = (held: BlockedBy): BlockedBy => {
    const { [subscription]: before = 0 } = held.runningIn;
    return { ...held, running: held.running + 1, runningIn: { ...held.runningIn, [subscription]: before + 1 } };
  };
  const { declared, discovered } = facts.heldUpBy;
  const heldUpBy = { declared: origin === 'declared' ? more(declared) : declared, discovered: more(discovered) };
  return { ...facts, heldUpBy };
}

/**
 * What replaces a leaked key, what expires within a week, then declared targets, then discovered ones; of each, one of each
 * subscription in turn.
 */
function inOrder<M extends FleetMember & SweepFacts>(due: readonly Due<M>[], { limits }: FleetFacts): Due<M>[] {
  /** What its next window comes too late for, then canaries, then who has been due for longest. */
  const urgency = ({ member, answer }: Due<M>) => {
    if (answer.reason === 'expires-before-next-window') return 0;
    return isCanary(member, limits) ? 1 : 2;
  };
  const dueMs = ({ member }: Due<M>) => dueAtMs(member, member.target, 0);
  const mostUrgentFirst = (one: Due<M>, other: Due<M>) => urgency(one) - urgency(other) || dueMs(one) - dueMs(other);
  const turnsOf = (origin: Origin, expires: boolean) =>
    roundRobin(
      due
        .filter(
          ({ member, answer }) =>
            !isOfLeak(answer) && member.origin === origin && expiresWithinAWeek(member) === expires,
        )
        .sort(mostUrgentFirst),
      ({ member }) => subscriptionOf(member.target),
    );
  return [
    ...due.filter(({ answer }) => isOfLeak(answer)),
    ...turnsOf('declared', true),
    ...turnsOf('discovered', true),
    ...turnsOf('declared', false),
    ...turnsOf('discovered', false),
  ];
}
