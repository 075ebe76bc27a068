import { createApp } from '../../src/app.ts';
import type { EnginePorts } from '../../src/rotation/engine-ports.ts';
import type { WakeUp } from '../../src/rotation/ports.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import { type Life, operator } from '../memory-world/life.ts';
import { inOrder, openTarget } from '../memory-world/open-target.ts';
import { buildTarget } from '../memory-world/target-builder.ts';
import type { WorkerOptions } from '../memory-world/worker.ts';
import { rowOf } from '../rotation/live-through.ts';
import { askAs, letGo, type OperatorAction } from './ask-as.ts';
import { cachingConsumers } from './caching-consumers.ts';
import { carefulPeople } from './careful-people.ts';
import { disturber } from './disturbances.ts';
import { watchRetryAfter } from './retry-after.ts';
import type { SoakPlan } from './soak-plan.ts';
import type { Outcome, RunResult } from './soak-tally.ts';
import { stateOf } from './state-of.ts';
import { tellHappening } from './tell-happening.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** Longer than all deadlines of a rotation together: who is under way then waits for ever. */
const longestRunMs = 12 * dayMs;

/** Actions on a rotation, which are written down for it or refused. */
const wishes: ReadonlySet<OperatorAction> = new Set([
  'rollback',
  'cancel',
  'hold',
  'release-hold',
  'expedite',
  'resume',
]);
const letGoAfterMs = 40 * minuteMs;

/** What a test does to the engine to see whether the soak notices. */
export type Mutation = (ports: EnginePorts, life: Life) => EnginePorts;

export interface LiveOptions {
  readonly mutate?: Mutation | undefined;
  /** Hears every happening and fault, for the trace of a failure. */
  readonly tell?: (line: string) => void;
}

