import { describe, expect, it } from 'vitest';
import type { KeylessChange, KeylessState } from '../../../src/hardening/keyless/keyless-state.ts';
import type { ProbeAnswer, TokenAnswer } from '../../../src/keys/ports.ts';
import { seededRandom } from '../../attacks/seeded-random.ts';
import { changeAt, type KeylessWorld, keylessWorld, minuteMs, nowMs } from './keyless-builder.ts';

const proving = (
  sinceMs: number,
  tokenRejectedSinceMs: number | null = null,
  more: Partial<KeylessChange> = {},
  rounds = 0,
  calls = 0,
): KeylessState => changeAt({ kind: 'proving', sinceMs, tokenRejectedSinceMs, rounds, calls }, more);

const withinHour = proving(nowMs - minuteMs);
const hourOver = proving(nowMs - 60 * minuteMs - 1);
/** Four rounds in a row have shown that keys are refused. */
const lastRound = proving(nowMs - 5 * minuteMs, null, {}, 4);

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
  tokenRejectedSinceMs: number | null = null,
  cause: Partial<KeylessChange> = {},
) => ({
  kind: 'rest',
  as: tokenRejectedSinceMs === null ? 'planned' : 'bounded',
  state: {
    ...state,
    change: {
      ...state.change,
      at: { ...state.change?.at, tokenRejectedSinceMs, rounds: 0, calls: expect.any(Number) },
      waiting,
      tries: (state.change?.tries ?? 0) + 1,
      ...cause,
    },
  },
  forMs,
});
/** One more round was as it should be. */
const roundOf = (state: KeylessState, rounds: number) => {
  const rest = paused(state, 'proving', minuteMs);
  const { change } = rest.state;
  return { ...rest, state: { ...rest.state, change: { ...change, at: { ...change.at, rounds } } } };
};
const causeOf = {
  'token-not-accepted': { code: 'denied', action: 'data' },
  'key-still-accepted': { code: null },
  'quota-used-up': { code: 'quota-used-up' },
  'endpoint-unclear': { code: 'http-429' },
};
const reverting = (reason: keyof typeof causeOf) => ({
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
    ['is done when five rounds in a row are refused', lastRound, {}, keysOff('refused')],
    ['is not done after one round', withinHour, {}, roundOf(withinHour, 1)],
    [
      'is not done after four',
      proving(nowMs - 5 * minuteMs, null, {}, 3),
      {},
      roundOf(proving(nowMs - 5 * minuteMs), 4),
    ],
    [
      'begins again when the last round meets a node that still takes the key',
      lastRound,
      { key: onlyAt(7, accepted, refused) },
      paused(lastRound, 'keys-lingering', 100_000),
    ],
    [
      'begins again when the token is not accepted once',
      lastRound,
      { token: (call) => (call === 2 ? denied : { kind: 'accepted' }) },
      paused(lastRound, 'token-rejected', 30_000, nowMs, lacking),
    ],
    [
      'begins again when somebody has turned keys on, whatever the stored key is answered',
      lastRound,
      { localAuthDisabled: false },
      paused(lastRound, 'keys-lingering', 100_000),
    ],
    [
      'proves nothing by a key that the account had no more when keys went off',
      proving(nowMs - 5 * minuteMs, null, { storedKeySeen: { print: null, atMs: nowMs } }, 4),
      {},
      keysOff('not-tried'),
    ],
    [
      'proves nothing by a key that was stored since',
      proving(nowMs - 5 * minuteMs, null, { storedKeySeen: { print: 'of another key', atMs: nowMs } }, 4),
      {},
      keysOff('not-tried'),
    ],
    [
      'proves nothing by a key if keys were off already',
      proving(nowMs - 5 * minuteMs, null, { storedKeySeen: null }, 4),
      {},
      keysOff('not-tried'),
    ],
    [
      'goes on while a key that proves nothing is taken all the same',
      proving(nowMs - 5 * minuteMs, null, { storedKeySeen: null }, 4),
      { key: () => accepted },
      paused(proving(nowMs - 5 * minuteMs, null, { storedKeySeen: null }, 4), 'keys-lingering', 100_000),
    ],
    ['has nothing to try when the vault holds no key', lastRound, { hasKey: false }, keysOff('not-tried')],
    [
      'calls with the token as often when the vault holds no key',
      withinHour,
      { hasKey: false },
      roundOf(withinHour, 1),
    ],
    ['takes a 401 of another text for a refusal', lastRound, { key: () => unknown('http-401') }, keysOff('refused')],
    ["takes Azure OpenAI's 403 for a refusal", lastRound, { key: () => unknown('http-403') }, keysOff('refused')],
    [
      'takes no other answer for one',
      withinHour,
      { key: () => unknown('http-404') },
      paused(withinHour, 'endpoint-unclear', 30_000, null, { code: 'http-404' }),
    ],
    [
      'takes no answer that only begins so for one',
      withinHour,
      { key: () => unknown('http-4031') },
      paused(withinHour, 'endpoint-unclear', 30_000, null, { code: 'http-4031' }),
    ],
    [
      'takes silence for none',
      withinHour,
      { key: () => unknown('no-answer') },
      paused(withinHour, 'endpoint-unclear', 30_000, null, { code: 'no-answer' }),
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
      paused(withinHour, 'endpoint-unclear', 30_000, null, { code: 'http-503' }),
    ],
    [
      'waits while the quota of calls is used up',
      withinHour,
      { key: () => unknown('quota-used-up') },
      paused(withinHour, 'quota-used-up', 30_000, null, { code: 'quota-used-up' }),
    ],
    [
      'says so when its time is over: the key was not seen to be accepted',
      hourOver,
      { key: () => unknown('quota-used-up') },
      reverting('quota-used-up'),
    ],
    ['says so of a throttle, too', hourOver, { key: () => unknown('http-429') }, reverting('endpoint-unclear')],
    [
      'waits the longer, the longer keys linger',
      proving(nowMs - 20 * minuteMs),
      { key: () => accepted },
      paused(proving(nowMs - 20 * minuteMs), 'keys-lingering', 400_000),
    ],
    [
      'never longer than two hours',
      proving(nowMs - 500 * minuteMs, null, { proveWithinMs: 1440 * minuteMs }),
      { key: () => accepted },
      paused(
        proving(nowMs - 500 * minuteMs, null, { proveWithinMs: 1440 * minuteMs }),
        'keys-lingering',
        120 * minuteMs,
      ),
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
    [
      'still ends well when the key is refused at the end of its time',
      proving(nowMs - 60 * minuteMs - 1, null, {}, 4),
      {},
      keysOff('refused'),
    ],
    ['looks to the end when the key is refused at the end of its time', hourOver, {}, roundOf(hourOver, 1)],
    [
      'leaves keys off that were off before',
      { ...hourOver, change: hourOver.change && { ...hourOver.change, hadKeys: false } },
      { key: () => accepted },
      failed('key-still-accepted'),
    ],
  ])('%s', async (_, state, world, expected) => {
    const stepped = await keylessWorld({ localAuthDisabled: true, ...world }).step(state);
    const isWhole = stepped.kind === 'rest' || (stepped.kind === 'done' && stepped.state.offSinceMs !== null);
    if (isWhole) expect(stepped).toEqual(expected);
    else expect(stepped).toMatchObject(expected as object);
  });

  it('asks eight times over four seconds, so that it meets several nodes', async () => {
    const { step, counts, clock } = keylessWorld({ localAuthDisabled: true });
    await step(withinHour);
    expect(counts.key).toBe(8);
    expect(clock.nowMs() - nowMs).toBe(4_000);
  });
});

