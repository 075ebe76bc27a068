import type { Target } from '../keys/target.ts';
import type { FieldProblem } from '../shared/field-problem.ts';
import { type FoundTarget, idOf, weighTargets } from './discovered-targets.ts';
import type { WrittenTarget } from './tagged-target.ts';

/** A target of the document as it is kept between looks. */
export interface ListedTarget extends FoundTarget {
  /** What it becomes when its rotation has ended; null: no target any more. Left out: it stays as it is. */
  readonly next?: WrittenTarget | null;
}

/** A target of the document that has to wait until a rotation has ended of one that had its name, account or secrets. */
interface WaitingTarget {
  readonly accountId: string;
  readonly written: WrittenTarget;
  readonly problems: readonly FieldProblem[];
}

/** The targets that hold now, and those that wait. */
export interface DocumentList {
  readonly targets: readonly ListedTarget[];
  readonly waiting: readonly WaitingTarget[];
}

/**
 * What holds from now on, when `wanted` is what the document says. A rotation in flight keeps the definition that it began
 * with until it ends, also of a target that the document names no more.
 * @param inFlight accounts with a rotation in flight, ids in lower case
 */
export function nextList(
  kept: readonly ListedTarget[],
  wanted: readonly FoundTarget[],
  inFlight: ReadonlySet<string>,
): DocumentList {
  const known = { declared: [], kept, inFlight, readable: new Set<string>() };
  // Those who write the document are trusted as those who write the settings: no vault and no subscription is ruled out.
  const rules = { subscriptions: [], vaultUrls: [], vaultSuffix: '', instance: '' };
  const { targets, refused } = weighTargets(wanted, known, rules);
  const wantedBy = new Map(wanted.map((one) => [idOf(one.target), one.written]));
  return {
    targets: targets.map(({ target, written, blocked }): ListedTarget => {
      const next = wantedBy.get(idOf(target)) ?? null;
      return isSame(next, written) ? { target, written, blocked } : { target, written, blocked, next };
    }),
    waiting: refused.flatMap(({ accountId, problems }): WaitingTarget[] => {
      const written = wantedBy.get(accountId.toLowerCase());
      return written === undefined ? [] : [{ accountId, written, problems }];
    }),
  };
}

/** Accounts whose definition the document changes or takes away, ids in lower case: what is in flight there decides. */
export function changedAccounts(kept: readonly ListedTarget[], wanted: readonly FoundTarget[]): readonly Target[] {
  const wantedBy = new Map(wanted.map((one) => [idOf(one.target), one.written]));
  return kept.flatMap(({ target, written }) => (isSame(wantedBy.get(idOf(target)) ?? null, written) ? [] : target));
}

/** Targets of the accepted document that the next one names no more. */
export function droppedTargets(before: readonly FoundTarget[], wanted: readonly FoundTarget[]): readonly Target[] {
  const stays = new Set(wanted.map(({ target }) => idOf(target)));
  return before.flatMap(({ target }) => (stays.has(idOf(target)) ? [] : target));
}

/** Whether so many are gone that a person has to say that they meant it: more than a fifth. */
export function needsAcceptance(dropped: number, before: number): boolean {
  return dropped * 5 > before;
}

function isSame(one: WrittenTarget | null, other: WrittenTarget | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
