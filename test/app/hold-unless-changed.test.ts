import { describe, expect, it } from 'vitest';
import { holdUnlessChanged } from '../../src/app/hold-unless-changed.ts';
import type { HeldPosture } from '../../src/posture/hold-posture.ts';

interface State {
  readonly change: { readonly id: string } | null;
  readonly last: string | null;
}

const before: State = { change: null, last: null };

function heldWith(state: State) {
  const released: unknown[][] = [];
  const held: HeldPosture<State> = {
    row: { schemaVersion: 1, lease: { token: 't', saveSeq: 1 }, wakeAtMs: null, wakeSeq: 4, retrying: null, state },
    fence: () => true,
    nowMs: () => 777,
    save: async (...args) => void released.push(['save', ...args]),
    keepLease: async () => {},
    release: async (...args) => void released.push(['release', ...args]),
  };
  return { held, released };
}

describe('the row that a plan was made by', () => {
  it('is held when it says the same', async () => {
    const { held, released } = heldWith({ ...before });
    expect(await holdUnlessChanged({ kind: 'held', held }, before)).toEqual({ kind: 'held', held });
    expect(released).toEqual([]);
  });

  it.each<[string, State, number | null]>([
    // The loser keeps no lease: whoever changes it goes on at once.
    ['is given back, and woken, when somebody else began a change', { change: { id: 'other' }, last: null }, 777],
    ['is given back when somebody else ended one', { change: null, last: 'other' }, null],
  ])('%s', async (_, found, wakeAtMs) => {
    const { held, released } = heldWith(found);
    const answer = await holdUnlessChanged({ kind: 'held', held }, before);
    expect(answer).toMatchObject({ kind: 'not-now', reason: 'lost-race', retryAfterMs: null });
    expect(released).toEqual([['release', found, wakeAtMs]]);
  });

  it('is given back when the change that was there before is there still', async () => {
    const running = { change: { id: 'other' }, last: null };
    const { held, released } = heldWith(running);
    expect(await holdUnlessChanged({ kind: 'held', held }, running)).toMatchObject({ reason: 'lost-race' });
    expect(released).toEqual([['release', running, 777]]);
  });

  it.each([
    [{ kind: 'busy', forMs: 1_234 } as const, 1_234],
    [{ kind: 'old-hint' } as const, null],
  ])('is not had when another is at it: %o', async (hold, retryAfterMs) => {
    expect(await holdUnlessChanged(hold, before)).toMatchObject({
      kind: 'not-now',
      reason: 'posture-change-running',
      retryAfterMs,
    });
  });
});
