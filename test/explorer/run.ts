import { isDeepStrictEqual } from 'node:util';
import type { App } from '../../src/app/contract.ts';
import { leaseMs } from '../../src/durable/numbers.ts';
import { quotaUsedUp } from '../../src/keys/ports.ts';
import { FailureError } from '../../src/shared/failure.ts';
import type { Fence } from '../../src/shared/fence.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import type { Call } from '../memory-world/call.ts';
import type { Engine } from './load-engine.ts';
import { type Move, moveText, staleMs, throttledForMs } from './rotation/moves.ts';
import { clock, passage } from './rotation/passage.ts';
import type { Event, Subject } from './subject.ts';
import { type Message, newWorker, type Worker } from './worker.ts';
import { type Change, keysAgo, nextId, type World } from './world.ts';

const latencyMs = 20;
const clientTimeoutMs = 30_000;
/** Just within the settle bound. */
const latestMs = 119_000;
/** When a message whose worker has vanished comes again: the worst moment, just after the lease. */
const redeliveryMs = leaseMs + 1_500;
/** More than any life needs that comes to rest: four times a day's patience, with a try every eleven minutes, and as much again. */
const mostEvents = 1_000;

/** Of each delivery: one that goes on, and one that outlives its lease. Those of earlier saves lead to nothing. */
const messagesOfDelivery = 2;

/** More calls than any transition needs. */
const mostCalls = 3_000;

/** A place where the adversary could have moved, and its moves there. */
interface Choice<A extends string = string, P extends string = string> {
  readonly at: number;
  readonly moves: readonly Move<A, P>[];
}

export interface Deviation<A extends string = string, P extends string = string> {
  readonly at: number;
  readonly move: Move<A, P>;
}

export interface Lived<A extends string, P extends string> {
  readonly choices: readonly Choice<A, P>[];
  readonly breaches: readonly string[];
  /** What happened, as a trace shows it. */
  readonly story: readonly string[];
  readonly atIdle: boolean;
}

export interface Plan<A extends string, P extends string> {
  readonly deviations: readonly Deviation<A, P>[];
  /** Whether choices after the last deviation are to be listed. */
  readonly list: boolean;
  /** How often it is begun. */
  readonly rounds: number;
  readonly tell: boolean;
  /** Whether moves that amount to others are left out. */
  readonly cuts: boolean;
  /** Only moves whose text fits; null: all. */
  readonly only: RegExp | null;
  /** How often one message is delivered: doubled, or brought back. Default twice. */
  readonly deliveries?: number;
}

/**
 * Lets one thing happen in `world`, from one rest to the next: an invocation, a request. The deviations say where the
 * adversary moves.
 */
