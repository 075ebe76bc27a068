import { targetStates } from '../../rotation/target-states.ts';

/** Which targets are asked for, in which order, and how many. What is left out of a filter fits every target. */
export interface TargetQuery {
  readonly states?: readonly string[] | undefined;
  /** Reasons of drift: targets with any of them. */
  readonly drift?: readonly string[] | undefined;
  /** In lower case. */
  readonly subscriptions?: readonly string[] | undefined;
  /** In lower case; a part of the name, the account's id or the vault. */
  readonly text?: string | undefined;
  /** The next rotation is due before that instant. */
  readonly dueBeforeMs?: number | undefined;
  readonly needsPerson?: boolean | undefined;
  readonly sort: TargetSort;
  readonly limit: number;
  /** The `next` of an earlier answer; null: from the first one. */
  readonly after: string | null;
}

export const targetSorts = ['name', 'due', 'state', 'subscription'] as const;

export type TargetSort = (typeof targetSorts)[number];

export const targetStateNames: readonly string[] = Object.keys(targetStates);

/** What is listed if nothing is asked. */
export const firstPage = { sort: 'name', limit: 100, after: null } as const satisfies TargetQuery;
