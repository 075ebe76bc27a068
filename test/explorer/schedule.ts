import type { App } from '../../src/app/contract.ts';
import { leaseMs } from '../../src/durable/numbers.ts';
import { FailureError } from '../../src/shared/failure.ts';
import type { Fence } from '../../src/shared/fence.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import type { Call } from '../memory-world/call.ts';
import type { Engine } from './load-engine.ts';
import { clock, passage } from './rotation/passage.ts';
import type { Subject } from './subject.ts';
import { type Message, newWorker, type Worker } from './worker.ts';
import { type Change, nextId, type World } from './world.ts';

/** Who is at work: a worker that got the message, an operator at the admin API, another instance with a storage of its own. */
type Role<A extends string> = 'message' | A | 'another instance';

/** What a worker's clocks make of a time in which it stands still. */
type Clocks = 'run' | 'monotonic-stops' | 'wall-set-back';

export interface Scene<A extends string> {
  readonly name: string;
  readonly roles: readonly Role<A>[];
  /** How far the wall clock of each is ahead. */
  readonly aheadMs: readonly number[];
  readonly clocks: Clocks;
  /** Switches and stalls at most. */
  readonly preemptions: number;
}

/** Where the order of things is another than by itself: somebody else goes on, or who is at work stands still for a time. */
export type Preemption =
  | { readonly at: number; readonly kind: 'switch'; readonly to: number }
  | { readonly at: number; readonly kind: 'stall'; readonly forMs: number };

export interface Played {
  readonly offered: readonly Preemption[];
  readonly breaches: readonly string[];
  readonly story: readonly string[];
  /** It came to a state from which everything that may follow has been played. */
  readonly isKnown: boolean;
  readonly steps: number;
}

interface Runner {
  readonly name: string;
  readonly worker: Worker;
  /** Calls that are about to leave. */
  readonly waiting: (() => void)[];
  readonly sleeps: { readonly untilMs: number; readonly wake: () => void }[];
  stuckUntilMs: number;
  isDone: boolean;
  /** What it has seen so far: of two runners that saw the same, the same is to be expected. */
  seen: string;
}

const latencyMs = 20;
/** Past the lease, so that the account is taken over, and past the settling that follows, so that the taker is at work. */
const stalls = [65_000, 245_000] as const;
const redeliveryMs = leaseMs + 1_500;
const mostSteps = 2_000;

/**
 * Plays one schedule of several workers on one account, call by call: after each, the world is judged. By itself who is
 * at work goes on until it waits or ends; the preemptions say where it does not.
 * @param isKnown asked in each state after the last preemption, with a name of it
 */
