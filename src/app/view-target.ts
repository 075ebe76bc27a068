import { validityMs } from '../keys/key-secret.ts';
import type { Target } from '../keys/target.ts';
import { type AccountRow, parseAccountRow } from '../rotation/account-row.ts';
import { nextDueAtMs } from '../rotation/due.ts';
import { hintReasons } from '../rotation/hint-reasons.ts';
import { type LastHint, parseLastHint } from '../rotation/last-hint.ts';
import type { AccountRows } from '../rotation/ports.ts';
import { refusalSentences, requestRefusals } from '../rotation/reasons.ts';
import { viewRotation } from '../rotation/rotation-view.ts';
import { targetState, targetStates } from '../rotation/target-state.ts';
import { FailureError } from '../shared/failure.ts';
import { missingPermission, withMissing } from '../shared/missing-permission.ts';
import { type DriftNotes, parseDriftNotes } from '../targets/drift-notes.ts';
import { driftReasons } from '../targets/drift-reasons.ts';
import { validityReasons } from '../targets/found-validity.ts';
import { asFailure } from './answers.ts';
import type { DriftView, EventView, TargetView, ValidityView } from './contract.ts';
import { ladder } from './ladder.ts';
import type { PosturePorts } from './posture-ports.ts';
import { readRungs } from './read-rungs.ts';

const dayMs = 24 * 60 * 60_000;

/** The states in which nothing else is the matter. */
const calm = new Set<string>(['idle', 'awaiting-first-rotation', 'keyless']);

/** One target with its state, from settings and journal alone: no call to the account or its vault. */
export async function viewTarget(
  { rows, posture }: { readonly rows: AccountRows; readonly posture?: Pick<PosturePorts, 'postures'> },
  target: Target,
): Promise<TargetView> {
  const bare = {
    name: target.name,
    accountId: target.account.armId,
    vault: target.vaultUrl,
    prefix: target.prefix,
    layout: target.layout.kind,
    activeSlot: null,
    rotation: null,
    drift: [],
    requestRefused: null,
    lastEvent: null,
    validity: null,
    ladder: null,
    lastCompletedAt: null,
    nextDueAt: null,
  };
  const stored = await rows.load(target.account).catch(asFailure);
  if (stored instanceof FailureError) return { ...bare, state: 'unreachable', because: targetStates.unreachable };
  const parsed = stored === null ? null : parseAccountRow(stored.fields);
  if (parsed?.kind === 'newer-schema') return { ...bare, state: 'newer-schema', because: targetStates['newer-schema'] };
  const row = parsed?.row ?? null;
  const [kept, hint] = await Promise.all([
    rows.loadNotes(target.account).catch(asFailure),
    rows.loadHint(target.account).catch(asFailure),
  ]);
  const lastEvent = hint instanceof FailureError ? null : viewEvent(parseLastHint(hint?.fields));
  const drift = viewDrift(row, kept instanceof FailureError ? null : parseDriftNotes(kept?.fields));
  const byRow = targetState(row, target, stored?.storageNowMs ?? 0);
  const standing =
    drift.length > 0 && calm.has(byRow.state) ? { state: 'drifted', because: targetStates.drifted } : byRow;
  const reached = posture === undefined ? null : await readRungs(posture.postures, target, row).catch(asFailure);
  const way = reached === null || reached instanceof FailureError ? null : ladder(target.name, reached);
  if (row === null) return { ...bare, ...standing, drift, lastEvent, ladder: way };
  return {
    ...bare,
    ...standing,
    drift,
    lastEvent,
    ladder: way,
    validity: viewValidity(row, target),
    activeSlot: row.lastSeen?.pointer ?? null,
    rotation: row.rotation && viewRotation(row.rotation, target.name, row.wakeAtMs, target.policy.probe),
    requestRefused: row.requestRefused && viewRefusedRequest(row.requestRefused),
    lastCompletedAt: row.lastDone && iso(row.lastDone.atMs),
    nextDueAt: row.adoptedAtMs === null || standing.state === 'keyless' ? null : iso(nextDueAtMs(row, target)),
  };
}

/** What was found before the last rotation has moved keys and secrets says nothing of how they are now. */
function viewDrift(row: AccountRow | null, notes: DriftNotes | null): readonly DriftView[] {
  const rotation = row?.rotation ?? null;
  if (notes === null || (rotation !== null && rotation.kind !== 'suspended')) return [];
  const movedAtMs = rotation === null ? (row?.lastEnd?.endedAtMs ?? 0) : rotation.sinceMs;
  if (notes.lookedAtMs < movedAtMs) return [];
  return notes.drift.map(({ reason, sinceMs, action }) => ({
    reason,
    because: withMissing({ ...refusalSentences, ...driftReasons }[reason], missingPermission(action)),
    since: iso(sinceMs),
  }));
}

function viewValidity({ foundValidity }: AccountRow, target: Target): ValidityView | null {
  if (foundValidity === null) return null;
  const sentences: Readonly<Record<string, string>> = validityReasons;
  return {
    ...foundValidity,
    days: Math.floor(validityMs(target) / dayMs),
    rotateEveryDays: target.policy.rotateEveryMs / dayMs,
    because: sentences[foundValidity.reason] ?? '',
  };
}

function viewEvent(hint: LastHint | null): EventView | null {
  if (hint === null) return null;
  const { kind, secret, version, reason, rotationId, atMs } = hint;
  const because = reason && hintReasons[reason];
  return { kind, secret, version, at: iso(atMs), answer: reason ? 'left' : 'started', reason, because, rotationId };
}

function viewRefusedRequest({ action, reason, atMs }: NonNullable<AccountRow['requestRefused']>) {
  return { action, reason, because: requestRefusals[reason], at: iso(atMs) };
}

function iso(instantMs: number): string {
  return new Date(instantMs).toISOString();
}
