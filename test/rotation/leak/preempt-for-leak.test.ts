import { describe, expect, it } from 'vitest';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import type { DecisionContext, Rested } from '../../../src/rotation/decision.ts';
import type { ActiveState, StateKind, States } from '../../../src/rotation/state.ts';
import { pages } from '../../../src/rotation/states/pages.ts';
import type { Leak } from '../../../src/rotation/states/state-page.ts';
import type { Slot } from '../../../src/shared/slot.ts';
import {
  buildContext,
  buildLeak,
  buildState,
  fingerprintsBefore,
  hourMs,
  newFingerprint,
  nowMs,
} from '../row-builder.ts';

const minuteMs = 60_000;
const sent = { atMs: nowMs };
const pointerSent = { atMs: nowMs, what: 'pointer' } as const;
const directSent = { atMs: nowMs, what: 'direct' } as const;
const told = (slot: Slot) => ({
  slot,
  overlapMs: 5 * minuteMs,
  by: 'operator-2',
  reason: 'found in a log',
  seen: null,
});
const leakOf = (slot: Slot): Leak => ({ ...told(slot), rotationId: `leak-${slot}`, atMs: nowMs - minuteMs });
const noted = (slot: Slot) => buildLeak(leakOf(slot));
/** key1 was active when the rotation began, key2 idle. */
const way = (
  state: ActiveState,
  slot: Slot,
  leaks: AccountRow['leaks'] = [noted(slot)],
  context: Parameters<typeof buildContext>[0] = {},
) => waysOf(state, leakOf(slot), leaks, buildContext(context));

function waysOf<K extends StateKind>(
  state: States[K],
  ...given: [leak: Leak, leaks: AccountRow['leaks'], context: DecisionContext]
): Rested | null {
  return pages[state.kind].preemptForLeak(state, ...given);
}

function summary(rested: Rested | null): string {
  if (rested === null) return 'goes on';
  if (rested.kind === 'note') return rested.state.kind === 'cancelling' ? 'is undone' : `becomes ${rested.state.kind}`;
  if (rested.kind === 'end') return `ends as ${rested.end.outcome}`;
  return rested.kind === 'wait' ? `waits: ${rested.reason}` : rested.kind;
}

const either = ['key1', 'key2'] as const;

