import { describe, expect, it } from 'vitest';
import type { KeylessChange, KeylessState } from '../../src/keyless/keyless-state.ts';
import type { ProbeAnswer, TokenAnswer } from '../../src/keys/ports.ts';
import { changeAt, type KeylessWorld, keylessWorld, minuteMs, nowMs } from './keyless-builder.ts';

const proving = (
  sinceMs: number,
  tokenDoubtedSinceMs: number | null = null,
  more: Partial<KeylessChange> = {},
): KeylessState => changeAt({ kind: 'proving', sinceMs, tokenDoubtedSinceMs }, more);

const withinHour = proving(nowMs - minuteMs);
const hourOver = proving(nowMs - 60 * minuteMs - 1);

const keysOff = (keyProof: 'refused' | 'not-tried') => ({
  kind: 'done',
  state: {
    verified: null,
    offSinceMs: nowMs,
    change: null,
    last: { id: 'change-1', by: 'someone', endedAtMs: nowMs, outcome: 'keys-off', reason: null, keyProof, code: null },
  },
});
const paused = (
  state: KeylessState,
  waiting: KeylessChange['waiting'],
  forMs: number,
  tokenDoubtedSinceMs: number | null = null,
  cause: Partial<KeylessChange> = {},
) => ({
  kind: 'rest',
  as: waiting === 'keys-lingering' ? 'planned' : 'bounded',
  state: {
    ...state,
    change: {
      ...state.change,
      at: { ...state.change?.at, tokenDoubtedSinceMs },
      waiting,
      tries: (state.change?.tries ?? 0) + 1,
      ...cause,
    },
  },
  forMs,
});
const causeOf = { 'token-not-accepted': { code: 'denied', action: 'data' }, 'key-still-accepted': { code: null } };
const reverting = (reason: 'token-not-accepted' | 'key-still-accepted') => ({
  kind: 'go-on',
  state: {
    change: { at: { kind: 'reverting', reason, ...causeOf[reason] }, stepSinceMs: nowMs, tries: 0, waiting: null },
  },
});
const failed = (reason: 'token-not-accepted' | 'key-still-accepted') => ({
  kind: 'done',
  state: {
    offSinceMs: null,
    change: null,
    last: { outcome: 'failed', reason, keyProof: null, endedAtMs: nowMs, ...causeOf[reason] },
  },
});

const denied: TokenAnswer = { kind: 'denied', action: 'data' };
const lacking = { code: 'denied', action: 'data' };
const onlyAt = (at: number, answer: ProbeAnswer, otherwise: ProbeAnswer) => (call: number) =>
  call === at ? answer : otherwise;
const accepted: ProbeAnswer = { kind: 'accepted' };
const refused: ProbeAnswer = { kind: 'refused' };
const unknown = (code: string): ProbeAnswer => ({ kind: 'unknown', code });

