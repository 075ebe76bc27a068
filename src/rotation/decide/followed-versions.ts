import { readPointer } from '../../keys/read-pointer.ts';
import type { VaultSnapshot } from '../../keys/vault-snapshot.ts';
import type { SuspendReason } from '../reasons.ts';
import type { StateOf } from '../state.ts';

export type FollowedVersions =
  | { readonly kind: 'same' }
  /** Another version with the right value: consumers may have seen something else in between, the overlap starts anew. */
  | { readonly kind: 'renewed'; readonly followed: StateOf<'overlapping'>['followed']; readonly atVaultMs: number }
  | { readonly kind: 'wrong'; readonly reason: SuspendReason };

/** Whether consumers still follow exactly the versions that the switch wrote. */
export function followedVersions(
  state: StateOf<'overlapping'> | StateOf<'retiring'>,
  vault: VaultSnapshot,
  instance: string,
): FollowedVersions {
  const wrong = (reason: SuspendReason): FollowedVersions => ({ kind: 'wrong', reason });
  const newSlot = state.newSlot;
  const pointer = readPointer(vault, instance);
  if (pointer.kind === 'unusable') return wrong(pointer.reason);
  const { direct } = vault;
  const key = vault[newSlot];
  if (pointer.slot !== newSlot) return wrong('pointer-moved');
  if (key.kind === 'absent') return wrong('secret-missing');
  if (key.kind === 'disabled') return wrong('secret-disabled');
  if (key.print !== state.newFingerprint) return wrong('secret-changed');
  if (direct !== null && (direct.kind !== 'stored' || direct.print !== state.newFingerprint))
    return wrong('direct-stale');

  const followed = { pointer: pointer.version, key: key.version, direct: direct?.version ?? null };
  const same =
    followed.pointer === state.followed.pointer &&
    followed.key === state.followed.key &&
    followed.direct === state.followed.direct;
  // A restore brings an old `created` back, so the overlap counts from now, not from the new version's own date.
  return same ? { kind: 'same' } : { kind: 'renewed', followed, atVaultMs: vault.seenByMs };
}
