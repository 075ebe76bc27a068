import type { PointerFact, SecretFact, VaultSnapshot } from '../../../src/keys/vault-snapshot.ts';
import type { Fingerprint } from '../../../src/shared/fingerprint.ts';
import type { Slot } from '../../../src/shared/slot.ts';
import { hourMs, nowMs } from '../row-builder.ts';

const held = (version: string) => ({
  kind: 'stored' as const,
  version,
  createdAtMs: nowMs - 3 * hourMs,
  tags: {},
  contentType: null,
});

export function buildSecret(print: string, version: string): Extract<SecretFact, { kind: 'stored' }> {
  return { ...held(version), fingerprint: print as Fingerprint };
}

export function buildPointer(value: Slot | 'nonsense', version: string, tags = {}): PointerFact {
  return { ...held(version), value, tags };
}

/** The vault of the default rotation before its switch: the pointer at key1, the new key stored in key2. */
export function vaultBeforeSwitch(change: Partial<VaultSnapshot> = {}): VaultSnapshot {
  return {
    vaultNowMs: nowMs,
    seenByMs: nowMs,
    pointer: buildPointer('key1', 'p1'),
    key1: buildSecret('old1', 'v1'),
    key2: buildSecret('new2', 'v3'),
    direct: null,
    ...change,
  };
}

/** After its switch: the pointer at key2. */
export function vaultAfterSwitch(change: Partial<VaultSnapshot> = {}): VaultSnapshot {
  return vaultBeforeSwitch({ pointer: buildPointer('key2', 'p2'), ...change });
}
