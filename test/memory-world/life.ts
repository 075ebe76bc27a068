import type { App } from '../../src/app/contract.ts';
import { createApp } from '../../src/app/create-app.ts';
import type { Target } from '../../src/keys/target.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import { type Watch, watchInvariants } from './invariants.ts';
import { type MemoryWorld, memoryWorld } from './memory-world.ts';
import { promisesSettled } from './promises-settled.ts';
import { type Timeline, timeline } from './timeline.ts';
import { startWorker, type Worker, type WorkerOptions } from './worker.ts';

export const operator = { objectId: 'operator-1' };

const minuteMs = 60_000;
/**
 * How long a message stays hidden when who took it has died: the queue trigger hides it for ten minutes, and shows it again
 * after `visibilityTimeout` of host.json where the host lives and sees its worker die.
 */
export const redeliveryMs = { ofLostHost: 10 * minuteMs, ofKilledWorker: 30_000 } as const;
const sweepEveryMs = 15 * minuteMs;

/** More than any run needs that comes to rest: a day's wait for a vault takes some twenty thousand. */
const mostSteps = 60_000;

/** What becomes of a message: how many copies arrive, each how much late. */
export type Delivery = readonly number[];

/** A world with its queue, its sweep and its workers, living on a timeline. */
export interface Life {
  readonly world: MemoryWorld;
  readonly line: Timeline;
  readonly watch: Watch;
  /** A new worker process with the app in it. */
  start(options?: WorkerOptions): { readonly worker: Worker; readonly app: App };
  /** Runs `work` in a worker until it is done or the worker has died; time passes for everybody. */
  during<T>(worker: Worker, work: Promise<T>): Promise<T | 'died'>;
  /** Delivers messages and sweeps until `isOver` or `untilMs`. */
  run(isOver: () => boolean, untilMs: number): Promise<void>;
}

export interface LifeOptions {
  /** The worker that takes the next message or sweep; by default a fresh healthy one each time. */
  readonly workerFor?: () => { readonly worker: Worker; readonly app: App };
  readonly delivery?: () => Delivery;
  /** Default: a lost host's. */
  readonly redeliveryMs?: number;
  /** Default: a quarter of an hour, so that little is found by the sweep. */
  readonly sweepEveryMs?: number;
  /** The engine; by default the one of `src`. */
  readonly createApp?: typeof createApp;
}

export function beginLife(target: Target, options: LifeOptions = {}): Life {
  const world = memoryWorld();
  const line = timeline(world.clock);
  const watch = watchInvariants(world, target);
  let born = 0;
  const sweepAfterMs = options.sweepEveryMs ?? sweepEveryMs;
  const step = async () => {
    const went = await line.step();
    watch.check();
    collect();
    return went;
  };
  const deliver = (wakeUp: { target: string; wakeSeq: number }) => {
    const { worker, app } = takeWorker();
    let isDone = false;
    worker.onDeath = () => {
      if (!isDone)
        line.at(world.clock.nowMs() + (options.redeliveryMs ?? redeliveryMs.ofLostHost), () => deliver(wakeUp));
    };
    void app.advance(wakeUp).then(
      () => {
        isDone = true;
      },
      (error: unknown) => watch.breaches.push(`8: a handler threw ${String(error)}`),
    );
  };
  /** Messages that were enqueued become deliveries. */
  const collect = () => {
    for (const { wakeUp, dueAtMs } of world.queue.splice(0))
      for (const lateMs of options.delivery?.() ?? [0]) line.at(dueAtMs + lateMs, () => deliver(wakeUp));
  };
  const sweep = () => {
    const { app } = takeWorker();
    void app.sweep().catch((error: unknown) => watch.breaches.push(`8: the sweep threw ${String(error)}`));
    line.at(world.clock.nowMs() + sweepAfterMs, sweep);
  };
  const life: Life = {
    world,
    line,
    watch,
    start(workerOptions = {}) {
      born += 1;
      const worker = startWorker(world, line, `worker-${born}`, workerOptions);
      return { worker, app: (options.createApp ?? createApp)({ ...worker.ports, targets: fixedTargets([target]) }) };
    },
    async during(worker, work) {
      let isDone = false;
      const settled = () => {
        isDone = true;
      };
      work.then(settled, settled);
      await promisesSettled();
      while (!isDone) if (worker.isDead() || !(await step())) return 'died';
      return await work;
    },
    async run(isOver, untilMs) {
      line.at(world.clock.nowMs() + sweepAfterMs, sweep);
      collect();
      for (let steps = 0; !isOver() && world.clock.nowMs() < untilMs; steps += 1) {
        if (steps === mostSteps) throw new RangeError('the rotation does not come to rest');
        if (!(await step())) return;
      }
    },
  };
  const takeWorker = options.workerFor ?? (() => life.start());
  return life;
}
