import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Target, TargetPolicy } from '../../../src/keys/target.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { sweepAnswer } from '../../../src/rotation/schedule/due.ts';
import { writesOf } from '../../../src/rotation/schedule/expected-writes.ts';
import {
  type FleetLimits,
  type FleetMember,
  fleetFacts,
  noFleetLimits,
  type Origin,
} from '../../../src/rotation/schedule/fleet-facts.ts';
import { planStarts } from '../../../src/rotation/schedule/plan-starts.ts';
import { neverReset, type ResetAt } from '../../../src/rotation/schedule/resets.ts';
import type { LeakedKey } from '../../../src/rotation/state.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, buildState, hourMs, nowMs } from '../row-builder.ts';

const minuteMs = 60_000;
const dayMs = 24 * hourMs;
const subscriptions = ['11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222'] as const;
const limits: FleetLimits = {
  maxRunning: 5,
  maxRunningPerSubscription: 5,
  stopAfterFailures: 5,
  startJitterMs: 0,
  discoveredCanaries: false,
};

type Member = FleetMember & { readonly savedAtMs: number };

interface Part {
  readonly name: string;
  readonly origin: Origin;
  readonly subscription?: string;
  /** Default: one of its own. */
  readonly vault?: string;
  readonly policy?: Partial<TargetPolicy>;
  readonly row?: Partial<AccountRow>;
  readonly expiresInMs?: number;
}

/** A target that is due since 40 days, unless the part says otherwise. */
function member(part: Part): Member {
  const { name, origin, subscription = subscriptions[0], vault = name, policy = {}, row = {}, expiresInMs } = part;
  const { account } = buildTarget();
  const vaultUrl = `https://kv-${vault}.vault.azure.net`;
  const target: Target = buildTarget({
    name,
    account: { ...account, subscriptionId: subscription, account: name, armId: `${account.armId}-${name}` },
    vaultUrl,
    policy,
  });
  const expiresAtMs = expiresInMs === undefined ? null : nowMs + expiresInMs;
  return { target, origin, row: buildRow({ vaultUrl, ...row }), nowMs, savedAtMs: nowMs - dayMs, expiresAtMs };
}

/** What a sweep does about each, by name: a reason to leave it, or after how many milliseconds it sets out. */
function sweep(members: readonly Member[], { bounds = limits, reset = neverReset, atMs = nowMs }: Sweep = {}) {
  const now = members.map((one) => ({ ...one, nowMs: atMs }));
  const facts = fleetFacts(now, bounds, reset);
  const answered = now.map((one) => ({ member: one, answer: sweepAnswer(one, one.target, facts) }));
  const planned = planStarts(answered, facts);
  expect(planned).toHaveLength(members.length);
  return new Map(
    planned.map(({ member: one, answer, delayMs }) => [
      one.target.name,
      answer.kind === 'start' ? delayMs : answer.reason,
    ]),
  );
}

interface Sweep {
  readonly bounds?: FleetLimits;
  readonly reset?: ResetAt;
  readonly atMs?: number;
}

const failedAt = (sinceMs: number): AccountRow['rotation'] => ({
  kind: 'suspended',
  reason: 'pointer-moved',
  sinceMs,
  from: buildState('probing', { cause: 'schedule', startedAtMs: sinceMs - hourMs }),
});
const runningSince = (startedAtMs: number, overlapUntilMs = nowMs + 1000 * dayMs) =>
  buildState('overlapping', { cause: 'schedule', startedAtMs, overlapUntilMs });
const many = (count: number, part: Omit<Part, 'name'>) =>
  Array.from({ length: count }, (_, index) => member({ ...part, name: `other-${index}` }));

const wholeYear = { windows: [], blackouts: [{ from: '01-01', to: '12-30', timeZone: 'UTC' }] };
const rareWindow = {
  windows: [{ days: ['mon'], from: '03:00', lengthMs: minuteMs, timeZone: 'UTC' }],
  blackouts: [{ from: '01-01', to: '12-20', timeZone: 'UTC' }],
} as const;

/** It would wait for canaries for ten days more. */
const justDue = { adoptedAtMs: nowMs - 60 * dayMs };

