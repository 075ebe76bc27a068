import * as z from 'zod';
import { busyForMs, leasedRow } from '../../durable/leased-row.ts';
import { wakeGraceMs } from '../../durable/numbers.ts';
import type { StoredRow } from '../../durable/ports.ts';
import type { HardeningRows } from '../../hardening/ports.ts';
import type { Target } from '../../keys/target.ts';
import { stalledAfterMs } from '../../rotation/numbers.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { blockedRevert } from '../hardening/blocked-revert.ts';
import type { BlockedRevertView } from '../hardening/hardening-contract.ts';
import { wakeHardening } from '../hardening/run-hardening.ts';

const around = z.object({ ...leasedRow, retrying: z.object({ sinceMs: z.number() }).nullable() });

type Row = z.infer<typeof around>;

/** What a sweep finds of a target's changes of network, access and keys. */
export interface SweptChanges {
  /** Whether one makes no progress. */
  readonly isStalled: boolean;
  readonly blocked: { readonly revert: BlockedRevertView; readonly nowMs: number } | null;
}

export const noChanges: SweptChanges = { isStalled: false, blocked: null };

/**
 * Wakes every change of a target's hardening whose message was lost or whose worker is dead.
 * @param awakeSinceMs since when the instance has not been paused, by the storage service's clock: what was before does not count
 * @throws FailureError
 */
export async function sweepHardening(
  ports: Pick<EnginePorts, 'wakeUps' | 'log'> & { readonly hardeningRows: HardeningRows },
  target: Target,
  awakeSinceMs: number,
): Promise<SweptChanges> {
  let isStalled = false;
  const all = await ports.hardeningRows.loadAll(target.account);
  for (const [area, stored] of all) {
    const { data: row } = around.safeParse(stored.fields);
    if (row === undefined) continue;
    if (isOverdue(row, stored)) await wakeHardening(ports, target, area, row.wakeSeq, 0);
    isStalled ||= makesNoProgress(row, stored, awakeSinceMs);
  }
  const revert = blockedRevert(all);
  const nowMs = revert && all.get(revert.area)?.storageNowMs;
  return { isStalled, blocked: revert && { revert, nowMs: nowMs ?? 0 } };
}

/** Whether a change has been tried in vain, or its message been missing, for so long that people should know. */
function makesNoProgress({ retrying, wakeAtMs }: Row, { storageNowMs }: StoredRow, awakeSinceMs: number): boolean {
  return [retrying?.sinceMs, wakeAtMs].some(
    (sinceMs) => sinceMs != null && storageNowMs > Math.max(sinceMs, awakeSinceMs) + stalledAfterMs,
  );
}

/** Whether a message that should have come has not, or the worker that holds the lease is dead. */
function isOverdue({ lease, wakeAtMs }: Row, stored: StoredRow): boolean {
  return lease.kind === 'released'
    ? wakeAtMs !== null && stored.storageNowMs > wakeAtMs + wakeGraceMs
    : busyForMs(lease, stored) === 0;
}
