import { describe, expect, it } from 'vitest';
import { lookPromise, mostLooksInSubscription, roomForLooks } from '../../../src/app/sweep/look-share.ts';
import type { Origin } from '../../../src/rotation/schedule/fleet-facts.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, buildState, hourMs, nowMs } from '../../rotation/row-builder.ts';

const minuteMs = 60_000;
const [here, there] = ['11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222'];

function inSubscription(subscriptionId: string, driftEveryMs = hourMs) {
  const { account } = buildTarget();
  return buildTarget({ account: { ...account, subscriptionId }, policy: { driftEveryMs } });
}

describe('room for looks in a subscription', () => {
  const rotating = (count: number, overlapUntilMs: number, origin: Origin = 'declared', subscription = here) =>
    Array.from({ length: count }, () => ({
      target: inSubscription(subscription),
      origin,
      row: buildRow({ rotation: buildState('overlapping', { overlapUntilMs }) }),
    }));
  const soon = nowMs + 100_000;

  it.each<[string, ReturnType<typeof rotating>, declared: number, discovered: number]>([
    ['is half of what its bucket gains, if nothing else comes', [], 750, 750],
    ['is the same beside rotations that leave as much', rotating(375, soon), 750, 750],
    ['is what rotations leave', rotating(600, soon), 300, 300],
    ['is none if they take all', rotating(751, soon), 0, 0],
    ['is not less for what comes later', rotating(751, nowMs + 150_000), 750, 750],
    ['is less for what comes before that', rotating(751, nowMs + 149_999), 0, 0],
    ['is not less for rotations elsewhere', rotating(751, soon, 'declared', there), 750, 750],
    ['is less for discovered targets alone, beside rotations of theirs', rotating(600, soon, 'discovered'), 750, 300],
  ])('%s', (_, members, declared, discovered) => {
    const room = roomForLooks(members, nowMs);
    expect([room('declared', inSubscription(here)), room('discovered', inSubscription(here))]).toEqual([
      declared,
      discovered,
    ]);
  });
});

describe('how often targets are looked at', () => {
  const resting = (count: number, subscription = here, driftEveryMs = hourMs, lookedAtMs = nowMs) =>
    Array.from({ length: count }, () => ({ target: inSubscription(subscription, driftEveryMs), lookedAtMs }));
  const inOne = mostLooksInSubscription;
  const many = 12 * inOne;

  it.each<[string, ReturnType<typeof resting>, sweepsEveryMinutes: number, minutes: number, setBy: string]>([
    ['is never asked, without targets', [], 5, 0, 'targets'],
    ['is as targets ask', resting(2), 5, 60, 'targets'],
    ['is as the one asks that asks most rarely', [...resting(2), ...resting(1, here, 3 * hourMs)], 5, 180, 'targets'],
    ['is every hour for 5,000 in one subscription', resting(5_000), 5, 60, 'targets'],
    ['is every hour for as many as an hour has room for', resting(many), 5, 60, 'targets'],
    ['is a sweep more for one more', resting(many + 1), 5, 65, 'subscription'],
    ['is every hour for as many in two subscriptions', [...resting(many), ...resting(many, there)], 5, 60, 'targets'],
    ['is as the fuller subscription allows', [...resting(2 * many), ...resting(many, there)], 5, 120, 'subscription'],
    ['is rarer if sweeps are', resting(5_000), 30, 210, 'subscription'],
    ['is every sweep if targets ask for more', resting(inOne, here, minuteMs), 5, 5, 'subscription'],
  ])('%s', (_, all, sweepsEveryMinutes, minutes, setBy) => {
    const promised = lookPromise(all, sweepsEveryMinutes * minuteMs, nowMs);
    expect([promised.everyMs / minuteMs, promised.setBy]).toEqual([minutes, setBy]);
  });

  it('is kept up to a sweep later, and the two and a half minutes in which it looks', () => {
    const lateMs = hourMs + 5 * minuteMs + 150_000;
    const seen = (agoMs: number) => lookPromise(resting(3, here, hourMs, nowMs - agoMs), 5 * minuteMs, nowMs);
    expect(seen(lateMs)).toMatchObject({ late: 0, oldestMs: nowMs - lateMs });
    expect(seen(lateMs + 1)).toMatchObject({ late: 3 });
    const all = [...resting(2), ...resting(1, there, hourMs, nowMs - 2 * hourMs)];
    expect(lookPromise(all, 5 * minuteMs, nowMs)).toMatchObject({ late: 1, oldestMs: nowMs - 2 * hourMs });
    expect(lookPromise([], 5 * minuteMs, nowMs)).toMatchObject({ late: 0, oldestMs: null });
  });
});
