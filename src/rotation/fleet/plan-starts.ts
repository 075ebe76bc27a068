import type { SweepAnswer, SweepFacts } from '../due.ts';
import { dueAtMs } from '../due-at.ts';
import { startHindrance } from '../start-hindrance.ts';
import { type ArmLedger, armLedger } from './arm-ledger.ts';
import { expectWrites, secondWritesAfterMs } from './expected-writes.ts';
import { type FleetFacts, type FleetMember, subscriptionOf } from './fleet-facts.ts';
import { inTurns } from './in-turns.ts';

/** How far ahead of itself a sweep sends starts off: until the next one comes. */
const plansAheadMs = 5 * 60_000;

/** What to do about one target; a start sets out after `delayMs`. */
export interface Planned<M> {
  readonly member: M;
  readonly answer: SweepAnswer;
  readonly delayMs: number;
}

/**
 * Which of the targets that may start alone may start together, and when: the most urgent first, one of each subscription
 * in turn, each when its subscription's bucket has room for it. The others are left with the reason.
 */
export function planStarts<M extends FleetMember & SweepFacts>(
  answered: readonly { readonly member: M; readonly answer: SweepAnswer }[],
  facts: FleetFacts,
): Planned<M>[] {
  const settled = answered.filter(({ answer }) => answer.kind !== 'start').map((one) => ({ ...one, delayMs: 0 }));
  const due = answered.filter(({ answer }) => answer.kind === 'start');
  if (due.length === 0) return settled;
  const fleetNowMs = Math.max(...due.map(({ member }) => member.nowMs));
  const ledgers = ledgersOf(answered, due, fleetNowMs);
  let now = facts;
  const starts = inTurns(due.sort(mostUrgentFirst), ({ member }) => subscriptionOf(member.target)).map(
    ({ member, answer }): Planned<M> => {
      const { target } = member;
      const leave = (reason: SweepAnswer['reason']) =>
        ({ member, answer: { kind: 'leave', reason }, delayMs: 0 }) as const;
      const hindrance = startHindrance(member, target, now);
      if (hindrance !== null) return leave(hindrance);
      const subscription = subscriptionOf(target);
      const ledger = ledgers.get(subscription);
      const setsOutAtMs = ledger?.reserve(fleetNowMs, fleetNowMs + plansAheadMs, secondWritesAfterMs(target)) ?? null;
      if (setsOutAtMs === null) return leave('subscription-busy');
      const { [subscription]: before = 0 } = now.runningIn;
      now = { ...now, running: now.running + 1, runningIn: { ...now.runningIn, [subscription]: before + 1 } };
      return { member, answer, delayMs: setsOutAtMs - fleetNowMs };
    },
  );
  return [...settled, ...starts];
}

/** One ledger for each subscription that has something to start, with what its rotations in flight still write. */
function ledgersOf(
  answered: readonly { readonly member: FleetMember }[],
  due: readonly { readonly member: FleetMember }[],
  nowMs: number,
): ReadonlyMap<string, ArmLedger> {
  const ledgers = new Map(due.map(({ member }) => [subscriptionOf(member.target), armLedger(nowMs)]));
  for (const { member } of answered) {
    const ledger = ledgers.get(subscriptionOf(member.target));
    if (ledger !== undefined) expectWrites(ledger, member.target, member.row, nowMs);
  }
  return ledgers;
}

type Due = { readonly member: FleetMember & SweepFacts; readonly answer: SweepAnswer };

/** Expiring keys, then canaries, then who has been due for longest. */
function mostUrgentFirst(one: Due, other: Due): number {
  return urgency(one) - urgency(other) || dueMs(one) - dueMs(other);
}

function urgency({ member, answer }: Due): number {
  if (answer.reason === 'expires-before-next-window') return 0;
  return member.target.policy.canary ? 1 : 2;
}

function dueMs({ member }: Due): number {
  return dueAtMs(member, member.target, 0);
}
