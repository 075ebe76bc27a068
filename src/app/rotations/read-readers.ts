import { secretNames, type Target } from '../../keys/target.ts';
import type { VaultSnapshot } from '../../keys/vault-snapshot.ts';
import {
  decideInactiveKeyReaders,
  decideReaders,
  lookBackMs,
  type SecretVersion,
} from '../../rotation/readers/decide-readers.ts';
import type { VaultAuditLog } from '../../rotation/readers/ports.ts';
import {
  type InactiveKeyReadersView,
  type ReadersView,
  viewInactiveKeyReaders,
  viewReaders,
  viewUnreadLog,
} from '../../rotation/readers/readers-view.ts';
import { activeStateOf, oldSlotOf, type RotationState } from '../../rotation/state.ts';
import type { Clock } from '../../shared/clock.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import { otherSlot, type Slot } from '../../shared/slot.ts';
import { minuteMs } from '../../shared/time.ts';

export interface ReadersPorts {
  /** Null or left out: no workspace is set. */
  readonly auditLog?: VaultAuditLog | null;
  readonly clock: Clock;
}

/** Who followed a rotation in flight; null before its switch, once it is undone, and without a workspace. Throws nothing. */
export type ReadReaders = (target: Target, rotation: RotationState) => Promise<ReadersView | null>;

/** A log that is minutes late says nothing new sooner, and a script that follows a rotation asks every few seconds. */
const keptMs = minuteMs;

/** Asks the log once a minute for each rotation, no matter how often it is read. */
export function readersOf({ auditLog = null, clock }: ReadersPorts): ReadReaders {
  const kept = new Map<string, { readonly atMs: number; readonly readers: Promise<ReadersView | null> }>();
  return async (target, rotation) => {
    if (auditLog === null) return null;
    const { rotationId } = activeStateOf(rotation);
    const nowMs = clock.monotonicMs();
    for (const [id, { atMs }] of kept) if (nowMs - atMs >= keptMs) kept.delete(id);
    const known = kept.get(rotationId);
    if (known !== undefined) return await known.readers;
    const readers = read(auditLog, clock, target, rotation);
    kept.set(rotationId, { atMs: nowMs, readers });
    return await readers;
  };
}

async function read(
  auditLog: VaultAuditLog,
  clock: Clock,
  target: Target,
  rotation: RotationState,
): Promise<ReadersView | null> {
  const state = activeStateOf(rotation);
  if (!('followed' in state) || state.kind === 'rolling-back') return null;
  const { versionsBefore, followed, newSlot, switchedAtVaultMs: switchedAtMs } = state;
  const names = secretNames(target);
  const oldSlot = oldSlotOf(state);
  const direct = (version: string | null): readonly SecretVersion[] =>
    names.direct === null || version === null ? [] : [[names.direct, version]];
  const oldVersions = [[names[oldSlot], versionsBefore[oldSlot]] as const, ...direct(versionsBefore.direct)];
  const newVersions = [[names[newSlot], followed.key] as const, ...direct(followed.direct)];
  const asked = await ask(auditLog, target, [...oldVersions, ...newVersions], switchedAtMs, clock.nowMs());
  if (asked instanceof FailureError) return { ...viewUnreadLog(asked), followers: [], stragglers: [], unclear: [] };
  return viewReaders(decideReaders({ switchedAtMs, oldVersions, newVersions, ...asked }));
}

/**
 * Who reads the inactive key, of the versions that stand in the vault now; null without a workspace. Throws nothing.
 * @param inactive the slot whose key consumers are not led to
 */
export async function readInactiveKeyReaders(
  { auditLog = null, clock }: ReadersPorts,
  target: Target,
  vault: Pick<VaultSnapshot, Slot>,
  inactive: Slot,
): Promise<InactiveKeyReadersView | null> {
  if (auditLog === null) return null;
  const names = secretNames(target);
  const versionOf = (slot: Slot): readonly SecretVersion[] => {
    const fact = vault[slot];
    return fact.kind === 'stored' ? [[names[slot], fact.version]] : [];
  };
  const [oldVersions, newVersions] = [versionOf(inactive), versionOf(otherSlot(inactive))];
  const nowMs = clock.nowMs();
  const asked = await ask(auditLog, target, [...oldVersions, ...newVersions], nowMs, nowMs);
  if (asked instanceof FailureError) return { ...viewUnreadLog(asked), readers: [] };
  return viewInactiveKeyReaders(decideInactiveKeyReaders({ oldVersions, newVersions, ...asked }));
}

/** What the log has of these secrets since so long before `sinceMs`. */
async function ask(
  auditLog: VaultAuditLog,
  { vaultUrl }: Target,
  versions: readonly SecretVersion[],
  sinceMs: number,
  nowMs: number,
) {
  const names = [...new Set(versions.map(([name]) => name))];
  const asked = await Promise.all([
    auditLog.reads(vaultUrl, names, sinceMs - lookBackMs, nowMs),
    auditLog.ownId(),
  ]).catch(asFailure);
  return asked instanceof FailureError ? asked : { log: asked[0], ownId: asked[1] };
}
