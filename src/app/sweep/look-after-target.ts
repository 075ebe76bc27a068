import { isLeaseAlive } from '../../durable/leased-row.ts';
import type { StoredRow } from '../../durable/ports.ts';
import { copyPorts } from '../../keys/copies/copy-kinds.ts';
import type { KeyFingerprints } from '../../keys/key-fingerprints.ts';
import type { Target } from '../../keys/target.ts';
import { type AccountRow, parseAccountRow } from '../../rotation/account-row.ts';
import { forgetCopies, forgetSeen, resetAge } from '../../rotation/adoption/reset-age.ts';
import { removeOldHistory } from '../../rotation/audit/old-history.ts';
import { historyPlaces } from '../../rotation/history-places.ts';
import { isSeenOtherwise } from '../../rotation/invalidate-last-seen.ts';
import { staleBoundMs } from '../../rotation/numbers.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { isAdoptedAs, isKeyless } from '../../rotation/requests/start-rotation.ts';
import { rotationIdOf } from '../../rotation/state.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import { readOnlyFence } from '../../shared/fence.ts';
import { type ActiveKeyAnswer, type DriftNotes, type NotedReason, parseDriftNotes } from '../../targets/drift-notes.ts';
import type { EventDeliveryPath } from '../../targets/event-delivery-path.ts';
import { type DriftLook, lookForDrift } from '../../targets/look-for-drift.ts';
import type { InvocationPorts } from '../in-invocation.ts';
import { note, notifyFindings } from '../notifier.ts';
import { rebuildJournal } from '../targets/rebuild-journal.ts';
import { tryActiveKey } from '../targets/try-active-key.ts';
import type { DeliveryPathOf } from './look-at-events.ts';
import { driftNotification, driftReminder, isOverdueOrStopped } from './sweep-notifications.ts';

/**
 * Compares vault and account once per `driftEvery`, while no rotation is in flight, and notes what differs; if the
 * account's row is gone, tries to recreate it. Notes as well by which path events come. Answers whether it looked.
 * @param everyMs the time that must have passed since the last look, by the storage service's clock
 * @throws FailureError
 */
export async function lookAfterTarget(
  ports: InvocationPorts,
  target: Target,
  deliveryPathOf: DeliveryPathOf,
  everyMs = target.policy.driftEveryMs,
): Promise<boolean> {
  const { rows } = ports;
  const kept = await rows.loadNotes(target.account);
  const notes = kept === null ? null : parseDriftNotes(kept.fields);
  if (kept !== null && notes !== null && kept.storageNowMs < notes.lookedAtMs + everyMs) return false;
  const stored = await rows.load(target.account);
  const row = stored === null ? null : parseAccountRow(stored.fields);
  if (row === 'newer-schema') return false;
  if (stored === null || row === null || row.adoptedAtMs === null) {
    if (stored !== null && row !== null && stored.storageNowMs < row.settleUntilMs) return false;
    const nowMs = kept?.storageNowMs ?? stored?.storageNowMs ?? 0;
    return await lookForLostJournal(ports, target, deliveryPathOf, notes, nowMs);
  }
  if (isAtWork(row, stored) || !isAdoptedAs(row, target)) return false;

  const lastKnown = knownKeys(row, notes);
  const salt = lastKnown?.salt ?? ports.newId();
  const looked = await look(ports, target, row, salt, lastKnown?.fingerprints ?? null, notes);
  const activeKey = isKeyless(row, target) ? null : await tryKey(ports, target, row);
  const events = await deliveryPathNow(deliveryPathOf, target, notes);
  // Anybody who was at the account meanwhile may have made the difference that was seen.
  const after = await rows.load(target.account);
  if (after === null || after.etag !== stored.etag) return true;
  const { lastSeen } = row;
  // Before the notes: once they tell of it, nobody looks twice.
  const isOtherwise = lastSeen !== null && looked.found.some((versions) => isSeenOtherwise(lastSeen, versions));
  if (isOtherwise && !(await forgetSeen(ports, target))) return true;
  if (looked.copiesOtherwise && !(await forgetCopies(ports, target))) return true;
  const hasGoneBack = notes !== null && row.wakeSeq < notes.wakeSeq;
  if (hasGoneBack && (looked.seenByMs === null || !(await resetAge(ports, target, looked.seenByMs)))) return true;
  await save(ports, target, notes, {
    lookedAtMs: stored.storageNowMs,
    wakeSeq: row.wakeSeq,
    reasons: [
      ...(hasGoneBack ? (['journal-restored'] as const) : []),
      ...looked.reasons,
      ...(looked.reasons.length === 0 && activeKey === 'refused' ? (['active-key-refused'] as const) : []),
    ],
    activeKey: activeKey && { answer: activeKey, atMs: stored.storageNowMs },
    ...('code' in looked ? { code: looked.code, action: looked.action } : { copies: looked.copies }),
    known:
      looked.agreed === null
        ? (notes?.known ?? null)
        : { salt, fingerprints: { ...looked.agreed }, atMs: stored.storageNowMs },
    events,
    expiresAtMs: looked.expiresAtMs,
    isToldOtherwise: isOverdueOrStopped({ row, nowMs: stored.storageNowMs, expiresAtMs: looked.expiresAtMs }, target),
  });
  await forgetHistory(ports, target, row, stored.storageNowMs);
  return true;
}

