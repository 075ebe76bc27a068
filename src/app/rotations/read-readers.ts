import { secretNames, type Target } from '../../keys/target.ts';
import type { VaultSnapshot } from '../../keys/vault-snapshot.ts';
import { askAuditLog, readSwitchReaders } from '../../rotation/readers/ask-audit-log.ts';
import { decideInactiveKeyReaders, type SecretVersion } from '../../rotation/readers/decide-readers.ts';
import type { VaultAuditLog } from '../../rotation/readers/ports.ts';
import {
  type InactiveKeyReadersView,
  type ReadersView,
  viewInactiveKeyReaders,
  viewUnreadLog,
} from '../../rotation/readers/readers-view.ts';
import { activeStateOf, type RotationState } from '../../rotation/state.ts';
import type { Clock } from '../../shared/clock.ts';
import { FailureError } from '../../shared/failure.ts';
import { otherSlot, type Slot } from '../../shared/slot.ts';
import { minuteMs } from '../../shared/time.ts';

export interface ReadersPorts {
  /** Null or left out: no workspace is set. */
  readonly auditLog?: VaultAuditLog | null | undefined;
  readonly clock: Clock;
}

/** Who followed a rotation in flight; null before its switch, once it is undone, and without a workspace. Throws nothing. */
export type ReadReaders = (target: Target, rotation: RotationState) => Promise<ReadersView | null>;

/** A log that is minutes late says nothing new sooner, and a script that follows a rotation asks every few seconds. */
const keptMs = minuteMs;

/** Asks the log once a minute for each state of a rotation, no matter how often it is read. */
export function readersOf({ auditLog = null, clock }: ReadersPorts): ReadReaders {
  const kept = new Map<string, { readonly atMs: number; readonly readers: Promise<ReadersView | null> }>();
  return async (target, rotation) => {
    if (auditLog === null) return null;
    const state = activeStateOf(rotation);
    const nowMs = clock.monotonicMs();
    for (const [id, { atMs }] of kept) if (nowMs - atMs >= keptMs) kept.delete(id);
    const name = `${state.rotationId} ${state.kind}`;
    const known = kept.get(name);
    if (known !== undefined) return await known.readers;
    const readers = readSwitchReaders(auditLog, clock, target, state);
    kept.set(name, { atMs: nowMs, readers });
    return await readers;
  };
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
  const asked = await askAuditLog(auditLog, target, [...oldVersions, ...newVersions], nowMs, nowMs);
  if (asked instanceof FailureError) return { ...viewUnreadLog(asked), readers: [] };
  return viewInactiveKeyReaders(decideInactiveKeyReaders({ oldVersions, newVersions, ...asked }));
}
