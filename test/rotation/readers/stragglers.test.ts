import { describe, expect, it } from 'vitest';
import { stragglersLookEveryMs, stragglersNoticeMs } from '../../../src/rotation/numbers.ts';
import type { ReadersView } from '../../../src/rotation/readers/readers-view.ts';
import { asksForReaders, keepForStragglers } from '../../../src/rotation/readers/stragglers.ts';
import { resume } from '../../../src/rotation/requests/apply-operator-request.ts';
import type { States } from '../../../src/rotation/state.ts';
import { iso } from '../../../src/shared/time.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildContext, buildLeak, buildState, hourMs, nowMs } from '../row-builder.ts';

const dayMs = 24 * hourMs;

const one = (identity: string) => ({
  ...{ identity, appId: null, name: null, resource: null },
  ...{ oldReadAt: iso(nowMs - hourMs), newReadAt: null },
});
const saw = (...stragglers: readonly string[]): ReadersView => ({
  asOf: iso(nowMs - hourMs),
  unknown: null,
  followers: [],
  stragglers: stragglers.map(one),
  unclear: [],
  leftOut: 0,
});
const unclear = (reason: 'log-not-answered' | 'log-late'): ReadersView => ({
  ...saw(),
  asOf: reason === 'log-late' ? iso(nowMs - hourMs) : null,
  unknown: { reason, detail: '', code: null, missingAction: null, fix: null },
});
const unknown = unclear('log-not-answered');
const late = unclear('log-late');

type Held = States['overlapping']['held'];
/** Kept for stragglers for `agoMs` already, counted from the overlap's end. */
const kept = (agoMs: number, lookAtMs = nowMs): States['overlapping'] => {
  const held: Held = { by: 'keyturn', reason: 'stragglers', atMs: nowMs - agoMs, stragglers: { untilMs: 0, lookAtMs } };
  return buildState('overlapping', { overlapUntilMs: nowMs - agoMs, held, readers: saw('web') });
};
const over = buildState('overlapping', { overlapUntilMs: nowMs });

function decide(
  state: States['overlapping'],
  readers: ReadersView | null,
  holdMs: number,
  after: 'continue' | 'suspend',
) {
  const { policy } = buildTarget({ policy: { stragglers: { holdMs, after } } });
  return keepForStragglers(state, readers, buildContext({ policy }));
}

const goesOn = (readers: ReadersView) => ({ kind: 'note', state: { kind: 'overlapping', held: null, readers } });
const keeps = (forMs: number, untilMs: number, readers: ReadersView) => ({
  kind: 'wait',
  reason: 'stragglers',
  forMs,
  state: { held: { by: 'keyturn', stragglers: { untilMs } }, readers },
});

describe('when the overlap is over, the old key', () => {
  it.each<[string, States['overlapping'], ReadersView | null, holdMs: number, object]>([
    ['goes if all have followed', over, saw(), dayMs, goesOn(saw())],
    ['goes if the log gave no answer', over, unknown, dayMs, goesOn(unknown)],
    ['goes if the log is late', over, late, dayMs, goesOn(late)],
    [
      'is kept for a minute if somebody reads it',
      over,
      saw('web'),
      0,
      keeps(stragglersNoticeMs, nowMs + stragglersNoticeMs, saw('web')),
    ],
    ['goes after that minute', kept(stragglersNoticeMs, nowMs + hourMs), null, 0, goesOn(saw('web'))],
    [
      'is kept for as long as the target says',
      over,
      saw('web'),
      dayMs,
      keeps(stragglersLookEveryMs, nowMs + dayMs, saw('web')),
    ],
    [
      'is kept while somebody is seen, as it was first written down',
      kept(hourMs),
      { ...saw('web'), asOf: iso(nowMs) },
      dayMs,
      keeps(stragglersLookEveryMs, nowMs + dayMs - hourMs, saw('web')),
    ],
    [
      'is kept while somebody else is seen, which is written down',
      kept(hourMs),
      saw('web', 'job'),
      dayMs,
      keeps(stragglersLookEveryMs, nowMs + dayMs - hourMs, saw('web', 'job')),
    ],
    [
      'is kept if a later look tells nothing',
      kept(hourMs),
      unknown,
      dayMs,
      keeps(stragglersLookEveryMs, nowMs + dayMs - hourMs, saw('web')),
    ],
    [
      'is kept until the next look, whatever woke the rotation',
      kept(hourMs, nowMs + 600_000),
      null,
      dayMs,
      keeps(600_000, nowMs + dayMs - hourMs, saw('web')),
    ],
    [
      'is kept no longer than the rest of the hold',
      kept(dayMs - 600_000),
      saw('web'),
      dayMs,
      keeps(600_000, nowMs + 600_000, saw('web')),
    ],
    ['goes once all have followed', kept(hourMs), saw(), dayMs, goesOn(saw())],
    ['goes when the hold is over', kept(dayMs), saw('web'), dayMs, goesOn(saw('web'))],
    ['goes when the target asks for no hold any more', kept(hourMs), saw('web'), 0, goesOn(saw('web'))],
  ])('%s', (_, state, readers, holdMs, expected) => {
    expect(decide(state, readers, holdMs, 'continue')).toMatchObject(expected);
  });

  it('waits for a person when the hold is over, if the target says so, and goes once they resume', () => {
    expect(decide(kept(dayMs), saw('web'), dayMs, 'suspend')).toEqual({ kind: 'suspend', reason: 'stragglers-remain' });
    expect(decide(kept(stragglersNoticeMs), null, 0, 'suspend')).toMatchObject(goesOn(saw('web')));
    const suspended = { kind: 'suspended', reason: 'stragglers-remain', sinceMs: nowMs, from: kept(dayMs) } as const;
    const resumed = resume(suspended, nowMs);
    expect(resumed).toMatchObject({ kind: 'overlapping', held: null, readers: saw('web') });
    expect(asksForReaders({ leak: null, leaks: [] }, resumed as States['overlapping'], nowMs)).toBe(false);
  });
});

describe('the log is asked', () => {
  const quiet = { leak: null, leaks: [] };
  it.each<[string, Parameters<typeof asksForReaders>[0], States['overlapping'], boolean]>([
    ['once', quiet, over, true],
    ['not twice', quiet, { ...over, readers: saw() }, false],
    ['again when its time has come, while the old key is kept', quiet, kept(hourMs), true],
    ['not before', quiet, kept(hourMs, nowMs + 1), false],
    ['not while a person holds the rotation', quiet, { ...kept(0), held: { by: 'a', reason: 'b', atMs: 0 } }, false],
    ['not while a key counts as leaked', { leak: null, leaks: [buildLeak()] }, over, false],
    ['not once a key is reported', { leak: buildLeak(), leaks: [] }, over, false],
  ])('%s', (_, row, state, asked) => {
    expect(asksForReaders(row, state, nowMs)).toBe(asked);
  });
});