export async function live<A extends string, P extends string>(
  engine: Engine,
  subject: Subject<A, P>,
  world: World,
  plan: Plan<A, P>,
): Promise<Lived<A, P>> {
  const breaches: string[] = [];
  const story: string[] = [];
  const choices: Choice<A, P>[] = [];
  const breach = (text: string) => {
    if (!breaches.includes(text)) breaches.push(text);
  };
  const watched = subject.watch(world, breach, plan.list || plan.tell);
  const last = plan.deviations.at(-1)?.at ?? -1;
  let at = 0;
  let depth = 0;
  let isDone = false;
  let calls = 0;
  const met = new Set<string>();
  /** Whether the pause switch was read since a pause was last offered. */
  let pauseRead = true;
  /** Workers that stand still with clocks that do not run on: what others do meanwhile is offered with clocks that do. */
  let stoppedClocks = 0;
  const state = () => subject.stateOf(world);
  const tell = (text: () => string) => {
    if (plan.tell) story.push(text());
  };

  const pick = (moves: () => readonly Move<A, P>[]): Move<A, P> | null => {
    const here = at;
    at += 1;
    const chosen = plan.deviations.find((one) => one.at === here);
    if (chosen !== undefined) return chosen.move;
    // What follows a first time is lived in peace: it shows what that left behind.
    if (plan.list && here > last && subject.begun(world) <= 1 && (stoppedClocks === 0 || !plan.cuts)) {
      const { only } = plan;
      const offered = only === null ? moves() : moves().filter((move) => only.test(moveText(move)));
      if (offered.length > 0) choices.push({ at: here, moves: offered });
    }
    return null;
  };

  const { pass, passTo } = passage(world, watched.apply, tell);

  const never = new Promise<never>(() => {});
  const deaths = new Map<Worker, () => void>();
  const die = (worker: Worker): Promise<never> => {
    worker.dead = true;
    deaths.get(worker)?.();
    return never;
  };

  const freeze = async (worker: Worker, move: Extract<Move, { kind: 'freeze' }>) => {
    const untilMs = world.nowMs + move.forMs;
    if (move.forMs > leaseMs)
      world.queue = [
        ...world.queue,
        { ...subject.messageOf(world, worker.message), dueAtMs: world.nowMs + redeliveryMs },
      ];
    depth += 1;
    if (move.clocks !== 'run') stoppedClocks += 1;
    for (let lives = 0; lives < 8; lives += 1) {
      const next = subject.nextEvent(world, plan.rounds);
      if (next === null || next.atMs >= untilMs || depth > 2) break;
      await happen(next);
    }
    depth -= 1;
    if (move.clocks !== 'run') stoppedClocks -= 1;
    passTo(untilMs);
    if (move.clocks === 'run-slow') {
      worker.monotonicLostMs += move.forMs / 12;
      worker.wallAheadMs -= move.forMs / 12;
    }
    if (move.clocks === 'monotonic-stops') worker.monotonicLostMs += move.forMs;
    if (move.clocks === 'wall-set-back') {
      worker.wallAheadMs -= move.forMs + 3_600_000;
      worker.monotonicLostMs += move.forMs;
    }
  };

  const placesOf = (worker: Worker, { service, operation, subject: about }: Call, effect: 'read' | 'write') => {
    const at = state();
    return {
      name: `${worker.name} ${at} ${operation} ${about}`,
      ofService: `${worker.name} ${at} ${service} ${effect}`,
      ofOperation: `${worker.name} ${at} ${operation}`,
      ofWorker: `${worker.name} ${effect}`,
    };
  };

  const carry = async <T>(
    worker: Worker,
    call: Call,
    effect: 'read' | 'write',
    fence: Fence | null,
    change: (() => Change) | null,
    answer: () => T,
  ): Promise<T> => {
    if (worker.dead) return await never;
    calls += 1;
    if (calls > mostCalls) {
      breach(`8: no end of calls, in ${state()}`);
      return await die(worker);
    }
    const at = plan.list ? placesOf(worker, call, effect) : null;
    const place = () => ({
      call,
      effect,
      isFirst: at !== null && !met.has(at.name),
      isFirstOfService: at !== null && !met.has(at.ofService),
      isFirstOfOperation: at !== null && !met.has(at.ofOperation),
      isFirstWrite: at !== null && !met.has(at.ofWorker),
      meetsPause: pauseRead,
    });
    let move: Move<A, P> | null;
    for (;;) {
      move = pick(() => subject.movesAt(world, place(), plan.cuts));
      if (move === null) break;
      const chosen = move;
      tell(
        () => `${clock(world)} ${worker.name} ${call.service} ${call.operation} ${call.subject}: ${moveText(chosen)}`,
      );
      if (move.kind === 'person') watched.actOutside(move.act);
      else if (move.kind === 'operator') await ask(move.action);
      else if (move.kind === 'journal') tamper(move.row);
      else if (move.kind === 'rival') await advance(subject.messageOf(world, worker.message));
      else if (move.kind === 'freeze') await freeze(worker, move);
      else break;
    }
    if (at !== null) for (const what of Object.values(at)) met.add(what);
    if (call.service === 'journal' && effect === 'write') pauseRead = false;
    if (worker.dead) return await never;
    if (move?.kind === 'crash' && move.when === 'before') return await die(worker);
    pass(latencyMs);
    if (fence !== null && !fence())
      throw new FailureError({ kind: 'not-applied', code: 'fence-lost', retryAfterMs: null });
    if (fence !== null) watched.sentUnderLease(worker, call);
    if (move?.kind === 'not-applied') {
      pass(latencyMs);
      throw new FailureError({ kind: 'not-applied', code: '503', retryAfterMs: null });
    }
    if (move?.kind === 'refused') {
      pass(latencyMs);
      throw new FailureError({ kind: 'refused', reason: move.reason, code: move.reason });
    }
    if (move?.kind === 'throttled') {
      pass(latencyMs);
      const code = call.service === 'endpoint' ? quotaUsedUp : 'SubscriptionRequestsThrottled';
      throw new FailureError({ kind: 'not-applied', code, retryAfterMs: throttledForMs });
    }
    if (move?.kind === 'probe')
      throw new FailureError({ kind: 'not-applied', code: `node-${move.answer}`, retryAfterMs: null });
    const made = change?.() ?? null;
    if (made !== null) watched.sent(worker, call, made);
    if ((move?.kind === 'crash' && move.when === 'late') || (move?.kind === 'no-reply' && move.outcome === 'late')) {
      if (made !== null) world.flying = [...world.flying, { dueAtMs: world.nowMs + move.afterMs, change: made }];
      if (move.kind === 'crash') return await die(worker);
      pass(clientTimeoutMs);
      throw new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
    }
    if (move?.kind === 'no-reply' && move.outcome === 'never') {
      if (made !== null) watched.neverApplied(made, world.nowMs + latestMs);
      pass(clientTimeoutMs);
      throw new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
    }
    if (made !== null && move?.kind === 'taken') {
      world.flying = [...world.flying, { dueAtMs: world.nowMs + move.afterMs, change: made }];
      world.facts = { ...world.facts, provisioningState: 'Accepted' };
    } else if (made !== null) watched.apply(made);
    const result = answer();
    if (move?.kind === 'crash') return await die(worker);
    pass(latencyMs);
    if (move?.kind === 'no-reply') throw new FailureError({ kind: 'outcome-unknown', code: 'reset' });
    return result;
  };

  const startWorker = (message: Message | null) => {
    const worker = newWorker(nextId(world, 'worker'), { message });
    const death = new Promise<'died'>((resolve) => deaths.set(worker, () => resolve('died')));
    const ports = watched.ports(worker, {
      carry: (call, effect, fence, change, answer) => carry(worker, call, effect, fence, change, answer),
      sleep: async (durationMs) => {
        if (worker.dead) return await never;
        watched.slept(worker, durationMs);
        pass(durationMs);
      },
      stale: () => {
        const move = pick(() => (keysAgo(world, staleMs) !== world.keys ? [{ kind: 'stale' }] : []));
        return move?.kind === 'stale';
      },
      pauseRead: () => {
        pauseRead = true;
      },
    });
    return { death, app: engine.createApp({ ...ports, targets: fixedTargets([subject.explored]) }) };
  };
  const during = async (
    work: (app: App) => Promise<unknown>,
    message: Message | null = null,
  ): Promise<'died' | 'done'> => {
    const { app, death } = startWorker(message);
    try {
      return await Promise.race([death, work(app).then(() => 'done' as const)]);
    } catch (error) {
      breaches.push(`8: a handler threw ${String(error)}`);
      return 'done';
    }
  };
  const advance = async (message: Message) => {
    const { wakeSeq, area } = message;
    const ended = await during(
      (app) => app.advance({ target: subject.explored.name, wakeSeq, ...(area && { area }) }),
      message,
    );
    if (ended === 'died') world.queue = [...world.queue, { ...message, dueAtMs: world.nowMs + redeliveryMs }];
  };
  const ask = async (action: A) => {
    await during((app) => watched.ask(app, action));
  };
  const tamper = (what: Extract<Move, { kind: 'journal' }>['row']) => {
    const { lastSave, atIdle, beforeRotation } = world.formerRows;
    const fields = what === 'of the last save' ? lastSave : what === 'of the last rest' ? atIdle : beforeRotation;
    subject.putRow(world, what === 'deleted' ? null : fields);
    watched.tampered(what === 'deleted' ? 'deleted' : 'put back');
  };

  /** A sweep; one that does no more than look leaves the world as it was but for what it remembers. */
  const look = async () => {
    const before = subject.visible(world);
    await during((app) => app.sweep());
    world.isLookedAt = subject.visible(world).every((one, at) => isDeepStrictEqual(one, before[at]));
  };

  const happen = async (event: Event<A>) => {
    world.events += 1;
    if (world.events > mostEvents) {
      breach(`9: no rest in sight, in ${state()}`);
      isDone = true;
      return;
    }
    if (event.kind === 'message') world.queue = world.queue.filter((one) => one !== event.message);
    passTo(event.atMs);
    tell(() => `${clock(world)} ${event.kind}, in ${state()}`);
    switch (event.kind) {
      case 'message':
        return await advance(event.message);
      case 'sweep':
        if (world.sweepsOwed > 0) world.sweepsOwed -= 1;
        return await look();
      case 'operator':
        subject.expected(world, event.action);
        return await ask(event.action);
      case 'late':
        return;
    }
  };

  // At rest: what happens before the next thing does.
  for (;;) {
    const move = pick(() => subject.movesAtRest(world, plan.cuts));
    if (move === null) break;
    tell(() => `${clock(world)} at rest in ${state()}: ${moveText(move).replace('before it, ', '')}`);
    if (move.kind === 'person') {
      pass(1_000);
      watched.actOutside(move.act);
      subject.afterActAtRest(world);
    } else if (move.kind === 'operator') await ask(move.action);
    else if (move.kind === 'journal') tamper(move.row);
    else if (move.kind === 'message') {
      const pending = world.queue[move.at];
      if (pending === undefined) throw new TypeError('no such message');
      const others = world.queue.filter((one) => one !== pending);
      if (move.fate === 'dropped') world.queue = others;
      if (move.fate === 'doubled') world.queue = [...world.queue, { ...pending, dueAtMs: pending.dueAtMs + 1_000 }];
      if (move.fate === 'late') world.queue = [...others, { ...pending, dueAtMs: pending.dueAtMs + 240_000 }];
      if (move.fate === 'early') world.queue = [...others, { ...pending, dueAtMs: world.nowMs + 1_000 }];
    }
  }
  // One of an earlier save is dropped by the worker that gets it.
  if (plan.cuts) world.queue = world.queue.filter((one) => one.wakeSeq >= subject.messageOf(world, one).wakeSeq);
  for (const one of world.queue) {
    const { area } = one;
    const { wakeSeq } = subject.messageOf(world, one);
    const inForce = world.queue.filter((other) => other.area === area && other.wakeSeq === wakeSeq).length;
    if (inForce > messagesOfDelivery * (plan.deliveries ?? 2)) breach(`8: ${inForce} messages wait for one row`);
  }
  world.isLookedAt = false;
  const next = isDone ? null : subject.nextEvent(world, plan.rounds);
  const before = subject.rowOf(world);
  world.formerRows = {
    // A copy of a row at rest holds no lease: the last rest's is offered.
    lastSave: null,
    atIdle: before,
    beforeRotation: subject.isIdle(world) ? before : world.formerRows.beforeRotation,
  };
  if (next === null) watched.atIdle();
  else await happen(next);
  return { choices, breaches, story, atIdle: next === null };
}
