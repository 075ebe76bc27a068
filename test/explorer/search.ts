import type { Engine } from './load-engine.ts';
import { moveText } from './rotation/moves.ts';
import { type Deviation, live, type Plan } from './run.ts';
import type { Subject } from './subject.ts';
import type { World } from './world.ts';

/** A world at rest, and how it came about. */
interface Node<A extends string, P extends string> {
  readonly world: World;
  readonly from: Passage<A, P> | null;
}

/** From one rest to the next: where it begins, and how the adversary moves in it. */
interface Passage<A extends string, P extends string> {
  readonly node: Node<A, P>;
  readonly deviations: readonly Deviation<A, P>[];
}

export interface Breach {
  readonly text: string;
  readonly budget: number;
  readonly trace: readonly string[];
  /** Only the adversary's moves. */
  readonly moves: readonly string[];
}

interface Level {
  readonly budget: number;
  readonly states: number;
  readonly transitions: number;
  /** Passages of the budget before in which no further move was tried, since time was up. */
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
  /** Where among the lives of the budget before the last one begins: another number, another part of them. */
  readonly sample: number;
  readonly nowMs: () => number;
  /** Stops at the first breach. */
  readonly untilBreach: boolean;
  /** How often it is begun, one time after the other. */
  readonly rounds: number;
  /** Whether moves that amount to others are left out. */
  readonly cuts: boolean;
  /** Only moves whose text fits; null: all. */
  readonly only: RegExp | null;
}

/** In minutes of sweeps, longer than the looks at a leaked key are apart, and than a wait is named in one step. */
const mostRepeats = 30;

/**
 * All lives with an adversary that may move `budget` times, those of smaller budgets first, so that the
 * first trace of a breach is a shortest one. Worlds that were met before, at the same or a smaller budget, are not lived on.
 */
export async function search<A extends string, P extends string>(
  engine: Engine,
  subject: Subject<A, P>,
  options: Search,
): Promise<Explored> {
  const startedAtMs = options.nowMs();
  const endsAtMs = startedAtMs + options.forMs;
  const { rounds, cuts, only } = options;
  const how = { list: false, rounds, cuts, only, tell: false };
  const first: Node<A, P> = { world: await subject.open(engine), from: null };
  const seen = new Set<string>();
  /** Seen with no more moves to come. */
  const seenInPeace = new Set<string>();
  const levels: Level[] = [];
  const breaches: Breach[] = [];
  const known = new Set<string>();
  const ends: Record<string, number> = {};
  let lived: Passage<A, P>[] = [];

  for (let budget = 0; budget <= options.budget; budget += 1) {
    const isLast = budget === options.budget;
    const passages: Passage<A, P>[] = [];
    let transitions = 0;
    const statesBefore = isLast ? seenInPeace.size : seen.size;
    /** Whether the world has not been met before, with as many moves to come. */
    const isNew = (world: World, name: string): boolean => {
      const names = isLast ? seenInPeace : seen;
      if (names.has(name)) return false;
      names.add(name);
      // Who lives on with moves to come lives on in peace, too.
      if (!isLast) seenInPeace.add(subject.normalForm(world, true));
      return true;
    };
    /** Lives from `passage` on in peace, until a world that is known, or for good. */
    const liveOn = async (begin: Passage<A, P>): Promise<void> => {
      /** What this very life came by: times are named in steps, so that a wait seems to go round until it is over. */
      const own = new Set<string>();
      let isRepeated = false;
      let repeats = 0;
      for (let passage = begin; ; ) {
        const world = { ...passage.node.world };
        const { breaches: found, atIdle } = await live(engine, subject, world, {
          ...how,
          deviations: passage.deviations,
        });
        transitions += 1;
        if (!isLast && !isRepeated) passages.push(passage);
        const reached: Node<A, P> = { world, from: passage };
        const [text] = found;
        if (text !== undefined) {
          const kind = text.replace(/\d{2,}/g, 'N');
          if (!known.has(kind)) breaches.push(await told(engine, subject, reached, text, budget, rounds));
          known.add(kind);
          return;
        }
        if (atIdle) {
          const end = subject.endOf(world);
          ends[end] = (ends[end] ?? 0) + 1;
          return;
        }
        const name = subject.normalForm(world, isLast);
        isRepeated = own.has(name);
        own.add(name);
        if (isRepeated) repeats += 1;
        // What comes again for as long as a leaked key lives goes round for good.
        if (repeats > mostRepeats) return;
        if (!isRepeated && !isNew(world, name)) return;
        passage = { node: reached, deviations: [] };
      }
    };
    const isOver = () => options.untilBreach && breaches.length > 0;
    let at = 0;
    if (budget === 0) await liveOn({ node: first, deviations: [] });
    const order = isLast ? spread(lived, options.sample) : lived;
    for (; at < order.length && !isOver(); at += 1) {
      // Lives with one move are always lived all.
      if (budget > 1 && options.nowMs() > endsAtMs) break;
      const passage = order[at];
      if (passage === undefined) break;
      for (const next of await onward(engine, subject, passage, how)) {
        await liveOn(next);
        if (isOver()) break;
      }
    }
    const names = isLast ? seenInPeace : seen;
    levels.push({ budget, states: names.size - statesBefore, transitions, left: order.length - at });
    if (isOver()) break;
    lived = passages;
  }
  return { levels, breaches, ends, seconds: (options.nowMs() - startedAtMs) / 1000 };
}

/** The passage again, each time with one more move after those that it has. */
async function onward<A extends string, P extends string>(
  engine: Engine,
  subject: Subject<A, P>,
  { node, deviations }: Passage<A, P>,
  how: Omit<Plan<A, P>, 'deviations'>,
): Promise<Passage<A, P>[]> {
  const { choices } = await live(engine, subject, { ...node.world }, { ...how, deviations, list: true });
  return choices.flatMap(({ at, moves }) => moves.map((move) => ({ node, deviations: [...deviations, { at, move }] })));
}

/** In steps that are no multiple: what is reached when time is up is spread over all of them. */
function spread<T>(all: readonly T[], sample: number): readonly T[] {
  const step = 9_973;
  if (all.length % step === 0) return all;
  return all.map((one, at) => all[(at * step + sample) % all.length] ?? one);
}

/** Lives it again, this time telling what happens. */
async function told<A extends string, P extends string>(
  engine: Engine,
  subject: Subject<A, P>,
  end: Node<A, P>,
  text: string,
  budget: number,
  rounds: number,
): Promise<Breach> {
  const steps: Passage<A, P>[] = [];
  for (let node = end; node.from !== null; node = node.from.node) steps.unshift(node.from);
  const trace: string[] = [];
  for (const { node, deviations } of steps) {
    const lived = await live(
      engine,
      subject,
      { ...node.world },
      { deviations, list: false, rounds, cuts: true, only: null, tell: true },
    );
    trace.push(...lived.story);
  }
  const moves = steps.flatMap(({ deviations }) => deviations.map(({ move }) => moveText(move)));
  return { text, budget, trace, moves };
}