/** Removes what is older than the setting keeps; what cannot be removed now is removed after another look. */
async function forgetHistory(
  { rows, historyRetentionMs, log }: InvocationPorts,
  target: Target,
  row: AccountRow,
  storageNowMs: number,
): Promise<void> {
  if (historyRetentionMs === undefined) return;
  const current = row.rotation === null ? [] : [rotationIdOf(row.rotation)];
  const keep = new Set([...current, ...(row.leak === null ? [] : [row.leak.rotationId])]);
  const removed = await historyPlaces(rows, target.account)
    .then((places) => removeOldHistory(rows, places, keep, storageNowMs - historyRetentionMs))
    .catch(asFailure);
  if (removed instanceof FailureError)
    log({ event: 'storage-failed', target: target.name, code: removed.failure.code });
  else if (removed > 0) log({ event: 'history-removed', target: target.name, rows: removed });
}

/** What Azure refuses for good is a finding, too; what it may answer next time is not. */
async function look(
  ports: EnginePorts,
  target: Target,
  row: AccountRow,
  salt: string,
  known: KeyFingerprints | null,
  notes: DriftNotes | null,
) {
  const { clock, instance } = ports;
  const driftPorts = {
    accounts: ports.accounts(readOnlyFence),
    secrets: ports.secrets(target.vaultUrl, readOnlyFence),
    copies: copyPorts(ports, readOnlyFence),
    clock,
  };
  const noted = new Set(notes?.drift.map(({ reason }) => reason));
  const { internalId, copies: seenCopies } = row;
  const before = {
    isKeyless: isKeyless(row, target),
    instance,
    internalId,
    salt,
    known,
    staleBoundMs,
    seenCopies,
    noted,
  };
  try {
    return await lookForDrift(driftPorts, target, before);
  } catch (error) {
    if (!(error instanceof FailureError) || error.failure.kind !== 'refused') throw error;
    const { reason, code, action } = error.failure;
    return {
      reasons: [reason],
      code,
      action,
      agreed: null,
      found: [],
      copiesOtherwise: false,
      seenByMs: null,
      expiresAtMs: notes?.expiresAtMs ?? null,
    };
  }
}

/** One refusal may be one gateway node's that has heard of nothing yet: as a finding, the key must be refused twice. */
async function tryKey(ports: EnginePorts, target: Target, row: AccountRow): Promise<ActiveKeyAnswer> {
  const once = () => tryActiveKey(ports, target, row).catch(asFailure);
  const first = await once();
  if (first === 'refused') await ports.clock.sleep(staleBoundMs);
  const answer = first === 'refused' ? await once() : first;
  return answer instanceof FailureError ? 'unknown' : answer;
}

