import type { Target } from '../../src/keys/target.ts';
import type { AccountRow } from '../../src/rotation/account-row.ts';
import type { Slot } from '../../src/shared/slot.ts';
import type { Engine } from './engine.ts';
import { moveText } from './moves.ts';
import { normalForm } from './normal-form.ts';
import { opening } from './opening.ts';
import { type Choice, type Deviation, live } from './run.ts';
import type { World } from './world.ts';

/** A world at rest, and how it came about. */
interface Node {
  readonly world: World;
  readonly from: { readonly node: Node; readonly deviations: readonly Deviation[] } | null;
}

interface Task {
  readonly node: Node;
  readonly deviations: readonly Deviation[];
}

export interface Breach {
  readonly text: string;
  readonly budget: number;
  readonly trace: readonly string[];
  /** The adversary's moves alone. */
  readonly moves: readonly string[];
}

export interface Level {
  readonly budget: number;
  readonly states: number;
  readonly transitions: number;
  /** Transitions of this budget that were known and not lived, since time was up. */
  readonly left: number;
}

export interface Explored {
  readonly levels: readonly Level[];
  readonly breaches: readonly Breach[];
  readonly ends: Readonly<Record<string, number>>;
  readonly seconds: number;
}

export interface Search {
  readonly budget: number;
  /** Milliseconds for all of it; what is not reached by then is counted. */
  readonly forMs: number;
  readonly nowMs: () => number;
  /** Stops at the first breach. */
  readonly untilBreach: boolean;
  /** Rotations that follow one another. */
  readonly rotations: number;
  /** Whether moves that amount to others are left out. */
  readonly cuts: boolean;
  /** Only moves whose text fits; null: all. */
  readonly only: RegExp | null;
  /** The slot that consumers use in the beginning. */
  readonly active: Slot;
}

/**
 * All lives of a rotation with an adversary that may move `budget` times, those of smaller budgets first, so that the
 * first trace of a breach is a shortest one. Worlds that were met before, at the same or a smaller budget, are not lived on.
 */
export async function search(engine: Engine, target: Target, options: Search): Promise<Explored> {
  const startedAtMs = options.nowMs();
  const endsAtMs = startedAtMs + options.forMs;
  const seen = new Set<string>();
  const first: Node = { world: await opening(engine, target, options.active), from: null };
  let level: Task[] = [{ node: first, deviations: [] }];
  const levels: Level[] = [];
  const breaches: Breach[] = [];
  const known = new Set<string>();
  const ends: Record<string, number> = {};

  for (let budget = 0; budget <= options.budget; budget += 1) {
    const next: Task[] = [];
    let transitions = 0;
    const statesBefore = seen.size;
    let at = 0;
    // A step that is no multiple spreads what is reached over all of the level, when time is up before its end.
    const order = budget === options.budget && level.length > 5_000 ? spread(level) : level;
    for (; at < order.length; at += 1) {
      // The first level is always lived whole.
      if (budget > 1 && at % 64 === 0 && options.nowMs() > endsAtMs) break;
      let task = order[at];
      while (task !== undefined) {
        const { node, deviations }: Task = task;
        task = undefined;
        const world = { ...node.world };
        const lived = await live(engine, target, world, {
          deviations,
          list: budget < options.budget,
          rotations: options.rotations,
          cuts: options.cuts,
          only: options.only,
          tell: false,
        });
        transitions += 1;
        for (const choice of lived.choices) next.push(...expand(node, deviations, choice));
        const reached: Node = { world, from: { node, deviations } };
        if (lived.breaches.length > 0) {
          const text = lived.breaches[0] ?? '';
          const kind = text.replace(/\d{2,}/g, 'N');
          if (!known.has(kind)) {
            known.add(kind);
            breaches.push(await told(engine, target, reached, text, budget, options.rotations));
          }
          if (options.untilBreach) break;
          continue;
        }
        if (lived.atRest) {
          const end = endOf(world);
          ends[end] = (ends[end] ?? 0) + 1;
          continue;
        }
        const name = normalForm(world);
        if (seen.has(name)) continue;
        seen.add(name);
        task = { node: reached, deviations: [] };
      }
      if (options.untilBreach && breaches.length > 0) break;
    }
    levels.push({ budget, states: seen.size - statesBefore, transitions, left: order.length - at });
    if (options.untilBreach && breaches.length > 0) break;
    level = next;
  }
  return { levels, breaches, ends, seconds: (options.nowMs() - startedAtMs) / 1000 };
}

function expand(node: Node, deviations: readonly Deviation[], { at, moves }: Choice): Task[] {
  return moves.map((move) => ({ node, deviations: [...deviations, { at, move }] }));
}

function spread<T>(all: readonly T[]): T[] {
  const step = 9_973;
  const order = [...all];
  for (let at = 0, from = 0; at < all.length; at += 1, from = (from + step) % all.length) {
    const one = all[from];
    if (one !== undefined) order[at] = one;
  }
  return all.length % step === 0 ? [...all] : order;
}

/** Lives it again, this time telling what happens. */
async function told(
  engine: Engine,
  target: Target,
  end: Node,
  text: string,
  budget: number,
  rotations: number,
): Promise<Breach> {
  const steps: { readonly node: Node; readonly deviations: readonly Deviation[] }[] = [];
  for (let node = end; node.from !== null; node = node.from.node) steps.unshift(node.from);
  const trace: string[] = [];
  for (const { node, deviations } of steps) {
    const lived = await live(
      engine,
      target,
      { ...node.world },
      { deviations, list: false, rotations, cuts: true, only: null, tell: true },
    );
    trace.push(...lived.story);
  }
  const moves = steps.flatMap(({ deviations }) => deviations.map(({ move }) => moveText(move)));
  return { text, budget, trace, moves };
}

function endOf({ row, begun }: World): string {
  const fields = (row?.fields ?? null) as AccountRow | null;
  if (fields === null) return 'the row is gone';
  const { rotation, lastEnd } = fields;
  if (rotation !== null && rotation.kind !== 'suspended') return rotation.kind;
  return rotation === null
    ? `${lastEnd?.outcome ?? 'never started'} (${begun})`
    : `${rotation.kind}: ${rotation.reason}`;
}
