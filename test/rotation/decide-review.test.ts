import { describe, expect, it } from 'vitest';
import { decide } from '../../src/rotation/decide/decide.ts';
import type { Facts } from '../../src/rotation/facts.ts';
import type { ActiveState } from '../../src/rotation/state.ts';
import type { Slot } from '../../src/shared/slot.ts';
import { buildContext, buildState, keysSwitched as keys, nowMs } from './row-builder.ts';
import { buildPointer, buildSecret, vaultBeforeSwitch } from './vault-builder.ts';

const account = {
  ...{
    internalId: 'i1',
    kind: 'AIServices',
    location: 'eastus',
    endpoint: 'https://contoso.cognitiveservices.azure.com/',
    tags: {},
  },
  ...{ provisioningState: 'Succeeded', endpointIsAzure: true, localAuthDisabled: false },
};
/** Two looks have agreed already. */
const review = { first: { prints: { ...keys }, atMs: nowMs - 60_000 } };
const factsAt = (pointed: Slot, direct: string | null): Facts => ({
  kind: 'review',
  account,
  keys,
  proof: { kind: 'accepted' },
  vault: vaultBeforeSwitch({
    pointer: buildPointer(pointed, 'p9'),
    direct: direct === null ? null : buildSecret(direct, 'd1'),
  }),
});
const reasonOf = (state: ActiveState, facts: Facts) => {
  const decision = decide({ ...state, review } as ActiveState, facts, buildContext());
  return decision.kind === 'suspend' ? decision.reason : null;
};
const sentPointer = { sent: { atMs: nowMs, what: 'pointer' } } as const;

/** Where the pointer may stand when a rotation from key1 to key2 is resumed, state by state. */
const mayPointAt: readonly [string, ActiveState, readonly Slot[]][] = [
  ['regenerating', buildState('regenerating', { sent: { atMs: nowMs } }), ['key1']],
  ['publishing', buildState('publishing'), ['key1']],
  ['probing', buildState('probing'), ['key1']],
  ['switching before the pointer', buildState('switching'), ['key1']],
  [
    'switching once the direct value was sent',
    buildState('switching', { sent: { atMs: nowMs, what: 'direct' } }),
    ['key1'],
  ],
  ['switching once the pointer was sent', buildState('switching', sentPointer), ['key1', 'key2']],
  ['overlapping', buildState('overlapping'), ['key2']],
  ['retiring', buildState('retiring'), ['key2']],
  ['restocking', buildState('restocking'), ['key2']],
  ['confirming', buildState('confirming'), ['key2']],
  ['rolling-back', buildState('rolling-back'), ['key1', 'key2']],
  ['cancelling', buildState('cancelling'), ['key1']],
];

describe.each(mayPointAt)('a rotation that is looked over in %s', (name, state, slots) => {
  it.each(['key1', 'key2'] as const)('goes on from a pointer at %s only if it may stand there', (pointed) => {
    const isMoved = reasonOf(state, factsAt(pointed, null)) === 'pointer-moved';
    expect(isMoved).toBe(!slots.includes(pointed));
  });

  it.each(slots)('wants the direct value to follow a pointer at %s once consumers were led on', (pointed) => {
    const follows = pointed === 'key2' || name === 'rolling-back';
    const other = pointed === 'key1' ? 'new2' : 'old1';
    expect(reasonOf(state, factsAt(pointed, other)) === 'direct-stale').toBe(follows);
    expect(reasonOf(state, factsAt(pointed, pointed === 'key1' ? 'old1' : 'new2'))).not.toBe('direct-stale');
  });
});

describe('a rotation that is looked over', () => {
  const state = buildState('publishing', { review });
  const asked = (change: Partial<Extract<Facts, { kind: 'review' }>>, first = review.first, settleUntilMs = 0) =>
    decide(
      { ...state, review: { first } },
      { ...(factsAt('key1', null) as Extract<Facts, { kind: 'review' }>), ...change },
      buildContext({ settleUntilMs }),
    );
  const looking = (first: typeof review.first, forMs: number) => ({
    ...{ kind: 'wait', state: { ...state, review: { first } }, reason: 'look-again', forMs },
  });
  const others = { key1: keys.key2, key2: keys.key1 };
  const ago = (ms: number) => ({ prints: { ...keys }, atMs: nowMs - ms });

  it('waits until nothing of ours can arrive', () => {
    expect(asked({}, review.first, nowMs + 7)).toEqual({ kind: 'wait', state, reason: 'settling', forMs: 7 });
    expect(asked({}, review.first, nowMs).kind).not.toBe('wait');
  });

  it('wants two looks that agree, five seconds apart', () => {
    const none = factsAt('key1', null) as Extract<Facts, { kind: 'review' }>;
    expect(decide({ ...state, review: { first: null } }, none, buildContext())).toEqual(looking(ago(0), 5_000));
    expect(asked({}, ago(4_999))).toEqual(looking(ago(4_999), 1));
    expect(asked({}, ago(5_000)).kind).not.toBe('wait');
    for (const prints of [others, { ...keys, key1: keys.key2 }, { ...keys, key2: keys.key1 }])
      expect(asked({}, { prints, atMs: nowMs - 60_000 })).toEqual(looking(ago(0), 5_000));
  });

  it('asks the endpoint later where it does not say that it takes the key', () => {
    const wait = { kind: 'wait', reason: 'endpoint-unclear', state: { attempts: 1, review } };
    expect(asked({ proof: { kind: 'unknown', code: 'http-503' } })).toMatchObject(wait);
  });

  it.each<[reason: string, says: string, change: Partial<Extract<Facts, { kind: 'review' }>>]>([
    ['account-recreated', 'the account is another', { account: { ...account, internalId: 'i2' } }],
    ['local-auth-disabled', 'its keys are off', { account: { ...account, localAuthDisabled: true } }],
    ['secret-missing', 'the active key is gone', { vault: vaultBeforeSwitch({ key1: { kind: 'absent' } }) }],
    ['secret-disabled', 'the active key is disabled', { vault: vaultBeforeSwitch({ key1: { kind: 'disabled' } }) }],
    ['vault-stale', 'it is not the account’s', { vault: vaultBeforeSwitch({ key1: buildSecret('new2', 'v1') }) }],
    ['pointer-missing', 'the pointer is gone', { vault: vaultBeforeSwitch({ pointer: { kind: 'absent' } }) }],
  ])('suspends as %s where %s', (reason, _, change) => {
    expect(asked(change)).toEqual({ kind: 'suspend', reason });
  });
});
