import { describe, expect, it } from 'vitest';
import type { KeyFingerprints } from '../../../src/keys/key-fingerprints.ts';
import type { ActiveState } from '../../../src/rotation/state.ts';
import type { RevalidationFacts } from '../../../src/rotation/states/revalidation.ts';
import type { Fingerprint } from '../../../src/shared/fingerprint.ts';
import type { Slot } from '../../../src/shared/slot.ts';
import { buildContext, buildState, hourMs, keysSwitched as keys, nowMs } from '../row-builder.ts';
import { revalidate } from './decide.ts';
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
const revalidation = { first: { fingerprints: { ...keys }, atMs: nowMs - 60_000 } };
const factsAt = (pointed: Slot, direct: string | null): RevalidationFacts => ({
  account,
  keys,
  proof: { kind: 'accepted' },
  vault: vaultBeforeSwitch({
    pointer: buildPointer(pointed, 'p9'),
    direct: direct === null ? null : buildSecret(direct, 'd1'),
  }),
});
const reasonOf = (state: ActiveState, facts: RevalidationFacts) => {
  const decision = revalidate({ ...state, revalidation } as ActiveState, facts, buildContext());
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
  const state = buildState('publishing', { revalidation });
  const asked = (change: Partial<RevalidationFacts>, first = revalidation.first, settleUntilMs = 0) =>
    revalidate(
      { ...state, revalidation: { first } },
      { ...factsAt('key1', null), ...change },
      buildContext({ settleUntilMs }),
    );
  const looking = (first: typeof revalidation.first, forMs: number) => ({
    ...{ kind: 'wait', state: { ...state, revalidation: { first } }, reason: 'recheck', forMs },
  });
  const others = { key1: keys.key2, key2: keys.key1 };
  const ago = (ms: number) => ({ fingerprints: { ...keys }, atMs: nowMs - ms });

  it('waits until nothing of ours can arrive', () => {
    expect(asked({}, revalidation.first, nowMs + 7)).toEqual({ kind: 'wait', state, reason: 'settling', forMs: 7 });
    expect(asked({}, revalidation.first, nowMs).kind).not.toBe('wait');
  });

  it('wants two looks that agree, five seconds apart', () => {
    const none = factsAt('key1', null);
    expect(revalidate({ ...state, revalidation: { first: null } }, none, buildContext())).toEqual(
      looking(ago(0), 5_000),
    );
    expect(asked({}, ago(4_999))).toEqual(looking(ago(4_999), 1));
    expect(asked({}, ago(5_000)).kind).not.toBe('wait');
    for (const fingerprints of [others, { ...keys, key1: keys.key2 }, { ...keys, key2: keys.key1 }])
      expect(asked({}, { fingerprints, atMs: nowMs - 60_000 })).toEqual(looking(ago(0), 5_000));
  });

  it('asks the endpoint later if it does not say that it takes the key', () => {
    const wait = { kind: 'wait', reason: 'endpoint-unclear', state: { attempts: 1, revalidation } };
    expect(asked({ proof: { kind: 'unknown', code: 'http-503' } })).toMatchObject(wait);
  });

  it.each<[reason: string, says: string, change: Partial<RevalidationFacts>]>([
    ['account-recreated', 'the account is another', { account: { ...account, internalId: 'i2' } }],
    ['local-auth-disabled', 'its keys are off', { account: { ...account, localAuthDisabled: true } }],
    ['secret-missing', 'the active key is gone', { vault: vaultBeforeSwitch({ key1: { kind: 'absent' } }) }],
    ['secret-disabled', 'the active key is disabled', { vault: vaultBeforeSwitch({ key1: { kind: 'disabled' } }) }],
    ['vault-stale', 'it is not the account’s', { vault: vaultBeforeSwitch({ key1: buildSecret('new2', 'v1') }) }],
    ['pointer-missing', 'the pointer is gone', { vault: vaultBeforeSwitch({ pointer: { kind: 'absent' } }) }],
  ])('suspends as %s if %s', (reason, _, change) => {
    expect(asked(change)).toEqual({ kind: 'suspend', reason });
  });
});

