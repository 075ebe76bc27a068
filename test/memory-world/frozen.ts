/** A copy of plain data that nobody can change: who reads it may have it as it is, and is thrown at when writing into it. */
export function frozen<T>(data: T): T {
  return deeplyFrozen(structuredClone(data));
}

function deeplyFrozen<T>(data: T): T {
  if (typeof data !== 'object' || data === null) return data;
  for (const member of Object.values(data)) deeplyFrozen(member);
  return Object.freeze(data);
}
