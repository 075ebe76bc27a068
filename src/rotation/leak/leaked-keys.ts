import type { KeyPair } from '../../keys/ports.ts';
import type { Risk } from '../../shared/difference.ts';
import { type Fingerprint, fingerprint } from '../../shared/fingerprint.ts';
import { type Slot, slots } from '../../shared/slot.ts';
import type { AccountRow } from '../account-row.ts';
import { type OperatorAction, positionOf } from '../lifecycle.ts';
import { leakLookEveryMs, leakLooksApartMs } from '../numbers.ts';
import {
  type ActiveState,
  activeStateOf,
  type LeakedKey,
  oldSlotOf,
  type RotationState,
  type States,
} from '../state.ts';

type Leaks = AccountRow['leaks'];
type LeakFacts = Pick<AccountRow, 'leaks' | 'rotation' | 'lastEnd'>;

/** The open leak of a slot; null: none. */
export function leakOf(leaks: Leaks, slot: Slot): LeakedKey | null {
  return leaks.find((leak) => leak.slot === slot) ?? null;
}

/** The leaks after a report: reported again, a slot may hold another key by now, and the earlier one counts on. */
export function withReport(leaks: Leaks, report: NonNullable<AccountRow['leak']>): Leaks {
  const earlier = leakOf(leaks, report.slot);
  const leak: LeakedKey = {
    ...report,
    keys: earlier?.keys ?? [],
    isKnown: false,
    lookedAtMs: null,
    seenAtMs: null,
    goneSinceMs: null,
    failure: null,
  };
  return [...leaks.filter(({ slot }) => slot !== report.slot), leak];
}

/** What a rotation knows of the leaked key that it replaces. */
export function carriedLeak(leak: NonNullable<ActiveState['leaked']>): NonNullable<ActiveState['leaked']> {
  const { slot, overlapMs, by, reason, seen } = leak;
  return { slot, overlapMs, by, reason, seen };
}

/**
 * The leaks, if the rotation in flight tells which key was meant: the one that it is about to replace, or has replaced,
 * as its look right before showed it. It stands in the row before the regenerate leaves, so that no look has to come
 * before it. Null: nothing new.
 */
export function knownByRotation(row: Pick<AccountRow, 'leaks' | 'rotation' | 'leak'>): Leaks | null {
  const { leaks, leak } = row;
  const state = activeStateOf(row.rotation);
  if (state === null) return null;
  // A report that waits for a rotation of its own means the key that this one has put in place.
  const isNew = ({ isKnown, slot }: LeakedKey) => !isKnown && state.leaked?.slot === slot && leak?.slot !== slot;
  const known = leaks.map((leak) => {
    const print = isNew(leak) ? replacedFingerprint(state, leak.slot) : null;
    return print === null
      ? leak
      : { ...leak, isKnown: true, keys: [...leak.keys, { salt: state.salt, fingerprint: print }] };
  });
  return known.some((leak, at) => leak !== leaks[at]) ? known : null;
}

/** The key that a rotation has replaced in `slot`, or may have; null: it has not come so far. */
function replacedFingerprint(state: ActiveState, slot: Slot): Fingerprint | null {
  if (!('fingerprintsBefore' in state)) return null;
  const isSent = 'sent' in state && state.sent !== null;
  const isReplaced =
    slot === state.newSlot
      ? hasNewKey(state) || (state.kind === 'regenerating' && isSent)
      : positionOf(state).oldKey !== 'valid';
  return isReplaced ? state.fingerprintsBefore[slot] : null;
}

/**
 * What a look at both keys makes of the leaks. The first one that is surely younger than the report tells which key was
 * meant; a key that is in neither slot by two looks further apart than an answer can be stale is `gone`, and no leak any
 * more.
 * @param salt names the keys of a first look
 * @param time when `listKeys` was asked and when it answered, by the storage service's clock
 */
export function afterLook(
  leaks: Leaks,
  keys: KeyPair,
  salt: string,
  { askedAtMs, answeredAtMs }: Readonly<Record<'askedAtMs' | 'answeredAtMs', number>>,
): { readonly leaks: Leaks; readonly gone: readonly LeakedKey[] } {
  const gone: LeakedKey[] = [];
  const left = leaks.flatMap((leak): LeakedKey[] => {
    const showsWhich = !leak.isKnown && askedAtMs - leak.atMs >= leakLooksApartMs;
    if (!leak.isKnown && !showsWhich) return [leak];
    const meant = showsWhich ? [...leak.keys, { salt, fingerprint: fingerprint(keys[leak.slot], salt) }] : leak.keys;
    const stands = slots.some((slot) => meant.some((one) => fingerprint(keys[slot], one.salt) === one.fingerprint));
    const looked = { ...leak, keys: meant, isKnown: true, lookedAtMs: answeredAtMs, failure: null };
    if (stands) return [{ ...looked, seenAtMs: answeredAtMs, goneSinceMs: null }];
    if (leak.goneSinceMs === null) return [{ ...looked, goneSinceMs: answeredAtMs }];
    if (askedAtMs - leak.goneSinceMs < leakLooksApartMs) return [leak];
    gone.push(looked);
    return [];
  });
  return { leaks: left, gone };
}

/** What a look that failed makes of them: two looks agree only if none between them failed. */
export function afterFailedLook(leaks: Leaks, failure: string, nowMs: number): Leaks {
  return leaks.map((leak) => ({ ...leak, lookedAtMs: nowMs, goneSinceMs: null, failure }));
}

