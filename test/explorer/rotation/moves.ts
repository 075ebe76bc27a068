import { leaseMs } from '../../../src/durable/numbers.ts';
import type { Target } from '../../../src/keys/target.ts';
import type { RefusalReason } from '../../../src/shared/refusals.ts';
import type { Call } from '../../memory-world/call.ts';
import type { World } from '../world.ts';
import { isFree, mayMatter, type OperatorAction, operatorActions } from './operators.ts';
import { type Act, actsAt, actsAtRest } from './people.ts';

/** How old a stale `listKeys` answer is: just within the bound of the protocol. */
export const staleMs = 4_900;

/** As long as a used-up quota asks for at most. */
export const throttledForMs = 15 * 86_400_000;

/** What a worker's clocks make of a freeze; `run-slow`: both lose one second in twelve. */
type StoppedClocks = 'run' | 'run-slow' | 'monotonic-stops' | 'wall-set-back';

/** One move of the adversary; each costs one unit of its budget. */
export type Move<A extends string = string, P extends string = string> =
  | { readonly kind: 'crash'; readonly when: 'before' | 'applied' }
  | { readonly kind: 'crash'; readonly when: 'late'; readonly afterMs: number }
  | { readonly kind: 'no-reply'; readonly outcome: 'applied' | 'never' }
  | { readonly kind: 'no-reply'; readonly outcome: 'late'; readonly afterMs: number }
  | { readonly kind: 'not-applied' }
  /** Azure takes it, and says so; it takes place later, and shows as under way until then. */
  | { readonly kind: 'taken'; readonly afterMs: number }
  /** Azure asks to be left alone for days. */
  | { readonly kind: 'throttled' }
  | { readonly kind: 'refused'; readonly reason: RefusalReason }
  | { readonly kind: 'probe'; readonly answer: 'refused' | 'unknown' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'freeze'; readonly forMs: number; readonly clocks: StoppedClocks }
  /** Another worker takes the same message now. */
  | { readonly kind: 'rival' }
  | { readonly kind: 'operator'; readonly action: A }
  | { readonly kind: 'person'; readonly act: P }
  /** What befalls one of the messages that wait: the one that goes on, or one that outlives a lease. */
  | { readonly kind: 'message'; readonly at: number; readonly fate: 'dropped' | 'doubled' | 'late' | 'early' }
  /** The account's row is deleted, or an old copy of it is put back: of the last save but one, of the last rest, or of before all began. */
  | {
      readonly kind: 'journal';
      readonly row: 'deleted' | 'of the last save' | 'of the last rest' | 'of before it began';
    };

/** A move as a trace shows it. */
export function moveText(move: Move): string {
  switch (move.kind) {
    case 'crash':
      return {
        before: 'the process ends before it',
        applied: 'applied, and the process ends',
        late: `the process ends, applied ${'afterMs' in move ? move.afterMs / 1000 : 0} s later`,
      }[move.when];
    case 'no-reply':
      return `no reply, ${{ applied: 'applied', never: 'never applied', late: `applied ${'afterMs' in move ? move.afterMs / 1000 : 0} s later` }[move.outcome]}`;
    case 'not-applied':
      return 'fails, not applied';
    case 'taken':
      return `taken, and applied ${move.afterMs / 1000} s later`;
    case 'throttled':
      return `throttled, Retry-After ${throttledForMs / 86_400_000} days`;
    case 'refused':
      return `refused: ${move.reason}`;
    case 'probe':
      return `the node answers ${move.answer}`;
    case 'stale':
      return 'the answer is 4.9 s old';
    case 'freeze':
      return `frozen before it for ${move.forMs / 1000} s (clocks: ${move.clocks})`;
    case 'rival':
      return 'before it, another worker takes the same message';
    case 'operator':
      return `before it, an operator asks: ${move.action}`;
    case 'person':
      return `before it, a person outside: ${move.act}`;
    case 'message':
      return `message ${move.at + 1} is ${move.fate}`;
    case 'journal':
      return `before it, the row is ${move.row === 'deleted' ? 'deleted' : `put back as ${move.row}`}`;
  }
}

const freshFreezeMs = 7_000;
/** Past the lease, so that another takes over; and past the others' settling and work. */
const leaseFreezeMs = 75_000;
/** Past the lease, but not so by clocks that run slow. */
const slowFreezeMs = 62_000;
const longFreezeMs = 12 * 60_000;
/** Just after the caller has given up, and just within the settle bound. */
const lateMs = [32_000, 119_000] as const;
/** As long as an account takes to take over a setting, and much longer. */
const takenMs = [8_000, 150_000] as const;

