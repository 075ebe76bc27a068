import { describe, expect, it } from 'vitest';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { adoptedKeysRow, parseSightings, sightingRowsOf } from '../../../src/rotation/known-keys/key-sightings.ts';
import type { ActiveState } from '../../../src/rotation/state.ts';
import { buildRow, buildState, fingerprintsBefore, newFingerprint, nowMs } from '../row-builder.ts';

const preparing = buildState('preparing');
const regenerating = buildState('regenerating');
const publishing = buildState('publishing');
const probing = buildState('probing');
const retiring = buildState('retiring');
const restocking = buildState('restocking');
const confirming = buildState('confirming');
const cancelling = buildState('cancelling');
const of = (rotation: AccountRow['rotation']) => buildRow({ rotation });
const suspended = (from: ActiveState) => of({ kind: 'suspended', reason: 'pointer-moved', sinceMs: nowMs, from });
const ended = (last: ActiveState) =>
  buildRow({ lastEnd: { outcome: 'completed', endedAtMs: nowMs, refusal: 'seen', last } });

const before = ['key1 old1 seen', 'key2 old2 seen'];
const made = 'key2 new2 made';
const restocked = 'key1 new1 made';

describe('a save adds to the keys that are known', () => {
  it.each<[string, AccountRow | null, AccountRow, readonly string[]]>([
    ['nothing before the account was looked at', null, of(preparing), []],
    ['both keys from before', of(preparing), of(regenerating), before],
    ['the key that was made', of(regenerating), of(publishing), [made]],
    ['nothing while none is made', of(publishing), of(probing), []],
    ['the other key that was made', of(retiring), of(restocking), [restocked]],
    ['all of a rotation that was not known', null, of(restocking), [...before, made, restocked]],
    [
      'all of a rotation in whose place another stood',
      of({ ...probing, rotationId: 'r0' }),
      of(publishing),
      [...before, made],
    ],
    ['what a suspended rotation came to know', of(regenerating), suspended(publishing), [made]],
    ['nothing when a suspended one goes on', suspended(publishing), of(probing), []],
    ['nothing at an end that says no more', of(confirming), ended(confirming), []],
    ['what only the end says', of(retiring), ended(restocking), [restocked]],
    ['nothing of an end that is another’s', of(null), ended(restocking), []],
    ['nothing of an end from before', of({ ...retiring, rotationId: 'r0' }), ended(restocking), []],
    ['what a cancelled rotation had seen', null, of(cancelling), before],
    ['nothing of a cancelled one that had seen nothing', null, of({ ...cancelling, before: null }), []],
    [
      'no key as made that stood there before',
      null,
      of({ ...publishing, newFingerprint: fingerprintsBefore.key2 }),
      before,
    ],
    ['nothing if no rotation is', of(null), of(null), []],
  ])('%s', (_, was, is, keys) => {
    const rows = sightingRowsOf(was, is, nowMs + 0.5, 'id');
    const told = rows.flatMap(({ fields }) => parseSightings(fields));
    expect(told.map(({ slot, fingerprint: print, from }) => `${slot} ${print} ${from}`)).toEqual(keys);
    expect(rows).toHaveLength(keys.length === 0 ? 0 : 1);
    for (const one of told) expect([one.atMs, one.rotationId, one.salt]).toEqual([nowMs + 0.5, 'r1', 'salt']);
    for (const { key } of rows) expect(key).toBe(`keys-00${nowMs}-id`);
  });
});

it('an adoption knows both keys, of no rotation', () => {
  const fingerprints = { key1: fingerprintsBefore.key1, key2: newFingerprint };
  const row = adoptedKeysRow('grains', fingerprints, nowMs, 'id');
  expect(row.key).toBe(`keys-00${nowMs}-id`);
  expect(parseSightings(row.fields)).toEqual([
    { slot: 'key1', salt: 'grains', fingerprint: fingerprintsBefore.key1, from: 'seen', atMs: nowMs, rotationId: null },
    { slot: 'key2', salt: 'grains', fingerprint: newFingerprint, from: 'seen', atMs: nowMs, rotationId: null },
  ]);
});

it.each<[string, object]>([
  ['of another slot', { slot: 'key3' }],
  ['of another origin', { from: 'bought' }],
  ['without a salt', { salt: undefined }],
  ['without a fingerprint', { fingerprint: undefined }],
])('a row with a key %s tells of none', (_, change) => {
  const key = { slot: 'key1', salt: 's', fingerprint: 'p', from: 'seen' };
  expect(parseSightings({ atMs: 1, rotationId: null, keys: [key] })).toHaveLength(1);
  expect(parseSightings({ atMs: 1, rotationId: null, keys: [{ ...key, ...change }] })).toEqual([]);
});
