import { describe, expect, it } from 'vitest';
import { settleMs } from '../../../src/durable/numbers.ts';
import { wayOutPatienceMs } from '../../../src/hardening/hardening-refusals.ts';
import type { KeylessChange, KeylessState } from '../../../src/hardening/keyless/keyless-state.ts';
import type { Failure } from '../../../src/shared/failure.ts';
import { fingerprint } from '../../../src/shared/fingerprint.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import { changeAt, type KeylessWorld, keylessWorld, minuteMs, nowMs } from './keyless-builder.ts';

const hourMs = 60 * minuteMs;
const changed = (state: KeylessState, change: Partial<KeylessChange>): KeylessState => {
  if (state.change === null) throw new TypeError('no change');
  return { ...state, change: { ...state.change, ...change } };
};
const entered = (state: KeylessState, at: KeylessChange['at']) => ({
  kind: 'go-on',
  state: changed(state, { at, stepSinceMs: nowMs, tries: 0, sent: false, waiting: null, code: null }),
});
const paused = (state: KeylessState, waiting: KeylessChange['waiting'], forMs: number, change = {}) => ({
  kind: 'rest',
  state: changed(state, { waiting, tries: (state.change?.tries ?? 0) + 1, ...change }),
  forMs,
  // Looks at a change that Azure took are few, and end by themselves.
  as: waiting === 'account-changing' || waiting === 'called-off' ? 'bounded' : 'retry',
});
const ended = (
  state: KeylessState,
  last: Partial<NonNullable<KeylessState['last']>>,
  offSinceMs: number | null = null,
) => ({
  kind: 'done',
  state: {
    ...state,
    offSinceMs,
    change: null,
    last: { id: 'change-1', by: 'someone', endedAtMs: nowMs, reason: null, keyProof: null, code: null, ...last },
  },
});

const announcing = changeAt({ kind: 'announcing' });
const turningOff = changeAt({ kind: 'turning-off' });
const proving = changeAt({ kind: 'proving', sinceMs: nowMs, tokenRejectedSinceMs: null, rounds: 0, calls: 0 });
const calledOff = { by: 'somebody else', atMs: nowMs };
const sentAndCalledOff = changed(turningOff, { sent: true });
const turningOn = changeAt({ kind: 'turning-on' });
const reverting = changeAt({ kind: 'reverting', reason: 'key-still-accepted', code: null });
const reAdopting = changeAt({ kind: 're-adopting', reason: null, code: null });
const reAdoptingAfterRevert = changeAt({
  kind: 're-adopting',
  reason: 'token-not-accepted',
  code: 'denied',
  action: 'data',
});

