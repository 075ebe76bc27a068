import { describe, expect, it } from 'vitest';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { keyAges } from '../../../src/rotation/known-keys/key-age.ts';
import type { RotationEnd } from '../../../src/rotation/state.ts';
import { buildRow, buildState, fingerprintsBefore, hourMs, nowMs } from '../row-builder.ts';

const adoptedAtMs = nowMs - 2400 * hourMs;
const lastAtMs = nowMs - 1000 * hourMs;
/** Of the default rotation, in which key1 was active. */
const startedAtMs = nowMs - hourMs;
const switchedAtMs = nowMs - 3 * hourMs;
const overlapMs = 2 * hourMs;
const lastDone = { rotationId: 'r0', salt: 'salt', fingerprints: fingerprintsBefore, atMs: lastAtMs };

function ended(outcome: RotationEnd['outcome'], last: RotationEnd['last']): RotationEnd {
  return { outcome, endedAtMs: nowMs - 30 * 60_000, refusal: null, last };
}

describe('since when keys stand', () => {
  it('is unknown before adoption', () => {
    const row = buildRow({ adoptedAtMs: null });
    expect(keyAges(row)).toEqual({ bornMs: null, areLowerBounds: true });
  });

  it.each<[string, Partial<AccountRow>, { key1: number; key2: number; atLeast: boolean }]>([
    ['adopted: since then at least', {}, { key1: adoptedAtMs, key2: adoptedAtMs, atLeast: true }],
    [
      'rotated once: key2 from the start, key1 from the end of the overlap',
      { lastDone: { ...lastDone, atMs: nowMs }, lastEnd: ended('completed', buildState('confirming')) },
      { key1: switchedAtMs + overlapMs, key2: startedAtMs, atLeast: false },
    ],
    [
      'rotated, and the details gone: from the end of that rotation',
      { lastDone },
      { key1: lastAtMs, key2: lastAtMs, atLeast: false },
    ],
    [
      'the first rotation before its first new key: as before it',
      { rotation: buildState('regenerating') },
      { key1: adoptedAtMs, key2: adoptedAtMs, atLeast: true },
    ],
    [
      'the first rotation with its first new key: that one is known',
      { rotation: buildState('publishing') },
      { key1: adoptedAtMs, key2: startedAtMs, atLeast: true },
    ],
    [
      'a later rotation in its overlap: the old key is as old as before',
      { lastDone, rotation: buildState('overlapping') },
      { key1: lastAtMs, key2: startedAtMs, atLeast: false },
    ],
    [
      'one that is retiring: the second key is not replaced yet',
      { lastDone, rotation: buildState('retiring') },
      { key1: lastAtMs, key2: startedAtMs, atLeast: false },
    ],
    [
      'one that is restocking: both are new',
      { lastDone, rotation: buildState('restocking') },
      { key1: switchedAtMs + overlapMs, key2: startedAtMs, atLeast: false },
    ],
    [
      'key2 was the active one: the other way round',
      { lastDone, rotation: buildState('restocking', { newSlot: 'key1' }) },
      { key1: startedAtMs, key2: switchedAtMs + overlapMs, atLeast: false },
    ],
    [
      'suspended: as where it stopped',
      {
        lastDone,
        rotation: {
          kind: 'suspended',
          reason: 'pointer-invalid',
          sinceMs: nowMs,
          from: buildState('overlapping'),
        },
      },
      { key1: lastAtMs, key2: startedAtMs, atLeast: false },
    ],
    [
      'rolled back: the new key stays, beside the old one',
      { lastDone, lastEnd: ended('rolled-back', buildState('rolling-back')) },
      { key1: lastAtMs, key2: startedAtMs, atLeast: false },
    ],
    [
      'cancelled: rather told too old than too young',
      { lastDone, lastEnd: ended('cancelled', buildState('cancelling')) },
      { key1: lastAtMs, key2: lastAtMs, atLeast: false },
    ],
    [
      'the first one rolled back: of the other key the age is a least one',
      { lastEnd: ended('rolled-back', buildState('rolling-back')) },
      { key1: adoptedAtMs, key2: startedAtMs, atLeast: true },
    ],
  ])('%s', (_, change, { atLeast, ...bornMs }) => {
    expect(keyAges(buildRow({ adoptedAtMs, ...change }))).toEqual({ bornMs, areLowerBounds: atLeast });
  });
});
