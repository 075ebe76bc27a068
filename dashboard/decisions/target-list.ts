import { targetSorts, targetStateNames } from '../../src/app/targets/target-query.ts';

export const sorts = targetSorts;
export type Sort = (typeof sorts)[number];
export const stateNames = targetStateNames;

export const pageSize = 100;

/** What the address of the page may hold, as the list's own parameters. */
const parameters = ['text', 'state', 'drift', 'subscription', 'needsPerson', 'dueBefore', 'sort'] as const;

/** The request for a list. What the address says that the list does not know is left out. */
export function listQuery(chosen: URLSearchParams, limit: number): string {
  const query = new URLSearchParams({ fields: 'summary', limit: String(limit) });
  for (const name of parameters) {
    const value = chosen.get(name);
    if (value !== null && value !== '') query.set(name, value);
  }
  return `/api/targets?${query}`;
}
