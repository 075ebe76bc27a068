/** Maps `items`, begun in their order, `mostAtOnce` at a time. Rejects with the first rejection. */
export async function mapBounded<T, R>(
  items: readonly T[],
  mostAtOnce: number,
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const lane = async () => {
    for (const [index, item] of queue) results[index] = await map(item);
  };
  await Promise.all(Array.from({ length: Math.min(mostAtOnce, items.length) }, lane));
  return results;
}
