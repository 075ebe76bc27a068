/** Takes one of each group in turn, groups in the order of their first item: no group's many keep another's few waiting. */
export function roundRobin<T>(items: readonly T[], groupOf: (item: T) => string): T[] {
  const groups = Map.groupBy(items, groupOf);
  const longest = Math.max(0, ...[...groups.values()].map(({ length }) => length));
  return Array.from({ length: longest }, (_, turn) =>
    [...groups.values()].flatMap((group) => {
      const item = group[turn];
      return item === undefined ? [] : [item];
    }),
  ).flat();
}