describe('a rotation that was looked over goes on', () => {
  const print = (text: string) => text as Fingerprint;
  const found = { key1: print('other1'), key2: print('other2') };
  const name = { key1: 'ai-services-key1', key2: 'ai-services-key2' };
  const superseded = (...versions: readonly [Slot, string][]) => ({
    superseded: versions.map(([slot, version]) => ({ name: name[slot], version })),
  });
  /** People have stored and regenerated both keys meanwhile. */
  const from = (was: ActiveState, pointed: Slot, keys: KeyFingerprints = found) => {
    const state = {
      ...was,
      revalidation: { first: { fingerprints: { ...keys }, atMs: nowMs - 60_000 } },
    } as ActiveState;
    const vault = vaultBeforeSwitch({
      pointer: buildPointer(pointed, 'p9'),
      key1: buildSecret(keys.key1, 'v8'),
      key2: buildSecret(keys.key2, 'v9'),
      seenByMs: nowMs + 300,
    });
    return revalidate(state, { ...factsAt(pointed, null), keys, vault }, buildContext());
  };
  const before = {
    fingerprintsBefore: { key1: print('other1'), key2: print('old2') },
    versionsBefore: { pointer: 'p1', key1: 'v8', key2: 'v2', direct: null },
  };
  const begunNow = {
    stateSinceMs: nowMs,
    attempts: 0,
    lastFailure: null,
    waiting: null,
    retrying: null,
    revalidation: null,
  };
  const common = (state: ActiveState) => {
    const { rotationId, cause, startedBy, startedAtMs, salt, overlap, newSlot, leaked, leftBehind } = state;
    return { rotationId, cause, startedBy, startedAtMs, salt, overlap, newSlot, leaked, leftBehind, ...begunNow };
  };
  const followed = { pointer: 'p9', key: 'v9', direct: null };
  const lastSeen = {
    pointer: 'key2',
    versions: { pointer: 'p9', key1: 'v8', key2: 'v9', direct: null },
    sinceMs: nowMs + 300,
  };
  /** A whole overlap, and the second to which the vault rounds. */
  const overlapMs = 2 * hourMs + 1_000;
  const overlap = (was: ActiveState, held: object | null, row: object) => ({
    kind: 'enter',
    row: { lastSeen, ...row },
    state: {
      ...{ kind: 'overlapping', ...common(was), deadlineMs: nowMs + overlapMs + 24 * hourMs, ...before },
      ...{
        newFingerprint: print('other2'),
        followed,
        switchedAtVaultMs: nowMs + 300,
        readers: null,
        overlapUntilMs: nowMs + overlapMs,
        held,
      },
    },
  });
  const restock = (was: ActiveState, keys: KeyFingerprints, row: object) => ({
    kind: 'enter',
    row,
    state: {
      ...{ kind: 'restocking', ...common(was), deadlineMs: nowMs + 24 * hourMs },
      ...{ fingerprintsBefore: { key1: print('old1'), key2: print('old2') } },
      ...{ versionsBefore: { pointer: 'p1', key1: 'v1', key2: 'v2', direct: null } },
      ...{ newFingerprint: keys.key2, newInactiveFingerprint: keys.key1, followed, switchedAtVaultMs: nowMs + 300 },
      ...{ readers: null, firstLook: null, storedAtMs: null },
    },
  });
  const held = { by: 'operator-1', reason: 'asked', atMs: nowMs };
  const firstLook = { fingerprint: print('x'), atMs: nowMs };
  const preparing = buildState('preparing');
  const regenerating = buildState('regenerating', { firstLook });
  const publishing = buildState('publishing', { firstLook });
  const probing = buildState('probing');
  const switching = buildState('switching', sentPointer);
  const overlapping = buildState('overlapping', { held });
  const retiring = buildState('retiring');
  const sentRetiring = buildState('retiring', { sent: { atMs: nowMs } });
  const restocking = buildState('restocking', { storedAtMs: nowMs, firstLook });
  const rollingBack = buildState('rolling-back');
  const untouched = buildState('cancelling', { before: null });
  const cancelling = buildState('cancelling', { firstLook });
  const looked = { revalidation: null };
  const old = superseded(['key1', 'v1']);
  const both = superseded(['key1', 'v1'], ['key2', 'v3']);

  it.each<[string, ActiveState, Slot, object]>([
    ['in preparing', preparing, 'key1', { kind: 'note', state: { ...preparing, ...looked }, row: {} }],
    [
      'in regenerating, with the old key as it is now',
      regenerating,
      'key1',
      { kind: 'note', state: { ...regenerating, ...before, firstLook: null, ...looked }, row: old },
    ],
    [
      'in publishing, with the old key as it is now',
      publishing,
      'key1',
      { kind: 'note', state: { ...publishing, ...before, firstLook: null, ...looked }, row: old },
    ],
    [
      'from probing to a new key that is stored again',
      probing,
      'key1',
      {
        kind: 'enter',
        row: both,
        state: {
          ...{ kind: 'publishing', ...common(probing), deadlineMs: nowMs + 24 * hourMs, ...before },
          ...{ newFingerprint: print('other2'), firstLook: null, storedAtMs: null },
        },
      },
    ],
    ['from switching with an overlap, if the pointer has moved', switching, 'key2', overlap(switching, null, both)],
    ['with an overlap that is held still', overlapping, 'key2', overlap(overlapping, held, both)],
    ['from retiring with an overlap, if nothing was sent', retiring, 'key2', overlap(retiring, null, both)],
    ['from retiring, if both keys are new', sentRetiring, 'key2', restock(sentRetiring, found, both)],
    ['in restocking', restocking, 'key2', restock(restocking, found, both)],
    [
      'from confirming',
      buildState('confirming'),
      'key2',
      restock(buildState('confirming'), found, superseded(['key1', 'v1'], ['key2', 'v3'])),
    ],
    [
      'back, if the pointer is there already',
      rollingBack,
      'key1',
      { kind: 'note', state: { ...rollingBack, ...before, newFingerprint: print('other2'), ...looked }, row: both },
    ],
    ['to undo nothing', untouched, 'key1', { kind: 'note', state: { ...untouched, ...looked }, row: {} }],
    [
      'to undo what was made',
      cancelling,
      'key1',
      {
        kind: 'note',
        state: {
          ...{ ...cancelling, ...looked, firstLook: null },
          before: { fingerprints: before.fingerprintsBefore, versions: before.versionsBefore },
        },
        row: {},
      },
    ],
  ])('%s', (_, state, pointed, decision) => {
    expect(from(state, pointed)).toEqual(decision);
  });

  it('with an overlap, if what was sent has not reached the old key', () => {
    const keys = { ...found, key1: print('old1') };
    const decision = overlap(sentRetiring, null, both);
    expect(from(sentRetiring, 'key2', keys)).toEqual({
      ...decision,
      state: { ...decision.state, fingerprintsBefore: { key1: print('old1'), key2: print('old2') } },
    });
  });

  it('and disables the direct value that it had stored, and that people have replaced', () => {
    const secretNames = { ...name, direct: 'ai-services-key' };
    const direct = { name: 'ai-services-key', version: 'd2' };
    const left = (version: string) => {
      const vault = vaultBeforeSwitch({ pointer: buildPointer('key2', 'p9'), direct: buildSecret('new2', version) });
      const state = buildState('overlapping', { revalidation, followed: { ...overlapping.followed, direct: 'd2' } });
      const facts = { ...factsAt('key2', null), vault };
      const decision = revalidate(state, facts, buildContext({ secretNames }));
      return decision.kind === 'enter' ? decision.row?.superseded : null;
    };
    expect(left('d9')).toContainEqual(direct);
    expect(left('d2')).not.toContainEqual(direct);
  });

  it('and keeps no version twice to be disabled, and none that stands', () => {
    const known = { name: name.key1, version: 'v1' };
    const context = buildContext({ superseded: [known, { name: name.key1, version: 'v3' }] });
    const vault = vaultBeforeSwitch({ pointer: buildPointer('key2', 'p9') });
    const state = { ...overlapping, revalidation } as ActiveState;
    const facts = { ...factsAt('key2', null), vault };
    expect(revalidate(state, facts, context)).toMatchObject({ row: { superseded: context.superseded } });
  });
});
