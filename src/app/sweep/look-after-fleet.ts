import type { Target } from '../../keys/target.ts';
import { type Origin, subscriptionOf } from '../../rotation/schedule/fleet-facts.ts';
import { roundRobin } from '../../rotation/schedule/round-robin.ts';
import { isThrottling } from '../../rotation/schedule/shared-rate-limit.ts';
import { FailureError } from '../../shared/failure.ts';
import { mapBoundedByGroup } from '../../shared/map-bounded.ts';
import { asFailureOfOne } from '../answers.ts';
import type { InvocationPorts } from '../in-invocation.ts';
import type { SweptTarget } from '../targets/load-target.ts';
import { checkActiveKeys } from './check-active-keys.ts';
import { lookAfterTarget } from './look-after-target.ts';
import { type EventsLook, lookAtEvents } from './look-at-events.ts';
import { looksForMs } from './look-share.ts';

const mostLooksAtOnce = 32;
/** What a worker keeps from one sweep to the next, by account and its own monotonic clock: it says who waits, no more. */
export interface LastLooks {
  /** When the look at an account failed last. */
  readonly failedAtMs: Map<string, number>;
  /** When its active key was tried last. */
  readonly keyTriedAtMs: Map<string, number>;
}

export function noLooks(): LastLooks {
  return { failedAtMs: new Map(), keyTriedAtMs: new Map() };
}

/** A vault that is slow, or has many targets, holds up those of no other; and its consumers read it, too. */
const mostLooksInVault = 8;

/** `nowMs` is absent if no row told it. */
type Resting = Pick<SweptTarget, 'target' | 'origin' | 'notes'> & Partial<Pick<SweptTarget, 'row' | 'nowMs'>>;

/**
 * Looks at what has not been looked at for longest, as many as the sweep has time for; answers how many. Declared targets
 * come first, and one whose look fails waits until the others of its kind have had theirs. Before that the active keys are
 * tried: one that has begun to fail its consumers is looked at without waiting for its turn.
 * @param roomFor how many looks there is room for in the target's subscription
 */
export async function lookAfterFleet(
  ports: InvocationPorts,
  resting: readonly Resting[],
  sweepBegunAtMs: number,
  notLooked: (target: Target, error: FailureError) => void,
  events: EventsLook | undefined,
  { failedAtMs, keyTriedAtMs }: LastLooks,
  roomFor: (origin: Origin, target: Target) => number,
): Promise<number> {
  const { clock } = ports;
  const deliveryPathOf = lookAtEvents(events);
  const isOver = () => clock.monotonicMs() - sweepBegunAtMs > looksForMs;
  const begunToFail = await checkActiveKeys(
    ports,
    resting.filter((one) => !isDueForLook(one)),
    keyTriedAtMs,
    isOver,
  );
  const failed = ({ target }: Resting) => failedAtMs.get(target.account.armId) ?? 0;
  const oldestFirst = resting
    .filter((one) => begunToFail.has(one.target.name) || isDueForLook(one))
    .sort((one, other) => failed(one) - failed(other) || (one.notes?.lookedAtMs ?? 0) - (other.notes?.lookedAtMs ?? 0));
  const turnsOf = (origin: Origin) =>
    roundRobin(
      oldestFirst.filter((one) => one.origin === origin),
      ({ target }) => subscriptionOf(target),
    );
  const looksIn = new Map<string, number>();
  /** Subscriptions that take no more requests for now, Azure's bucket or Keyturn's own: the next sweep looks there. */
  const throttled = new Set<string>();
  let looks = 0;
  const inTurn = [...turnsOf('declared'), ...turnsOf('discovered')];
  const vaultOf = ({ target }: Resting) => target.vaultUrl;
  await mapBoundedByGroup(inTurn, mostLooksAtOnce, vaultOf, mostLooksInVault, async ({ target, origin, notes }) => {
    const isDue = notes?.isDue === true;
    const subscription = subscriptionOf(target);
    const before = looksIn.get(subscription) ?? 0;
    if (throttled.has(subscription) || before >= roomFor(origin, target) || isOver()) return;
    looksIn.set(subscription, before + 1);
    const everyMs = isDue || begunToFail.has(target.name) ? 0 : target.policy.driftEveryMs;
    const looked = await lookAfterTarget(ports, target, deliveryPathOf, everyMs).catch(
      asFailureOfOne(ports.log, 'sweep'),
    );
    if (looked instanceof FailureError) {
      if (isThrottling(looked)) throttled.add(subscription);
      else {
        failedAtMs.set(target.account.armId, clock.monotonicMs());
        notLooked(target, looked);
      }
      return;
    }
    failedAtMs.delete(target.account.armId);
    if (looked) looks += 1;
    else looksIn.set(subscription, (looksIn.get(subscription) ?? 1) - 1);
  });
  return looks;
}

/** So that a fleet that rests costs no second read of its notes. */
function isDueForLook({ target, notes, nowMs }: Resting): boolean {
  return notes === null || notes.isDue || nowMs === undefined || nowMs >= notes.lookedAtMs + target.policy.driftEveryMs;
}
