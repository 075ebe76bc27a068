import { describe, expect, it } from 'vitest';
import { holdUnlessChanged } from '../../../src/app/hardening/run-hardening.ts';
import { newHardeningRow } from '../../../src/hardening/hardening-row.ts';
import type { LeasedHardening } from '../../../src/hardening/lease-hardening.ts';

interface State {
  readonly change: { readonly id: string } | null;
  readonly last: string | null;
}

const before: State = { change: null, last: null };

function heldWith(state: State) {
  const givenBack: unknown[] = [];
  const never = async () => {
    throw new TypeError('nothing is saved');
  };
  const held: LeasedHardening<State> = {
    row: { ...newHardeningRow(state), lease: { kind: 'held', token: 't', saveSeq: 1 }, wakeSeq: 4 },
    fence: () => true,
    nowMs: () => 777,
    keepLease: async () => {},
    giveBack: async (change) => void givenBack.push(change),
    ...{ saveIntent: never, saveResult: never, release: never, remove: never },
  };
  return { held, givenBack };
}

describe('the row that a plan was made by', () => {
  it('is held when it says the same', async () => {
    const { held, givenBack } = heldWith({ ...before });
    expect(await holdUnlessChanged({ kind: 'held', held }, before)).toEqual({ kind: 'held', held });
    expect(givenBack).toEqual([]);
  });

  it.each<[string, State]>([
    // The loser keeps no lease, and moves no waking: the one who changes it goes on, by its own message.
    ['is given back as it is when somebody else began a change', { change: { id: 'other' }, last: null }],
    ['is given back as it is when somebody else ended one', { change: null, last: 'other' }],
  ])('%s', async (_, found) => {
    const { held, givenBack } = heldWith(found);
    const answer = await holdUnlessChanged({ kind: 'held', held }, before);
    expect(answer).toMatchObject({ kind: 'not-now', reason: 'lost-race', retryAfterMs: null });
    expect(givenBack).toEqual([{}]);
  });

  it('is given back when the change that was there before is there still', async () => {
    const running = { change: { id: 'other' }, last: null };
    const { held, givenBack } = heldWith(running);
    expect(await holdUnlessChanged({ kind: 'held', held }, running)).toMatchObject({ reason: 'lost-race' });
    expect(givenBack).toEqual([{}]);
  });

  it.each([
    [{ kind: 'busy', forMs: 1_234 } as const, 1_234],
    [{ kind: 'stale-message' } as const, null],
  ])('is not had when another is at it: %o', async (hold, retryAfterMs) => {
    expect(await holdUnlessChanged(hold, before)).toMatchObject({
      kind: 'not-now',
      reason: 'hardening-change-running',
      retryAfterMs,
    });
  });
});
