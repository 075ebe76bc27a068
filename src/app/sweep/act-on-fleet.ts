import type { Target } from '../../keys/target.ts';
import { type SweepAnswer, sweepAnswer } from '../../rotation/schedule/due.ts';
import type { FleetFacts } from '../../rotation/schedule/fleet-facts.ts';
import { planStarts } from '../../rotation/schedule/plan-starts.ts';
import { sweepAccount } from '../../rotation/schedule/wake-account.ts';
import { FailureError } from '../../shared/failure.ts';
import { mapBounded } from '../../shared/map-bounded.ts';
import { asFailureOfOne } from '../answers.ts';
import { type InvocationPorts, inInvocation } from '../in-invocation.ts';
import type { SweptTarget } from '../targets/load-target.ts';

/** Rows read, or rotations started, at one time: with ten milliseconds a call, ten thousand targets take seconds. */
export const mostCallsAtOnce = 32;

/** Told of each target that could not be swept. */
export type NotSwept = (target: Target, error: FailureError) => void;

/**
 * Starts and wakes what the facts of the fleet allow. Answers every member as it is afterwards; `answer` null if what
 * was decided could not be done.
 */
export async function actOnFleet(
  ports: InvocationPorts,
  members: readonly SweptTarget[],
  facts: FleetFacts,
  notSwept: NotSwept,
): Promise<(SweptTarget & { readonly answer: SweepAnswer | null })[]> {
  const sweptAtMs = members.reduce((latest, { nowMs }) => Math.max(latest, nowMs), 0);
  const answered = members.map((member) => ({ member, answer: sweepAnswer(member, member.target, facts) }));
  return await mapBounded(planStarts(answered, facts), mostCallsAtOnce, async ({ member, answer, delayMs }) => {
    if (answer.kind === 'leave') return { ...member, answer };
    const { target, row } = member;
    return await inInvocation(ports, target, async (own) => {
      const plan = { delayMs, sweptAtMs };
      const acted = await sweepAccount(own, target, row, answer, plan).catch(asFailureOfOne(ports.log, 'sweep'));
      const { row: rowNow, storageNowMs: nowMs } = own.rows.latest() ?? { row, storageNowMs: member.nowMs };
      if (acted instanceof FailureError) notSwept(target, acted);
      return { ...member, row: rowNow, nowMs, answer: acted instanceof FailureError ? null : acted };
    });
  });
}
