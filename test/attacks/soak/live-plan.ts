import { overtakenAfterMs } from '../../../src/durable/numbers.ts';
import { type Life, operator } from '../../memory-world/life.ts';
import { openTarget } from '../../memory-world/open-target.ts';
import { buildCopy, buildSettingCopy, buildTarget } from '../../memory-world/target-builder.ts';
import { rowOf } from '../../rotation/row-of.ts';
import { cachingConsumers } from './caching-consumers.ts';
import { carefulPeople } from './careful-people.ts';
import { goOnInPeace } from './go-on-in-peace.ts';
import { notifyHappening } from './happening-lines.ts';
import { watchLeaks } from './leak-watch.ts';
import { planActs } from './plan-acts.ts';
import { type Mutation, type PlanWorkers, planWorkers } from './plan-workers.ts';
import { type RetryAfterWatch, watchRetryAfter } from './retry-after.ts';
import { longestRunMs, runOrTell } from './run-or-report.ts';
import type { SoakPlan } from './soak-plan.ts';
import type { Outcome, RunResult } from './soak-tally.ts';
import { stateOf } from './state-of.ts';

const minuteMs = 60_000;
/** Two looks after the end of a rotation, the second of them perhaps a sweep's. */
const longestLeakMs = 2 * 60 * minuteMs;

export interface LiveOptions {
  readonly mutate?: Mutation | undefined;
  /** Hears every happening and fault, for the trace of a failure. */
  readonly tell?: (line: string) => void;
}