describe('a gateway of which one node still takes the key', () => {
  /** Proves round by round, and answers at which of its calls with the key it ended; null: it met that node first. */
  async function prove(takesKey: (call: number) => boolean): Promise<number | null> {
    let hasMet = false;
    const { work, counts } = keylessWorld({
      localAuthDisabled: true,
      key: (call) => {
        const takes = takesKey(call);
        hasMet ||= takes;
        return takes ? accepted : refused;
      },
    });
    let state = withinHour;
    for (let atMs = nowMs; !hasMet; ) {
      const stepped = await work.step(state, { fence: () => true, nowMs: atMs, keepLease: async () => {} });
      if (stepped.kind === 'done') return counts.key;
      if (stepped.kind === 'rest') atMs += stepped.forMs;
      state = stepped.state;
    }
    expect(state.offSinceMs).toBeNull();
    expect(state.change).toMatchObject({ at: { kind: 'proving', rounds: 0 }, waiting: 'keys-lingering' });
    return null;
  }

  it.each(Array.from({ length: 40 }, (_, call) => call))('is met when only call %i leads there', async (lagging) => {
    expect(await prove((call) => call === lagging)).toBeNull();
  });

  it('ends the proof when forty calls met none', async () => {
    expect(await prove(() => false)).toBe(40);
  });

  it('is missed in one proof of a hundred at most, whichever of eight nodes it is', async () => {
    const random = seededRandom(7);
    const missed = [];
    for (let run = 0; run < 400; run += 1) {
      const lagging = run % 8;
      const ended = await prove(() => Math.floor(random() * 8) === lagging);
      if (ended !== null) missed.push(run);
    }
    expect(missed.length).toBeLessThanOrEqual(4);
  });
});