/**
 * When the account is to be looked at for its leaked keys' sake; null: no key is leaked. Soon after a rotation has put
 * another key in place of one, or has ended or stopped; then every so often. Before that the rotation's own looks serve.
 */
export function leakLookAtMs({ leaks, rotation, lastEnd }: LeakFacts): number | null {
  // Before that, an answer may still show the keys from before the change.
  const settledMs = (keysChangedAtMs(rotation, lastEnd) ?? Number.NEGATIVE_INFINITY) + leakLooksApartMs;
  const dueMs = leaks.map((leak) => {
    if (leak.goneSinceMs !== null) return leak.goneSinceMs + leakLooksApartMs;
    if (!leak.isKnown && leak.lookedAtMs === null) return leak.atMs + leakLooksApartMs;
    const lookedAtMs = leak.lookedAtMs ?? leak.atMs;
    return lookedAtMs < settledMs ? settledMs : lookedAtMs + leakLookEveryMs;
  });
  return dueMs.length === 0 ? null : Math.min(...dueMs);
}

/** When that look is due within moments, so that a rest ends with it; null: it is not. */
export function nextLeakLookAtMs(facts: LeakFacts, nowMs: number): number | null {
  const atMs = leakLookAtMs(facts);
  return atMs !== null && atMs <= nowMs + 2 * leakLooksApartMs ? atMs : null;
}

/** Since when the account's keys may be others: a rotation that has put another one in place goes on from there. */
function keysChangedAtMs(rotation: LeakFacts['rotation'], lastEnd: LeakFacts['lastEnd']): number | null {
  if (rotation === null) return lastEnd?.endedAtMs ?? null;
  if (rotation.kind === 'suspended') return rotation.sinceMs;
  return hasNewKey(rotation) || 'newInactiveFingerprint' in rotation ? rotation.stateSinceMs : null;
}

/** Whether a look since the last rotation's end has shown a leaked key in a slot: nothing replaces it by itself. */
export function isLeakAlive({ leaks, rotation, lastEnd }: LeakFacts): boolean {
  const sinceMs = lastEnd?.endedAtMs ?? Number.NEGATIVE_INFINITY;
  const isSeen = ({ seenAtMs, goneSinceMs }: LeakedKey) =>
    seenAtMs !== null && goneSinceMs === null && seenAtMs > sinceMs;
  return rotation === null && leaks.some(isSeen);
}

/** The overlap that a leaked key has from when consumers are led away from it: as stated, never longer than the rotation's own. */
export function overlapOfLeak(
  own: ActiveState['overlap'],
  { overlapMs, by, reason }: Pick<LeakedKey, 'overlapMs' | 'by' | 'reason'>,
): ActiveState['overlap'] {
  return overlapMs < own.ms ? { ms: overlapMs, by, reason: reason ?? 'leak' } : own;
}

/** Name of the risk that a request takes which lets a leaked key stay valid, or gives it to consumers. */
export function leakRisk(slot: Slot): `leaked-${Slot}` {
  return `leaked-${slot}`;
}

/** What somebody takes who asks for `action` all the same. */
export function leakedKeyRisk(slot: Slot, action: OperatorAction): Risk {
  const kept: Readonly<Partial<Record<OperatorAction, string>>> = {
    'roll-back': 'It stays valid, and consumers are led back to it.',
    cancel: 'It stays valid, and no rotation replaces it.',
    hold: 'It stays valid for as long as the overlap is held.',
  };
  const text = `The key in ${slot} was reported as leaked. ${kept[action] ?? 'It stays valid.'}`;
  return { name: leakRisk(slot), level: 'confirm', text };
}

/**
 * The slots whose leaked key lives on by what is asked, and is named by nobody: a way back to it, an end of the rotation
 * that replaces it, a hold that keeps it alive.
 */
export function leaksKeptBy(
  action: OperatorAction,
  rotation: RotationState,
  leaks: Leaks,
  confirmed: readonly string[],
): readonly Slot[] {
  const state = activeStateOf(rotation);
  return leaks
    .map(({ slot }) => slot)
    .filter((slot) => !confirmed.includes(leakRisk(slot)) && isKept(action, state, slot));
}

function isKept(action: OperatorAction, state: ActiveState, slot: Slot): boolean {
  switch (action) {
    case 'roll-back':
    case 'hold':
      return slot === oldSlotOf(state);
    case 'cancel':
      return slot === oldSlotOf(state) || !hasNewKey(state);
    case 'release-hold':
    case 'expedite':
    case 'resume':
      return false;
  }
}

/** Whether the new slot's key is known to be another one than before: each rotation makes one, unless the other key leaked. */
export function hasNewKey(state: ActiveState): boolean {
  return 'newFingerprint' in state && state.newFingerprint !== state.fingerprintsBefore[state.newSlot];
}

/** Whether consumers of the direct value may have left the key in `slot` already, and are about to leave it all. */
export function isLeaving(state: States['switching'], slot: Slot): boolean {
  return state.sent !== null && slot === oldSlotOf(state);
}

/** Whether a rotation still has to replace the leaked key of the other slot: it is not dropped for this one, or that leak is forgotten. */
export function isOfOtherLeak(rotation: AccountRow['rotation'], slot: Slot): boolean {
  const state = activeStateOf(rotation);
  if (state === null || state.leaked === null || state.leaked.slot === slot) return false;
  // Consumers have been given the new slot's new key.
  return !('followed' in state && state.leaked.slot === state.newSlot);
}
