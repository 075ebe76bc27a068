import type { App } from '../../../src/app/contract.ts';
import type { WakeUp } from '../../../src/durable/ports.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** Messages that one instance handles at a time: batchSize + newBatchThreshold of host.json. */
export const messagesPerInstance = 64;
/**
 * Target-based scaling adds up to four instances at a time, and non-HTTP triggers get new ones at most every 30 s.
 * https://learn.microsoft.com/azure/azure-functions/functions-target-based-scaling, …/event-driven-scaling
 */
export const instancesAtATime = 4;
export const scalesEveryMs = 30_000;
/** An instance that has had nothing to do for so long goes away. */
const idleMs = 10 * 60_000;
/** From a message's instant until an instance has it: the queue is polled without pause while it is busy. */
const pollingMs = 100;
/** A message whose handler threw. */
const redeliveryMs = 30_000;

/** The Functions host of one function app: one queue, instances that come while messages wait, one timer. */
export interface FunctionHost {
  enqueue(wakeUp: WakeUp, delayMs: number): void;
  /** Runs the sweep now and then at its interval, never two at a time. */
  startTimer(everyMs: number): void;
  stop(): void;
  /** How long messages have been handled until now, all instances together. */
  busyMs(): number;
  readonly counts: {
    instances: number;
    mostInstances: number;
    waiting: number;
    handled: number;
    thrown: number;
    longestSweepMs: number;
  };
}

/** @param startInstance makes the app of one more instance */
export function functionHost(time: SimulatedTime, mostInstances: number, startInstance: () => App): FunctionHost {
  const { clock } = time;
  const instances: { readonly app: App; busy: number; idleSinceMs: number }[] = [];
  const waiting: WakeUp[] = [];
  let isStopped = false;
  let handledMs = 0;
  /** When each message that is being handled was taken. */
  const takenAtMs = new Set<{ readonly atMs: number }>();
  const counts = { instances: 1, mostInstances: 1, waiting: 0, handled: 0, thrown: 0, longestSweepMs: 0 };
  const addInstance = () => {
    const instance = { app: startInstance(), busy: 0, idleSinceMs: clock.nowMs() };
    instances.push(instance);
    counts.instances = instances.length;
    counts.mostInstances = Math.max(counts.mostInstances, instances.length);
    return instance;
  };
  const first = addInstance();

  const take = () => {
    counts.waiting = waiting.length;
    while (waiting.length > 0) {
      const instance = instances.reduce((best, one) => (one.busy < best.busy ? one : best));
      if (instance.busy >= messagesPerInstance) return;
      const wakeUp = waiting.shift();
      if (wakeUp === undefined) return;
      instance.busy += 1;
      counts.handled += 1;
      const taken = { atMs: clock.nowMs() };
      takenAtMs.add(taken);
      void instance.app
        .advance(wakeUp)
        .catch(() => {
          counts.thrown += 1;
          time.at(clock.nowMs() + redeliveryMs, () => arrive(wakeUp));
        })
        .then(() => {
          instance.busy -= 1;
          takenAtMs.delete(taken);
          handledMs += clock.nowMs() - taken.atMs;
          instance.idleSinceMs = clock.nowMs();
          take();
        });
    }
  };
  const arrive = (wakeUp: WakeUp) => {
    waiting.push(wakeUp);
    take();
  };
  const scale = () => {
    if (isStopped) return;
    const wanted = Math.min(
      mostInstances,
      instances.length + Math.min(instancesAtATime, Math.ceil(waiting.length / 32)),
    );
    while (instances.length < wanted) addInstance();
    for (const instance of instances.slice(1))
      if (instance.busy === 0 && clock.nowMs() - instance.idleSinceMs > idleMs)
        instances.splice(instances.indexOf(instance), 1);
    counts.instances = instances.length;
    take();
    time.at(clock.nowMs() + scalesEveryMs, scale);
  };
  time.at(clock.nowMs() + scalesEveryMs, scale);

  return {
    counts,
    busyMs: () => [...takenAtMs].reduce((sumMs, { atMs }) => sumMs + clock.nowMs() - atMs, handledMs),
    enqueue: (wakeUp, delayMs) =>
      time.at(clock.nowMs() + Math.ceil(delayMs / 1000) * 1000 + pollingMs, () => arrive(wakeUp)),
    startTimer(everyMs) {
      const sweep = async () => {
        if (isStopped) return;
        const begunAtMs = clock.nowMs();
        await first.app.sweep();
        counts.longestSweepMs = Math.max(counts.longestSweepMs, clock.nowMs() - begunAtMs);
        time.at(Math.max(clock.nowMs(), begunAtMs + everyMs), () => void sweep());
      };
      time.at(clock.nowMs(), () => void sweep());
    },
    stop() {
      isStopped = true;
    },
  };
}
