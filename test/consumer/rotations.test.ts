/** Applications that use the kit live through whole rotations, rollbacks and leaks, on the true clients. */
import { afterEach, describe, expect, it } from 'vitest';
import type { KeyPlace } from '../../consumer/src/contract.ts';
import { type SimulatedKeyturn, simulatedKeyturn } from '../scenarios/simulated-keyturn.ts';
import { operator, rotationOf, rowOf } from '../scenarios/steered-rotation.ts';
import { type KitConsumer, kitConsumer, type ShapeName, shapeNames } from './kit-consumers.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const everyMs = minuteMs;

const prefix: KeyPlace = { prefix: 'ai-services' };
const secretName: KeyPlace = { secretName: 'ai-services-key' };

/** What a test opened. */
const opened: KitConsumer[] = [];
afterEach(() => {
  for (const { key } of opened.splice(0)) key.close();
});

/** A target adopted some time ago, and one application for each shape, which asks every minute and after each call of the app. */
async function world(place: KeyPlace, breaks?: (keyturn: SimulatedKeyturn) => boolean) {
  const keyturn = simulatedKeyturn(
    {
      layout: { kind: 'direct', directSecretName: 'ai-services-key' },
      policy: { overlapMs: 2 * hourMs },
    },
    { world: { pace: { newKeyAcceptedMs: 30 * secondMs, oldKeyAcceptedMs: 10 * secondMs } } },
  );
  const { app, clock, journal } = keyturn;
  await app.adopt('demo', { activeSlot: 'key1' }, operator);
  clock.advance(3 * hourMs);
  const random = seeded(7);
  const applications: KitConsumer[] = [];
  let isStarted = false;
  for (const shape of shapeNames) {
    const isBroken = () => isStarted && breaks?.(keyturn) === true;
    applications.push(await kitConsumer(keyturn, shape, place, random, isBroken));
    clock.advance(4 * minuteMs);
  }
  isStarted = true;
  opened.push(...applications);
  let nextMs = clock.nowMs();
  let isCalling = false;
  const callAll = async () => {
    if (isCalling || clock.nowMs() < nextMs) return;
    isCalling = true;
    nextMs = clock.nowMs() + everyMs;
    for (const application of applications) await application.call();
    isCalling = false;
  };
  keyturn.afterEachCall(callAll);
  const pass = async (ms: number) => {
    for (const untilMs = clock.nowMs() + ms; clock.nowMs() < untilMs; ) {
      clock.advance(Math.min(everyMs, untilMs - clock.nowMs()));
      await callAll();
    }
  };
  /** Carries out what is due until `isMet`, or nothing is left to do. */
  const rotateUntil = async (isMet: () => boolean) => {
    for (let delivered = 0; delivered < 300 && !isMet(); delivered += 1) {
      const next = journal.queue.toSorted((one, other) => one.dueAtMs - other.dueAtMs)[0];
      if (next === undefined) return;
      journal.queue.splice(journal.queue.indexOf(next), 1);
      await pass(next.dueAtMs - clock.nowMs());
      await app.advance(next.wakeUp);
    }
  };
  const rotate = async () => {
    const started = await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    if (started.kind !== 'started') throw new TypeError(`not started: ${JSON.stringify(started)}`);
    return started.rotation.id;
  };
  const ended = () => rotationOf(journal) === null;
  return { keyturn, applications, pass, rotateUntil, rotate, ended };
}

function failed(applications: readonly KitConsumer[]): Partial<Record<ShapeName, readonly string[]>> {
  expect(applications.every(({ requests }) => requests > 50)).toBe(true);
  return Object.fromEntries(
    applications.filter(({ failures }) => failures.length > 0).map(({ shape, failures }) => [shape, failures]),
  );
}

describe.each([
  ['by the pointer', prefix],
  ['by the direct value', secretName],
])('applications that read the key %s', (_name, place) => {
  it('notice nothing of two rotations, while one call of the vault in five fails', async () => {
    const random = seeded(3);
    const { keyturn, applications, pass, rotateUntil, rotate, ended } = await world(place, () => random() < 0.2);
    for (const outcome of ['completed', 'completed']) {
      await rotate();
      await rotateUntil(ended);
      expect(rowOf(keyturn.journal).lastEnd).toMatchObject({ outcome });
      await pass(3 * hourMs);
    }
    expect(failed(applications)).toEqual({});
    for (const { events } of applications) {
      expect(events.filter(({ kind }) => kind === 'key-changed')).toHaveLength(2);
      expect(events.some(({ kind }) => kind === 'read-failed')).toBe(true);
    }
  });

  it('notice nothing of a rotation while they cannot reach the vault for the 40 minutes around the switch', async () => {
    let fromMs = Number.POSITIVE_INFINITY;
    const { keyturn, applications, rotateUntil, rotate, ended } = await world(
      place,
      ({ clock }) => clock.nowMs() >= fromMs && clock.nowMs() < fromMs + 40 * minuteMs,
    );
    await rotate();
    fromMs = keyturn.clock.nowMs();
    await rotateUntil(ended);
    expect(rowOf(keyturn.journal).lastEnd).toMatchObject({ outcome: 'completed' });
    expect(failed(applications)).toEqual({});
    expect(applications.some(({ events }) => events.some(({ kind }) => kind === 'old-key-used'))).toBe(true);
  });

  it('notice nothing of a rollback, nor of the rotation after it', async () => {
    const { keyturn, applications, pass, rotateUntil, rotate, ended } = await world(place);
    const id = await rotate();
    await rotateUntil(() => rotationOf(keyturn.journal)?.kind === 'overlapping');
    await pass(50 * minuteMs);
    expect(await keyturn.app.rollBack('demo', id, operator)).toMatchObject({ kind: 'noted' });
    await rotateUntil(ended);
    expect(rowOf(keyturn.journal).lastEnd).toMatchObject({ outcome: 'rolled-back' });
    await pass(3 * hourMs);
    await rotate();
    await rotateUntil(ended);
    expect(rowOf(keyturn.journal).lastEnd).toMatchObject({ outcome: 'completed' });
    await pass(hourMs);
    expect(failed(applications)).toEqual({});
  });

  it('notice nothing of a leaked key that is replaced with the whole overlap', async () => {
    const { keyturn, applications, pass, rotateUntil, ended } = await world(place);
    await leak(keyturn, 2 * 3600);
    await rotateUntil(ended);
    await pass(hourMs);
    expect(failed(applications)).toEqual({});
  });

  it('ask again with the new key when a leaked one ends within a minute, if their shape hears of the 401', async () => {
    const { keyturn, applications, pass, rotateUntil, ended } = await world(place);
    await leak(keyturn, 60);
    await rotateUntil(ended);
    await pass(hourMs);
    // What only hands out a key cannot hear that it was refused.
    expect(Object.keys(failed(applications))).toEqual(['credential', 'apiKey']);
    const hearing = applications.filter(({ shape }) => shape !== 'credential' && shape !== 'apiKey');
    expect(hearing.filter(({ events }) => events.some(({ kind }) => kind === 'key-refused')).length).toBeGreaterThan(1);
  });
});

async function leak({ app, journal }: SimulatedKeyturn, overlapSeconds: number): Promise<void> {
  const answer = await app.leak(
    'demo',
    { slot: 'key1', dryRun: false, reason: 'found in a log', overlapSeconds },
    operator,
  );
  expect(answer).toMatchObject({ kind: 'begun' });
  expect(journal.queue.length).toBeGreaterThan(0);
}

/** Numbers from 0 to less than 1, the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    // Park and Miller's generator.
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
