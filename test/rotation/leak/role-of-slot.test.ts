import { describe, expect, it } from 'vitest';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { invalidateLastSeen } from '../../../src/rotation/invalidate-last-seen.ts';
import { type LeakedRole, leftSinceMs, roleOfSlot } from '../../../src/rotation/leak/role-of-slot.ts';
import type { RotationState } from '../../../src/rotation/state.ts';
import { buildRow, buildState, nowMs } from '../row-builder.ts';

const versions = { pointer: 'p', key1: 'a', key2: 'b', direct: null };
const sinceMs = nowMs - 60_000;
/** Consumers were last seen at key1; of a rotation key1 was active, key2 idle. */
const lastSeen = { pointer: 'key1', versions, sinceMs } as const;
const rollBack: AccountRow['operatorRequest'] = {
  ...{
    action: 'roll-back',
    rotationId: 'r1',
    by: 'operator-1',
    atMs: nowMs,
    reason: null,
    overlapMs: null,
    confirm: [],
  },
};
const direct = { directSecretName: 'ai-services-key' };
const row = (rotation: RotationState | null, change: Partial<AccountRow> = {}) =>
  buildRow({ lastSeen, rotation, ...change });
const sent = { atMs: nowMs, what: 'pointer' } as const;

describe('what key1 and key2 are to consumers', () => {
  it.each<[says: string, of: AccountRow, roles: [LeakedRole, LeakedRole]]>([
    ['between rotations', row(null), ['active', 'inactive']],
    ['if nothing was ever seen', row(null, { lastSeen: null }), ['left', 'left']],
    [
      'if they may have read something else since',
      row(null, { lastSeen: invalidateLastSeen(lastSeen) }),
      ['active', 'left'],
    ],
    ['while a rotation prepares', row(buildState('preparing')), ['active', 'inactive']],
    ['while the new key is proved', row(buildState('probing')), ['active', 'inactive']],
    ['before the pointer is moved', row(buildState('switching')), ['active', 'inactive']],
    ['before it is moved, with a direct value', row(buildState('switching'), direct), ['active', 'left']],
    ['while it may have been moved', row(buildState('switching', { sent })), ['left', 'active']],
    ['during the overlap', row(buildState('overlapping')), ['left', 'active']],
    ['while the old key is regenerated', row(buildState('retiring')), ['left', 'active']],
    ['if an operator wants back', row(buildState('overlapping'), { operatorRequest: rollBack }), ['active', 'left']],
    ['while it is moved back', row(buildState('rolling-back')), ['active', 'left']],
    ['once the old key is gone', row(buildState('restocking')), ['inactive', 'active']],
    ['while the end is confirmed', row(buildState('confirming')), ['active', 'inactive']],
    ['while the rotation is undone', row(buildState('cancelling')), ['active', 'inactive']],
    ['while it is undone, with a direct value', row(buildState('cancelling'), direct), ['active', 'left']],
    [
      'while one is undone that sent nothing',
      row(buildState('cancelling', { before: null }), direct),
      ['active', 'inactive'],
    ],
  ])('%s', (_, of, roles) => {
    expect([roleOfSlot(of, 'key1'), roleOfSlot(of, 'key2')]).toEqual(roles);
    if (of.rotation === null || of.rotation.kind === 'suspended') return;
    const suspended: RotationState = { kind: 'suspended', reason: 'vault-stale', sinceMs: nowMs, from: of.rotation };
    const stopped = { ...of, rotation: suspended };
    expect([roleOfSlot(stopped, 'key1'), roleOfSlot(stopped, 'key2')]).toEqual(roles);
  });
});

describe('consumers have left a key', () => {
  it.each<[says: string, of: AccountRow, role: LeakedRole, expected: number | null]>([
    ['not yet, if they are pointed at it', row(null), 'active', null],
    ['since they were last seen at the other one', row(null), 'inactive', sinceMs],
    ['since then, during the overlap', row(buildState('overlapping')), 'left', sinceMs],
    ['since then, while the old key is regenerated', row(buildState('retiring')), 'left', sinceMs],
    ['nobody knows since when, before it', row(buildState('switching')), 'left', null],
    ['nobody knows since when, between rotations', row(null), 'left', null],
    [
      'not for good, if an operator wants back',
      row(buildState('overlapping'), { operatorRequest: rollBack }),
      'left',
      null,
    ],
    ['nobody knows since when, if nothing was seen', row(null, { lastSeen: null }), 'inactive', null],
    [
      'nobody knows since when, if they may have read something else',
      row(null, { lastSeen: invalidateLastSeen(lastSeen) }),
      'inactive',
      null,
    ],
  ])('%s', (_, of, role, expected) => {
    expect(leftSinceMs(of, role)).toBe(expected);
  });
});