describe('what the tags of discovered accounts say', () => {
  const cases: readonly (readonly [string, readonly Member[]])[] = [
    [
      'a canary with a blackout of the whole year and a short interval',
      many(1, { origin: 'discovered', policy: { canary: true, calendar: wholeYear, rotateEveryMs: 3 * hourMs } }),
    ],
    ['a canary with a rare window', many(1, { origin: 'discovered', policy: { canary: true, calendar: rareWindow } })],
    [
      'a canary in an overlap of years',
      many(1, { origin: 'discovered', policy: { canary: true }, row: { rotation: runningSince(nowMs - dayMs) } }),
    ],
    [
      'a canary that is suspended',
      many(1, { origin: 'discovered', policy: { canary: true }, row: { rotation: failedAt(nowMs - dayMs) } }),
    ],
    ['five suspended rotations', many(5, { origin: 'discovered', row: { rotation: failedAt(nowMs - 11 * minuteMs) } })],
    [
      'overlaps of years that fill the running slots',
      many(100, { origin: 'discovered', row: { rotation: runningSince(nowMs - 11 * minuteMs) } }),
    ],
    [
      'overlaps that all end at one instant in a year',
      many(1_000, { origin: 'discovered', row: { rotation: runningSince(nowMs - dayMs, nowMs + 365 * dayMs) } }),
    ],
    [
      'an account whose adoption went elsewhere',
      many(3, { origin: 'discovered', policy: { canary: true }, row: { prefix: 'elsewhere' } }),
    ],
  ];
  it.each(cases)('holds up neither a declared nor another discovered target: %s', (_, others) => {
    const answers = sweep([
      ...others,
      member({ name: 'declared', origin: 'declared', row: justDue }),
      member({ name: 'discovered', origin: 'discovered', row: justDue }),
    ]);
    expect({ declared: answers.get('declared'), discovered: answers.get('discovered') }).toEqual({
      declared: 0,
      discovered: 0,
    });
  });

  it.each<[string, readonly Member[]]>([
    ['five fresh suspensions', many(5, { origin: 'discovered', row: { rotation: failedAt(nowMs - minuteMs) } })],
    ['five fresh rotations', many(5, { origin: 'discovered', row: { rotation: runningSince(nowMs - minuteMs) } })],
    [
      'overlaps that all end now',
      many(1_000, { origin: 'discovered', row: { rotation: runningSince(nowMs - dayMs, nowMs) } }),
    ],
    ['five hundred that are due', many(500, { origin: 'discovered', row: { adoptedAtMs: nowMs - 900 * dayMs } })],
    [
      'five hundred that expire within a week',
      many(500, { origin: 'discovered', expiresInMs: dayMs, row: { adoptedAtMs: nowMs - 900 * dayMs } }),
    ],
  ])('holds up no declared target even for a moment: %s', (_, others) => {
    const answers = sweep([...others, member({ name: 'declared', origin: 'declared' })]);
    expect(answers.get('declared')).toBe(0);
  });

  it.each<[string, readonly Member[], string]>([
    [
      'suspensions',
      many(5, { origin: 'discovered', row: { rotation: failedAt(nowMs - minuteMs) } }),
      'circuit-breaker-open',
    ],
    [
      'rotations in flight',
      many(5, { origin: 'discovered', row: { rotation: runningSince(nowMs - minuteMs) } }),
      'fleet-busy',
    ],
  ])('holds up a discovered target for ten minutes by five %s', (_, others, reason) => {
    const all = [...others, member({ name: 'late', origin: 'discovered' })];
    expect(sweep(all).get('late')).toBe(reason);
    expect(sweep(all, { atMs: nowMs + 9 * minuteMs - 1 }).get('late')).toBe(reason);
    expect(sweep(all, { atMs: nowMs + 9 * minuteMs }).get('late')).toBe(0);
  });

  it('makes canaries for others if a setting lets it, for ten days at most', () => {
    const bounds = { ...limits, discoveredCanaries: true };
    const canary = { origin: 'discovered', policy: { canary: true, rotateEveryMs: 3 * dayMs } } as const;
    const all = [
      ...many(1, canary),
      member({ name: 'late', origin: 'declared', row: { adoptedAtMs: nowMs - 60 * dayMs } }),
    ];
    expect(sweep(all, { bounds }).get('late')).toBe('canaries-first');
    expect(sweep(all, { bounds, atMs: nowMs + 10 * dayMs - 1 }).get('late')).toBe('canaries-first');
    expect(sweep(all, { bounds, atMs: nowMs + 10 * dayMs }).get('late')).toBe(0);
    expect(sweep(all).get('late')).toBe(0);
  });
});

