import type { LastSeen } from '../../keys/gate.ts';
import type { VaultSnapshot } from '../../keys/vault-snapshot.ts';
import type { Slot } from '../../shared/slot.ts';

/** What stands in the vault, its age counted from now on: Keyturn itself has just written there. Null if something is missing. */
export function seenIn(vault: VaultSnapshot, pointed: Slot): LastSeen | null {
  const { pointer, key1, key2, direct, seenByMs } = vault;
  if (pointer.kind !== 'stored' || key1.kind !== 'stored' || key2.kind !== 'stored') return null;
  if (direct !== null && direct.kind !== 'stored') return null;
  const versions = {
    pointer: pointer.version,
    key1: key1.version,
    key2: key2.version,
    direct: direct?.version ?? null,
  };
  return { pointer: pointed, versions, sinceMs: seenByMs };
}