describe('the proof that an account takes no keys', () => {
  it.each<[string, KeylessState, KeylessWorld, unknown]>([
    ['is done when every node refuses the key', withinHour, {}, keysOff('refused')],
    ['has nothing to try when the vault holds no key', withinHour, { hasKey: false }, keysOff('not-tried')],
    ['takes a 401 of another text for a refusal', withinHour, { key: () => unknown('http-401') }, keysOff('refused')],
    ["takes Azure OpenAI's 403 for a refusal", withinHour, { key: () => unknown('http-403') }, keysOff('refused')],
    [
      'takes no other answer for one',
      withinHour,
      { key: () => unknown('http-404') },
      paused(withinHour, 'keys-lingering', 30_000),
    ],
    [
      'takes no answer that only begins so for one',
      withinHour,
      { key: () => unknown('http-4031') },
      paused(withinHour, 'keys-lingering', 30_000),
    ],
    [
      'takes silence for none',
      withinHour,
      { key: () => unknown('no-answer') },
      paused(withinHour, 'keys-lingering', 30_000),
    ],
    [
      'waits while the key is accepted',
      withinHour,
      { key: () => accepted },
      paused(withinHour, 'keys-lingering', 30_000),
    ],
    // One gateway node after the other learns that keys are off: seven refusals say nothing of the eighth node.
    [
      'waits when the last of eight nodes still takes the key',
      withinHour,
      { key: onlyAt(7, accepted, refused) },
      paused(withinHour, 'keys-lingering', 30_000),
    ],
    [
      'waits when the last of eight nodes does not answer',
      withinHour,
      { key: onlyAt(7, unknown('http-503'), refused) },
      paused(withinHour, 'keys-lingering', 30_000),
    ],
    [
      'waits the longer, the longer keys linger',
      proving(nowMs - 20 * minuteMs),
      { key: () => accepted },
      paused(proving(nowMs - 20 * minuteMs), 'keys-lingering', 5 * minuteMs),
    ],
    [
      'never longer than an hour',
      proving(nowMs - 300 * minuteMs, null, { proveWithinMs: 400 * minuteMs }),
      { key: () => accepted },
      paused(proving(nowMs - 300 * minuteMs, null, { proveWithinMs: 400 * minuteMs }), 'keys-lingering', 60 * minuteMs),
    ],
    [
      'never past the end of its time',
      proving(nowMs - 59 * minuteMs),
      { key: () => accepted },
      paused(proving(nowMs - 59 * minuteMs), 'keys-lingering', minuteMs),
    ],
    [
      'looks once more just after its time',
      proving(nowMs - 60 * minuteMs),
      { key: () => accepted },
      paused(proving(nowMs - 60 * minuteMs), 'keys-lingering', 30_000),
    ],
    [
      'turns keys on again when one lingers past its time',
      hourOver,
      { key: () => accepted },
      reverting('key-still-accepted'),
    ],
    ['still ends well when the key is refused at the end of its time', hourOver, {}, keysOff('refused')],
    [
      'leaves keys off that were off before',
      { ...hourOver, change: hourOver.change && { ...hourOver.change, hadKeys: false } },
      { key: () => accepted },
      failed('key-still-accepted'),
    ],
  ])('%s', async (_, state, world, expected) => {
    const stepped = await keylessWorld(world).step(state);
    const isWhole = stepped.kind === 'rest' || (stepped.kind === 'done' && stepped.state.offSinceMs !== null);
    if (isWhole) expect(stepped).toEqual(expected);
    else expect(stepped).toMatchObject(expected as object);
  });

  it('asks eight times over four seconds, so that it meets several nodes', async () => {
    const { step, counts, clock } = keylessWorld();
    await step(withinHour);
    expect(counts.key).toBe(8);
    expect(clock.nowMs() - nowMs).toBe(4_000);
  });
});

describe('the token while keys are off', () => {
  it.each<[string, KeylessState, KeylessWorld, unknown]>([
    [
      'is doubted from its first refusal on',
      withinHour,
      { token: () => denied },
      paused(withinHour, 'token-doubted', 30_000, nowMs, lacking),
    ],
    [
      'is doubted when one of three calls is refused',
      withinHour,
      { token: (call) => (call === 2 ? denied : { kind: 'accepted' }) },
      paused(withinHour, 'token-doubted', 30_000, nowMs, lacking),
    ],
    [
      'stays doubted since then',
      proving(nowMs - 9 * minuteMs, nowMs - 5 * minuteMs),
      { token: () => denied },
      paused(proving(nowMs - 9 * minuteMs), 'token-doubted', 30_000, nowMs - 5 * minuteMs, lacking),
    ],
    [
      'is given up after five minutes of doubt: keys come back',
      proving(nowMs - 9 * minuteMs, nowMs - 5 * minuteMs - 1),
      { token: () => denied },
      reverting('token-not-accepted'),
    ],
    ['is given up when the time to prove is over', hourOver, { token: () => denied }, reverting('token-not-accepted')],
    [
      'is trusted anew once it is accepted',
      proving(nowMs - 9 * minuteMs, nowMs - 4 * minuteMs),
      { key: () => accepted },
      paused(proving(nowMs - 9 * minuteMs), 'keys-lingering', 135_000, null),
    ],
    [
      'leaves keys off that were off before',
      proving(nowMs - 9 * minuteMs, nowMs - 6 * minuteMs, { hadKeys: false }),
      { token: () => denied },
      failed('token-not-accepted'),
    ],
  ])('%s', async (_, state, world, expected) => {
    const stepped = await keylessWorld(world).step(state);
    if (stepped.kind === 'rest') expect(stepped).toEqual(expected);
    else expect(stepped).toMatchObject(expected as object);
  });

  it('is tried three times', async () => {
    const { step, counts } = keylessWorld();
    await step(withinHour);
    expect(counts.token).toBe(3);
  });
});