describe('a step of turning keys off or on', () => {
  it.each<[string, KeylessState, KeylessWorld, unknown, readonly string[]]>([
    [
      'rests when nothing is asked',
      { ...announcing, change: null },
      {},
      { kind: 'done', state: { ...announcing, change: null } },
      [],
    ],
    ['marks the row first', announcing, {}, entered(announcing, { kind: 'turning-off' }), []],
    [
      'waits for a rotation that is at work',
      announcing,
      { marks: 'busy' },
      paused(announcing, 'rotation-at-work', 1_000),
      [],
    ],
    [
      'still waits for it at the end of the hour',
      changed(announcing, { stepSinceMs: nowMs - hourMs }),
      { marks: 'busy' },
      paused(changed(announcing, { stepSinceMs: nowMs - hourMs }), 'rotation-at-work', 1_000),
      [],
    ],
    [
      'gives up on it an hour later, and takes off a mark that was made all the same',
      changed(announcing, { stepSinceMs: nowMs - hourMs - 1 }),
      { marks: 'busy' },
      entered(announcing, { kind: 're-adopting', reason: 'keyless-change-overdue', code: null }),
      [],
    ],
    [
      'is called off before anything was sent',
      changed(announcing, { calledOff }),
      {},
      entered(changed(announcing, { calledOff }), { kind: 're-adopting', reason: 'called-off', code: null }),
      [],
    ],
    [
      'looks, once it is called off, whether what was sent arrives, and tells nothing of what failed before',
      changed(sentAndCalledOff, { calledOff: { ...calledOff, atMs: nowMs - settleMs + 1 }, code: 'timeout' }),
      {},
      paused(
        changed(sentAndCalledOff, { calledOff: { ...calledOff, atMs: nowMs - settleMs + 1 }, code: null }),
        'called-off',
        15_000,
      ),
      [],
    ],
    [
      'reverts when nothing can arrive any more',
      changed(sentAndCalledOff, { calledOff: { ...calledOff, atMs: nowMs - settleMs } }),
      {},
      entered(changed(sentAndCalledOff, { calledOff: { ...calledOff, atMs: nowMs - settleMs } }), {
        kind: 'reverting',
        reason: 'called-off',
        code: null,
      }),
      [],
    ],
    [
      'reverts at once when nothing was sent',
      changed(turningOff, { calledOff }),
      {},
      entered(changed(turningOff, { calledOff }), { kind: 'reverting', reason: 'called-off', code: null }),
      [],
    ],
    [
      'reverts at once when keys are off already',
      changed(turningOff, { calledOff }),
      { localAuthDisabled: true },
      entered(changed(turningOff, { calledOff }), {
        kind: 'proving',
        sinceMs: nowMs,
        tokenRejectedSinceMs: null,
        rounds: 0,
        calls: 0,
      }),
      [],
    ],
    [
      'proves nothing once it is called off',
      changed(proving, { calledOff }),
      { localAuthDisabled: true },
      entered(changed(proving, { calledOff }), { kind: 'reverting', reason: 'called-off', code: null }),
      [],
    ],
    ...(
      [
        ['begins nothing', announcing, {}],
        ['turns no keys off', turningOff, {}],
        ['turns no keys on that nobody turned off lately', turningOn, { localAuthDisabled: true }],
        ['stores nothing', reAdopting, {}],
      ] as const
    ).map(([what, state, world]): [string, KeylessState, KeylessWorld, unknown, readonly string[]] => [
      `${what} while the instance is paused`,
      state,
      { ...world, isPaused: true },
      { ...paused(state, 'paused', 60_000), as: 'planned' },
      [],
    ]),
    [
      'turns keys on again while the instance is paused, too',
      reverting,
      { localAuthDisabled: true, isPaused: true },
      paused(reverting, 'account-changing', 1_000, { sends: 1, sent: true }),
      ['on'],
    ],
    [
      'turns keys off',
      turningOff,
      {},
      paused(turningOff, 'account-changing', 1_000, { sends: 1, sent: true }),
      ['off'],
    ],
    [
      'turns no keys off while its token is not accepted',
      turningOff,
      { token: () => ({ kind: 'denied', action: 'data' }) },
      { ...paused(turningOff, 'token-rejected', 30_000, { code: 'denied', action: 'data' }), as: 'bounded' },
      [],
    ],
    [
      'turns no keys off while the endpoint says nothing of its token, for five minutes',
      changed(turningOff, { stepSinceMs: nowMs - 5 * minuteMs }),
      { token: () => ({ kind: 'unknown', code: 'http-503' }) },
      {
        ...paused(changed(turningOff, { stepSinceMs: nowMs - 5 * minuteMs }), 'endpoint-unclear', 30_000, {
          code: 'http-503',
        }),
        as: 'bounded',
      },
      [],
    ],
    [
      'gives turning keys off up when its token has not been accepted for longer',
      changed(turningOff, { stepSinceMs: nowMs - 5 * minuteMs - 1 }),
      { token: () => ({ kind: 'denied' }) },
      entered(turningOff, { kind: 'reverting', reason: 'token-not-accepted', code: 'denied' }),
      [],
    ],
    [
      'looks again before it sends once more',
      changed(turningOff, { tries: 1, sent: true }),
      {},
      paused(changed(turningOff, { tries: 1, sent: true }), 'account-changing', 2_000),
      [],
    ],
    [
      'looks five times in vain',
      changed(turningOff, { tries: 5, sent: true }),
      { random: 1 },
      paused(changed(turningOff, { tries: 5, sent: true }), 'account-changing', 60_000),
      [],
    ],
    [
      'sends nothing more while Azure is at it, and looks on',
      changed(turningOff, { tries: 6, sent: true }),
      { provisioningState: 'Accepted' },
      paused(changed(turningOff, { tries: 6, sent: true }), 'account-changing', 30_000),
      [],
    ],
    [
      'looks the more rarely the longer Azure is at it',
      changed(turningOff, { tries: 7, sent: true }),
      { provisioningState: 'Accepted' },
      { ...paused(changed(turningOff, { tries: 7, sent: true }), 'account-changing', 30_000), as: 'retry' },
      [],
    ],
    [
      'sends it once more after the sixth',
      changed(turningOff, { tries: 6, sent: true }),
      {},
      paused(turningOff, 'account-changing', 30_000, { tries: 0, sent: false }),
      [],
    ],
    [
      'sends what Azure did not take at once, however often it was refused',
      changed(turningOff, { tries: 4, waiting: 'account-busy', code: 'RequestConflict' }),
      {},
      paused(turningOff, 'account-changing', 1_000, { sends: 1, sent: true }),
      ['off'],
    ],
    [
      'sends nothing while another change of the account is under way',
      turningOff,
      { provisioningState: 'Accepted' },
      paused(turningOff, 'account-busy', 1_000, { code: 'Accepted' }),
      [],
    ],
    [
      'gives up on that after an hour',
      changed(turningOff, { stepSinceMs: nowMs - hourMs - 1 }),
      { provisioningState: 'Accepted' },
      entered(turningOff, { kind: 'reverting', reason: 'keyless-change-overdue', code: 'Accepted' }),
      [],
    ],
    [
      'sends it to an account whose last change failed',
      turningOff,
      { provisioningState: 'Failed' },
      paused(turningOff, 'account-changing', 1_000, { sends: 1, sent: true }),
      ['off'],
    ],
    [
      'turns keys on again only when the account is settled',
      changed(reverting, { stepSinceMs: nowMs - 9 * hourMs, tries: 1 }),
      { localAuthDisabled: true, provisioningState: 'Accepted' },
      paused(changed(reverting, { stepSinceMs: nowMs - 9 * hourMs, tries: 1 }), 'account-busy', 2_000, {
        code: 'Accepted',
      }),
      [],
    ],
    [
      'begins the proof when Azure shows keys off',
      changed(turningOff, { tries: 3 }),
      { localAuthDisabled: true },
      entered(turningOff, { kind: 'proving', sinceMs: nowMs, tokenRejectedSinceMs: null, rounds: 0, calls: 0 }),
      [],
    ],
    [
      'turns keys on',
      turningOn,
      { localAuthDisabled: true },
      paused(turningOn, 'account-changing', 1_000, { sends: 1, sent: true }),
      ['on'],
    ],
    [
      'ends if keys stay off though Azure took the change three times',
      changed(turningOn, { sends: 3 }),
      { localAuthDisabled: true },
      ended(turningOn, { outcome: 'failed', reason: 'not-taking' }),
      [],
    ],
    [
      'ends if keys cannot be turned on again either',
      changed(reverting, { sends: 3 }),
      { localAuthDisabled: true },
      ended(reverting, { outcome: 'failed', reason: 'not-taking' }),
      [],
    ],
    [
      'undoes the change if keys stay on though Azure took it three times',
      changed(turningOff, { sends: 3 }),
      {},
      entered(turningOff, { kind: 'reverting', reason: 'not-taking', code: null }),
      [],
    ],
    [
      'sends it a third time',
      changed(turningOn, { sends: 2 }),
      { localAuthDisabled: true },
      paused(turningOn, 'account-changing', 1_000, { sends: 3, sent: true }),
      ['on'],
    ],
    [
      'turns keys on again',
      reverting,
      { localAuthDisabled: true },
      paused(reverting, 'account-changing', 1_000, { sends: 1, sent: true }),
      ['on'],
    ],
    [
      'does not send it twice while Azure works',
      changed(reverting, { tries: 2, sent: true }),
      { localAuthDisabled: true },
      paused(changed(reverting, { tries: 2, sent: true }), 'account-changing', 4_000),
      [],
    ],
    [
      'stores keys that are on again',
      turningOn,
      {},
      entered(turningOn, { kind: 're-adopting', reason: null, code: null }),
      [],
    ],
    [
      'stores keys that a revert turned on, and keeps why',
      reverting,
      {},
      entered(reverting, { kind: 're-adopting', reason: 'key-still-accepted', code: null }),
      [],
    ],
    [
      'is over when keys are stored',
      { ...reAdopting, offSinceMs: 5 },
      {},
      ended(reAdopting, { outcome: 'keys-on' }),
      ['adopt'],
    ],
    [
      'says why it was reverted',
      { ...reAdoptingAfterRevert, offSinceMs: 5 },
      {},
      ended(reAdoptingAfterRevert, {
        outcome: 'reverted',
        reason: 'token-not-accepted',
        code: 'denied',
        action: 'data',
      }),
      ['adopt what is marked'],
    ],
    [
      'waits for the row to store them',
      changed(reAdopting, { tries: 2 }),
      { adopts: 'busy', random: 1 },
      paused(changed(reAdopting, { tries: 2 }), 'rotation-at-work', 8_000),
      ['adopt'],
    ],
    [
      'still waits for it at the end of the hour',
      changed(reAdopting, { stepSinceMs: nowMs - hourMs }),
      { adopts: 'busy' },
      paused(changed(reAdopting, { stepSinceMs: nowMs - hourMs }), 'rotation-at-work', 1_000),
      ['adopt'],
    ],
    [
      'does without storing them an hour later',
      changed(reAdopting, { stepSinceMs: nowMs - hourMs - 1 }),
      { adopts: 'refused' },
      ended(reAdopting, { outcome: 'keys-on', reason: 'keys-not-adopted', code: 'vault-stale' }),
      ['adopt for the last time'],
    ],
    [
      'says that keys are on, but not stored',
      reAdopting,
      { adopts: 'refused' },
      ended(reAdopting, { outcome: 'keys-on', reason: 'keys-not-adopted', code: 'vault-stale' }),
      ['adopt'],
    ],
    [
      'waits if a newer release wrote the row',
      announcing,
      { marks: 'newer-schema' },
      paused(announcing, 'newer-schema', 1_000),
      [],
    ],
    [
      'ends if it did so for an hour, and turns nothing off',
      changed(announcing, { stepSinceMs: nowMs - hourMs - 1 }),
      { marks: 'newer-schema' },
      ended(announcing, { outcome: 'failed', reason: 'newer-schema' }),
      [],
    ],
    [
      'waits for a newer release to store keys',
      reAdopting,
      { adopts: 'newer-schema' },
      paused(reAdopting, 'newer-schema', 1_000),
      ['adopt'],
    ],
    [
      'leaves it to that release an hour later',
      changed(reAdopting, { stepSinceMs: nowMs - hourMs - 1 }),
      { adopts: 'newer-schema' },
      ended(reAdopting, { outcome: 'failed', reason: 'newer-schema' }),
      ['adopt for the last time'],
    ],
    [
      'keeps the reason of a revert when they cannot be stored',
      reAdoptingAfterRevert,
      { adopts: 'refused' },
      ended(reAdoptingAfterRevert, {
        outcome: 'reverted',
        reason: 'token-not-accepted',
        code: 'denied',
        action: 'data',
      }),
      ['adopt what is marked'],
    ],
  ])('%s', async (_, state, world, expected, asked) => {
    const { step, asked: did } = keylessWorld(world);
    expect(await step(state)).toEqual(expected);
    expect(did).toEqual(asked);
  });
});