describe('a declared canary', () => {
  const canaryOf = (part: Omit<Part, 'name' | 'origin'>) =>
    member({ ...part, name: 'canary', origin: 'declared', policy: { ...part.policy, canary: true } });
  /** Due at `dueMs`. */
  const late = (dueMs = nowMs) =>
    member({ name: 'late', origin: 'declared', row: { adoptedAtMs: dueMs - 60 * dayMs } });

  it.each<[string, Omit<Part, 'name' | 'origin'>, unknown]>([
    ['that is due holds up the others', {}, 'canaries-first'],
    ['that is suspended holds up the others', { row: { rotation: failedAt(nowMs - dayMs) } }, 'canaries-first'],
    ['whose next window is months away holds up nobody', { policy: { calendar: rareWindow } }, 0],
    ['whose blackout lasts for months holds up nobody', { policy: { calendar: wholeYear } }, 0],
    ['that waits for its first rotation holds up nobody', { row: { firstRotationConfirmedBy: null } }, 0],
  ])('%s', (_, canary, expected) => {
    expect(sweep([canaryOf(canary), late()]).get('late')).toBe(expected);
  });

  it('holds up nobody for longer than ten days since that target could start', () => {
    const all = [canaryOf({ row: { rotation: failedAt(nowMs - dayMs) } }), late()];
    expect(sweep(all, { atMs: nowMs + 10 * dayMs - 1 }).get('late')).toBe('canaries-first');
    expect(sweep(all, { atMs: nowMs + 10 * dayMs }).get('late')).toBe(0);
  });

  it.each<[string, Partial<AccountRow>]>([
    ['is due', {}],
    ['is in flight', { rotation: runningSince(nowMs - hourMs) }],
    ['is suspended', { rotation: failedAt(nowMs - hourMs) }],
  ])('that %s holds up nobody once it is lifted', (_, row) => {
    const all = [canaryOf({ row }), late()];
    expect(sweep(all, { reset: { ...neverReset, canaries: nowMs } }).get('late')).toBe(0);
    expect(sweep(all, { reset: { ...neverReset, canaries: nowMs - 48 * dayMs } }).get('late')).toBe('canaries-first');
  });

  it('holds up the others again when it is due for the next time after a lift', () => {
    const reset = { ...neverReset, canaries: nowMs };
    // Due by the time of the lift, it starts an hour later.
    const started = canaryOf({ row: { rotation: runningSince(nowMs + hourMs) } });
    expect(sweep([started, late()], { reset, atMs: nowMs + 2 * hourMs }).get('late')).toBe(0);
    const { fingerprintsBefore: fingerprints } = buildState('probing');
    const doneAtMs = nowMs + 3 * hourMs;
    const through = canaryOf({ row: { lastDone: { rotationId: 'r0', salt: 's', fingerprints, atMs: doneAtMs } } });
    const againMs = doneAtMs + 60 * dayMs;
    expect(sweep([through, late(againMs)], { reset, atMs: againMs }).get('late')).toBe('canaries-first');
  });
});

it('a canary with a short interval that was lifted holds up the others again after its next rotation', () => {
  const { fingerprintsBefore: fingerprints } = buildState('probing');
  const lastDone = { rotationId: 'r0', salt: 's', fingerprints, atMs: nowMs - hourMs };
  const canary = member({
    name: 'canary',
    origin: 'declared',
    policy: { canary: true, rotateEveryMs: 3 * dayMs },
    row: { lastDone },
  });
  const all = [canary, member({ name: 'late', origin: 'declared', row: justDue })];
  const resetAt = (canaries: number) => sweep(all, { reset: { ...neverReset, canaries } }).get('late');
  expect(resetAt(nowMs - hourMs - 1)).toBe('canaries-first');
  expect(resetAt(nowMs - hourMs)).toBe(0);
});

it('discovered targets find the bucket as declared starts and overlaps leave it', () => {
  const one = member({ name: 'one', origin: 'discovered', policy: { overlapMs: 5 * hourMs } });
  const bounds = noFleetLimits;
  expect(sweep([...many(89, { origin: 'declared' }), one], { bounds }).get('one')).toBe(0);
  expect(sweep([...many(90, { origin: 'declared' }), one], { bounds }).get('one')).toBe(1_000);
  const ending = many(90, { origin: 'declared', row: { rotation: runningSince(nowMs - dayMs, nowMs) } });
  expect(sweep([...ending, one], { bounds }).get('one')).toBe(1_000);
});

