import { describe, expect, it } from 'vitest';
import type { ProbeAnswer } from '../../../../src/keys/ports.ts';
import type { States } from '../../../../src/rotation/state.ts';
import { askForRotation, openTarget } from '../../../memory-world/open-target.ts';
import { buildTarget } from '../../../memory-world/target-builder.ts';
import { buildState, hourMs } from '../../row-builder.ts';
import { rowOf } from '../../row-of.ts';
import { stepScene } from './step-scene.ts';

const secondMs = 1_000;
/** The default target wants 20 acceptances over 40 s; three calls so far apart are what one burst has time for. */
const pauseMs = (40 * secondMs) / 19;
const since = Date.UTC(2026, 0, 5, 11);

/** One burst, its calls answered in order; what comes after is accepted. */
async function burst(
  change: Partial<States['probing']>,
  answers: readonly ProbeAnswer['kind'][] = [],
  acceptances = 20,
) {
  const spreadMs = acceptances === 1 ? 0 : 40 * secondMs;
  const scene = stepScene('pointer', { newKeyProof: { acceptances, spreadMs } });
  const { session, world } = scene;
  const beganMs = world.clock.nowMs();
  const askedAfterMs: number[] = [];
  const probe = {
    call: async (): Promise<ProbeAnswer> => {
      askedAfterMs.push(world.clock.nowMs() - beganMs);
      const kind = answers[askedAfterMs.length - 1] ?? 'accepted';
      return kind === 'unknown' ? { kind, code: 'http-503' } : { kind };
    },
  };
  const state = buildState('probing', change);
  const done = await scene.perform({ kind: 'probe-new-key', state }, { ...session, probe });
  return { done, state, beganMs, askedAfterMs };
}

const failed = (code: string) => ({ attempts: 1, lastFailure: { code, atMs: expect.any(Number) } });

describe('a burst of probes of the new key', () => {
  it.each<[string, Parameters<typeof burst>, number[], Partial<States['probing']>, unknown]>([
    ['counts each acceptance', [{}], [0, pauseMs, 2 * pauseMs], { accepted: 3 }, null],
    [
      'goes on where the one before ended, after the same pause',
      [{ accepted: 3, acceptedSinceMs: since }],
      [pauseMs, 2 * pauseMs, 3 * pauseMs],
      { accepted: 6, acceptedSinceMs: since },
      null,
    ],
    [
      'asks no more often than is missing',
      [{ accepted: 19, acceptedSinceMs: since }],
      [pauseMs],
      { accepted: 20 },
      null,
    ],
    [
      'asks once more if only the time is missing',
      [{ accepted: 20, acceptedSinceMs: since }],
      [pauseMs],
      { accepted: 21, acceptedSinceMs: since },
      null,
    ],
    ['asks once if one acceptance is enough', [{}, [], 1], [0], { accepted: 1 }, null],
    [
      'that went well has no failures in a row any more, but its calls count on',
      [{ attempts: 4, waiting: 'new-key-spreading', retrying: { sinceMs: since, calls: 4 } }],
      [0, pauseMs, 2 * pauseMs],
      { accepted: 3, attempts: 0, waiting: null },
      null,
    ],
    [
      'that is refused at once starts the count again',
      [{ accepted: 19, acceptedSinceMs: since }, ['refused']],
      [pauseMs],
      { accepted: 0, acceptedSinceMs: null, ...failed('key-refused') },
      { reason: 'new-key-spreading', forMs: expect.any(Number) },
    ],
    [
      'that is refused after an acceptance starts the count again, this acceptance included',
      [{ accepted: 6, acceptedSinceMs: since }, ['accepted', 'refused']],
      [pauseMs, 2 * pauseMs],
      { accepted: 0, acceptedSinceMs: null, ...failed('key-refused') },
      { reason: 'new-key-spreading', forMs: expect.any(Number) },
    ],
    [
      'without an answer keeps the count of before',
      [{ accepted: 6, acceptedSinceMs: since }, ['accepted', 'unknown']],
      [pauseMs, 2 * pauseMs],
      { accepted: 6, acceptedSinceMs: since, ...failed('http-503') },
      { reason: 'endpoint-unclear', forMs: expect.any(Number) },
    ],
  ])('%s', async (_, given, asked, change, rest) => {
    const { done, state, beganMs, askedAfterMs } = await burst(...given);
    expect(askedAfterMs.map(Math.round)).toEqual(asked.map(Math.round));
    const acceptedSinceMs = state.acceptedSinceMs ?? beganMs;
    expect(done).toEqual({ kind: 'probed', rest, state: { ...state, acceptedSinceMs, ...change } });
  });

  it.each([
    [
      'rests before the next call of a proof whose calls are further apart than a short rest',
      7,
      { reason: 'new-key-spreading', forMs: 40_000 / 6 },
    ],
    ['does not rest once the proof is over', 1, null],
  ])('%s', async (_, acceptances, rest) => {
    const { done, askedAfterMs } = await burst({}, [], acceptances);
    expect(askedAfterMs).toEqual([0]);
    expect(done).toMatchObject({ kind: 'probed', rest, state: { accepted: 1 } });
  });

  it('asks at once when it comes back from such a rest, and rests no more after the last call', async () => {
    const { done, askedAfterMs } = await burst({ accepted: 6, acceptedSinceMs: since }, [], 7);
    expect(askedAfterMs).toEqual([0]);
    expect(done).toMatchObject({ kind: 'probed', rest: null, state: { accepted: 7 } });
  });

  it('asks nothing if the secret is gone', async () => {
    const scene = stepScene();
    scene.world.vault.setDeleted('ai-services-key2', true);
    const state = buildState('probing', { accepted: 5, acceptedSinceMs: since });
    expect(await scene.perform({ kind: 'probe-new-key', state })).toEqual({ kind: 'probed', state, rest: null });
    expect(scene.world.calls.filter(({ operation }) => operation === 'probe')).toEqual([]);
  });
});

