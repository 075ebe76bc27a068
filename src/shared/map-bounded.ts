/** Maps `items`, begun in their order, `mostAtOnce` at a time. Rejects with the first rejection. */
export async function mapBounded<T, R>(
  items: readonly T[],
  mostAtOnce: number,
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  return await mapBoundedByGroup(items, mostAtOnce, () => null, mostAtOnce, map);
}

/**
 * The same, with at most `mostOfGroup` of one group at a time: one that is slow holds up none of the others, whose items then
 * come before their turn.
 */
export async function mapBoundedByGroup<T, R>(
  items: readonly T[],
  mostAtOnce: number,
  groupOf: (item: T) => unknown,
  mostOfGroup: number,
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const atWork = new Map<unknown, number>();
  const waiting = new Set(items.entries());
  const next = () => {
    for (const entry of waiting) {
      const group = groupOf(entry[1]);
      if ((atWork.get(group) ?? 0) >= mostOfGroup) continue;
      waiting.delete(entry);
      return { entry, group };
    }
    return null;
  };
  // If all that waits is of groups at their bound, those at work with them go on with it.
  const lane = async () => {
    for (let taken = next(); taken !== null; taken = next()) {
      const { entry, group } = taken;
      const [index, item] = entry;
      atWork.set(group, (atWork.get(group) ?? 0) + 1);
      try {
        results[index] = await map(item);
      } finally {
        atWork.set(group, (atWork.get(group) ?? 0) - 1);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(mostAtOnce, items.length) }, lane));
  return results;
}
