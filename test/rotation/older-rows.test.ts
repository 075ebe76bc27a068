import { describe, expect, it } from 'vitest';
import { accountRow, parseAccountRow, schemaVersion } from '../../src/rotation/account-row.ts';
import type { ActiveState } from '../../src/rotation/state.ts';
import { buildRow, buildState, nowMs } from './row-builder.ts';

/** Fields that rows of version 1 did not have, wherever they stand. */
const laterThanOne = new Set([
  'review',
  'compromised',
  'compromise',
  'foundValidity',
  'held',
  'why',
  'overlapMs',
  'what',
]);
const kinds = [
  ...['preparing', 'regenerating', 'publishing', 'probing', 'switching', 'overlapping'],
  ...['retiring', 'restocking', 'confirming', 'rolling-back', 'cancelling'],
] as ActiveState['kind'][];

/** A row as version 1 wrote it. */
function ofVersionOne(row: unknown): Record<string, unknown> {
  const text = JSON.stringify(row, (name, value) => (laterThanOne.has(name) ? undefined : value));
  return { ...JSON.parse(text), schemaVersion: 1 };
}

const operatorRequest = {
  action: 'resume',
  rotationId: 'r1',
  by: 'operator-1',
  atMs: nowMs,
  why: null,
  overlapMs: null,
  confirm: [] as string[],
} as const;

describe('a row of version 1', () => {
  it.each(kinds)('in %s is read as what it says today, suspended or not', (kind) => {
    const state = buildState(kind);
    for (const rotation of [
      state,
      { kind: 'suspended', reason: 'out-of-band-regenerated', sinceMs: 1, from: state },
    ] as const) {
      const today = buildRow({ rotation, operatorRequest });
      const old = ofVersionOne(today);
      const restored = JSON.parse(
        JSON.stringify(old, (name, value) => (name === 'overlap' ? { ...value, why: 'policy' } : value)),
      );
      expect(parseAccountRow(restored)).toEqual({ kind: 'row', row: today });
    }
  });

  it('keeps what an earlier version wrote of a pointer that was sent', () => {
    const state = buildState('switching', { sent: { atMs: nowMs, what: 'pointer' } });
    const old = JSON.parse(
      JSON.stringify({ ...buildRow({ rotation: state }), schemaVersion: 1 }).replace(',"what":"pointer"', ''),
    );
    expect(parseAccountRow(old)).toMatchObject({ kind: 'row', row: { rotation: { sent: { what: 'pointer' } } } });
  });

  it('becomes one of this version with the next save', () => {
    const parsed = parseAccountRow(ofVersionOne(buildRow()));
    expect(parsed.kind === 'row' && parsed.row.schemaVersion).toBe(schemaVersion);
  });
});

describe('a row of another version', () => {
  it.each([schemaVersion + 1, schemaVersion + 7])('%i is left alone, whatever else it holds', (version) => {
    expect(parseAccountRow({ schemaVersion: version, of: 'tomorrow' })).toEqual({ kind: 'newer-schema' });
  });

  it.each([0, -1, 1.5, null, 'one'])('%s is no release of Keyturn', (version) => {
    expect(() => parseAccountRow({ ...buildRow(), schemaVersion: version })).toThrow();
  });
});

it('a field that is added without counting the version on would be lost by an older release: this list is what version 2 holds', () => {
  expect(Object.keys(accountRow.shape).sort()).toMatchInlineSnapshot(`
    [
      "accountKind",
      "accountLocation",
      "adoptedAtMs",
      "armId",
      "compromise",
      "directSecretName",
      "endpoint",
      "firstRotationWordBy",
      "foundValidity",
      "instance",
      "internalId",
      "keyless",
      "lastDone",
      "lastEnd",
      "lastSeen",
      "leakGoneAtMs",
      "leaks",
      "lease",
      "leftovers",
      "operatorRequest",
      "outstanding",
      "prefix",
      "requestRefused",
      "rotation",
      "schemaVersion",
      "settleUntilMs",
      "target",
      "vaultUrl",
      "wakeAtMs",
      "wakeSeq",
    ]
  `);
});
