import { describe, expect, it } from 'vitest';
import { pointedSlot } from '../../../src/rotation/leak/role-of-slot.ts';
import type { ActiveState, RotationState } from '../../../src/rotation/state.ts';
import type { Slot } from '../../../src/shared/slot.ts';
import { buildLeak, buildState, nowMs } from '../row-builder.ts';

const versions = { pointer: 'p', key1: 'a', key2: 'b', direct: null };
const seen = (pointer: Slot) => ({ pointer, versions, sinceMs: 0 });
const leak = (slot: Slot) => buildLeak({ slot });
const suspended = (from: ActiveState): RotationState => ({
  ...{ kind: 'suspended', reason: 'vault-stale', sinceMs: nowMs, from },
});
const sent = { atMs: nowMs, what: 'pointer' } as const;

describe('the pointer must stand at', () => {
  it.each<[slot: Slot, says: string, state: ActiveState | null, pointer: Slot | null, leaks: Slot[]]>([
    ['key1', 'if nothing is known', null, null, []],
    ['key2', 'where it was seen last', null, 'key2', []],
    // Of a rotation key1 was active, key2 idle, whatever was seen.
    ['key1', 'while a rotation prepares', buildState('preparing'), 'key2', []],
    ['key1', 'while a key is regenerated', buildState('regenerating'), null, []],
    ['key1', 'while the new key is stored', buildState('publishing'), null, []],
    ['key1', 'while the new key is proved', buildState('probing'), null, []],
    ['key1', 'before it is moved', buildState('switching'), null, ['key1']],
    ['key1', 'while it may have been moved', buildState('switching', { sent }), null, []],
    ['key2', 'while it may have been moved away from a leaked key', buildState('switching', { sent }), null, ['key1']],
    ['key1', 'while it may have been moved to a leaked key', buildState('switching', { sent }), null, ['key2']],
    ['key2', 'during the overlap', buildState('overlapping'), 'key1', []],
    ['key2', 'while the old key is regenerated', buildState('retiring'), null, []],
    ['key2', 'while its successor is stored', buildState('restocking'), null, []],
    ['key2', 'while the end is confirmed', buildState('confirming'), null, []],
    ['key1', 'while it is moved back', buildState('rolling-back'), null, []],
    ['key1', 'while the rotation is undone', buildState('cancelling'), null, []],
  ])('%s %s', (slot, _, state, pointer, leaks) => {
    const row = { lastSeen: pointer && seen(pointer), leaks: leaks.map(leak) };
    expect(pointedSlot({ ...row, rotation: state })).toBe(slot);
    if (state !== null) expect(pointedSlot({ ...row, rotation: suspended(state) })).toBe(slot);
  });
});
