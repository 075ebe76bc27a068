import type { App } from '../../src/app/contract.ts';
import type { AppParts } from '../../src/app/create-app.ts';
import type { Target } from '../../src/keys/target.ts';
import type { Call } from '../memory-world/call.ts';
import type { Engine } from './load-engine.ts';
import type { Move, Place } from './rotation/moves.ts';
import type { Means } from './rotation/ports.ts';
import type { Message, Worker } from './worker.ts';
import type { Change, World } from './world.ts';

/** What happens next when nobody interferes. */
export type Event<A extends string> =
  | { readonly kind: 'message'; readonly atMs: number; readonly message: World['queue'][number] }
  | { readonly kind: 'operator'; readonly atMs: number; readonly action: A }
  | { readonly kind: 'sweep' | 'late'; readonly atMs: number };

/** A world that is lived in and judged meanwhile. */
interface Watched<A extends string, P extends string> {
  /** The app's ports for one worker. */
  ports(worker: Worker, means: Means): Omit<AppParts, 'targets'>;
  /** A change takes place. */
  apply(change: Change): void;
  /** A person outside acts. */
  actOutside(act: P): void;
  /** An operator asks, as over the admin API, and is answered. */
  ask(app: App, action: A): Promise<void>;
  /** A call leaves whose fence is open. */
  sentUnderLease(worker: Worker, call: Call): void;
  /** A change leaves. */
  sent(worker: Worker, call: Call, change: Change): void;
  /** A change that has left will not be applied from `voidAtMs` on. */
  neverApplied(change: Change, voidAtMs: number): void;
  slept(worker: Worker, durationMs: number): void;
  /** Somebody has deleted the row, or put an older one back. */
  tampered(what: 'deleted' | 'put back'): void;
  /** Nothing is left to happen. */
  atIdle(): void;
}

/**
 * What is explored: how it begins and goes on, what may befall it, how it is judged. The machinery (`search.ts`, `run.ts`,
 * `schedule.ts`) knows no more of it.
 * @typeParam A what an operator may ask for
 * @typeParam P what a person outside may do
 */
export interface Subject<A extends string, P extends string> {
  readonly explored: Target;
  /** As the command line shows it. */
  readonly title: string;
  /** The world at rest in which every life begins. */
  open(engine: Engine): Promise<World>;
  /** @param readsEveryRow looks through every row that is saved, not only through the one that stands at the end */
  watch(world: World, breach: (text: string) => void, readsEveryRow: boolean): Watched<A, P>;
  /** The state that its row is in. */
  stateOf(world: World): string;
  /** The message that the row's last save sent. @param like of the row that this one is about; null: of the one that goes on next */
  messageOf(world: World, like: Message | null): Message;
  /** The row's fields as they stand. */
  rowOf(world: World): unknown;
  /** Replaces the row's fields; null: the row is gone. */
  putRow(world: World, fields: unknown): void;
  /** Whether nothing is under way. */
  isIdle(world: World): boolean;
  /** How often it was begun. */
  begun(world: World): number;
  /** @param rounds so many times it is begun */
  nextEvent(world: World, rounds: number): Event<A> | null;
  /** An operator is about to ask without the adversary's doing. */
  expected(world: World, action: A): void;
  /** A person outside has acted while nobody was at work. */
  afterActAtRest(world: World): void;
  movesAt(world: World, place: Place, cuts: boolean): readonly Move<A, P>[];
  movesAtRest(world: World, cuts: boolean): readonly Move<A, P>[];
  /** What a sweep would leave as it was if it did no more than look. */
  visible(world: World): readonly unknown[];
  /** What a worker sees of the world by a call. */
  sight(world: World, call: Call): string;
  /** A short name of a world at rest; worlds of one name are explored once. */
  normalForm(world: World, inPeace?: boolean): string;
  /** How it ended. */
  endOf(world: World): string;
}
