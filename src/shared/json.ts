/** What a text holds; null if it is no JSON. */
export function parsedJson(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}

/** An object's own member; undefined if it has none of that name, or is no object. */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  // Not even of an error: its message is no member of its own.
  const own = Object.getOwnPropertyDescriptor(value, name);
  return own?.enumerable === true ? own.value : undefined;
}
