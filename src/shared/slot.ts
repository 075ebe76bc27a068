/** The two keys that every Azure AI account has, by the names that Azure's own API gives them. */
export const slots = ['key1', 'key2'] as const;

export type Slot = (typeof slots)[number];

/** The slot that `slot` is not. */
export function otherSlot(slot: Slot): Slot {
  return slot === 'key1' ? 'key2' : 'key1';
}

/** Narrows a stored text to a slot. Exact: a pointer that says `Key1` is not one that Keyturn wrote. */
export function isSlot(text: string): text is Slot {
  return text === 'key1' || text === 'key2';
}