describe('for a leaked key a rotation', () => {
  it.each<[says: string, state: ActiveState, slots: readonly Slot[], does: string]>([
    ['that prepares is undone', buildState('preparing'), either, 'is undone'],
    ['that is about to regenerate is undone', buildState('regenerating'), either, 'is undone'],
    ['that has sent its regenerate is undone', buildState('regenerating', { sent }), either, 'is undone'],
    ['that stores its new key is undone', buildState('publishing'), either, 'is undone'],
    ['that proves its new key is undone', buildState('probing'), either, 'is undone'],
    ['that has written nothing consumers read is undone', buildState('switching'), either, 'is undone'],
    ['whose pointer may have moved goes on', buildState('switching', { sent: pointerSent }), either, 'goes on'],
    [
      'whose direct value may lead consumers away from it goes on',
      buildState('switching', { sent: directSent }),
      ['key1'],
      'goes on',
    ],
    [
      'whose direct value may lead consumers to it is undone',
      buildState('switching', { sent: directSent }),
      ['key2'],
      'is undone',
    ],
    [
      'that consumers are leaving it by has a shorter overlap',
      buildState('overlapping'),
      ['key1'],
      'becomes overlapping',
    ],
    ['that consumers have come to it by is replaced', buildState('overlapping'), ['key2'], 'ends as replaced'],
    ['that is about to end it has a shorter overlap', buildState('retiring'), ['key1'], 'becomes overlapping'],
    ['that is about to end the other one is replaced', buildState('retiring'), ['key2'], 'ends as replaced'],
    ['that has sent the old key’s end goes on', buildState('retiring', { sent }), either, 'goes on'],
    ['that stores what it has regenerated goes on', buildState('restocking'), either, 'goes on'],
    ['that does not know yet whether vault and account agree goes on', buildState('confirming'), either, 'goes on'],
    [
      'that only waits for a refusal is completed',
      buildState('confirming', { agreed: true }),
      either,
      'ends as completed',
    ],
    ['that goes back to it stays where consumers are', buildState('rolling-back'), ['key1'], 'becomes overlapping'],
    ['that goes back to the other one goes on', buildState('rolling-back'), ['key2'], 'goes on'],
    ['that may have gone back already goes on', buildState('rolling-back', { sent: pointerSent }), either, 'goes on'],
    ['that is undone already goes on', buildState('cancelling'), either, 'goes on'],
  ])('%s', (_, state, slots, does) => {
    expect(slots.map((slot) => summary(way(state, slot)))).toEqual(slots.map(() => does));
  });

  it('is undone in the name of whoever reported it', () => {
    expect(way(buildState('preparing'), 'key1')).toEqual({
      kind: 'note',
      state: buildState('cancelling', { requestedBy: 'operator-2', before: null }),
    });
  });

  it.each<[says: string, state: ActiveState]>([
    ['with no more overlap than the report states', buildState('overlapping', { overlapUntilMs: nowMs + 2 * hourMs })],
    ['though it was held', buildState('overlapping', { overlapUntilMs: nowMs + 2 * hourMs, held })],
  ])('goes on %s', (_, state) => {
    const overlapUntilMs = nowMs + 5 * minuteMs;
    expect(way(state, 'key1')).toEqual({
      kind: 'note',
      row: { leak: null },
      state: buildState('overlapping', {
        ...{ cause: 'leak', leaked: told('key1'), overlapUntilMs, held: null },
        overlap: { ms: 5 * minuteMs, by: 'operator-2', reason: 'found in a log' },
        deadlineMs: overlapUntilMs + 24 * hourMs,
      }),
    });
  });

  it('shortens the overlap for the leak if nobody said why', () => {
    const leak = { ...leakOf('key1'), reason: null };
    const rested = waysOf(buildState('overlapping'), leak, [], buildContext());
    expect(rested).toMatchObject({ state: { overlap: { ms: 5 * minuteMs, by: 'operator-2', reason: 'leak' } } });
  });

  it('keeps an overlap that is as short as the report’s', () => {
    const overlap = { ms: 5 * minuteMs, by: 'operator-1', reason: 'audit' };
    const overlapUntilMs = nowMs + minuteMs;
    const rested = way(buildState('overlapping', { overlap, overlapUntilMs }), 'key1');
    expect(rested).toMatchObject({ state: { overlap, overlapUntilMs } });
  });

  it('keeps the overlap until its own last write has settled', () => {
    const settleUntilMs = nowMs + 10 * minuteMs;
    const rested = way(buildState('overlapping'), 'key1', [], { settleUntilMs });
    expect(rested).toMatchObject({ state: { overlapUntilMs: settleUntilMs } });
  });

  it('that is replaced leaves its superseded versions to the next', () => {
    const superseded = [{ name: 'old', version: 'v0' }];
    const last = buildState('overlapping');
    expect(way(last, 'key2', [], { superseded })).toEqual({
      kind: 'end',
      end: { outcome: 'replaced', endedAtMs: nowMs, refusal: null, last },
      row: {
        superseded: [
          ...superseded,
          { name: 'ai-services-key1', version: 'v1' },
          { name: 'ai-services-key2', version: 'v2' },
        ],
      },
    });
  });

  it.each<[says: string, state: ActiveState]>([
    ['is replaced', buildState('overlapping')],
    ['is completed', buildState('confirming', { agreed: true })],
  ])('%s only when its last write has settled', (_, state) => {
    const wait = way(state, 'key2', [], { settleUntilMs: nowMs + 1 });
    expect(wait).toEqual({ kind: 'wait', state, reason: 'settling', forMs: 1 });
    expect(summary(way(state, 'key2', [], { settleUntilMs: nowMs }))).toMatch(/^ends/);
  });

  it.each([
    ['not seen if nobody saw it', null, 'not-seen'],
    ['seen if it was seen', 'seen', 'seen'],
  ] as const)('that is completed tells the refusal of the old key as %s', (_, refusal, expected) => {
    const superseded = [{ name: 'ai-services-key1', version: 'v1' }];
    const state = buildState('confirming', { agreed: true, refusal, superseded });
    expect(way(state, 'key1')).toEqual({
      kind: 'end',
      end: { outcome: 'completed', endedAtMs: nowMs, refusal: expected, last: { ...state, refusal: expected } },
      row: {
        lastDone: {
          rotationId: 'r1',
          salt: 'salt',
          fingerprints: { key1: state.newInactiveFingerprint, key2: newFingerprint },
          atMs: nowMs,
        },
        lastSeen: {
          pointer: 'key2',
          versions: { key1: 'v4', key2: 'v3', pointer: 'p2', direct: null },
          sinceMs: state.switchedAtVaultMs,
        },
        superseded: superseded,
      },
    });
  });

  it.each([
    ['its overlap goes on', nowMs + hourMs, nowMs + hourMs],
    ['its overlap is over', nowMs - hourMs, nowMs],
  ])('is not gone back with, and %s', (_, was, overlapUntilMs) => {
    expect(way(buildState('rolling-back', { overlapUntilMs: was }), 'key1')).toEqual({
      kind: 'note',
      row: { requestRefused: { action: 'roll-back', reason: 'key-leaked', atMs: nowMs - minuteMs } },
      state: buildState('overlapping', { overlapUntilMs, deadlineMs: overlapUntilMs + 24 * hourMs }),
    });
  });
});

