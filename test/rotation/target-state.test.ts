import { describe, expect, it } from 'vitest';
import type { Target } from '../../src/keys/target.ts';
import type { AccountRow } from '../../src/rotation/account-row.ts';
import type { LeakedKey, RotationState } from '../../src/rotation/state.ts';
import { type KeysPhase, targetState } from '../../src/rotation/target-state.ts';
import { type TargetState, targetStates } from '../../src/rotation/target-states.ts';
import { buildTarget } from '../memory-world/target-builder.ts';
import { buildRow, buildState, nowMs } from './row-builder.ts';

const target = buildTarget();
const keyless = { by: 'operator-1', atMs: nowMs };
const lastDone = {
  rotationId: 'r0',
  salt: 's',
  fingerprints: buildState('publishing').fingerprintsBefore,
  atMs: nowMs,
};
const suspended: RotationState = {
  ...{ kind: 'suspended', reason: 'resource-lock', sinceMs: nowMs, from: buildState('publishing') },
};
const leakedKey = (slot: 'key1' | 'key2', change: Partial<LeakedKey> = {}): LeakedKey => ({
  ...{ slot, overlapMs: 60_000, by: 'operator-2', reason: null, seen: null, rotationId: slot, atMs: nowMs },
  ...{ keys: [], isKnown: false, lookedAtMs: null, seenAtMs: null, goneSinceMs: null, failure: null },
  ...change,
});
const leak: AccountRow['leak'] = {
  ...{ slot: 'key2', overlapMs: 60_000, by: 'operator-2', reason: null, seen: null },
  ...{ rotationId: 'key2', atMs: nowMs },
};
const rotating = { rotation: buildState('publishing') };

describe('a target is', () => {
  it.each<[state: TargetState, says: string, row: Partial<AccountRow> | null, of?: Target]>([
    ['not-adopted', 'without a row', null],
    ['not-adopted', 'if an adoption ended half done', { adoptedAtMs: null }],
    ['settling', 'while an adoption’s calls may arrive', { adoptedAtMs: null, settleUntilMs: nowMs + 1 }],
    ['settling', 'while another writer may be at work', { settleUntilMs: nowMs + 1 }],
    ['idle', 'once nothing may arrive any more', { settleUntilMs: nowMs }],
    ['rotating', 'while a rotation is in flight', rotating],
    ['rotating', 'while its calls may arrive', { ...rotating, settleUntilMs: nowMs + 1 }],
    ['suspended', 'if a rotation waits for a person', { rotation: suspended }],
    ['keyless', 'if keys are off', { keyless }],
    ['keyless', 'if the settings say so', {}, buildTarget({ policy: { keyless: true } })],
    ['keyless', 'if the settings say so and nothing was adopted', null, buildTarget({ policy: { keyless: true } })],
    ['rotating', 'if keys are off while a rotation is in flight', { ...rotating, keyless }],
    ['adopted-elsewhere', 'if the settings name another prefix', {}, buildTarget({ prefix: 'other' })],
    ['rotating', 'if they do so while a rotation is in flight', rotating, buildTarget({ prefix: 'other' })],
    ['awaiting-first-rotation', 'if nobody gave their word', { firstRotationConfirmedBy: null }],
    ['idle', 'if somebody gave it', {}],
    ['idle', 'if it was rotated before', { firstRotationConfirmedBy: null, lastDone }],
    ['leaked', 'if a key leaked, whatever else there is', { leaks: [leakedKey('key1')], keyless, adoptedAtMs: null }],
  ])('%s %s', (state, _, row, of = target) => {
    const found = targetState(row === null ? null : buildRow(row), of, nowMs);
    expect(found.state).toBe(state);
    if (state !== 'leaked' && state !== 'suspended') expect(found.detail).toBe(targetStates[state]);
  });

  it('suspended with the sentence of the reason', () => {
    expect(targetState(buildRow({ rotation: suspended }), target, nowMs).detail).toMatch(/lock/);
  });
});

describe('a leaked target says', () => {
  const one = 'The key in key1 was reported as leaked, and may still be valid.';
  const off = 'The key in key1 was reported as leaked.';
  const later = 'Its replacement begins at once when keys are on again.';
  const seen = leakedKey('key1', { seenAtMs: nowMs });

  it.each<[says: string, row: Partial<AccountRow>, sentence: string]>([
    ['that it is looked at', { leaks: [leakedKey('key1')] }, `${one} Keyturn looks whether it is.`],
    ['to report a key again that was seen', { leaks: [seen] }, `${one} No rotation replaces it: report it again.`],
    ['that a rotation is in flight', { leaks: [seen], ...rotating }, `${one} A rotation is in flight.`],
    ['that one is about to begin', { leaks: [seen], leak }, `${one} A rotation is in flight.`],
    [
      'of both keys',
      { leaks: [leakedKey('key1'), leakedKey('key2')] },
      'The keys in key1 and key2 were reported as leaked, and may still be valid. Keyturn looks whether it is.',
    ],
    [
      'that keys are off or about to be, and what comes then',
      { leaks: [leakedKey('key1')], keyless },
      `${off} Keys are turned off on this account, or are being turned off. ${later}`,
    ],
    [
      'so of both',
      { leaks: [leakedKey('key1'), leakedKey('key2')], keyless, rotation: suspended },
      `The keys in key1 and key2 were reported as leaked. Keys are turned off on this account, or are being turned off. ${later}`,
    ],
    [
      'nothing of it while a rotation is in flight',
      { leaks: [leakedKey('key1')], keyless, ...rotating },
      `${one} A rotation is in flight.`,
    ],
  ])('%s', (_, row, detail) => {
    expect(targetState(buildRow(row), target, nowMs)).toEqual({ state: 'leaked', detail });
  });

  it('which rotation waits for a person, and why', () => {
    const { detail } = targetState(buildRow({ leaks: [seen], rotation: suspended }), target, nowMs);
    const { detail: reason } = targetState(buildRow({ rotation: suspended }), target, nowMs);
    expect(detail).toBe(`${one} The rotation that is to replace it waits for a person: ${reason}`);
  });
});

describe('how far keys are off', () => {
  it.each<[phase: KeysPhase, keyless: RegExp, leaked: RegExp]>([
    ['turning-off', /are being turned off .*; Azure does not show it yet/, /may still be accepted until Azure shows/],
    ['proving', /being proved that they are refused/, /gateways may still accept it/],
    ['off', /there is nothing to rotate/, /it is not accepted now/],
    ['turning-on', /being turned on again .*; then it goes on/, /being turned on again .*with them this one/],
  ])('is told of a target, and of its leaked key: %s', (phase, plain, leaked) => {
    const detail = (row: Partial<AccountRow>) => targetState(buildRow(row), target, nowMs, phase).detail;
    expect(detail({ keyless })).toMatch(plain);
    expect(detail({ keyless, leaks: [leakedKey('key1')] })).toMatch(leaked);
  });
});
