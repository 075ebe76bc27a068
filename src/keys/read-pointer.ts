import { isSlot, type Slot } from '../shared/slot.ts';
import { takenOver } from './ownership-tags.ts';
import type { VaultSnapshot } from './vault-snapshot.ts';

/** What the pointer tells: the slot that consumers use, or why nobody may go by it. */
export type ReadPointer =
  | { readonly kind: 'read'; readonly slot: Slot; readonly version: string; readonly createdAtMs: number }
  | {
      readonly kind: 'unusable';
      readonly reason: 'taken-over' | 'pointer-missing' | 'pointer-disabled' | 'pointer-invalid';
    };

/** The pointer as `instance` may go by it. */
export function readPointer(vault: Pick<VaultSnapshot, 'pointer'>, instance: string): ReadPointer {
  const { pointer } = vault;
  if (takenOver(vault, instance)) return { kind: 'unusable', reason: 'taken-over' };
  if (pointer.kind === 'absent') return { kind: 'unusable', reason: 'pointer-missing' };
  if (pointer.kind === 'disabled') return { kind: 'unusable', reason: 'pointer-disabled' };
  if (!isSlot(pointer.value)) return { kind: 'unusable', reason: 'pointer-invalid' };
  const { version, createdAtMs } = pointer;
  return { kind: 'read', slot: pointer.value, version, createdAtMs };
}
