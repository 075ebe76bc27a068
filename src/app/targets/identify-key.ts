import type { Target } from '../../keys/target.ts';
import { type AccountRow, parseAccountRow } from '../../rotation/account-row.ts';
import { historyPlaces, isWithin } from '../../rotation/history-places.ts';
import {
  type IdentifiedKey,
  identifyKey,
  type KeySighting,
  parseSightings,
  sightingsPrefix,
} from '../../rotation/known-keys/key-sightings.ts';
import { leakOf } from '../../rotation/leak/leaked-keys.ts';
import { roleOfSlot } from '../../rotation/leak/role-of-slot.ts';
import { positionOf } from '../../rotation/lifecycle.ts';
import { confirmingMs } from '../../rotation/numbers.ts';
import type { AccountRows } from '../../rotation/ports.ts';
import { isKeyless } from '../../rotation/requests/start-rotation.ts';
import { activeStateOf, oldSlotOf, type RotationState } from '../../rotation/state.ts';
import type { KeysPhase } from '../../rotation/target-state.ts';
import type { Clock } from '../../shared/clock.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import { isFingerprintOf } from '../../shared/fingerprint.ts';
import { mapBounded } from '../../shared/map-bounded.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import type { SecretText } from '../../shared/secret-text.ts';
import { type Slot, slots } from '../../shared/slot.ts';
import { iso } from '../../shared/time.ts';
import { type DriftNotes, parseDriftNotes } from '../../targets/drift-notes.ts';
import type { TargetSource } from '../../targets/target-source.ts';
import { sentences, unavailable } from '../answers.ts';
import type { IdentifyAnswer } from '../contract.ts';
import type { HardeningPorts } from '../hardening/hardening-ports.ts';
import { readKeysPhase } from '../hardening/keys-phase.ts';
import {
  type IdentifiedKeyView,
  type IdentifiedView,
  type IdentifyGap,
  identifyGaps,
  type KeyStatus,
  keyStatuses,
} from './identify-view.ts';

interface Parts {
  readonly targets: TargetSource;
  readonly rows: Pick<AccountRows, 'load' | 'loadNotes' | 'readHistory' | 'pageHistory'>;
  readonly clock: Clock;
  /** Left out: how far keys are on their way off is not known. */
  readonly hardening?: Pick<HardeningPorts, 'hardeningRows'>;
}

/** Targets whose rows are read at once. Each costs four reads of the journal, and an HMAC for each of its salts. */
const mostReadsAtOnce = 32;

/** A page of the table, and more than one account's keys of ten years. */
const mostRows = 1_000;

const mostGapsShown = 50;

/** What the journal knows of one target's keys. */
interface KnownKeys {
  readonly target: Target;
  readonly row: AccountRow | null;
  readonly sightings: readonly KeySighting[];
  readonly gap: IdentifyGap | null;
  /** By the storage service's clock, if it answered. */
  readonly nowMs: number;
  /** Of an account that is to take no keys: how far that has come; null: it takes them, or that is not known. */
  readonly phase: KeysPhase | null;
}

/** Two keys at a time and worker: each reads the rows of every target. */
const mostAtOnce = 2;
const busyRetryMs = 5_000;

/** Answers whose a key is, a few requests at a time. Keys are random: there is nothing to guess, but reads cost. */
export function keyIdentifier(parts: Parts) {
  let running = 0;
  return async (key: SecretText): Promise<IdentifyAnswer> => {
    const reason = 'identify-busy';
    if (running >= mostAtOnce)
      return { kind: 'unavailable', reason, detail: sentences[reason], retryAfterMs: busyRetryMs };
    running += 1;
    try {
      return { kind: 'identified', identified: await identify(parts, key) };
    } catch (error) {
      return unavailable(error);
    } finally {
      running -= 1;
    }
  };
}

/**
 * Whose a key is, by the fingerprints in the journal: no call to an account or a vault, and nothing is kept of the key.
 * @throws FailureError when the list of targets cannot be read
 */