const passing: Failure = { kind: 'not-applied', code: 'http-503', retryAfterMs: null };
const throttled: Failure = { kind: 'not-applied', code: 'http-429', retryAfterMs: 90_000 };
const lost: Failure = { kind: 'outcome-unknown', code: 'timeout' };
const denied: Failure = {
  kind: 'refused',
  reason: 'account-access-denied',
  code: 'AuthorizationFailed',
  action: 'Microsoft.CognitiveServices/accounts/write',
};
const locked: Failure = { kind: 'refused', reason: 'resource-lock', code: 'ScopeLocked' };
const action = 'Microsoft.CognitiveServices/accounts/write';

describe('a call that failed', () => {
  it.each<[string, KeylessState, Failure, unknown]>([
    [
      'changes nothing when nothing is asked',
      { ...announcing, change: null },
      locked,
      { kind: 'done', state: { ...announcing, change: null } },
    ],
    ['is tried again', turningOff, passing, paused(turningOff, 'retry-later', 1_000, { code: 'http-503' })],
    [
      'is tried again when the service wants it',
      turningOff,
      throttled,
      paused(turningOff, 'retry-later', 90_000, { code: 'http-429' }),
    ],
    [
      'is looked into when its reply was lost',
      turningOff,
      lost,
      paused(turningOff, 'retry-later', 1_000, { code: 'timeout', sent: true }),
    ],
    [
      'is not counted as sent when another change of the account is under way',
      changed(turningOff, { tries: 2 }),
      { kind: 'not-applied', code: 'RequestConflict', retryAfterMs: null },
      paused(changed(turningOff, { tries: 2 }), 'account-busy', 4_000, { code: 'RequestConflict' }),
    ],
    [
      'is not counted as sent by a revert either',
      reverting,
      { kind: 'not-applied', code: 'AccountProvisioningStateInvalid', retryAfterMs: null },
      paused(reverting, 'account-busy', 1_000, { code: 'AccountProvisioningStateInvalid' }),
    ],
    [
      'is tried for an hour',
      changed(turningOff, { stepSinceMs: nowMs - hourMs }),
      passing,
      paused(changed(turningOff, { stepSinceMs: nowMs - hourMs }), 'retry-later', 1_000, { code: 'http-503' }),
    ],
    [
      'is undone after the hour',
      changed(turningOff, { stepSinceMs: nowMs - hourMs - 1 }),
      passing,
      entered(turningOff, { kind: 'reverting', reason: 'keyless-change-overdue', code: 'http-503' }),
    ],
    [
      'takes the mark off what was only announced after the hour',
      changed(announcing, { stepSinceMs: nowMs - hourMs - 1 }),
      passing,
      entered(announcing, { kind: 're-adopting', reason: 'keyless-change-overdue', code: 'http-503' }),
    ],
    [
      'is undone when Azure refuses it',
      turningOff,
      locked,
      entered(turningOff, { kind: 'reverting', reason: 'resource-lock', code: 'ScopeLocked' }),
    ],
    [
      'tells what the identity lacks',
      turningOff,
      denied,
      entered(turningOff, { kind: 'reverting', reason: 'account-access-denied', code: 'AuthorizationFailed', action }),
    ],
    [
      'forgets what was lacking once another call fails',
      changed(turningOff, { action }),
      locked,
      entered(turningOff, { kind: 'reverting', reason: 'resource-lock', code: 'ScopeLocked' }),
    ],
    [
      'is tried for a week if keys are to be turned on again',
      changed(reverting, { stepSinceMs: nowMs - wayOutPatienceMs }),
      locked,
      paused(changed(reverting, { stepSinceMs: nowMs - wayOutPatienceMs }), 'retry-later', 1_000, {
        code: 'ScopeLocked',
      }),
    ],
    [
      'ends the way back after that, and names why',
      changed(reverting, { stepSinceMs: nowMs - wayOutPatienceMs - 1 }),
      locked,
      ended(reverting, { outcome: 'failed', reason: 'resource-lock', code: 'ScopeLocked' }),
    ],
    [
      'turns no keys on that were off before',
      changed(turningOff, { hadKeys: false }),
      locked,
      ended(turningOff, { outcome: 'failed', reason: 'resource-lock', code: 'ScopeLocked' }),
    ],
    [
      'turns them on when somebody has asked for that since',
      changed(turningOff, { hadKeys: false, calledOff }),
      locked,
      entered(changed(turningOff, { hadKeys: false, calledOff }), {
        kind: 'reverting',
        reason: 'resource-lock',
        code: 'ScopeLocked',
      }),
    ],
    [
      'takes the mark off what was only announced when Azure refuses it',
      announcing,
      denied,
      entered(announcing, {
        kind: 're-adopting',
        reason: 'account-access-denied',
        code: 'AuthorizationFailed',
        action,
      }),
    ],
    [
      'ends storing keys that somebody has turned off again',
      reAdoptingAfterRevert,
      { kind: 'refused', reason: 'local-auth-disabled', code: 'KeysDisabled' },
      ended(reAdoptingAfterRevert, { outcome: 'failed', reason: 'local-auth-disabled', code: 'KeysDisabled' }),
    ],
    [
      'does not end storing keys for another refusal',
      reAdopting,
      locked,
      paused(reAdopting, 'retry-later', 1_000, { code: 'ScopeLocked' }),
    ],
    [
      'ends turning on when Azure refuses it',
      { ...turningOn, offSinceMs: 5 },
      locked,
      ended(turningOn, { outcome: 'failed', reason: 'resource-lock', code: 'ScopeLocked' }, 5),
    ],
    [
      'does not end turning on when Azure refuses a look at what it has taken',
      changed(turningOn, { sent: true, stepSinceMs: nowMs - hourMs }),
      locked,
      paused(changed(turningOn, { sent: true, stepSinceMs: nowMs - hourMs }), 'retry-later', 1_000, {
        code: 'ScopeLocked',
      }),
    ],
    [
      'ends it when Azure refuses that look an hour later',
      changed(turningOn, { sent: true, stepSinceMs: nowMs - hourMs - 1 }),
      locked,
      ended(turningOn, { outcome: 'failed', reason: 'resource-lock', code: 'ScopeLocked' }),
    ],
    [
      'does not end turning on for what passes',
      turningOn,
      passing,
      paused(turningOn, 'retry-later', 1_000, { code: 'http-503' }),
    ],
    [
      'never ends turning on for its time',
      changed(turningOn, { stepSinceMs: nowMs - 9 * hourMs }),
      passing,
      paused(changed(turningOn, { stepSinceMs: nowMs - 9 * hourMs }), 'retry-later', 1_000, { code: 'http-503' }),
    ],
    [
      'never ends a revert, whatever Azure says',
      changed(reverting, { stepSinceMs: nowMs - 9 * hourMs }),
      denied,
      paused(changed(reverting, { stepSinceMs: nowMs - 9 * hourMs }), 'retry-later', 1_000, {
        code: 'AuthorizationFailed',
        action,
      }),
    ],
    [
      'never ends the storing of keys that are on',
      reAdopting,
      locked,
      paused(reAdopting, 'retry-later', 1_000, { code: 'ScopeLocked' }),
    ],
    [
      'never ends a proof: keys are off',
      proving,
      locked,
      paused(proving, 'retry-later', 1_000, { code: 'ScopeLocked' }),
    ],
  ])('%s', (_, state, failure, expected) => {
    expect(keylessWorld().work.failed(state, failure, nowMs)).toEqual(expected);
  });

  it.each<[number, number, number, number]>([
    [-1, 0, 1_000, 2_000],
    [1, 0, 2_000, 4_000],
    [4, 0, 16_000, 32_000],
    [5, 0, 30_000, 60_000],
    [99, 0, 30_000, 60_000],
    [1, 10_000, 10_000, 10_000],
  ])('after %i tries and %i ms asked for, waits %i to %i ms', (tries, askedMs, least, most) => {
    const failure: Failure = { ...passing, retryAfterMs: askedMs };
    const state = changed(turningOff, { tries });
    expect(keylessWorld({ random: 0 }).work.failed(state, failure, nowMs)).toMatchObject({ forMs: least });
    expect(keylessWorld({ random: 1 }).work.failed(state, failure, nowMs)).toMatchObject({ forMs: most });
  });
});