it('a discovered target finds the bucket as the second writes of declared starts leave it', () => {
  const one = member({ name: 'one', origin: 'discovered' });
  const starting = many(50, { origin: 'declared' });
  const laterMs = nowMs + (writesOf(one.target).at(-1)?.afterMs ?? Number.NaN);
  const sweptWith = (ending: number) => {
    const others = many(ending, { origin: 'declared', row: { rotation: runningSince(nowMs - dayMs, laterMs) } });
    return sweep([...starting, ...others, one], { bounds: noFleetLimits }).get('one');
  };
  expect(sweptWith(39)).toBe(0);
  expect(sweptWith(40)).toBe(1_000);
});

describe('targets of one vault', () => {
  const bounds = noFleetLimits;
  const inOne = (count: number, part: Omit<Part, 'name'>) => many(count, { ...part, vault: 'shared' });
  const starts = (members: readonly Member[]) => [...sweep(members, { bounds }).values()];

  it('start fifteen at once, then as many a second as it takes: each stores two secrets before its new key is proved', () => {
    expect(starts(inOne(29, { origin: 'declared' }))).toEqual([...Array(15).fill(0), ...Array(13).fill(1_000), 2_000]);
  });

  it('wait for the next sweep if the vault has no room until then', () => {
    const answers = starts(
      Array.from({ length: 3_000 }, (_, index) =>
        member({ name: `${index}`, origin: 'declared', vault: 'shared', subscription: `${index % 4}` }),
      ),
    );
    expect(answers).not.toContain('subscription-busy');
    const begun = answers.filter((answer) => typeof answer === 'number');
    expect(answers.filter((answer) => answer === 'vault-busy')).toHaveLength(3_000 - begun.length);
    // Proved for forty seconds, then the pointer is stored, too.
    const stored = begun.flatMap((atMs) => [atMs, atMs, atMs + 45_000]).filter((atMs) => atMs <= 300_000);
    expect(stored.length).toBeGreaterThan(0.98 * 27 * 300);
    for (let fromMs = 0; fromMs <= 300_000; fromMs += 1_000)
      expect(stored.filter((atMs) => atMs >= fromMs && atMs < fromMs + 10_000).length).toBeLessThanOrEqual(300);
  });

  it('hold up none of another vault', () => {
    const other = member({ name: 'other', origin: 'declared' });
    expect(sweep([...inOne(60, { origin: 'declared' }), other], { bounds }).get('other')).toBe(0);
  });

  it('find what others in flight still store', () => {
    const ending = inOne(30, { origin: 'declared', row: { rotation: runningSince(nowMs - dayMs, nowMs) } });
    expect(
      sweep([...ending, member({ name: 'one', origin: 'declared', vault: 'shared' })], { bounds }).get('one'),
    ).toBe(1_000);
  });

  it('wait for no discovered ones if they are declared', () => {
    const one = (origin: Origin) => member({ name: 'one', origin, vault: 'shared' });
    const declared = inOne(15, { origin: 'declared' });
    expect(sweep([...inOne(15, { origin: 'discovered' }), one('declared')], { bounds }).get('one')).toBe(0);
    expect(sweep([...declared, one('discovered')], { bounds }).get('one')).toBe(1_000);
  });
});

describe('what starts in a sweep counts in it', () => {
  const [here, there] = subscriptions;
  const bounds = (change: Partial<FleetLimits>) => ({ bounds: { ...noFleetLimits, ...change } });
  const due = (name: string, subscription: string, origin: Origin = 'declared') =>
    member({ name, subscription, origin });

  it('against how many run', () => {
    const all = [due('one', here), due('two', there), due('three', here), due('found', there, 'discovered')];
    expect([...sweep(all, bounds({ maxRunning: 2 })).values()]).toEqual([0, 0, 'fleet-busy', 'fleet-busy']);
  });

  it('against how many run in its subscription', () => {
    const all = [due('one', here), due('two', here), due('three', here), due('other', there)];
    const answers = sweep(all, bounds({ maxRunningPerSubscription: 2 }));
    expect(Object.fromEntries(answers)).toEqual({ one: 0, two: 0, three: 'subscription-busy', other: 0 });
  });

  it('against discovered ones only if it was discovered', () => {
    const soon = member({ name: 'soon', origin: 'discovered', expiresInMs: dayMs });
    const all = [due('found', here, 'discovered'), due('declared', here), soon];
    expect(Object.fromEntries(sweep(all, bounds({ maxRunning: 1 })))).toEqual({
      soon: 0,
      declared: 0,
      found: 'fleet-busy',
    });
  });
});