async function identify({ targets, rows, clock, hardening }: Parts, key: SecretText): Promise<IdentifiedView> {
  const known = await mapBounded(await targets.list(), mostReadsAtOnce, async ({ target }) => {
    const keys = await readKnownKeys(rows, target, clock.nowMs());
    const found = identifyKey(key, keys.sightings);
    const isOff = found.length > 0 && keys.row !== null && isKeyless(keys.row, target);
    const phase = isOff ? await readKeysPhase(hardening?.hardeningRows, target) : null;
    return { ...keys, matches: found.map((one) => viewKey(key, { ...keys, phase }, one)) };
  });
  const matches = known.flatMap((one) => one.matches);
  const compared = known.filter(({ sightings }) => sightings.length > 0);
  const gaps = known.flatMap(({ target, gap }) =>
    gap === null ? [] : [{ target: target.name, reason: gap, detail: identifyGaps[gap] }],
  );
  const firstAtMs = compared.map(({ sightings }) => Math.min(...sightings.map(({ atMs }) => atMs)));
  return {
    found: matches.length > 0,
    detail: sentence(matches, compared.length, gaps.length),
    matches,
    compared: {
      targets: compared.length,
      fingerprints: compared.reduce((sum, { sightings }) => sum + sightings.length, 0),
      completeSince: firstAtMs.length === 0 ? null : iso(firstAtMs.reduce((one, other) => Math.max(one, other))),
    },
    gaps: gaps.slice(0, mostGapsShown),
    gapsInAll: gaps.length,
  };
}

function sentence(matches: readonly IdentifiedKeyView[], compared: number, gaps: number): string {
  const [match] = matches;
  if (match !== undefined) return `It is ${match.slot} of ${match.target}. ${match.detail}`;
  const none = `It is none of the keys that Keyturn knows of ${compared} targets, back to compared.completeSince at least.`;
  return gaps === 0 ? none : `${none} Of ${gaps} targets it does not know every key: see gaps.`;
}

/** Under whatever ids the account had: a key outlives a move. */
async function sightingsOf(rows: Parts['rows'], account: AccountId): Promise<readonly KeySighting[]> {
  const places = await historyPlaces(rows, account);
  const found = await Promise.all(
    places.map(async (place) => {
      const page = await rows.pageHistory(place.account, sightingsPrefix, null, mostRows);
      return page.flatMap(({ fields }) => parseSightings(fields)).filter(({ atMs }) => isWithin(place, atMs));
    }),
  );
  return found.toReversed().flat();
}

async function readKnownKeys(rows: Parts['rows'], target: Target, ownNowMs: number): Promise<Omit<KnownKeys, 'phase'>> {
  const { account } = target;
  const read = await Promise.all([rows.load(account), rows.loadNotes(account), sightingsOf(rows, account)]).catch(
    asFailure,
  );
  const nothing = { target, row: null, sightings: [], nowMs: ownNowMs };
  if (read instanceof FailureError) return { ...nothing, gap: 'unreachable' };
  const [stored, kept, sightings] = read;
  const nowMs = stored?.storageNowMs ?? ownNowMs;
  try {
    const found = stored === null ? null : parseAccountRow(stored.fields);
    if (found === 'newer-schema') return { ...nothing, sightings, gap: found };
    const row = found?.adoptedAtMs == null ? null : found;
    const notes = kept === null ? null : parseDriftNotes(kept.fields);
    const all = [...sightings, ...(row === null ? [] : lastLook(notes))];
    return { target, row, sightings: all, gap: gapOf(row, notes, all), nowMs };
  } catch (error) {
    if (error instanceof FailureError) return { ...nothing, sightings, gap: 'unreachable' };
    throw error;
  }
}

/** The keys that the sweep saw when account and vault last agreed. */
function lastLook(notes: DriftNotes | null): readonly KeySighting[] {
  const known = notes?.known ?? null;
  if (known === null) return [];
  const { salt, fingerprints, atMs } = known;
  return slots.map((slot) => ({ slot, salt, fingerprint: fingerprints[slot], atMs, from: 'seen', rotationId: null }));
}

const changedOutside: ReadonlySet<string> = new Set(['out-of-band-regenerated', 'account-recreated', 'vault-stale']);

function gapOf(
  row: AccountRow | null,
  notes: DriftNotes | null,
  sightings: readonly KeySighting[],
): IdentifyGap | null {
  if (row === null) return 'not-adopted';
  if (slots.some((slot) => !sightings.some((one) => one.slot === slot))) return 'no-fingerprints';
  const { rotation, lastEnd } = row;
  const isSeenSince = (notes?.lookedAtMs ?? 0) >= (lastEnd?.endedAtMs ?? 0);
  const drift = rotation === null && isSeenSince ? (notes?.drift ?? []) : [];
  const reasons = [...drift.map(({ reason }) => reason), ...(rotation?.kind === 'suspended' ? [rotation.reason] : [])];
  if (reasons.some((reason) => changedOutside.has(reason))) return 'keys-changed-outside';
  if (rotation !== null) return slotBeingMade(rotation) === null ? null : 'key-being-made';
  const isUndone = lastEnd?.last.kind === 'cancelling' && lastEnd.last.before !== null;
  return isUndone && sightings.every(({ atMs }) => atMs < lastEnd.endedAtMs) ? 'undone-recently' : null;
}