const held = { by: 'operator-1', reason: 'release night', atMs: nowMs };

describe('a rotation that leads consumers from the leaked key1 to key2 as it is, when key2 leaks as well,', () => {
  const leaked = told('key1');
  const both = [noted('key1'), noted('key2')];
  const asItIs = fingerprintsBefore.key2;

  it.each<[says: string, state: ActiveState, leaks: AccountRow['leaks'], does: string]>([
    ['replaces key2 first while it prepares', buildState('preparing', { leaked }), both, 'becomes preparing'],
    [
      'replaces key2 first while it proves it',
      buildState('probing', { leaked, newFingerprint: asItIs }),
      both,
      'becomes preparing',
    ],
    [
      'replaces key2 first while consumers are not led there yet',
      buildState('switching', { leaked, newFingerprint: asItIs }),
      both,
      'becomes preparing',
    ],
    ['goes on once key2 is a new key', buildState('probing', { leaked, newFingerprint }), both, 'goes on'],
    [
      'goes on if consumers may be there already',
      buildState('switching', { leaked, newFingerprint: asItIs, sent: pointerSent }),
      both,
      'goes on',
    ],
    ['goes on while key2 is regenerated', buildState('regenerating', { leaked }), both, 'goes on'],
    ['goes on if key1 is gone', buildState('preparing', { leaked }), [noted('key2')], 'goes on'],
    ['goes on while key1 is about to end', buildState('retiring', { leaked }), both, 'goes on'],
    [
      'is completed if only the refusal is waited for',
      buildState('confirming', { leaked, agreed: true }),
      both,
      'ends as completed',
    ],
  ])('%s', (_, state, leaks, does) => {
    expect(summary(way(state, 'key2', leaks))).toBe(does);
  });

  it('begins again with key2, with the target’s own overlap, and key1 is next', () => {
    const { policy } = buildContext();
    expect(way(buildState('probing', { leaked, newFingerprint: asItIs }), 'key2', both)).toEqual({
      kind: 'note',
      row: { leak: leakOf('key1') },
      state: buildState('preparing', {
        ...{ leaked: told('key2'), vaultVerifiedAtMs: null, gateUntilMs: null },
        overlap: { ms: policy.overlapMs, by: 'target', reason: 'policy' },
        deadlineMs: nowMs + policy.overlapMs + 24 * hourMs,
      }),
    });
  });
});

describe('a rotation that replaces the leaked key2, when key1 leaks as well,', () => {
  const leaked = told('key2');
  const both = [noted('key2'), noted('key1')];

  it.each<[says: string, state: ActiveState, does: string]>([
    ['goes on while it prepares', buildState('preparing', { leaked }), 'goes on'],
    ['goes on until consumers have its new key', buildState('switching', { leaked }), 'goes on'],
    ['has a shorter overlap then', buildState('overlapping', { leaked }), 'becomes overlapping'],
  ])('%s', (_, state, does) => {
    expect(summary(way(state, 'key1', both))).toBe(does);
  });
});

describe('a switch whose pointer is about to be written again', () => {
  const state = buildState('switching', { sent: pointerSent });
  const store = { kind: 'store-pointer', state, slot: 'key2' } as const;

  it.each([
    ['is undone if the new key leaked meanwhile', store, leakOf('key2'), 'is undone'],
    ['is written if the other key leaked', store, leakOf('key1'), 'goes on'],
    [
      'is written if it leads consumers away from another leak',
      { ...store, state: { ...state, leaked: told('key1') } },
      leakOf('key2'),
      'goes on',
    ],
    ['is none of the direct value’s', { ...store, kind: 'store-direct' }, leakOf('key2'), 'goes on'],
  ] as const)('%s', (_, step, leak, does) => {
    expect(summary(pages.switching.insteadOf?.(step, leak, buildContext()) ?? null)).toBe(does);
  });

  it('is none of a rollback’s', () => {
    expect(pages['rolling-back'].insteadOf).toBeUndefined();
  });
});
