import { secretNames, type Target } from '../../keys/target.ts';
import type { Clock } from '../../shared/clock.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import { type ActiveState, oldSlotOf } from '../state.ts';
import { decideReaders, lookBackMs, type SecretVersion } from './decide-readers.ts';
import type { AuditedReads, VaultAuditLog } from './ports.ts';
import { type ReadersView, viewReaders, viewUnreadLog } from './readers-view.ts';

/**
 * Who followed a switch; null before it, and once it is undone. Throws nothing: a log that is not answered is unknown. Takes a
 * token's time and a request's at most, half a minute each.
 */
export async function readSwitchReaders(
  auditLog: VaultAuditLog,
  clock: Pick<Clock, 'nowMs'>,
  target: Target,
  state: ActiveState,
): Promise<ReadersView | null> {
  if (!('followed' in state) || state.kind === 'rolling-back') return null;
  const { versionsBefore, followed, newSlot, switchedAtVaultMs: switchedAtMs } = state;
  const names = secretNames(target);
  const oldSlot = oldSlotOf(state);
  const direct = (version: string | null): readonly SecretVersion[] =>
    names.direct === null || version === null ? [] : [[names.direct, version]];
  const oldVersions = [[names[oldSlot], versionsBefore[oldSlot]] as const, ...direct(versionsBefore.direct)];
  const newVersions = [[names[newSlot], followed.key] as const, ...direct(followed.direct)];
  const asked = await askAuditLog(auditLog, target, [...oldVersions, ...newVersions], switchedAtMs, clock.nowMs());
  if (asked instanceof FailureError)
    return { ...viewUnreadLog(asked), followers: [], stragglers: [], unclear: [], leftOut: 0 };
  return viewReaders(decideReaders({ switchedAtMs, oldVersions, newVersions, ...asked }));
}

/** What the log has of these secrets since so long before `sinceMs`, or why it was not answered. */
export async function askAuditLog(
  auditLog: VaultAuditLog,
  { vaultUrl }: Target,
  versions: readonly SecretVersion[],
  sinceMs: number,
  nowMs: number,
): Promise<{ readonly log: AuditedReads; readonly noConsumers: readonly string[] } | FailureError> {
  const names = [...new Set(versions.map(([name]) => name))];
  const asked = await Promise.all([
    auditLog.reads(vaultUrl, names, sinceMs - lookBackMs, nowMs),
    auditLog.noConsumers(),
  ]).catch(asFailure);
  return asked instanceof FailureError ? asked : { log: asked[0], noConsumers: asked[1] };
}