export async function play<A extends string, P extends string>(
  engine: Engine,
  subject: Subject<A, P>,
  world: World,
  scene: Scene<A>,
  preemptions: readonly Preemption[],
  isKnown: (state: string) => boolean,
  tells: boolean,
): Promise<Played> {
  const breaches: string[] = [];
  const story: string[] = [];
  const offered: Preemption[] = [];
  const tell = (text: () => string) => {
    if (tells) story.push(text());
  };
  const breach = (text: string) => {
    if (!breaches.includes(text)) breaches.push(text);
  };
  const watched = subject.watch(world, breach, true);
  const { pass, passTo } = passage(world, watched.apply, tell);
  const runners: Runner[] = [];
  let saves = 0;

  const carry = async <T>(
    runner: Runner,
    call: Call,
    effect: 'read' | 'write',
    fence: Fence | null,
    change: (() => Change | null) | null,
    answer: () => T,
  ): Promise<T> => {
    const { worker } = runner;
    const sees = (what: string) => {
      runner.seen += `|${call.operation} ${call.subject} ${what}`;
    };
    await new Promise<void>((resolve) => runner.waiting.push(resolve));
    pass(latencyMs);
    if (fence !== null && !fence()) {
      sees('fence');
      tell(() => `${clock(world)} ${runner.name} ${call.operation} ${call.subject}: its fence is closed`);
      throw new FailureError({ kind: 'not-applied', code: 'fence-lost', retryAfterMs: null });
    }
    tell(() => `${clock(world)} ${runner.name} ${call.operation} ${call.subject}`);
    if (fence !== null && worker.journal === 'first') watched.sentUnderLease(worker, call);
    const made = change?.() ?? null;
    if (made !== null) watched.sent(worker, call, made);
    if (made !== null) watched.apply(made);
    if (call.service === 'journal' && effect === 'write') saves += 1;
    const result = answer();
    sees(call.service === 'journal' ? `${saves}` : subject.sight(world, call));
    pass(latencyMs);
    return result;
  };

  const enter = (role: Role<A>, aheadMs: number, message: Message) => {
    const isOther = role === 'another instance';
    const worker = newWorker(nextId(world, 'worker'), {
      message: role === 'message' ? message : null,
      journal: isOther ? 'second' : 'first',
      wallAheadMs: aheadMs,
    });
    const name = `${runners.length + 1} (${role})`;
    const runner: Runner = { name, worker, waiting: [], sleeps: [], stuckUntilMs: 0, isDone: false, seen: '' };
    runners.push(runner);
    const ports = watched.ports(worker, {
      carry: (call, effect, fence, change, answer) => carry(runner, call, effect, fence, change, answer),
      sleep: (durationMs) =>
        new Promise((wake) =>
          runner.sleeps.push({
            untilMs: world.nowMs + durationMs,
            wake: () => {
              // Else who is about to wake and who is about to call would have one name, and nothing after it be played.
              runner.seen += '|slept';
              wake();
            },
          }),
        ),
      stale: () => false,
      pauseRead: () => {},
    });
    const app = engine.createApp({ ...ports, targets: fixedTargets([subject.explored]) });
    workAs(app, role, message).then(
      () => {
        runner.isDone = true;
      },
      (error: unknown) => {
        runner.isDone = true;
        breaches.push(`8: a handler threw ${String(error)}`);
      },
    );
  };
  const workAs = (app: App, role: Role<A>, { wakeSeq, area }: Message): Promise<unknown> => {
    const target = subject.explored.name;
    if (role === 'message') return app.advance({ target, wakeSeq, ...(area && { area }) });
    if (role === 'another instance')
      return app.adopt(target, { activeSlot: null, takeOver: true }, { objectId: 'operator-2' });
    return watched.ask(app, role);
  };
  const first = subject.messageOf(world, null);
  const due = world.queue.filter(({ wakeSeq, area }) => wakeSeq === first.wakeSeq && area === first.area);
  if (due.length > 0) passTo(Math.max(world.nowMs, ...due.map(({ dueAtMs }) => dueAtMs)));
  world.queue = world.queue.filter((one) => !due.includes(one));
  scene.roles.forEach((role, at) => {
    enter(role, scene.aheadMs[at] ?? 0, first);
  });

  let named: { readonly of: readonly unknown[]; readonly name: string } | null = null;
  /** The world's name, recreated only when something of it was replaced or a second has passed. */
  const worldName = () => {
    const { row, secrets, keys, facts, queue, flying, memory, otherRow, hardening, pause, nowMs } = world;
    const ofAccount = [row, secrets, keys, facts, hardening, otherRow?.etag];
    const of = [...ofAccount, queue, flying, memory, pause, Math.floor(nowMs / 1000)];
    const before = named;
    if (before === null || of.some((one, at) => one !== before.of[at])) named = { of, name: subject.normalForm(world) };
    return named?.name;
  };

  const last = preemptions.at(-1)?.at ?? -1;
  let current = 0;
  for (let step = 0; ; ) {
    // Each runner goes on until it waits for something: promises settle before an immediate runs.
    await new Promise((resolve) => setImmediate(resolve));
    if (breaches.length > 0) return { offered: [], breaches, story, isKnown: false, steps: step };
    for (const runner of runners)
      for (const sleeper of [...runner.sleeps])
        if (sleeper.untilMs <= world.nowMs && runner.stuckUntilMs <= world.nowMs) {
          runner.sleeps.splice(runner.sleeps.indexOf(sleeper), 1);
          runner.waiting.push(sleeper.wake);
        }
    const alive = runners.filter(({ isDone }) => !isDone);
    if (alive.length === 0) return { offered, breaches, story, isKnown: false, steps: step };
    for (const message of world.queue.filter(({ dueAtMs }) => dueAtMs <= world.nowMs)) {
      world.queue = world.queue.filter((one) => one !== message);
      enter('message', 0, message);
      alive.push(...runners.slice(-1));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const ready = runners.filter((one) => one.waiting.length > 0 && one.stuckUntilMs <= world.nowMs);
    if (ready.length === 0) {
      const times = [
        ...alive.flatMap((one) => [
          ...one.sleeps.map(({ untilMs }) => Math.max(untilMs, one.stuckUntilMs)),
          ...(one.waiting.length > 0 ? [one.stuckUntilMs] : []),
        ]),
        ...world.queue.map(({ dueAtMs }) => dueAtMs),
      ].filter((atMs) => atMs > world.nowMs);
      if (times.length === 0) return { offered, breaches, story, isKnown: false, steps: step };
      passTo(Math.min(...times));
      continue;
    }
    const going = ready.find((one) => one === runners[current]) ?? ready[0];
    if (going === undefined) throw new TypeError('nobody is ready');
    const here = step;
    step += 1;
    if (step > mostSteps) {
      breaches.push('8: no end of calls');
      continue;
    }
    const chosen = preemptions.find(({ at }) => at === here);
    if (chosen === undefined && here > last) {
      const state = () =>
        [worldName(), otherName(), ...runners.map((one) => `${stateOf(one)} ${one === going}`)].join('\n');
      if (isKnown(state())) return { offered, breaches, story, isKnown: true, steps: step };
      for (const other of ready)
        if (other !== going) offered.push({ at: here, kind: 'switch', to: runners.indexOf(other) });
      for (const forMs of stalls) offered.push({ at: here, kind: 'stall', forMs });
    }
    if (chosen?.kind === 'stall') {
      tell(() => `${clock(world)} ${going.name} stands still for ${chosen.forMs / 1000} s`);
      going.stuckUntilMs = world.nowMs + chosen.forMs;
      const { worker } = going;
      if (scene.clocks !== 'run') worker.monotonicLostMs += chosen.forMs;
      if (scene.clocks === 'wall-set-back') worker.wallAheadMs -= chosen.forMs + 3_600_000;
      world.queue = [
        ...world.queue,
        { ...subject.messageOf(world, worker.message), dueAtMs: world.nowMs + redeliveryMs },
      ];
      continue;
    }
    const goes = chosen === undefined ? going : (runners[chosen.to] ?? going);
    current = runners.indexOf(goes);
    goes.waiting.shift()?.();
  }

  function otherName(): string {
    const row = world.otherRow?.fields as { readonly lease: { readonly kind: string } } | undefined;
    return row?.lease.kind ?? '-';
  }

  function stateOf({ worker, waiting, sleeps, stuckUntilMs, isDone, seen }: Runner): string {
    if (isDone) return 'done';
    const rest = (untilMs: number) => Math.max(0, Math.ceil((untilMs - world.nowMs) / 5_000));
    const own = [waiting.length, sleeps.map(({ untilMs }) => rest(untilMs)).join(), rest(stuckUntilMs)];
    return [...own, worker.monotonicLostMs, worker.wallAheadMs, seen].join(' ');
  }
}
