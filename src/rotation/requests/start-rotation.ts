import type { HistoryRow } from '../../durable/ports.ts';
import { sendWakeUp } from '../../durable/send-wake-up.ts';
import { secretNames, type Target } from '../../keys/target.ts';
import { FailureError } from '../../shared/failure.ts';
import { type AccountRow, parseAccountRow, readAccountRow } from '../account-row.ts';
import { historyPlaces } from '../history-places.ts';
import type { EnginePorts } from '../ports.ts';
import { rotationIdOf, type States } from '../state.ts';
import { findEarlier, type NamedRequest, requestRow } from './earlier-request.ts';
import { firstState } from './first-state.ts';

export type StartRefusal =
  | 'not-adopted'
  | 'adopted-elsewhere'
  | 'newer-schema'
  | 'in-flight'
  | 'inactive-key-confirmation-required'
  | 'keyless'
  | 'lost-race';

export type Start =
  | {
      readonly kind: 'started';
      readonly rotation: States['preparing'];
      readonly leaks: AccountRow['leaks'];
      readonly wakeAtMs: number;
    }
  /** This very request was carried out before. */
  | { readonly kind: 'started-before'; readonly rotationId: string }
  /** The request's name stood for another request. */
  | { readonly kind: 'key-reused' }
  | { readonly kind: 'refused'; readonly reason: StartRefusal; readonly rotationId: string | null };

export interface StartOptions {
  readonly cause: 'operator' | 'schedule' | 'near-expiry' | 'expired';
  readonly startedBy: string;
  /** The operator's confirmation that nobody holds the inactive key; the first rotation after an adoption needs it. */
  readonly inactiveKeyUnused: boolean;
  /** How much later a sweep planned it to set out, so that many starts do not meet at Azure's throttling. Left out: at once, whatever else starts. */
  readonly plan?: { readonly delayMs: number; readonly sweptAtMs: number };
  /** The caller's name for this request, if it has one: sent twice, it starts one rotation. */
  readonly request?: NamedRequest | null;
}

/**
 * Writes a new rotation into the account row, unless one is in flight, and wakes a worker. Sends nothing to Azure but
 * this one save: two starts at the same moment meet at the row's ETag, and one of them is refused.
 * @throws FailureError when the row cannot be read or saved
 */
export async function startRotation(ports: EnginePorts, target: Target, options: StartOptions): Promise<Start> {
  const stored = await ports.rows.load(target.account);
  if (stored === null) return { kind: 'refused', reason: 'not-adopted', rotationId: null };
  const row = parseAccountRow(stored.fields);
  if (row === 'newer-schema') return { kind: 'refused', reason: row, rotationId: null };
  const request = options.request ?? null;
  // After the row was loaded: a twin that has saved since makes this save a conflict, one that saved before is found here.
  const places = request && (await historyPlaces(ports.rows, target.account));
  const earlier = request && places && (await findEarlier(ports.rows, places, request));
  if (earlier === 'key-reused') return { kind: 'key-reused' };
  if (earlier !== null) return { kind: 'started-before', rotationId: earlier.rotationId };
  const refused = mayNotStart(row, target, options);
  if (refused !== null) return { kind: 'refused', reason: refused, rotationId: inFlightId(row, target) };

  const nowMs = stored.storageNowMs;
  const { cause, startedBy, plan } = options;
  const delayMs = plan?.delayMs ?? 0;
  const planned = plan && { planned: { atMs: nowMs + delayMs, sweptAtMs: plan.sweptAtMs } };
  const ids = { rotationId: ports.newId(), salt: ports.newId() };
  const rotation = firstState(target, row, { ...ids, cause, startedBy, leaked: null }, nowMs);
  const next: AccountRow = {
    ...row,
    rotation,
    firstRotationConfirmedBy: options.inactiveKeyUnused ? options.startedBy : row.firstRotationConfirmedBy,
    operatorRequest: null,
    requestRefused: null,
    wakeAtMs: nowMs + delayMs,
    wakeSeq: row.wakeSeq + 1,
  };
  const history = request && places ? [requestRow(request, rotation.rotationId, nowMs, places[0].sinceMs)] : [];
  const saved = await saveOrLook(ports, target, next, stored.etag, history);
  if (saved === 'conflict') return { kind: 'refused', reason: 'lost-race', rotationId: null };
  await sendWakeUp(ports, { target: target.name, wakeSeq: next.wakeSeq, ...planned }, delayMs);
  return { kind: 'started', rotation, leaks: next.leaks, wakeAtMs: nowMs + delayMs };
}

/** A save whose reply was lost may have been made: the row says whether it holds this very rotation. */
async function saveOrLook(
  { rows }: EnginePorts,
  { account }: Target,
  next: AccountRow,
  etag: string,
  history: readonly HistoryRow[],
): Promise<'saved' | 'conflict'> {
  try {
    return (await rows.save(account, next, etag, history)).kind;
  } catch (error) {
    if (!(error instanceof FailureError) || error.failure.kind !== 'outcome-unknown') throw error;
    const found = (await readAccountRow(rows, account))?.rotation ?? null;
    if (found === null || next.rotation === null || rotationIdOf(found) !== rotationIdOf(next.rotation)) throw error;
    return 'saved';
  }
}

/** The rotation in flight, or the one that is about to begin; null: there is none. */
export function inFlightId(row: AccountRow, target: Target): string | null {
  if (row.rotation !== null) return rotationIdOf(row.rotation);
  return isLeakPending(row, target) ? (row.leak?.rotationId ?? null) : null;
}

/** Why a rotation may not start now; null when it may. */
export function mayNotStart(
  row: AccountRow,
  target: Target,
  options: Pick<StartOptions, 'inactiveKeyUnused'>,
): StartRefusal | null {
  if (row.adoptedAtMs === null) return 'not-adopted';
  if (!isAdoptedAs(row, target)) return 'adopted-elsewhere';
  // A leaked key's rotation begins as soon as the one before it has ended: in that moment the account is not free.
  if (row.rotation !== null || isLeakPending(row, target)) return 'in-flight';
  if (isKeyless(row, target)) return 'keyless';
  if (awaitsFirstRotation(row, target) && !options.inactiveKeyUnused) return 'inactive-key-confirmation-required';
  return null;
}

/** Azure cannot show who uses which key: until a rotation was completed, only the operator knows whether the idle one is free. */
export function awaitsFirstRotation(row: AccountRow, target: Target): boolean {
  return row.lastDone === null && row.firstRotationConfirmedBy === null && target.policy.firstRotation !== 'auto';
}

/** Whether the account has no keys to rotate: Keyturn turned them off, or the settings say so. */
export function isKeyless(row: AccountRow | null, target: Target): boolean {
  return (row?.keyless ?? null) !== null || target.policy.keyless === true;
}

/** Whether the account has no keys to rotate and none is being rotated. */
export function isWithoutKeys(row: AccountRow, target: Target): boolean {
  return isKeyless(row, target) && (row.rotation === null || row.rotation.kind === 'suspended');
}

/** Whether a leaked key's rotation is about to begin. If the account takes no keys it waits until keys are on again. */
export function isLeakPending(row: AccountRow, target: Target): boolean {
  return row.leak !== null && !isKeyless(row, target);
}

/** Whether the secrets lie where the target's settings say now. */
export function isAdoptedAs(row: AccountRow, target: Target): boolean {
  const { direct } = secretNames(target);
  return row.vaultUrl === target.vaultUrl && row.prefix === target.prefix && row.directSecretName === direct;
}
