import { describe, expect, it } from 'vitest';
import type { ProbeAnswer } from '../../src/keys/ports.ts';
import { proveKey } from '../../src/keys/prove-key.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { memoryClock } from '../memory-world/memory-clock.ts';

const account = { kind: 'AIServices', endpoint: 'https://contoso.cognitiveservices.azure.com/' };
const yes: ProbeAnswer = { kind: 'accepted' };
const no: ProbeAnswer = { kind: 'refused' };
const silence: ProbeAnswer = { kind: 'unknown', code: '503' };

/** One answer of the endpoint, given so long after the proof began; null: as soon as it is asked. */
type Answer = readonly [ProbeAnswer, afterMs: number | null];

/** A proof whose calls do not wait for one another, and when each of them began. */
async function prove(answers: readonly Answer[], rules: { acceptances: number; spreadMs: number }) {
  const clock = memoryClock(0);
  const begunMs: number[] = [];
  const late: { readonly atMs: number; readonly give: () => void }[] = [];
  const settle = async () => {
    for (const { atMs, give } of late) if (atMs <= clock.nowMs()) give();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const probe = {
    call: () => {
      begunMs.push(clock.nowMs());
      const [answer, afterMs] = answers[begunMs.length - 1] ?? [no, null];
      if (afterMs === null) return Promise.resolve(answer);
      return new Promise<ProbeAnswer>((resolve) => late.push({ atMs: afterMs, give: () => resolve(answer) }));
    },
  };
  const sleeping = {
    ...clock,
    sleep: async (durationMs: number) => {
      clock.advance(durationMs);
      await settle();
    },
  };
  const running = proveKey(probe, sleeping, account, new SecretText('k'), { ...rules, overlapping: true });
  for (let turn = 0; turn < 10; turn += 1) await settle();
  clock.advance(3_600_000);
  await settle();
  return { run: await running, begunMs };
}

describe('a proof whose calls each begin in their turn', () => {
  const rules = { acceptances: 3, spreadMs: 4_000 };
  it.each<[string, readonly Answer[], ProbeAnswer, number, number[]]>([
    [
      'asks as often as wanted, evenly spread',
      [
        [yes, null],
        [yes, null],
        [yes, null],
      ],
      yes,
      3,
      [0, 2_000, 4_000],
    ],
    [
      'does not wait for slow answers',
      [
        [yes, 9_000],
        [yes, 9_000],
        [yes, 9_000],
      ],
      yes,
      3,
      [0, 2_000, 4_000],
    ],
    [
      'asks no more once one is refused',
      [
        [no, null],
        [yes, null],
        [yes, null],
      ],
      no,
      0,
      [0],
    ],
    [
      'asks no more once one is unclear',
      [
        [yes, null],
        [silence, null],
        [yes, null],
      ],
      silence,
      1,
      [0, 2_000],
    ],
    [
      'counts a refusal by its last call',
      [
        [yes, null],
        [yes, null],
        [no, null],
      ],
      no,
      2,
      [0, 2_000, 4_000],
    ],
    [
      'counts a refusal that comes late',
      [
        [no, 9_000],
        [yes, null],
        [yes, null],
      ],
      no,
      0,
      [0, 2_000, 4_000],
    ],
    [
      'ends as the earliest call that failed',
      [
        [yes, null],
        [silence, 9_000],
        [no, 9_000],
      ],
      silence,
      1,
      [0, 2_000, 4_000],
    ],
    [
      'keeps a refusal in mind that an acceptance follows',
      [
        [no, 1_500],
        [yes, null],
      ],
      no,
      0,
      [0],
    ],
    [
      'asks no more if a refusal came while a later call ran',
      [
        [no, 3_000],
        [yes, 9_000],
      ],
      no,
      0,
      [0, 2_000],
    ],
  ])('%s', async (_, answers, answer, accepted, begunMs) => {
    expect(await prove(answers, rules)).toEqual({ run: { answer, accepted }, begunMs });
  });

  it('without a spread begins all calls at once', async () => {
    const answers: Answer[] = [
      [yes, 1_000],
      [yes, 500],
      [no, 800],
    ];
    expect(await prove(answers, { acceptances: 3, spreadMs: 0 })).toEqual({
      run: { answer: no, accepted: 2 },
      begunMs: [0, 0, 0],
    });
  });

  it('of one call asks once', async () => {
    expect(await prove([[yes, null]], { acceptances: 1, spreadMs: 4_000 })).toEqual({
      run: { answer: yes, accepted: 1 },
      begunMs: [0],
    });
  });
});
