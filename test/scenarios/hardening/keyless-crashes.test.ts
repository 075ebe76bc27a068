import { describe, expect, it } from 'vitest';
import { tried } from '../../vitest/whole-search.ts';
import { consumerId } from './hardening-keyturn.ts';
import { adopted, confirm, isOff, patches, targetOf, viewOf } from './keyless-keyturn.ts';

const minuteMs = 60_000;

describe('a worker that dies', () => {
  it.each(tried([1, 2, 3, 4, 5, 6, 8, 10, 14, 18, 22, 26], 3))(
    'at call %i of turning keys off leaves a change that ends by itself',
    async (calls) => {
      const world = await adopted();
      const before = world.azure.calls.length;
      const { revive } = world.dieWhen(() => world.azure.calls.length - before >= calls + 5);
      const outcome = await world.keyless(true, { identities: [consumerId], confirm }).catch((error: unknown) => error);
      revive();
      world.clock.advance(4 * minuteMs);
      await world.app.sweep();
      await world.deliver();
      const view = await viewOf(world);
      expect(view.change).toBeNull();
      if (view.lastChange === null) {
        // It died before the intent was saved: nothing was changed.
        expect(outcome).toBeInstanceOf(Object);
        expect(isOff(world)).toBe(false);
      } else {
        expect(view.lastChange.outcome).toBe('keys-off');
        expect(isOff(world)).toBe(true);
      }
      expect(patches(world)).toBeLessThanOrEqual(2);
    },
  );

  it.each(tried([1, 3, 5, 8, 12, 16, 20], 3))(
    'at call %i of turning keys on leaves a change that ends by itself',
    async (calls) => {
      const world = await adopted();
      await world.keyless(true, { identities: [consumerId], confirm });
      await world.deliver();
      const before = world.azure.calls.length;
      const { revive } = world.dieWhen(() => world.azure.calls.length - before >= calls + 3);
      await world.keyless(false).catch(() => {});
      revive();
      world.clock.advance(5 * minuteMs);
      await world.app.sweep();
      await world.deliver();
      await world.keyless(false);
      await world.deliver();
      expect(isOff(world)).toBe(false);
      expect(await viewOf(world)).toMatchObject({ change: null, lastChange: { outcome: 'keys-on' } });
      expect((await targetOf(world)).state).toBe('awaiting-first-rotation');
    },
  );
});
