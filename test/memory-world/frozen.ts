/** A copy of plain data that nobody can change: who reads it may have it as it is, and is thrown at when writing into it. */
export function frozen<T>(data: T): T;
export function frozen(data: unknown): unknown {
  if (data === null || (typeof data !== 'object' && typeof data !== 'function')) return data;
  if (Array.isArray(data)) return Object.freeze(data.map((member) => frozen(member)));
  // A function, a date, a map or an object of a class is no plain data: storage would not hold it.
  if (Object.getPrototypeOf(data) !== Object.prototype) throw new TypeError('only plain data can be stored');
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(data)) copy[name] = frozen(member);
  return Object.freeze(copy);
}