describe('what expires within seven days', () => {
  const sevenDays = 7 * dayMs;
  it.each<[string, readonly Member[], string]>([
    ['canaries', [member({ name: 'canary', origin: 'declared', policy: { canary: true } })], 'canaries-first'],
    [
      'rotations in flight',
      many(5, { origin: 'declared', row: { rotation: runningSince(nowMs - dayMs) } }),
      'fleet-busy',
    ],
  ])('waits for no %s', (_, others, reason) => {
    // It has been free to start for two days: else it would wait for no canary any more.
    const calendar = { windows: [], blackouts: [{ from: '2025-11-01', to: '2026-01-02', timeZone: 'UTC' }] };
    const late = (expiresInMs: number) =>
      sweep([...others, member({ name: 'late', origin: 'declared', expiresInMs, policy: { calendar } })]).get('late');
    expect(late(sevenDays)).toBe(0);
    expect(late(sevenDays + 1)).toBe(reason);
  });

  it('goes first, a discovered one before declared ones that are only due', () => {
    // The bucket has room for 1440 starts in five minutes.
    const others = many(2_000, { origin: 'declared', row: { adoptedAtMs: nowMs - 900 * dayMs } });
    const soon = member({ name: 'soon', origin: 'discovered', expiresInMs: sevenDays });
    const later = member({ name: 'later', origin: 'discovered', expiresInMs: sevenDays + 1 });
    const answers = sweep([...others, later, soon], { bounds: noFleetLimits });
    expect(answers.get('soon')).toBe(0);
    expect(answers.get('later')).toBe('subscription-busy');
  });
});

describe('a leaked key that nothing replaces', () => {
  const leak: LeakedKey = {
    ...{ slot: 'key1', overlapMs: minuteMs, by: 'operator-2', reason: null, seen: null, rotationId: 'r2' },
    ...{ atMs: nowMs - hourMs, keys: [], isKnown: true, lookedAtMs: nowMs, seenAtMs: nowMs },
    ...{ goneSinceMs: null, failure: null },
  };
  const row = { leaks: [leak] };
  it.each<[string, others: readonly Member[], policy: Partial<TargetPolicy>, reason: string]>([
    ['blackouts', [], { calendar: wholeYear }, 'blackout'],
    ['windows', [], { calendar: { ...rareWindow, blackouts: [] } }, 'outside-window'],
    [
      'an open breaker',
      many(5, { origin: 'declared', row: { rotation: failedAt(nowMs - dayMs) } }),
      {},
      'circuit-breaker-open',
    ],
    ['canaries', many(1, { origin: 'declared', policy: { canary: true } }), {}, 'canaries-first'],
    [
      'rotations in flight',
      many(5, { origin: 'declared', row: { rotation: runningSince(nowMs - dayMs) } }),
      {},
      'fleet-busy',
    ],
  ])('is replaced at once, whatever others wait for: %s', (_, others, policy, reason) => {
    const of = (name: string, more: Partial<AccountRow>) =>
      member({ name, origin: 'declared', policy, row: { ...justDue, ...more } });
    const answers = sweep([...others, of('leaked', row), of('late', {})]);
    expect([answers.get('leaked'), answers.get('late')]).toEqual([0, reason]);
  });

  it('is replaced at once if the bucket of its subscription has no room', () => {
    const others = many(2_000, { origin: 'declared', row: { rotation: runningSince(nowMs - dayMs, nowMs) } });
    const of = (name: string, more: Partial<AccountRow>) => member({ name, origin: 'declared', row: more });
    const answers = sweep([...others, of('leaked', row), of('late', {})], { bounds: noFleetLimits });
    expect([answers.get('leaked'), answers.get('late')]).toEqual([0, 'subscription-busy']);
  });

  it('goes before what expires within a week', () => {
    const soon = member({ name: 'soon', origin: 'declared', expiresInMs: dayMs });
    const leaked = member({ name: 'leaked', origin: 'discovered', row });
    expect([...sweep([soon, leaked], { bounds: noFleetLimits }).keys()]).toEqual(['leaked', 'soon']);
  });
});

