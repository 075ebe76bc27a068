import type { ListedTarget, RotationView } from '../api/views.ts';

type SlotName = 'key1' | 'key2';

/** One of the account's two keys, as consumers meet it. */
export interface SlotSeen {
  readonly slot: SlotName;
  readonly role: 'active' | 'inactive' | 'unknown';
  /** What the key is now, in a sentence. */
  readonly says: string;
  readonly isLeaked: boolean;
}

export interface SlotsSeen {
  /** Where the pointer stands; `moving`: a write of it may be under way. */
  readonly pointer: SlotName | 'moving' | null;
  readonly slots: readonly [SlotSeen, SlotSeen];
}

/** Consumers are led away from the old key only from here on. */
const afterTheSwitch = ['updating-copies', 'overlapping', 'retiring', 'restocking', 'confirming'];
const whileThePointerMoves = ['switching', 'rolling-back'];

/** The two slots of a target, by its journal. */
export function slotsSeen({ activeSlot, rotation, leakedKeys, state }: Shown): SlotsSeen {
  const isLeaked = (slot: SlotName) => leakedKeys.some((leak) => leak.slot === slot);
  const at = rotation === null ? null : (rotation.suspendedIn ?? rotation.state);
  const pointer = rotation === null || at === null ? activeSlot : pointerIn(at, rotation);
  const one = (slot: SlotName): SlotSeen => ({
    slot,
    role: pointer === null || pointer === 'moving' ? 'unknown' : pointer === slot ? 'active' : 'inactive',
    says:
      state === 'keyless'
        ? 'Not accepted: keys are turned off.'
        : rotation === null || at === null
          ? atRest(slot, activeSlot)
          : inRotation(slot === rotation.newSlot, at),
    isLeaked: isLeaked(slot),
  });
  return { pointer, slots: [one('key1'), one('key2')] };
}

type Shown = Pick<ListedTarget, 'activeSlot' | 'rotation' | 'leakedKeys' | 'state'>;

function pointerIn(at: string, { newSlot }: RotationView): SlotName | 'moving' {
  if (whileThePointerMoves.includes(at)) return 'moving';
  const oldSlot = newSlot === 'key1' ? 'key2' : 'key1';
  return afterTheSwitch.includes(at) ? newSlot : oldSlot;
}

function atRest(slot: SlotName, active: SlotName | null): string {
  if (active === null) return 'Not known yet which key consumers use.';
  return slot === active ? 'In use: consumers read this key.' : 'Not in use. The next rotation replaces it first.';
}

function inRotation(isNew: boolean, at: string): string {
  const [ofNew, ofOld] = sentences[at] ?? ['', ''];
  return isNew ? ofNew : ofOld;
}

const inUse = 'In use: consumers read this key.';

/** By state: what is said of the new slot, and of the old one. */
const sentences: Readonly<Record<string, readonly [string, string]>> = {
  preparing: ['Is regenerated next, once nobody can still hold it.', inUse],
  regenerating: ['Being regenerated. Nobody uses it.', inUse],
  publishing: ['A new key, being stored in the vault.', inUse],
  probing: ['A new key, being proved at every gateway.', inUse],
  switching: ['The new key: consumers are being led here.', 'In use until consumers are led away.'],
  'updating-copies': [inUse, 'The old key: valid while copies and caches hold it.'],
  overlapping: [inUse, 'The old key: valid until every cache has expired.'],
  retiring: [inUse, 'The old key: being replaced.'],
  restocking: [inUse, 'Replaced by another key, which is being stored.'],
  confirming: [inUse, 'Replaced. Keyturn looks whether the old key is refused.'],
  'rolling-back': ['Consumers are being led away from it.', 'The old key: consumers are being led back here.'],
  cancelling: ['The new key is given up. Nobody uses it.', inUse],
};