describe('a pause of the instance', () => {
  const longAgo = { stepSinceMs: nowMs - 9 * hourMs };
  const resumedAtMs = nowMs - hourMs;

  it.each<[string, KeylessState]>([
    ['a call that fails', changed(turningOff, longAgo)],
    ['a call that fails after the announcement', changed(announcing, longAgo)],
  ])('counts for no patience: %s', (_, state) => {
    expect(keylessWorld({ resumedAtMs }).work.failed(state, passing, nowMs)).toEqual(
      paused(changed(state, { stepSinceMs: resumedAtMs }), 'retry-later', 1_000, { code: 'http-503' }),
    );
    expect(keylessWorld({ resumedAtMs: resumedAtMs - 1 }).work.failed(state, passing, nowMs).kind).not.toBe('rest');
  });

  it.each<[string, KeylessState, KeylessWorld, KeylessChange['waiting']]>([
    ['a row that is busy', changed(announcing, longAgo), { marks: 'busy' }, 'rotation-at-work'],
    ['an account that is busy', changed(turningOff, longAgo), { provisioningState: 'Accepted' }, 'account-busy'],
    [
      'a token that was doubted before',
      changeAt({
        kind: 'proving',
        sinceMs: nowMs - 2 * minuteMs,
        tokenRejectedSinceMs: nowMs - 9 * hourMs,
        rounds: 0,
        calls: 0,
      }),
      { token: () => ({ kind: 'denied' }), resumedAtMs: nowMs - 5 * minuteMs },
      'token-rejected',
    ],
  ])('counts for no patience: %s', async (_, state, world, waiting) => {
    expect(await keylessWorld({ resumedAtMs, ...world }).step(state)).toMatchObject({
      kind: 'rest',
      state: { change: { waiting } },
    });
    expect((await keylessWorld({ ...world, resumedAtMs: 0 }).step(state)).kind).not.toBe('rest');
  });
});