/** What of a call matters to the moves that may befall it. */
export interface Place {
  readonly call: Call;
  readonly effect: 'read' | 'write';
  /** The first call of its name in this state and invocation. */
  readonly isFirst: boolean;
  /** The first one to its service in this state and invocation. */
  readonly isFirstOfService: boolean;
  /** The first one of its kind, whatever it is about, in this state and invocation. */
  readonly isFirstOfOperation: boolean;
  /** The first write of the invocation. */
  readonly isFirstWrite: boolean;
  /** The pause switch was read since a pause was last offered. */
  readonly meetsPause: boolean;
}

/** Who may meddle, and how, beside what the services do. */
export interface Others<A extends string, P extends string> {
  /** The row's fields as they stand; null: there is none. */
  readonly fields: unknown;
  /** Copies of it that somebody may put back; null: nobody touches the row. */
  readonly former: World['formerRows'] | null;
  /** Whether another worker that comes now finds no lease in its way. */
  readonly isFree: () => boolean;
  /** What an operator may ask for that can change anything now. */
  readonly requests: () => readonly A[];
  /** What Azure may refuse a call with. */
  readonly refusals: (call: Call, effect: 'read' | 'write') => readonly RefusalReason[];
  /** Whether what the call asks for may take place after it was answered. */
  readonly takesTime: (call: Call) => boolean;
  /** Whether a save of the row may come late. */
  readonly lateSaves: boolean;
  readonly actsAt: (call: Call, effect: 'read' | 'write') => readonly P[];
  readonly actsAtRest: () => readonly P[];
}

/**
 * What may befall a call. Left out is what amounts to a move that is offered elsewhere:
 * - an end of the process before a write is its end after the write before: what is between them only reads;
 * - a read that fails costs an attempt, whichever of a state's reads of one service it is;
 * - a freeze before a read ends with a closed fence and a row that another has saved, whichever of the vault's it is;
 * - a pause is first seen where the switch is read next;
 * - of versions that are disabled one after another, the second is disabled as the first was;
 * - a write of a worker that has ended, applied before anybody else looks, might have been applied at once;
 * - whichever clock a worker was left with, it wakes past its lease either before others have settled or after their work;
 * - a message of an earlier save is dropped by the worker that gets it;
 * - a worker, an adoption or a repair that comes while the lease is held, and a request that the row forbids, change nothing.
 * `test/explorer/cuts.test.ts` compares the search with and without these cuts.
 */
export function movesAt<A extends string, P extends string>(
  place: Place,
  others: Others<A, P>,
  cuts: boolean,
): readonly Move<A, P>[] {
  const moves: Move<A, P>[] = [];
  const { call, effect, isFirst, isFirstOfService, isFirstOfOperation, isFirstWrite, meetsPause } = place;
  const { service, operation } = call;
  if (cuts && operation === 'disable' && !isFirstOfOperation) return [];
  // What is read after it is fresh again: only the lease tells that others have gone on.
  if (effect === 'read' && service === 'vault' && isFirstOfService)
    moves.push(
      { kind: 'freeze', forMs: leaseFreezeMs, clocks: 'run' },
      { kind: 'freeze', forMs: slowFreezeMs, clocks: 'run-slow' },
    );
  if (effect === 'write') {
    if (isFirstWrite || !cuts) moves.push({ kind: 'crash', when: 'before' });
    moves.push({ kind: 'crash', when: 'applied' });
    if (service === 'arm' || service === 'vault') {
      for (const afterMs of lateMs) {
        if (!cuts || afterMs > leaseMs) moves.push({ kind: 'crash', when: 'late', afterMs });
        moves.push({ kind: 'no-reply', outcome: 'late', afterMs });
      }
      moves.push(
        { kind: 'no-reply', outcome: 'applied' },
        { kind: 'no-reply', outcome: 'never' },
        { kind: 'freeze', forMs: freshFreezeMs, clocks: 'run' },
        { kind: 'freeze', forMs: freshFreezeMs, clocks: 'monotonic-stops' },
        { kind: 'freeze', forMs: slowFreezeMs, clocks: 'run-slow' },
      );
      for (const clocks of ['run', 'monotonic-stops', 'wall-set-back'] as const) {
        if (!cuts || clocks !== 'wall-set-back') moves.push({ kind: 'freeze', forMs: leaseFreezeMs, clocks });
        if (!cuts || clocks !== 'monotonic-stops') moves.push({ kind: 'freeze', forMs: longFreezeMs, clocks });
      }
    } else if (service === 'journal')
      moves.push(
        { kind: 'no-reply', outcome: 'applied' },
        { kind: 'no-reply', outcome: 'never' },
        { kind: 'freeze', forMs: longFreezeMs, clocks: 'run' },
        ...lateMs.flatMap((afterMs) => [
          { kind: 'crash', when: 'late', afterMs } as const,
          { kind: 'no-reply', outcome: 'late', afterMs } as const,
        ]),
      );
    if (service === 'journal' && others.lateSaves)
      moves.push(
        { kind: 'no-reply', outcome: 'late', afterMs: lateMs[0] },
        { kind: 'crash', when: 'late', afterMs: lateMs[1] },
      );
    if (others.takesTime(call)) for (const afterMs of takenMs) moves.push({ kind: 'taken', afterMs });
    if (isFirst) moves.push({ kind: 'not-applied' });
    if (isFirst && service === 'arm') moves.push({ kind: 'throttled' });
    if (service === 'journal') {
      for (const action of others.requests())
        if (meetsPause || !cuts || action !== 'pause') moves.push({ kind: 'operator', action });
      if (isFirst) moves.push(...journalMoves(others));
    }
  } else if (isFirst) {
    if (isFirstOfService || !cuts) moves.push({ kind: 'freeze', forMs: longFreezeMs, clocks: 'run' });
    if (operation === 'probe') moves.push({ kind: 'probe', answer: 'refused' }, { kind: 'probe', answer: 'unknown' });
    else if (isFirstOfService || !cuts) moves.push({ kind: 'not-applied' });
    if (operation === 'probe' || (service === 'arm' && (isFirstOfService || !cuts))) moves.push({ kind: 'throttled' });
  }
  if (isFirst && (effect === 'write' || isFirstOfService || !cuts))
    for (const reason of others.refusals(call, effect)) moves.push({ kind: 'refused', reason });
  const meetsOthers = effect === 'write' ? service !== 'queue' : service === 'journal' && isFirst;
  if (meetsOthers && (!cuts || others.isFree())) moves.push({ kind: 'rival' });
  if (isFirst || effect === 'write') for (const act of others.actsAt(call, effect)) moves.push({ kind: 'person', act });
  return moves;
}