describe('a gateway node that lags behind whole bursts', () => {
  it.each([
    ['is met late', [6, 3]],
    ['is met again and again', [3, 1, 5, 1, 19, 1]],
    ['is met by the last call of all', [19, 1]],
  ])('and %s: consumers get the key after as many acceptances in a row as are wanted', async (_, turns) => {
    const target = buildTarget();
    const life = await openTarget(target, 'key1');
    const { account } = life.world;
    /** Whether the node that is met next has heard of the new key, call by call. */
    const knows = turns.flatMap((times, turn) => Array.from({ length: times }, () => turn % 2 === 0));
    const accepts = account.acceptsOnNextNode;
    account.acceptsOnNextNode = (key) =>
      key === account.keys.key2 && account.everyKey.indexOf(key) > 1 ? (knows.shift() ?? true) : accepts(key);
    const run: { atMs: number; accepted: boolean }[] = [];
    const atSwitch: (typeof run)[] = [];
    life.world.watchers.push((happening) => {
      if (happening.kind === 'probed' && happening.key === account.keys.key2)
        run.push({ atMs: life.world.clock.nowMs(), accepted: happening.accepted });
      if (happening.kind === 'stored' && happening.name === 'ai-services-active-key') atSwitch.push([...run]);
    });
    await askForRotation(life);
    await life.run(() => rowOf(life)?.rotation?.kind === 'overlapping', life.world.clock.nowMs() + 24 * hourMs);

    const [probes] = atSwitch;
    expect(atSwitch).toHaveLength(1);
    const inARow = probes?.slice(probes.findLastIndex(({ accepted }) => !accepted) + 1) ?? [];
    expect(knows).toEqual([]);
    expect(inARow.length).toBeGreaterThanOrEqual(target.policy.newKeyProof.acceptances);
    expect((inARow.at(-1)?.atMs ?? 0) - (inARow[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(40 * secondMs);
    expect(life.watch.breaches).toEqual([]);
  });
});