async function lookForLostJournal(
  ports: InvocationPorts,
  target: Target,
  deliveryPathOf: DeliveryPathOf,
  notes: DriftNotes | null,
  nowMs: number,
): Promise<boolean> {
  const rebuilt = await rebuildJournal(ports, target).catch((error: unknown) => {
    // A target that nobody has adopted may lie where Keyturn has no business yet.
    if (error instanceof FailureError && error.failure.kind === 'refused') return 'not-ours' as const;
    throw error;
  });
  if (rebuilt === 'not-yet') return false;
  // Its first look follows with the next sweep.
  if (rebuilt === 'rebuilt') return true;
  const reasons = rebuilt === 'disagrees' ? (['journal-lost'] as const) : [];
  const events = await deliveryPathNow(deliveryPathOf, target, notes);
  const blank = { known: null, activeKey: null, expiresAtMs: null, isToldOtherwise: false };
  await save(ports, target, notes, { lookedAtMs: nowMs, wakeSeq: 0, reasons, ...blank, events });
  return true;
}

async function deliveryPathNow(
  deliveryPathOf: DeliveryPathOf,
  target: Target,
  notes: DriftNotes | null,
): Promise<EventDeliveryPath> {
  return (await deliveryPathOf(target)) ?? notes?.events ?? 'unknown';
}

function isAtWork(row: AccountRow, stored: StoredRow): boolean {
  const isInFlight = row.rotation !== null && row.rotation.kind !== 'suspended';
  return isInFlight || isLeaseAlive(row.lease, stored) || stored.storageNowMs < row.settleUntilMs;
}

/** The keys that the account had when Keyturn last knew them; null in the middle of a rotation, or after one that ended otherwise. */
function knownKeys(row: AccountRow, notes: DriftNotes | null) {
  const seen = notes?.known ?? null;
  const newest = row.lastDone !== null && row.lastDone.atMs > (seen?.atMs ?? 0) ? row.lastDone : seen;
  if (row.rotation !== null || newest === null) return null;
  return row.lastEnd !== null && row.lastEnd.endedAtMs > newest.atMs ? null : newest;
}

async function save(
  ports: InvocationPorts,
  target: Target,
  before: DriftNotes | null,
  now: Pick<DriftNotes, 'lookedAtMs' | 'wakeSeq' | 'known' | 'activeKey' | 'expiresAtMs' | 'events'> & {
    readonly reasons: readonly NotedReason[];
    /** If Azure refused the look: then that is the only reason. */
    readonly code?: string | undefined;
    readonly action?: string | undefined;
    readonly copies?: DriftLook['copies'];
    /** Something graver of the target is told again each day. */
    readonly isToldOtherwise: boolean;
  },
): Promise<void> {
  const { reasons, code, action, copies = {}, isToldOtherwise, ...kept } = now;
  const sinceMs = new Map(before?.drift.map((found) => [found.reason, found.sinceMs]));
  const copiesOf = (reason: NotedReason) => Object.entries(copies).find(([about]) => about === reason)?.[1];
  const drift = reasons.map((reason) => ({
    reason,
    sinceMs: sinceMs.get(reason) ?? now.lookedAtMs,
    ...(code === undefined ? {} : { code }),
    ...(action !== undefined && /-access-denied$/.test(reason) ? { action } : {}),
    ...(copiesOf(reason) === undefined ? {} : { copies: [...(copiesOf(reason) ?? [])] }),
  }));
  const codeOf = (reason: NotedReason) => drift.find((found) => found.reason === reason)?.code ?? null;
  const notes: DriftNotes = { schemaVersion: 1, isDue: false, ...kept, drift };
  const { rows, log, instance } = ports;
  const newReasons = reasons.filter((reason) => !sinceMs.has(reason));
  // Before the notes: a finding that they hold is told no more.
  const notifications = newReasons.map((reason) =>
    driftNotification(reason, codeOf(reason), target, instance, now.lookedAtMs),
  );
  const again = isToldOtherwise ? null : driftReminder(drift, target, instance, now.lookedAtMs);
  await note(ports, target, again === null ? notifications : [...notifications, again]);
  await rows.saveNotes(target.account, notes);
  for (const reason of newReasons) log({ event: 'drift-found', target: target.name, reason, code: codeOf(reason) });
  for (const reason of sinceMs.keys())
    if (!reasons.includes(reason)) log({ event: 'drift-gone', target: target.name, reason });
  await notifyFindings(ports, target, drift);
}