/** What may happen between two invocations. */
export function movesAtRest<A extends string, P extends string>(
  world: World,
  others: Others<A, P>,
): readonly Move<A, P>[] {
  const moves: Move<A, P>[] = others.requests().map((action) => ({ kind: 'operator', action }));
  moves.push(...journalMoves(others));
  for (const act of others.actsAtRest()) moves.push({ kind: 'person', act });
  for (const at of world.queue.keys())
    for (const fate of ['dropped', 'doubled', 'late', 'early'] as const) moves.push({ kind: 'message', at, fate });
  return moves;
}

function journalMoves<A extends string, P extends string>({ fields, former }: Others<A, P>): Move<A, P>[] {
  if (former === null) return [];
  const moves: Move<A, P>[] = [{ kind: 'journal', row: 'deleted' }];
  const { lastSave, atIdle, beforeRotation } = former;
  if (lastSave !== null && lastSave !== fields && fields !== null)
    moves.push({ kind: 'journal', row: 'of the last save' });
  if (atIdle !== null && atIdle !== fields) moves.push({ kind: 'journal', row: 'of the last rest' });
  if (beforeRotation !== null && beforeRotation !== fields && beforeRotation !== atIdle)
    moves.push({ kind: 'journal', row: 'of before it began' });
  return moves;
}

function othersOfRotation(world: World, target: Target, cuts: boolean): Others<OperatorAction, Act> {
  return {
    fields: world.row?.fields ?? null,
    former: world.formerRows,
    isFree: () => isFree(world),
    requests: () => operatorActions.filter((action) => mayMatter(world, action)),
    refusals: () => [],
    takesTime: () => false,
    lateSaves: false,
    actsAt: (call, effect) => actsAt(world, target, call, effect, cuts),
    actsAtRest: () => actsAtRest(world, target),
  };
}

export function rotationMovesAt(world: World, target: Target, place: Place, cuts: boolean) {
  return movesAt(place, othersOfRotation(world, target, cuts), cuts);
}

/**
 * Left out after a sweep that did no more than look is what might have happened before it: only what was there before
 * comes back unseen.
 */
export function rotationMovesAtRest(world: World, target: Target, cuts: boolean): readonly Move<OperatorAction, Act>[] {
  if (cuts && world.isLookedAt)
    return actsAtRest(world, target).flatMap((act) => (act.startsWith('restore') ? [{ kind: 'person', act }] : []));
  return movesAtRest(world, othersOfRotation(world, target, cuts));
}