describe('before keys are turned off, the stored key is compared with those that the account has', () => {
  const unseen = changed(turningOff, { storedKeySeen: null });
  const own = unseen.change?.id ?? '';
  const print = fingerprint(new SecretText('an-old-key'), own);
  const refused = { kind: 'refused', code: 'Forbidden', reason: 'account-access-denied' } as const;

  it.each<[string, KeylessWorld, string | null]>([
    ['which is kept', {}, print],
    ['and not kept when somebody has replaced it', { accountHas: 'a-newer-key' }, null],
    ['and not kept when the vault holds none', { hasKey: false }, null],
    ['and not kept when Keyturn may not list keys', { accountHas: refused }, null],
    [
      'and not kept when somebody has just turned keys off',
      { accountHas: { ...refused, reason: 'local-auth-disabled' } },
      null,
    ],
  ])('%s', async (_, world, seen) => {
    const { step, asked } = keylessWorld(world);
    const state = changed(unseen, { storedKeySeen: { print: seen, atMs: nowMs } });
    expect(await step(unseen)).toEqual({ kind: 'go-on', state });
    expect(asked).toEqual(world.hasKey === false ? [] : ['list keys']);
    expect((await step(state)).kind).toBe('rest');
    expect(asked.at(-1)).toBe('off');
  });

  it('again, when that was long ago', async () => {
    const { step, asked } = keylessWorld();
    await step(changed(unseen, { storedKeySeen: { print, atMs: nowMs - 30_001 } }));
    expect(asked).toEqual(['list keys']);
  });

  it('and later, when the account does not answer', async () => {
    const { step } = keylessWorld({ accountHas: { kind: 'not-applied', code: 'http-429', retryAfterMs: null } });
    await expect(step(unseen)).rejects.toThrow();
  });
});
