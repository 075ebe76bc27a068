import type { MemoryClock } from '../../memory-world/memory-clock.ts';
import { promisesSettled } from '../../memory-world/promises-settled.ts';

/** Time of a whole fleet: a clock whose sleepers wake in the order of their instants, a million of them if need be. */
export interface SimulatedTime {
  readonly clock: MemoryClock;
  at(dueAtMs: number, act: () => void): void;
  /** Lets happen what is due, instant after instant, until `isOver` or nothing is left. */
  run(isOver: () => boolean): Promise<void>;
}

interface Due {
  readonly atMs: number;
  /** Of two things at one instant the one that was asked for first comes first. */
  readonly turn: number;
  readonly act: () => void;
}

export function simulatedTime(startAtMs: number): SimulatedTime {
  let nowMs = startAtMs;
  let turns = 0;
  const heap: Due[] = [];
  const at = (dueAtMs: number, act: () => void) => {
    turns += 1;
    push(heap, { atMs: Math.max(dueAtMs, nowMs), turn: turns, act });
  };
  return {
    clock: {
      nowMs: () => nowMs,
      monotonicMs: () => nowMs,
      sleep: (durationMs) => new Promise((resolve) => at(nowMs + durationMs, resolve)),
      advance: (durationMs) => {
        nowMs += durationMs;
      },
    },
    at,
    async run(isOver) {
      while (!isOver()) {
        const first = pop(heap);
        if (first === undefined) return;
        nowMs = Math.max(nowMs, first.atMs);
        first.act();
        while (heap[0] !== undefined && heap[0].atMs <= nowMs) pop(heap)?.act();
        // The one who was woken has gone on until it waits again.
        await promisesSettled();
      }
    },
  };
}

function isBefore(one: Due, other: Due): boolean {
  return one.atMs === other.atMs ? one.turn < other.turn : one.atMs < other.atMs;
}

/** A binary heap: the parent of `index` is at `(index - 1) >> 1`. */
function push(heap: Due[], due: Due): void {
  let index = heap.length;
  heap.push(due);
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || !isBefore(due, parent)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = due;
}

function pop(heap: Due[]): Due | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let index = 0;
  for (;;) {
    const leftIndex = 2 * index + 1;
    const [left, right] = [heap[leftIndex], heap[leftIndex + 1]];
    if (left === undefined) break;
    const [child, childIndex] =
      right !== undefined && isBefore(right, left) ? [right, leftIndex + 1] : [left, leftIndex];
    if (!isBefore(child, last)) break;
    heap[index] = child;
    index = childIndex;
  }
  heap[index] = last;
  return first;
}
