import type { Target } from '../keys/target.ts';
import { type AccountRow, parseAccountRow } from '../rotation/account-row.ts';
import { nextDueAtMs } from '../rotation/due.ts';
import type { AccountRows } from '../rotation/ports.ts';
import { requestRefusals } from '../rotation/reasons.ts';
import { viewRotation } from '../rotation/rotation-view.ts';
import { targetState, targetStates } from '../rotation/target-state.ts';
import { FailureError } from '../shared/failure.ts';
import { asFailure } from './answers.ts';
import type { TargetView } from './contract.ts';

/** One target with its state, from settings and journal alone: no call to the account or its vault. */
export async function viewTarget({ rows }: { readonly rows: AccountRows }, target: Target): Promise<TargetView> {
  const bare = {
    name: target.name,
    accountId: target.account.armId,
    vault: target.vaultUrl,
    prefix: target.prefix,
    layout: target.layout.kind,
    activeSlot: null,
    rotation: null,
    requestRefused: null,
    lastCompletedAt: null,
    nextDueAt: null,
  };
  const stored = await rows.load(target.account).catch(asFailure);
  if (stored instanceof FailureError) return { ...bare, state: 'unreachable', because: targetStates.unreachable };
  const parsed = stored === null ? null : parseAccountRow(stored.fields);
  if (parsed?.kind === 'newer-schema') return { ...bare, state: 'newer-schema', because: targetStates['newer-schema'] };
  const row = parsed?.row ?? null;
  const standing = targetState(row, target, stored?.storageNowMs ?? 0);
  if (row === null) return { ...bare, ...standing };
  return {
    ...bare,
    ...standing,
    activeSlot: row.lastSeen?.pointer ?? null,
    rotation: row.rotation && viewRotation(row.rotation, target.name, row.wakeAtMs, target.policy.probe),
    requestRefused: row.requestRefused && viewRefusedRequest(row.requestRefused),
    lastCompletedAt: row.lastDone && iso(row.lastDone.atMs),
    nextDueAt: row.adoptedAtMs === null ? null : iso(nextDueAtMs(row, target)),
  };
}

function viewRefusedRequest({ action, reason, atMs }: NonNullable<AccountRow['requestRefused']>) {
  return { action, reason, because: requestRefusals[reason], at: iso(atMs) };
}

function iso(instantMs: number): string {
  return new Date(instantMs).toISOString();
}
