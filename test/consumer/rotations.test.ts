/** Applications that use the kit live through whole rotations, rollbacks and leaks, on the true clients. */
import { afterEach, describe, expect, it } from 'vitest';
import type { KeyPlace } from '../../consumer/src/contract.ts';
import type { SimulatedKeyturn } from '../scenarios/simulated-keyturn.ts';
import { operator, rotationOf, rowOf } from '../scenarios/steered-rotation.ts';
import { tried } from '../vitest/whole-search.ts';
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
async function world(
  place: KeyPlace,
  breaks?: (keyturn: SimulatedKeyturn) => boolean,
  shapes: readonly ShapeName[] = shapeNames,
) {
  const opening = await rotationWorld();
  const { keyturn, join } = opening;
  const random = seeded(7);
  const applications: KitConsumer[] = [];
  for (const shape of shapes) {
    const isBroken = () => applications.length === shapes.length && breaks?.(keyturn) === true;
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

const places = [
  ['by the pointer', prefix],
  ['by the direct value', secretName],
] as const;

describe.each(places)('applications that read the key %s', (_name, place) => {
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

  it('notice nothing of a leaked key that ends after five minutes, whatever their shape, if they hear of the switch', async () => {
    const { applications, events, join, pass, rotateUntil, leak, ended } = await world(place);
    let heard = 0;
    join(async () => {
      for (const event of events.slice(heard)) for (const { key } of applications) key.keySwitched(event);
      heard = events.length;
    });
    await leak(5 * 60);
    await rotateUntil(ended);
    await pass(hourMs);
    expect(failed(applications)).toEqual({});
    expect(applications.some(({ events: told }) => told.some(({ kind }) => kind === 'key-refused'))).toBe(false);
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

/** An event of a version that does not exist, as somebody sends it who knows all the names. */
function forged(published: unknown, version: string): unknown {
  const event = structuredClone(published) as { data: { secrets: Record<string, { version: string }> } };
  for (const secret of Object.values(event.data.secrets)) secret.version = version;
  return event;
}

/** How events come to the applications. */
interface Delivery {
  /** What each application is told in this minute. */
  readonly tell: (
    events: { readonly all: readonly unknown[]; readonly fresh: readonly unknown[] },
    minute: number,
  ) => readonly unknown[];
  /** Whether all have the new key four minutes after the switch; left out: some may. */
  readonly isFollowed?: boolean;
  /** So many calls of the vault an hour at most. */
  readonly mostCalls: number;
}

/** By the pointer: two calls for each of three reads, and what two switches add. */
const callsAnHour = 10;

const deliveries: Readonly<Record<string, Delivery>> = {
  'come on time': { tell: ({ fresh }) => fresh, isFollowed: true, mostCalls: callsAnHour },
  'come a hundred times': {
    tell: ({ fresh }) => Array.from({ length: 100 }, () => fresh).flat(),
    isFollowed: true,
    mostCalls: callsAnHour,
  },
  'are lost': { tell: () => [], isFollowed: false, mostCalls: callsAnHour },
  'come a rotation late, with the next one before them': {
    tell: ({ all, fresh }) => (all.length === 2 && fresh.length > 0 ? all.toReversed() : []),
    mostCalls: callsAnHour,
  },
  'are forged, ten a minute': {
    tell: ({ all }, minute) => Array.from({ length: 10 }, (_, index) => forged(all[0], `${minute} ${index}`)),
    mostCalls: callsAnHour + 2 * 60,
  },
};

describe.each(places)('events of a switch that applications hear, which read the key %s', (_name, place) => {
  it.each(tried(Object.entries(deliveries), 3))(
    'cost no request if they %s',
    async (_how, { tell, isFollowed, mostCalls }) => {
      const shapes = ['credential', 'fetch'] as const;
      const { keyturn, events, join, applications, pass, rotateUntil, rotate, ended } = await world(
        place,
        undefined,
        shapes,
      );
      const fromMs = keyturn.clock.nowMs();
      const callsBefore = applications.map(({ vaultCalls }) => vaultCalls());
      let heard = 0;
      join(async () => {
        // Who forges them has seen one.
        if (events.length === 0) return;
        const told = tell({ all: events, fresh: events.slice(heard) }, keyturn.clock.nowMs());
        heard = events.length;
        for (const event of told) for (const { key } of applications) key.keySwitched(event);
      });
      for (const rotations of [1, 2]) {
        await rotate();
        await rotateUntil(() => events.length === rotations);
        await pass(4 * minuteMs);
        const { followed } = Object(rotationOf(keyturn.journal));
        const follow = applications.every(({ events: told }) =>
          told.some((event) => event.kind === 'key-changed' && [followed.key, followed.direct].includes(event.version)),
        );
        if (isFollowed !== undefined) expect(follow).toBe(isFollowed);
        await rotateUntil(ended);
        expect(rowOf(keyturn.journal).lastEnd).toMatchObject({ outcome: 'completed' });
        await pass(3 * hourMs);
      }
      expect(events).toHaveLength(2);
      expect(failed(applications)).toEqual({});
      const hours = (keyturn.clock.nowMs() - fromMs) / hourMs;
      const calls = applications.map(({ vaultCalls }, index) => (vaultCalls() - (callsBefore[index] ?? 0)) / hours);
      expect(Math.max(...calls)).toBeLessThanOrEqual(mostCalls);
      // A bound that nothing comes near would show nothing.
      expect(Math.max(...calls)).toBeGreaterThan(mostCalls / 4);
    },
  );
});