/** The slot of a regenerate that may have been applied, whose new key is not known yet. */
function slotBeingMade(rotation: RotationState): Slot | null {
  const state = activeStateOf(rotation);
  if (state.kind === 'cancelling' && state.before !== null) return state.newSlot;
  if (state.kind === 'regenerating' && state.sent !== null) return state.newSlot;
  return positionOf(state).oldKey === 'maybe-invalidated' ? oldSlotOf(state) : null;
}

function viewKey(key: SecretText, known: KnownKeys, found: IdentifiedKey): IdentifiedKeyView {
  const { target, row, nowMs } = known;
  const { slot, first, last, replacedBy } = found;
  const status = statusOf(row, found);
  const accepted = acceptance(known, found);
  const canLeak = row !== null && status !== 'retired';
  const path = `/api/targets/${encodeURIComponent(target.name)}/leak`;
  return {
    target: target.name,
    accountId: target.account.armId,
    slot,
    status,
    detail: `${keyStatuses[status]} ${acceptances[accepted](known, found)}`,
    accepted,
    since: iso(first.atMs),
    madeByKeyturn: first.from === 'made',
    ageSeconds: Math.max(0, Math.floor(((replacedBy?.atMs ?? nowMs) - first.atMs) / 1000)),
    lastSeenAt: iso(last.atMs),
    retiredAt: replacedBy && iso(replacedBy.atMs),
    retiredByKeyturn: replacedBy && replacedBy.from === 'made',
    rotationId: replacedBy?.rotationId ?? null,
    leakReportedAt: leakReportedAt(key, row, found),
    dryRun: canLeak ? { method: 'POST', path, body: { slot, dryRun: true } } : null,
  };
}

function statusOf(row: AccountRow | null, { slot, replacedBy }: IdentifiedKey): KeyStatus {
  if (replacedBy !== null) return 'retired';
  if (row === null) return 'unknown';
  return roleOfSlot(row, slot);
}

/** Whether the account takes it, as far as the journal says. */
function acceptance(
  { row, gap, target, nowMs, phase }: KnownKeys,
  { slot, replacedBy }: IdentifiedKey,
): IdentifiedKeyView['accepted'] {
  if (replacedBy !== null) {
    const { lastEnd } = row ?? { lastEnd: null };
    const isUnseen = lastEnd?.refusal === 'not-seen' && lastEnd.last.rotationId === replacedBy.rotationId;
    return nowMs - replacedBy.atMs >= confirmingMs && !isUnseen ? 'no' : 'unknown';
  }
  if (row === null || gap === 'keys-changed-outside') return 'unknown';
  if (isKeyless(row, target)) return phase === 'off' ? 'no' : 'unknown';
  if (gap === 'undone-recently') return 'unknown';
  return row.rotation !== null && slotBeingMade(row.rotation) === slot ? 'unknown' : 'yes';
}

const acceptances: Readonly<Record<IdentifiedKeyView['accepted'], (known: KnownKeys, found: IdentifiedKey) => string>> =
  {
    yes: () => 'The account takes it: if it has leaked, ask what replacing it does with the request in dryRun.',
    no: (_, { replacedBy }) =>
      replacedBy === null
        ? 'Keys are turned off on this account: it is refused until they are turned on again.'
        : 'The account takes it no more.',
    unknown: ({ gap, row, target }, { replacedBy }) => {
      if (replacedBy !== null) return 'Azure may take it for some hours after that.';
      if (gap !== 'keys-changed-outside' && row !== null && isKeyless(row, target))
        return 'Keys are turned off on this account, or are being turned off or on: whether it takes this one is not known.';
      return gap === 'keys-changed-outside'
        ? 'Somebody outside Keyturn has changed keys since, so it may have been replaced.'
        : 'Whether the account takes it is not known.';
    },
  };

/** The report of this very key, not of another one that stood in its slot. */
function leakReportedAt(key: SecretText, row: AccountRow | null, { slot, replacedBy }: IdentifiedKey): string | null {
  if (row === null) return null;
  const isIt = isFingerprintOf(key);
  const named = row.leaks.find(({ keys }) => keys.some(({ fingerprint: print, salt }) => isIt(print, salt)));
  const reported = leakOf(row.leaks, slot);
  const meant = named ?? (replacedBy === null && reported?.isKnown === false ? reported : null);
  return meant === null ? null : iso(meant.atMs);
}