/** Lets one rotation live through a plan, until it rests for good; then, nobody else having meddled, until it is over. */
export async function livePlan(plan: SoakPlan, { mutate, tell }: LiveOptions = {}): Promise<RunResult> {
  const target = buildTarget({ layout: plan.layout });
  const faults = new Map<string, number>();
  const met = (kind: string, times = 1) => faults.set(kind, (faults.get(kind) ?? 0) + times);
  let isStarted = false;
  let isHealed = false;
  let turn = 0;
  let newestWakeSeq = 0;
  const isWild = () => isStarted && !isHealed;
  const say = (text: string) => {
    const at = new Date(life.world.clock.nowMs()).toISOString().slice(8, 23).replace('T', ' ');
    tell?.(`${at} [${stateOf(life)}] ${text}`);
  };

  const workerOptions = (): WorkerOptions => {
    turn += 1;
    const wallAheadMs = turn % 2 === 0 ? plan.wallAheadMs : 0;
    if (wallAheadMs !== 0) met('clocks-apart');
    return {
      wallAheadMs,
      latencyMs: () => {
        turn += 1;
        return plan.latencyMs * (0.5 + ((turn * 7919) % 101) / 101);
      },
      listKeysAgeMs: () => {
        const { keys } = life.world.account;
        const old = life.world.account.keysAgo(plan.listKeysAgeMs);
        if (old.key1 !== keys.key1 || old.key2 !== keys.key2) met('list-keys-stale');
        return plan.listKeysAgeMs;
      },
      fault: (call, effect) => {
        const struck = isHealed ? null : disturb(call, effect);
        if (struck === null) return null;
        met(struck.kind);
        say(
          `${struck.kind} strikes ${call.service} ${call.operation} ${call.subject}: ${JSON.stringify(struck.fault)}`,
        );
        if (struck.kind === 'throttled') retryAfter.throttled(call, struck.fault);
        if (struck.kind === 'account-accepted' && struck.isFirst) beBusy(struck.lastsMs);
        return struck.fault;
      },
    };
  };
  const startWorker = () => {
    const { worker, app: healthy } = isWild() ? life.start(workerOptions()) : life.start();
    const app =
      mutate === undefined ? healthy : createApp({ ...mutate(worker.ports, life), targets: fixedTargets([target]) });
    const advance = (wakeUp: WakeUp) => {
      if (wakeUp.wakeSeq < newestWakeSeq) met('message-reordered');
      newestWakeSeq = Math.max(newestWakeSeq, wakeUp.wakeSeq);
      return app.advance(wakeUp);
    };
    return { worker, app: { ...app, advance } };
  };
  let delivered = 0;
  const life: Life = await openTarget(target, plan.activeSlot, {
    workerFor: startWorker,
    delivery: () => {
      delivered += 1;
      const delivery = (isHealed ? undefined : plan.deliveries[delivered - 1]) ?? [0];
      if (delivery.length === 0) met('message-dropped');
      if (delivery.length > 1) met('message-doubled');
      if (delivery.some((lateMs) => lateMs > 0)) met('message-late');
      return delivery;
    },
  });
  const { world, line, watch } = life;
  const { account, clock } = world;
  const disturb = disturber(plan.disturbances, clock.nowMs, () => stateOf(life));
  const retryAfter = watchRetryAfter(life);
  const people = carefulPeople(life, target);
  const consumers = cachingConsumers(world, target, people.killedBy);
  const violations: string[] = [];
  const beBusy = (forMs: number) => {
    account.facts = { ...account.facts, provisioningState: 'Accepted' };
    line.at(clock.nowMs() + forMs, () => {
      account.facts = { ...account.facts, provisioningState: 'Succeeded' };
    });
  };
  world.watchers.push((happening) => {
    if (tell !== undefined) tellHappening(happening, say);
    // Between two steps, too, nothing may change without the consumers trying it.
    if (happening.kind === 'regenerated' || happening.kind === 'stored') consumers.call();
    if (happening.kind !== 'probed') return;
    const isCurrent = happening.key === account.keys.key1 || happening.key === account.keys.key2;
    if (isCurrent && !happening.accepted && !account.facts.localAuthDisabled) met('new-key-refused');
    if (!isCurrent && happening.accepted) met('old-key-accepted');
  });
  account.newKeyRefusedMs = plan.newKeyRefusedMs;
  account.oldKeyAcceptedMs = plan.oldKeyAcceptedMs;
  world.vault.clockAheadMs = plan.vaultAheadMs;
  if (plan.vaultAheadMs !== 0) met('clocks-apart');
  isStarted = true;

  const startsAtMs = clock.nowMs();
  let pending = 0;
  const later = (afterMs: number, act: (done: () => void) => void) => {
    pending += 1;
    line.at(startsAtMs + afterMs, () => {
      act(() => {
        pending -= 1;
      });
    });
  };
  /** Who holds a rotation or pauses the instance lets go of it some day, however often it takes. */
  const letGoLater = (action: OperatorAction, done: () => void) => {
    if (action !== 'hold' && action !== 'pause') return done();
    line.at(clock.nowMs() + letGoAfterMs, () => {
      const { worker, app } = startWorker();
      retryAfter.personAsked();
      const again = () => letGoLater(action, done);
      worker.onDeath = again;
      letGo(app, action, life).then((isDone) => {
        if (!worker.isDead()) (isDone ? done : again)();
      }, again);
    });
  };
  for (const { afterMs, action } of plan.operators)
    later(afterMs, (done) => {
      const { worker, app } = startWorker();
      retryAfter.personAsked();
      const answered = askAs(app, action, life);
      const over = () => letGoLater(action, done);
      worker.onDeath = over;
      answered.then(
        (answer) => {
          // A wish that is refused at once troubles nobody.
          const isHeard = answer === undefined || !wishes.has(action) || answer.kind === 'noted';
          if (isHeard) met(`operator:${action}`);
          world.happened({ kind: 'said', where: `the answer to ${action}`, text: JSON.stringify(answer ?? null) });
          if (!worker.isDead()) over();
        },
        (error: unknown) => {
          violations.push(`8: ${action} threw ${String(error)}`);
          over();
        },
      );
    });
  for (const { afterMs, act } of plan.people)
    later(afterMs, (done) =>
      people.act(act, (wasDone) => {
        if (wasDone) met(`person:${act}`);
        if (wasDone) say(`a person: ${act}`);
        done();
      }),
    );
  if (plan.rowDeletedAfterMs !== null)
    later(plan.rowDeletedAfterMs, (done) => {
      world.journal.row = null;
      world.happened({ kind: 'outside', act: 'restore row' });
      met('row-deleted');
      done();
    });

  const rests = () => {
    consumers.call();
    if (pending > 0 || !['no row', 'idle', 'suspended'].includes(stateOf(life))) return false;
    const row = rowOf(life);
    return row?.operatorRequest == null && row?.lease.kind !== 'held';
  };
  const run = async (isOver: () => boolean, untilMs: number) => {
    try {
      await life.run(isOver, untilMs);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      violations.push(`waits: ${error.message}`);
    }
  };
  /** What an operator does until a rotation has run: adopt what has no row, start what has not begun. */
  const ask = async () => {
    const { worker, app } = startWorker();
    retryAfter.personAsked();
    if (rowOf(life)?.adoptedAtMs == null) await life.during(worker, app.adopt('demo', { activeSlot: null }, operator));
    else await life.during(worker, app.startRotation('demo', { idleKeyUnused: true }, operator));
  };
  const ended = () => {
    const { rotation, lastEnd } = rowOf(life) ?? { rotation: null, lastEnd: null };
    return rotation === null ? (lastEnd?.outcome ?? 'none') : rotation.kind;
  };
  for (let asked = 0; asked < 12 && ended() === 'none'; asked += 1) {
    if (asked > 0) people.putRight();
    await ask();
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
  if (plan.people.length === 0 && plan.rowDeletedAfterMs === null) await goOnInPeace();
  consumers.call();
  watch.check();
  const failed = watch.breaches.filter((text) => text.startsWith('0:'));
  return {
    outcome,
    faults,
    consumerRequests: consumers.requests,
    consumerFailures: [...consumers.failures, ...(consumers.failures.length === 0 ? failed : [])],
    causedByPeople: consumers.causedByPeople,
    violations: [...watch.breaches.filter((text) => !text.startsWith('0:')), ...retryAfter.disobeyed, ...violations],
  };

  /** A person resumes what is suspended, in a world where nothing goes wrong any more: it must come to a good end. */
  async function goOnInPeace(): Promise<void> {
    account.newKeyRefusedMs = 0;
    account.facts = { ...account.facts, provisioningState: 'Succeeded' };
    for (let resumes = 0; resumes < 3; resumes += 1) {
      const rotation = rowOf(life)?.rotation;
      if (rotation?.kind !== 'suspended') break;
      const { worker, app } = startWorker();
      retryAfter.personAsked();
      await life.during(worker, app.resume('demo', rotation.from.rotationId, operator));
      await run(rests, clock.nowMs() + longestRunMs);
    }
    if (rowOf(life)?.rotation != null) violations.push('peace: a rotation was not over once nothing went wrong');
    if (!inOrder(life, target, null)) violations.push('peace: vault and account disagree once nothing went wrong');
  }
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