describe('what a proof costs', () => {
  const dayMs = 24 * 60 * minuteMs;
  /** Proves to the end: at which times Azure was called, how it ended, and when. */
  async function life(world: (atMs: number) => KeylessWorld, proveWithinMs: number) {
    const called: number[] = [];
    let state = proving(nowMs, null, { proveWithinMs, startedAtMs: nowMs });
    for (let atMs = nowMs; ; ) {
      const { work, counts } = keylessWorld({ localAuthDisabled: true, ...world(atMs - nowMs) });
      const stepped = await work.step(state, { fence: () => true, nowMs: atMs, keepLease: async () => {} });
      // Beside the probes: the account; and where the token is accepted, the pointer and the key in the vault.
      const reads = counts.key > 0 ? 3 : 1;
      for (let call = 0; call < counts.token + counts.key + reads; call += 1) called.push(atMs);
      if (stepped.kind !== 'rest') {
        const ended = stepped.kind === 'done' ? 'keys-off' : stepped.state.change?.at.kind;
        return { called, ended, forMs: atMs - nowMs };
      }
      atMs += stepped.forMs;
      state = stepped.state;
    }
  }
  const inADay = (called: readonly number[]) =>
    Math.max(...called.map((at) => called.filter((one) => one >= at && one < at + dayMs).length));
  const times = [5, 60, 360, 1440];
  const random = seededRandom(3);
  /** Steps are numbered over the whole life, so that a gateway may change its mind at any of them. */
  const gateways: Record<string, (step: number) => KeylessWorld> = {
    'takes the key for ever': () => ({ key: () => accepted }),
    'takes the key at the last call of each round': () => ({ key: onlyAt(7, accepted, refused) }),
    'takes the key at the last call of each fifth round': (step) =>
      step % 5 === 4 ? { key: onlyAt(7, accepted, refused) } : {},
    'takes the key in every other round': (step) => ({ key: onlyAt(step % 2 === 0 ? 9 : 0, accepted, refused) }),
    'takes no token at the last call of each fifth round': (step) =>
      step % 5 === 4 ? { token: (call) => (call === 2 ? denied : accepted) } : {},
    'takes no token in every other round': (step) => (step % 2 === 0 ? {} : { token: () => denied }),
    'throttles the last call of each third round': (step) =>
      step % 3 === 2 ? { key: onlyAt(7, unknown('http-429'), refused) } : {},
    'answers at random': () => ({ key: () => (random() < 0.1 ? accepted : refused) }),
  };

  it.each(
    Object.entries(gateways).flatMap(([name, gateway]) => times.map((minutes) => [name, minutes, gateway] as const)),
  )('at most 300 calls a day, and an end, if a gateway %s and %d minutes are given', async (_, minutes, gateway) => {
    let step = -1;
    const { called, forMs } = await life(() => {
      step += 1;
      return gateway(step);
    }, minutes * minuteMs);
    expect(inADay(called)).toBeLessThanOrEqual(300);
    // Four rounds that have begun in time, and a doubt about the token.
    expect(forMs).toBeLessThanOrEqual((minutes + 10) * minuteMs);
  });

  it.each([
    [5, 360],
    [30, 360],
    [60, 360],
    [180, 360],
    [350, 360],
    [180, 1440],
    [720, 1440],
    [1430, 1440],
  ])(
    'no time beside the rounds themselves if keys linger for %d of %d minutes, and then are refused',
    async (lingers, minutes) => {
      const { called, ended, forMs } = await life(
        (forSoLongMs) => ({ key: () => (forSoLongMs < lingers * minuteMs ? accepted : refused) }),
        minutes * minuteMs,
      );
      expect(ended).toBe('keys-off');
      // A look comes a third of the time later at most, and within two hours; then there are four more rounds.
      expect(forMs).toBeLessThanOrEqual(Math.min(lingers * (4 / 3), lingers + 120) * minuteMs + 5 * minuteMs);
      expect(inADay(called)).toBeLessThanOrEqual(300);
    },
  );

  it('spreads its rounds once many calls are spent, and notes what each has cost', async () => {
    const spent = proving(nowMs - 60 * minuteMs, null, { proveWithinMs: 360 * minuteMs }, 0, 173);
    const stepped = await keylessWorld({ localAuthDisabled: true }).step(spent);
    const at = { kind: 'proving', sinceMs: nowMs - 60 * minuteMs, tokenRejectedSinceMs: null, rounds: 1, calls: 187 };
    expect(stepped).toMatchObject({ kind: 'rest', state: { change: { at } } });
    // (187 + 14 - 180) / 35 of six hours, of which one is over.
    expect(stepped).toMatchObject({ forMs: 156 * minuteMs });
  });
});