describe('of two that may start, the more urgent one goes first:', () => {
  /** Due for longer than any other here. */
  const longDue: Partial<AccountRow> = { adoptedAtMs: nowMs - 900 * dayMs };
  const canary: Partial<TargetPolicy> = { canary: true };
  const soon = { expiresInMs: 3 * dayMs } as const;
  /** Its window is a minute on Mondays, which is over: with two overlaps and a day, the next comes too late. */
  const calendar = { ...rareWindow, blackouts: [] };
  const late = { expiresInMs: 7.5 * dayMs, policy: { calendar } } as const;
  it.each<[string, first: Omit<Part, 'name'>, second: Omit<Part, 'name'>]>([
    ['who has been due for longest', { origin: 'declared', row: longDue }, { origin: 'declared' }],
    ['a canary', { origin: 'declared', policy: canary }, { origin: 'declared', row: longDue }],
    [
      'what its next window comes too late for, before a canary',
      { origin: 'declared', ...late },
      { origin: 'declared', policy: canary, row: longDue },
    ],
    [
      'of two such, who has been due for longest',
      { origin: 'declared', ...late, row: longDue },
      { origin: 'declared', ...late },
    ],
    [
      'of two canaries, too',
      { origin: 'declared', policy: canary, row: longDue },
      { origin: 'declared', policy: canary },
    ],
    ['a declared one', { origin: 'declared' }, { origin: 'discovered', row: longDue }],
    ['a declared one, before a discovered canary', { origin: 'declared' }, { origin: 'discovered', policy: canary }],
    [
      'what expires within a week, though it was discovered',
      { origin: 'discovered', ...soon },
      { origin: 'declared', row: longDue },
    ],
    ['a declared one of those', { origin: 'declared', ...soon }, { origin: 'discovered', ...soon, row: longDue }],
    [
      'what expires within a week, of discovered ones',
      { origin: 'discovered', ...soon },
      { origin: 'discovered', row: longDue },
    ],
  ])('%s', (_, first, second) => {
    const [one, other] = [member({ name: 'first', ...first }), member({ name: 'second', ...second })];
    for (const members of [
      [one, other],
      [other, one],
    ])
      expect([...sweep(members, { bounds: noFleetLimits })]).toEqual([
        ['first', 0],
        ['second', 0],
      ]);
  });

  it('a discovered canary only if the settings let it be one', () => {
    const members = [
      member({ name: 'long due', origin: 'discovered', row: longDue }),
      member({ name: 'canary', origin: 'discovered', policy: canary }),
    ];
    const order = (discoveredCanaries: boolean) => [
      ...sweep(members, { bounds: { ...noFleetLimits, discoveredCanaries } }).keys(),
    ];
    expect(order(false)).toEqual(['long due', 'canary']);
    expect(order(true)).toEqual(['canary', 'long due']);
  });

  it('one of each subscription in turn, and in each the most urgent', () => {
    const [here, there] = subscriptions;
    const due = (name: string, subscription: string, sinceDays: number) =>
      member({ name, subscription, origin: 'declared', row: { adoptedAtMs: nowMs - sinceDays * dayMs } });
    const members = [
      due('here 3', here, 100),
      due('there 2', there, 100),
      due('here 1', here, 300),
      due('here 2', here, 200),
      due('there 1', there, 250),
    ];
    const order = [...sweep(members, { bounds: noFleetLimits }).keys()];
    expect(order).toEqual(['here 1', 'there 1', 'here 2', 'there 2', 'here 3']);
  });
});

it('rotations in flight that are lifted fill no bound any more, later ones do', () => {
  const all = [
    ...many(5, { origin: 'declared', row: { rotation: runningSince(nowMs - dayMs) } }),
    member({ name: 'late', origin: 'declared' }),
  ];
  expect(sweep(all).get('late')).toBe('fleet-busy');
  expect(sweep(all, { reset: { ...neverReset, running: nowMs - dayMs } }).get('late')).toBe(0);
  expect(sweep(all, { reset: { ...neverReset, running: nowMs - dayMs - 1 } }).get('late')).toBe('fleet-busy');
});