/** Lets one rotation live through a plan, until it rests for good; then, nobody else having meddled, until it is over. */
export async function livePlan(plan: SoakPlan, { mutate, tell }: LiveOptions = {}): Promise<RunResult> {
  const copies = plan.copies.map((name) =>
    // One of each kind.
    (name === 'web' ? buildCopy : buildSettingCopy)(name, { cacheMs: 5 * minuteMs }),
  );
  const target = buildTarget({ layout: plan.layout, copies });
  const faults = new Map<string, number>();
  const met = (kind: string) => void faults.set(kind, (faults.get(kind) ?? 0) + 1);
  const violations: string[] = [];
  let isStarted = false;
  let isHealed = false;
  const say = (text: string) => {
    const at = new Date(life.world.clock.nowMs()).toISOString().slice(8, 23).replace('T', ' ');
    tell?.(`${at} [${stateOf(life)}] ${text}`);
  };
  const workers: PlanWorkers = planWorkers({
    ...{ plan, target, mutate, met, say },
    life: () => life,
    retryAfter: () => retryAfter,
    isWild: () => isStarted && !isHealed,
  });
  const life: Life = await openTarget(target, plan.activeSlot, {
    workerFor: workers.start,
    delivery: workers.delivery,
  });
  const retryAfter: RetryAfterWatch = watchRetryAfter(life);
  const leaks = watchLeaks(life, target);
  const people = carefulPeople(life, target);
  const consumers = cachingConsumers(life.world, target, people.killedBy);
  const { account, clock } = life.world;
  watchFor(life, met, () => consumers.call(), tell && ((happening) => notifyHappening(happening, say)));
  account.newKeyRefusedMs = plan.newKeyRefusedMs;
  account.oldKeyAcceptedMs = plan.oldKeyAcceptedMs;
  life.world.vault.clockAheadMs = plan.vaultAheadMs;
  if (plan.vaultAheadMs !== 0) met('clocks-apart');
  isStarted = true;

  const startsAtMs = clock.nowMs();
  const pending = planActs({ plan, life, workers, people, retryAfter, leaks, violations, met, say });
  /** A repair has no message: the lease of one that died stays until somebody comes, and binds nobody once it may be overtaken. */
  const isAtWork = () => {
    const { savedAtMs = 0 } = life.world.journal.row ?? {};
    return rowOf(life)?.lease.kind === 'held' && clock.nowMs() < savedAtMs + overtakenAfterMs;
  };
  const rests = () => {
    consumers.call();
    if (pending() > 0 || !['no row', 'idle', 'suspended'].includes(stateOf(life))) return false;
    const row = rowOf(life);
    if (row?.operatorRequest != null || isAtWork()) return false;
    // A leaked key is replaced as soon as nothing is in flight.
    return row?.rotation != null || row?.leak == null;
  };
  const run = (isOver: () => boolean, untilMs: number) => runOrTell(life, violations, isOver, untilMs);
  /** What an operator does until a rotation has run: adopt what has no row, start what has not begun. */
  const ask = async (takeOver: boolean, isAgain: boolean) => {
    // An adoption whose clock ran backwards is refused, and asked for once more. A clock that is set does so once.
    const { worker, app } = workers.start({ clockIsRight: isAgain });
    retryAfter.personAsked();
    if (rowOf(life)?.adoptedAtMs == null)
      await life.during(worker, app.adopt('demo', { activeSlot: null, takeOver }, operator));
    else await life.during(worker, app.startRotation('demo', { inactiveKeyUnused: true }, operator));
  };
  const ended = () => {
    const { rotation, lastEnd } = rowOf(life) ?? { rotation: null, lastEnd: null };
    return rotation === null ? (lastEnd?.outcome ?? 'none') : rotation.kind;
  };
  for (let asked = 0; asked < 12 && ended() === 'none'; asked += 1) {
    if (asked > 0) people.putRight();
    // What another instance has claimed is not adopted any more, but taken back.
    const isClaimed = [...plan.people].some(({ act }) => act === 'other-instance-claims');
    await ask(asked > 0 && isClaimed, asked > 0);
    const asksAgainAtMs = clock.nowMs() + 10 * minuteMs * 2 ** asked;
    await run(() => rests() && (ended() !== 'none' || clock.nowMs() > asksAgainAtMs), clock.nowMs() + longestRunMs);
  }
  await run(rests, startsAtMs + longestRunMs);
  const outcome = outcomeOf(ended());
  if (outcome === 'none' || !rests()) violations.push(`waits: a run never ended, it is ${ended()}`);
  const suspended = rowOf(life)?.rotation;
  if (suspended?.kind === 'suspended') {
    const isDeadline = suspended.reason.endsWith('-overdue') || suspended.reason === 'new-key-not-accepted';
    if (isDeadline) met(`deadline:${suspended.from.kind}`);
  }

  isHealed = true;
  const isAlone = plan.people.length === 0 && plan.rowDeletedAfterMs === null;
  if (isAlone) {
    await goOnInPeace({ life, target, workers, retryAfter, violations, rests });
    await run(() => rests() && leaks.open().length === 0, clock.nowMs() + longestLeakMs);
    for (const slot of leaks.open())
      violations.push(`leak: the leaked key of ${slot} lives, or counts as alive, at the end`);
    violations.push(...leaks.broken);
  }
  consumers.call();
  life.watch.check();
  const { breaches } = life.watch;
  const failed = breaches.filter((text) => text.startsWith('0:'));
  return {
    outcome,
    faults,
    consumerRequests: consumers.requests,
    consumerFailures: [...consumers.failures, ...(consumers.failures.length === 0 ? failed : [])],
    causedByPeople: consumers.causedByPeople,
    violations: [...breaches.filter((text) => !text.startsWith('0:')), ...retryAfter.disobeyed, ...violations],
  };
}

type Happens = Parameters<Life['world']['happened']>[0];

/** Counts what only the world sees, and lets consumers try every change between two steps. */
function watchFor(
  { world }: Life,
  met: (kind: string) => void,
  consume: () => void,
  tell: ((happening: Happens) => void) | undefined,
): void {
  const { account } = world;
  world.watchers.push((happening) => {
    tell?.(happening);
    if (happening.kind === 'regenerated' || happening.kind === 'stored') consume();
    if (happening.kind === 'said' && happening.text.includes('"account-taken-over"')) met('lease-taken-over');
    if (happening.kind !== 'probed') return;
    const isCurrent = happening.key === account.keys.key1 || happening.key === account.keys.key2;
    if (isCurrent && !happening.accepted && !account.facts.localAuthDisabled) met('new-key-refused');
    if (!isCurrent && happening.accepted) met('old-key-accepted');
  });
}

function outcomeOf(end: string): Outcome | 'none' {
  switch (end) {
    case 'completed':
    case 'suspended':
    case 'cancelled':
      return end;
    case 'rolled-back':
      return 'rolledBack';
    default:
      return 'none';
  }
}