describe('the token while keys are off', () => {
  it.each<[string, KeylessState, KeylessWorld, unknown]>([
    [
      'is doubted from its first refusal on',
      withinHour,
      { token: () => denied },
      paused(withinHour, 'token-rejected', 30_000, nowMs, lacking),
    ],
    [
      'is doubted when one of three calls is refused',
      withinHour,
      { token: (call) => (call === 2 ? denied : { kind: 'accepted' }) },
      paused(withinHour, 'token-rejected', 30_000, nowMs, lacking),
    ],
    [
      'stays doubted since then',
      proving(nowMs - 9 * minuteMs, nowMs - 5 * minuteMs),
      { token: () => denied },
      paused(proving(nowMs - 9 * minuteMs), 'token-rejected', 30_000, nowMs - 5 * minuteMs, lacking),
    ],
    [
      'is given up after five minutes of doubt: keys come back',
      proving(nowMs - 9 * minuteMs, nowMs - 5 * minuteMs - 1),
      { token: () => denied },
      reverting('token-not-accepted'),
    ],
    ['is given up when the time to prove is over', hourOver, { token: () => denied }, reverting('token-not-accepted')],
    [
      'is not called refused while the quota of calls is used up',
      withinHour,
      { token: () => ({ kind: 'unknown', code: 'quota-used-up' }) },
      paused(withinHour, 'quota-used-up', 30_000, nowMs, { code: 'quota-used-up' }),
    ],
    [
      'is not called refused by a throttle',
      withinHour,
      { token: () => ({ kind: 'unknown', code: 'http-429' }) },
      paused(withinHour, 'endpoint-unclear', 30_000, nowMs, { code: 'http-429' }),
    ],
    [
      'is refused by a 401 of another text',
      withinHour,
      { token: () => ({ kind: 'unknown', code: 'http-401' }) },
      paused(withinHour, 'token-rejected', 30_000, nowMs, { code: 'http-401' }),
    ],
    [
      'gives up on a used-up quota under its own name',
      proving(nowMs - 9 * minuteMs, nowMs - 5 * minuteMs - 1),
      { token: () => ({ kind: 'unknown', code: 'quota-used-up' }) },
      reverting('quota-used-up'),
    ],
    [
      'gives up on a throttle under its own name',
      proving(nowMs - 9 * minuteMs, nowMs - 5 * minuteMs - 1),
      { token: () => ({ kind: 'unknown', code: 'http-429' }) },
      reverting('endpoint-unclear'),
    ],
    [
      'is trusted again once it is accepted, and nothing is told of why it was not',
      proving(nowMs - 9 * minuteMs, nowMs - 4 * minuteMs, lacking),
      { key: () => accepted },
      paused(proving(nowMs - 9 * minuteMs), 'keys-lingering', 180_000, null),
    ],
    [
      'leaves keys off that were off before',
      proving(nowMs - 9 * minuteMs, nowMs - 6 * minuteMs, { hadKeys: false }),
      { token: () => denied },
      failed('token-not-accepted'),
    ],
  ])('%s', async (_, state, world, expected) => {
    const stepped = await keylessWorld({ localAuthDisabled: true, ...world }).step(state);
    if (stepped.kind === 'rest') expect(stepped).toEqual(expected);
    else expect(stepped).toMatchObject(expected as object);
  });

  it('is tried three times', async () => {
    const { step, counts } = keylessWorld({ localAuthDisabled: true });
    await step(withinHour);
    expect(counts.token).toBe(3);
  });
});