describe('whatever discovered accounts there are', () => {
  const spanMs = fc.oneof(
    fc.integer({ min: 1_000, max: 400 * dayMs }),
    fc.constantFrom(1_000, 3 * hourMs, 365 * dayMs, 40 * 365 * dayMs),
  );
  const calendar = fc.constantFrom({ windows: [], blackouts: [] }, wholeYear, rareWindow, {
    windows: [{ days: ['mon'] as const, from: '10:00', lengthMs: 6 * hourMs, timeZone: 'UTC' }],
    blackouts: [],
  });
  const rotation = fc.oneof(
    fc.constant(null),
    spanMs.map((agoMs) => failedAt(nowMs - agoMs)),
    fc.tuple(spanMs, spanMs).map(([agoMs, untilMs]) => runningSince(nowMs - agoMs, nowMs + untilMs)),
    spanMs.map((agoMs) => buildState('preparing', { cause: 'schedule', startedAtMs: nowMs - agoMs })),
  );
  const part = (origin: Origin) =>
    fc.record({
      origin: fc.constant(origin),
      subscription: fc.constantFrom(...subscriptions),
      policy: fc.record({ canary: fc.boolean(), rotateEveryMs: spanMs, overlapMs: spanMs, calendar }),
      row: fc.record({
        rotation,
        adoptedAtMs: fc.option(spanMs.map((agoMs) => nowMs - agoMs)),
        wakeAtMs: fc.option(spanMs.map((inMs) => nowMs + inMs)),
      }),
      ...{ expiresInMs: fc.oneof(fc.constant(undefined), spanMs) },
    });
  const named =
    (prefix: string) =>
    (parts: readonly (Omit<Part, 'name' | 'expiresInMs'> & { readonly expiresInMs: number | undefined })[]) =>
      parts.map(({ expiresInMs, ...rest }, index) =>
        member({ ...rest, ...(expiresInMs === undefined ? {} : { expiresInMs }), name: `${prefix}-${index}` }),
      );
  const tagged = fc.array(part('discovered'), { maxLength: 30 }).map(named('tagged'));
  const declared = fc.array(part('declared'), { maxLength: 12 }).map(named('declared'));
  const bound = fc.integer({ min: 0, max: 3 });
  const bounds: fc.Arbitrary<FleetLimits> = fc.record({
    maxRunning: bound,
    maxRunningPerSubscription: bound,
    stopAfterFailures: bound,
    startJitterMs: fc.constantFrom(0, hourMs),
    discoveredCanaries: fc.constant(false),
  });

  it('every declared target is started, or left, as if they were not there', () => {
    fc.assert(
      fc.property(declared, tagged, bounds, (named_, others, limited) => {
        const alone = sweep(named_, { bounds: limited });
        const together = sweep([...others, ...named_], { bounds: limited });
        for (const { target } of named_) expect(together.get(target.name)).toEqual(alone.get(target.name));
      }),
      { numRuns: 300 },
    );
  });

  it('a declared target that is due starts at once', () => {
    fc.assert(
      fc.property(tagged, bounds, (others, limited) => {
        const due = member({ name: 'declared', origin: 'declared', row: { adoptedAtMs: nowMs - 90 * dayMs } });
        expect(sweep([...others, due], { bounds: limited }).get('declared')).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('one of them holds up another discovered target for no more than fifteen minutes', () => {
    fc.assert(
      fc.property(
        part('discovered').map((one) => named('tagged')([one])),
        (one) => {
          const due = member({ name: 'late', origin: 'discovered', row: { adoptedAtMs: nowMs - 90 * dayMs } });
          const tight = { ...limits, maxRunning: 1, maxRunningPerSubscription: 1, stopAfterFailures: 1 };
          const sweeps = [0, 5, 10].map((minutes) =>
            sweep([...one, due], { bounds: tight, atMs: nowMs + minutes * minuteMs }),
          );
          // One that is more urgent may start first, and then fills the only slot for ten minutes.
          const first = sweeps.findIndex((answers) => typeof answers.get('late') === 'number');
          const isTheirs = typeof sweeps[0]?.get('tagged-0') === 'number';
          expect(isTheirs || first >= 0).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('no target waits for canaries for more than ten days since its calendar let it start', () => {
    fc.assert(
      fc.property(declared, tagged, bounds, fc.boolean(), (named_, others, limited, discoveredCanaries) => {
        const late = member({ name: 'late', origin: 'declared', row: { adoptedAtMs: nowMs - (70 * dayMs + hourMs) } });
        const answer = sweep([...named_, ...others, late], { bounds: { ...limited, discoveredCanaries } }).get('late');
        expect(answer).not.toBe('canaries-first');
      }),
      { numRuns: 300 },
    );
  });
});
