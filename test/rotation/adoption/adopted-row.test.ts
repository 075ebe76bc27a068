import { describe, expect, it } from 'vitest';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { type AdoptedFacts, adoptedRow, asAdopted, newRow } from '../../../src/rotation/adoption/adopted-row.ts';
import type { RowChange } from '../../../src/rotation/owned-account.ts';
import type { LeakedKey } from '../../../src/rotation/state.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, buildState, fingerprintsBefore, hourMs, nowMs } from '../row-builder.ts';

const layout = { kind: 'direct', directSecretName: 'direct-value' } as const;
const versions = { pointer: 'p1', key1: 'v1', key2: 'v2', direct: null };
const seen = { pointer: 'key1', versions, sinceMs: nowMs - 1 } as const;
const facts: AdoptedFacts = {
  ...{ internalId: 'i1', accountKind: 'OpenAI', endpoint: 'https://new/', accountLocation: 'westeurope', seen },
  ...{ keys: { salt: 's', fingerprints: fingerprintsBefore }, validity: null },
};
const adoptedAtMs = nowMs - 24 * hourMs;
const leakedKey = (isKnown: boolean): LeakedKey => ({
  ...{
    slot: 'key1',
    overlapMs: 0,
    by: 'operator-1',
    reason: null,
    seen: null,
    rotationId: 'r2',
    atMs: nowMs,
    keys: [],
  },
  ...{ isKnown, lookedAtMs: null, seenAtMs: null, goneSinceMs: null, failure: null },
});
const suspended = (change: Parameters<typeof buildState<'probing'>>[1] = {}) =>
  ({ kind: 'suspended', reason: 'pointer-moved', sinceMs: nowMs, from: buildState('probing', change) }) as const;
const leak = { ...leakedKey(false) };
const adopt = (row: Partial<AccountRow>, change: Partial<AdoptedFacts> = {}, target = buildTarget()): RowChange =>
  adoptedRow(buildRow({ adoptedAtMs, ...row }), target, 'ours', { ...facts, ...change }, nowMs);

describe('an adopted row', () => {
  it('holds what was found, where the secrets lie, and since when', () => {
    expect(adopt({ adoptedAtMs: null, internalId: '' }, {}, buildTarget({ layout, prefix: 'team-a' }))).toEqual({
      ...{ target: 'demo', vaultUrl: 'https://kv-ai102-secure.vault.azure.net', prefix: 'team-a' },
      ...{ directSecretName: 'direct-value', instance: 'ours', internalId: 'i1', accountKind: 'OpenAI' },
      ...{ endpoint: 'https://new/', accountLocation: 'westeurope', foundValidity: null, lastSeen: seen },
      adoptedAtMs: nowMs,
    });
  });

  it('was adopted when it first was', () => {
    expect(adopt({}).adoptedAtMs).toBe(adoptedAtMs);
  });

  it.each<[string, AccountRow['lastSeen'], isKept: boolean]>([
    ['nothing was seen before', null, false],
    ['all stands as it was seen', { ...seen, sinceMs: 5 }, true],
    ['the pointer moved', { ...seen, sinceMs: 5, pointer: 'key2' }, false],
    ['a version is another', { ...seen, sinceMs: 5, versions: { ...versions, key2: 'v7' } }, false],
  ])('keeps since when it was seen: %s', (_, lastSeen, isKept) => {
    expect(adopt({ lastSeen }).lastSeen).toEqual(isKept ? lastSeen : seen);
  });

  it('keeps the validity that was found first, unless one was found now', () => {
    const found = { secret: 'a', foundDays: 30, reason: 'r' };
    const now = { ...found, foundDays: 7 };
    expect(adopt({ foundValidity: found }).foundValidity).toEqual(found);
    expect(adopt({ foundValidity: found }, { validity: now }).foundValidity).toEqual(now);
  });

  it('of an account recreated has no past but the leaked keys that are known', () => {
    const row = { internalId: 'i0', leaks: [leakedKey(false), leakedKey(true)], rotation: suspended() };
    const { rotation, leaks, ...change } = adopt(row);
    expect([rotation, leaks]).toEqual([null, [leakedKey(true)]]);
    expect(change).toMatchObject({ adoptedAtMs: nowMs, lastDone: null, firstRotationConfirmedBy: null, leak: null });
  });

  it('of the same account keeps its past', () => {
    const change = adopt({ rotation: suspended(), leaks: [leakedKey(false)] });
    for (const name of ['rotation', 'lastDone', 'firstRotationConfirmedBy', 'leak', 'leaks'])
      expect(change).not.toHaveProperty(name);
  });

  const longer = buildTarget({ layout, policy: { overlapMs: 26 * hourMs } });
  const whole = { ms: 26 * hourMs, by: 'target', reason: 'policy' } as const;
  it.each<[string, AccountRow['rotation'], typeof longer, overlapMs: number]>([
    ['the whole one if other consumers come to it', suspended(), longer, whole.ms],
    ['its own if that is longer', suspended({ overlap: { ...whole, ms: 30 * hourMs } }), longer, 30 * hourMs],
    [
      'its own if the secrets are the same',
      suspended(),
      buildTarget({ policy: { overlapMs: 26 * hourMs } }),
      2 * hourMs,
    ],
    ['the one stated for a leaked key', suspended({ leaked: leak }), longer, 2 * hourMs],
  ])('a suspended rotation has an overlap: %s', (_, rotation, target, overlapMs) => {
    const after = adopt({ rotation }, {}, target).rotation ?? rotation;
    expect(after?.kind === 'suspended' && after.from.overlap.ms).toBe(overlapMs);
    if (overlapMs === whole.ms) expect(after).toEqual(suspended({ overlap: whole }));
  });
});

it('a new row is held, and knows where the secrets lie and nothing else', () => {
  expect(newRow('ours', buildTarget({ layout }), 'token')).toEqual({
    ...buildRow(),
    ...{ internalId: '', accountKind: '', endpoint: '', accountLocation: null, instance: 'ours', wakeSeq: 0 },
    ...{ lease: { kind: 'held', token: 'token', saveSeq: 1 }, adoptedAtMs: null, firstRotationConfirmedBy: null },
    directSecretName: 'direct-value',
  });
});

it('a target is as it was adopted, whatever its settings say now', () => {
  const now = buildTarget({ prefix: 'now', vaultUrl: 'https://now' });
  const place = { vaultUrl: 'https://then', prefix: 'then', directSecretName: null };
  expect(asAdopted(now, place)).toEqual({
    ...now,
    vaultUrl: 'https://then',
    prefix: 'then',
    layout: { kind: 'pointer' },
  });
  expect(asAdopted(now, { ...place, directSecretName: 'direct-value' }).layout).toEqual(layout);
});
