import { describe, expect, it } from 'vitest';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { type FleetMember, fleetFacts, noFleetLimits } from '../../../src/rotation/schedule/fleet-facts.ts';
import { neverReset } from '../../../src/rotation/schedule/resets.ts';
import type { LeakedKey } from '../../../src/rotation/state.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, buildState, hourMs, nowMs } from '../row-builder.ts';

const dayMs = 24 * hourMs;
const inFlight = { rotation: buildState('probing', { startedAtMs: nowMs - hourMs }) };
const suspended = {
  rotation: { kind: 'suspended', reason: 'pointer-moved', sinceMs: nowMs, from: buildState('probing') },
} as const;
const leaked: LeakedKey = {
  ...({ slot: 'key1' } as const),
  ...{ overlapMs: 60_000, by: 'operator-2', reason: null, seen: null, rotationId: 'r9', atMs: nowMs },
  ...{ keys: [], isKnown: false, lookedAtMs: null, seenAtMs: null, goneSinceMs: null, failure: null },
};

interface Part {
  readonly origin?: FleetMember['origin'];
  readonly subscription?: string;
  readonly canary?: true;
  readonly row?: Partial<AccountRow>;
}

function member(name: string, { origin = 'declared', subscription = 'SUB-A', canary, row = {} }: Part): FleetMember {
  const { account } = buildTarget();
  const target = buildTarget({
    name,
    account: { ...account, subscriptionId: subscription, account: name, armId: `${account.armId}-${name}` },
    policy: { canary: canary === true },
  });
  return { target, origin, row: buildRow(row), nowMs, expiresAtMs: null };
}

const factsOf = (parts: Readonly<Record<string, Part>>, reset = neverReset) =>
  fleetFacts(
    Object.entries(parts).map(([name, part]) => member(name, part)),
    noFleetLimits,
    reset,
  );

describe('what the rows of a fleet say together', () => {
  it('counts rotations in flight, by subscription in lower case; neither suspended ones nor targets at rest', () => {
    const { running, runningIn } = factsOf({
      one: { row: inFlight },
      two: { row: inFlight, subscription: 'sub-a' },
      three: { row: inFlight, subscription: 'SUB-B', origin: 'discovered' },
      suspended: { row: suspended },
      resting: { subscription: 'SUB-C' },
    });
    expect({ running, runningIn }).toEqual({ running: 3, runningIn: { 'sub-a': 2, 'sub-b': 1 } });
  });

  it('counts rotations of discovered targets against discovered ones alone', () => {
    const { heldUpBy } = factsOf({
      declared: { row: inFlight },
      discovered: { row: { rotation: buildState('probing', { startedAtMs: nowMs - 60_000 }) }, origin: 'discovered' },
    });
    expect(heldUpBy).toMatchObject({
      declared: { running: 1, runningIn: { 'sub-a': 1 } },
      discovered: { running: 2, runningIn: { 'sub-a': 2 } },
    });
  });

  it('names those with a leaked key', () => {
    expect(factsOf({ well: {}, leaking: { row: { leaks: [leaked] } } }).leaked).toEqual(['leaking']);
  });

  it.each<[string, Partial<AccountRow>, boolean]>([
    ['is due', {}, true],
    ['is not due for long', { adoptedAtMs: nowMs - dayMs }, false],
    ['is being rotated before it is due', { ...inFlight, adoptedAtMs: nowMs - dayMs }, true],
    ['waits for a person', suspended, true],
    ['was never adopted', { adoptedAtMs: null }, false],
    ['was adopted with other secrets', { prefix: 'another' }, false],
    ['has its keys off', { keyless: { by: 'operator-1', atMs: nowMs - dayMs } }, false],
    ['waits for the word that its inactive key is unused', { firstRotationConfirmedBy: null }, false],
  ])('says of a canary that %s whether others wait for it: %s', (_, row, isPending) => {
    const { heldUpBy } = factsOf({ canary: { canary: true, row } });
    expect(heldUpBy.declared.pendingCanaries).toEqual(isPending ? ['canary'] : []);
  });

  it.each([
    ['before a lift', 0, []],
    ['after a lift', -1, ['canary']],
  ])('looks at a canary whose rotation began %s', (_, sinceBeganMs, names) => {
    const reset = { ...neverReset, canaries: nowMs - hourMs + sinceBeganMs };
    const { heldUpBy } = factsOf({ canary: { canary: true, row: { ...inFlight, adoptedAtMs: nowMs - dayMs } } }, reset);
    expect(heldUpBy.declared.pendingCanaries).toEqual(names);
  });
});
