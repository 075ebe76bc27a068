/** Applications that use the kit live through whole rotations, rollbacks and leaks, on the true clients. */
import { afterEach, describe, expect, it } from 'vitest';
import type { KeyPlace } from '../../consumer/src/contract.ts';
import type { SimulatedKeyturn } from '../scenarios/simulated-keyturn.ts';
import { operator, rotationOf, rowOf } from '../scenarios/steered-rotation.ts';
import { type KitConsumer, kitConsumer, type ShapeName, shapeNames } from './kit-consumers.ts';
import { rotationWorld, seeded } from './rotation-world.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const prefix: KeyPlace = { prefix: 'ai-services' };
const secretName: KeyPlace = { secretName: 'ai-services-key' };

/** What a test opened. */
const opened: KitConsumer[] = [];
afterEach(() => {
  for (const { key } of opened.splice(0)) key.close();
});

/** One application for each shape. */
async function world(place: KeyPlace, breaks?: (keyturn: SimulatedKeyturn) => boolean) {
  const opening = await rotationWorld();
  const { keyturn, join } = opening;
  const random = seeded(7);
  const applications: KitConsumer[] = [];
  for (const shape of shapeNames) {
    const isBroken = () => applications.length === shapeNames.length && breaks?.(keyturn) === true;
    applications.push(await kitConsumer(keyturn, shape, place, random, isBroken));
    keyturn.clock.advance(4 * minuteMs);
  }
  opened.push(...applications);
  for (const application of applications) join(() => application.call());
  return { ...opening, applications };
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
      expect(events.some(({ kind }) => kind === 'key-refused')).toBe(false);
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
    const { applications, pass, rotateUntil, leak, ended } = await world(place);
    await leak(2 * 3600);
    await rotateUntil(ended);
    await pass(hourMs);
    expect(failed(applications)).toEqual({});
  });

  it('ask again with the new key when a leaked one ends within a minute, if their shape hears of the 401', async () => {
    const { applications, pass, rotateUntil, leak, ended } = await world(place);
    await leak(60);
    await rotateUntil(ended);
    await pass(hourMs);
    // What only hands out a key cannot hear that it was refused.
    expect(Object.keys(failed(applications))).toEqual(['credential', 'apiKey']);
    const hearing = applications.filter(({ shape }) => shape !== 'credential' && shape !== 'apiKey');
    expect(hearing.filter(({ events }) => events.some(({ kind }) => kind === 'key-refused')).length).toBeGreaterThan(1);
  });
});
