import * as z from 'zod';
import type { HistoryRow } from '../../durable/ports.ts';
import type { KeyFingerprints } from '../../keys/key-fingerprints.ts';
import { type Fingerprint, isFingerprintOf } from '../../shared/fingerprint.ts';
import type { SecretText } from '../../shared/secret-text.ts';
import { otherSlot, type Slot, slots } from '../../shared/slot.ts';
import type { AccountRow } from '../account-row.ts';
import { timeKey } from '../history-places.ts';
import { type ActiveState, activeStateOf, print } from '../state.ts';

const found = z.object({
  slot: z.enum(slots),
  salt: z.string(),
  fingerprint: print,
  /** `made`: Keyturn regenerated it. `seen`: the account had it when it was looked at. */
  from: z.enum(['made', 'seen']),
});
const fields = z.object({ atMs: z.number(), rotationId: z.string().nullable(), keys: z.array(found) });

type FoundKey = Readonly<z.infer<typeof found>>;

/** A key that stood in a slot at `atMs` (the storage service's clock), by its fingerprint. */
export interface KeySighting extends FoundKey {
  readonly atMs: number;
  /** The rotation that saw or made it; null: an adoption, or a look. */
  readonly rotationId: string | null;
}

/** Keys of the rows that keep every key which an account is known to have had, oldest first. */
export const sightingsPrefix = 'keys-';

/** The row of what an adoption found in both slots. */
export function adoptedKeysRow(salt: string, fingerprints: KeyFingerprints, atMs: number, id: string): HistoryRow {
  const keys = slots.map((slot): FoundKey => ({ slot, salt, fingerprint: fingerprints[slot], from: 'seen' }));
  return rowOf(keys, null, atMs, id);
}

/**
 * The row of the keys that a save of `after` over `before` came to know: those from before a rotation, and those that it
 * made. They go into the journal with the save itself, so that a key is known for as long as history is kept. Pure.
 * @param id unique, of this save
 */
export function sightingRowsOf(
  before: AccountRow | null,
  after: AccountRow,
  atMs: number,
  id: string,
): readonly HistoryRow[] {
  const was = activeStateOf(before?.rotation ?? null);
  const ended = after.lastEnd?.last ?? null;
  const is = activeStateOf(after.rotation) ?? (was !== null && ended?.rotationId === was.rotationId ? ended : null);
  if (is === null) return [];
  const known = new Set((was?.rotationId === is.rotationId ? keysIn(was) : []).map(nameOf));
  const keys = keysIn(is).filter((key) => !known.has(nameOf(key)));
  return keys.length === 0 ? [] : [rowOf(keys, is.rotationId, atMs, id)];
}

/** A stored row's sightings; none for a row of another release. */
export function parseSightings(stored: unknown): readonly KeySighting[] {
  const { data } = fields.safeParse(stored);
  return data === undefined ? [] : data.keys.map((key) => ({ ...key, atMs: data.atMs, rotationId: data.rotationId }));
}

function rowOf(keys: readonly FoundKey[], rotationId: string | null, atMs: number, id: string): HistoryRow {
  return { key: `${sightingsPrefix}${timeKey(atMs)}-${id}`, fields: { atMs, rotationId, keys } };
}

function keysIn(state: ActiveState): readonly FoundKey[] {
  const { salt, newSlot } = state;
  const key = (slot: Slot, fingerprint: Fingerprint, from: FoundKey['from']) => ({ slot, salt, fingerprint, from });
  const before =
    'fingerprintsBefore' in state
      ? state.fingerprintsBefore
      : 'before' in state
        ? (state.before?.fingerprints ?? null)
        : null;
  return [
    ...(before === null ? [] : slots.map((slot) => key(slot, before[slot], 'seen'))),
    // A rotation whose other key leaked leads consumers to the key as it was.
    ...('newFingerprint' in state && state.newFingerprint !== before?.[newSlot]
      ? [key(newSlot, state.newFingerprint, 'made')]
      : []),
    ...('newInactiveFingerprint' in state ? [key(otherSlot(newSlot), state.newInactiveFingerprint, 'made')] : []),
  ];
}

function nameOf({ slot, fingerprint }: FoundKey): string {
  return `${slot} ${fingerprint}`;
}

/** Where a key stood, and what became of it. Instants by the storage service's clock. */
export interface IdentifiedKey {
  readonly slot: Slot;
  /** The first sighting: made then, or it stood there already. */
  readonly first: KeySighting;
  /** The last sighting of this very key. */
  readonly last: KeySighting;
  /** The first sighting of another key in its slot after that; null: it still stands there, as far as is known. */
  readonly replacedBy: KeySighting | null;
}

/**
 * The slots in which `key` stood, by what is known of an account's keys: one HMAC a salt.
 * @param sightings in any order
 */
export function identifyKey(key: SecretText, sightings: readonly KeySighting[]): readonly IdentifiedKey[] {
  const isIt = isFingerprintOf(key);
  return slots.flatMap((slot): IdentifiedKey[] => {
    const inSlot = sightings.filter((one) => one.slot === slot).toSorted((one, other) => one.atMs - other.atMs);
    const its = inSlot.filter(({ fingerprint, salt }) => isIt(fingerprint, salt));
    const [first] = its;
    const last = its.at(-1);
    if (first === undefined || last === undefined) return [];
    return [{ slot, first, last, replacedBy: inSlot[inSlot.indexOf(last) + 1] ?? null }];
  });
}
