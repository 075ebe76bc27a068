import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextOpening } from '../../src/shared/next-opening.ts';
import { isEverOpen, type StartCalendar, weekdays } from '../../src/shared/start-calendar.ts';

const hourMs = 3_600_000;
const berlin = 'Europe/Berlin';
const weekend = { days: ['sat', 'sun'], from: '22:00', lengthMs: 6 * hourMs, timeZone: berlin } as const;
const night = { days: [...weekdays], from: '02:30', lengthMs: hourMs, timeZone: berlin } as const;
const christmas = { from: '12-24', to: '12-26', timeZone: berlin };

describe('the calendar lets a rotation start', () => {
  it.each<[string, Partial<StartCalendar>, string, string | null]>([
    ['at once, if it says nothing', {}, '2026-03-04T05:06:07.008Z', '2026-03-04T05:06:07.008Z'],
    [
      'when the next window opens, in the zone of the window',
      { windows: [weekend] },
      '2026-07-01T00:00Z',
      '2026-07-04T20:00:00.000Z',
    ],
    ['at once, in an open window', { windows: [weekend] }, '2026-07-04T23:00Z', '2026-07-04T23:00:00.000Z'],
    [
      'at once, in the night into Monday',
      { windows: [weekend] },
      '2026-07-06T01:59:59.999Z',
      '2026-07-06T01:59:59.999Z',
    ],
    [
      'not at the instant when the window closes',
      { windows: [weekend] },
      '2026-07-06T02:00Z',
      '2026-07-11T20:00:00.000Z',
    ],
    ['an hour later by UTC in winter', { windows: [weekend] }, '2026-12-01T00:00Z', '2026-12-05T21:00:00.000Z'],
    [
      'later, when clocks skip the beginning: 02:30 is 03:30 then',
      { windows: [night] },
      '2026-03-29T00:00Z',
      '2026-03-29T01:30:00.000Z',
    ],
    [
      'at the first of two 02:30, when clocks go back',
      { windows: [night] },
      '2026-10-24T23:00Z',
      '2026-10-25T00:30:00.000Z',
    ],
    [
      'no more at the second 02:30: the window is as long as it says',
      { windows: [night] },
      '2026-10-25T01:30Z',
      '2026-10-26T01:30:00.000Z',
    ],
    [
      'after the blackout, at midnight of its zone',
      { blackouts: [christmas] },
      '2026-12-24T00:00Z',
      '2026-12-26T23:00:00.000Z',
    ],
    ['until the blackout begins', { blackouts: [christmas] }, '2026-12-23T22:59:59.999Z', '2026-12-23T22:59:59.999Z'],
    [
      'after both of two blackouts that touch',
      { blackouts: [christmas, { from: '2026-12-27', to: '2026-12-31', timeZone: berlin }] },
      '2026-12-24T00:00Z',
      '2026-12-31T23:00:00.000Z',
    ],
    [
      'after one over the turn of the year',
      { blackouts: [{ from: '12-20', to: '01-06', timeZone: 'UTC' }] },
      '2026-12-25T00:00Z',
      '2027-01-07T00:00:00.000Z',
    ],
    [
      'after one that began last year',
      { blackouts: [{ from: '12-20', to: '01-06', timeZone: 'UTC' }] },
      '2027-01-05T00:00Z',
      '2027-01-07T00:00:00.000Z',
    ],
    [
      'in the part of a window that no blackout covers',
      { windows: [weekend], blackouts: [{ from: '2026-07-04', to: '2026-07-04', timeZone: berlin }] },
      '2026-07-01T00:00Z',
      '2026-07-04T22:00:00.000Z',
    ],
    [
      'in the next window, when a blackout covers one',
      { windows: [weekend], blackouts: [{ from: '2026-07-04', to: '2026-07-06', timeZone: berlin }] },
      '2026-07-01T00:00Z',
      '2026-07-11T20:00:00.000Z',
    ],
    [
      'never, if every day is black',
      { blackouts: [{ from: '01-01', to: '12-31', timeZone: 'UTC' }] },
      '2026-01-01T00:00Z',
      null,
    ],
    [
      'on 1 March, after a blackout that ends on 29 February',
      { blackouts: [{ from: '02-01', to: '02-29', timeZone: 'UTC' }] },
      '2027-02-10T00:00Z',
      '2027-03-01T00:00:00.000Z',
    ],
  ])('%s', (_, { windows = [], blackouts = [] }, from, expected) => {
    const atMs = nextOpening({ windows, blackouts }, Date.parse(from));
    expect(atMs === null ? null : new Date(atMs).toISOString()).toBe(expected);
  });

  const zone = fc.constantFrom(
    'UTC',
    berlin,
    'America/New_York',
    'Pacific/Apia',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
  );
  const twoDigits = (most: number, least = 0) =>
    fc.integer({ min: least, max: most }).map((n) => String(n).padStart(2, '0'));
  const window = fc.record({
    days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }),
    from: fc.tuple(twoDigits(23), twoDigits(59)).map((parts) => parts.join(':')),
    lengthMs: fc.integer({ min: 60_000, max: 168 * hourMs }),
    timeZone: zone,
  });
  const yearly = fc.tuple(twoDigits(12, 1), twoDigits(28, 1)).map((parts) => parts.join('-'));
  const blackout = fc.record({ from: yearly, to: yearly, timeZone: zone });
  const dated = fc
    .tuple(fc.uniqueArray(yearly, { minLength: 2, maxLength: 2 }), zone)
    .map(([days, timeZone]) => ({ from: `2026-${days.sort()[0]}`, to: `2026-${days.sort()[1]}`, timeZone }));
  const calendar = fc.record({
    windows: fc.array(window, { maxLength: 3 }),
    blackouts: fc.array(fc.oneof(blackout, dated), { maxLength: 3 }),
  });
  const instant = fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2028, 0) });

  it('at the first instant that is open: it is open itself, and whoever asks on the way there is told the same', () => {
    fc.assert(
      fc.property(calendar, instant, fc.double({ min: 0, max: 1, noNaN: true }), (days, fromMs, part) => {
        const atMs = nextOpening(days, fromMs);
        expect(atMs !== null).toBe(isEverOpen(days) || atMs !== null);
        if (atMs === null) return;
        expect(atMs).toBeGreaterThanOrEqual(fromMs);
        expect(nextOpening(days, atMs)).toBe(atMs);
        const betweenMs = Math.floor(fromMs + part * (atMs - fromMs));
        expect(nextOpening(days, betweenMs)).toBe(atMs);
      }),
      { numRuns: 150 },
    );
  });

  it('on days and at times that the zone itself calls so', () => {
    fc.assert(
      fc.property(window, blackout, instant, (one, dates, fromMs) => {
        const atMs = nextOpening({ windows: [one], blackouts: [dates] }, fromMs);
        if (atMs === null) return;
        const local = new Intl.DateTimeFormat('sv-SE', { timeZone: dates.timeZone });
        const day = local.format(atMs).slice('2026-'.length);
        const isBlack =
          dates.from <= dates.to ? dates.from <= day && day <= dates.to : dates.from <= day || day <= dates.to;
        expect(isBlack).toBe(false);
      }),
      { numRuns: 150 },
    );
  });
});

it('a calendar that leaves one day of the year is ever open, one that leaves none is not', () => {
  const all = { windows: [], blackouts: [{ from: '01-02', to: '12-31', timeZone: 'UTC' }] };
  expect(isEverOpen(all)).toBe(true);
  expect(
    isEverOpen({ ...all, blackouts: [...all.blackouts, { from: '2026-01-01', to: '2026-01-01', timeZone: 'UTC' }] }),
  ).toBe(true);
  expect(isEverOpen({ ...all, blackouts: [...all.blackouts, { from: '12-31', to: '01-01', timeZone: 'UTC' }] })).toBe(
    false,
  );
});

describe('a calendar that opens once in years', () => {
  const rare: StartCalendar = {
    windows: [{ days: ['sat'], from: '22:00', lengthMs: 60_000, timeZone: berlin }],
    blackouts: [{ from: '03-01', to: '02-28', timeZone: berlin }],
  };

  it('costs a sweep over a thousand such targets less than a second', () => {
    const fromMs = Date.UTC(2026, 4, 1);
    const begun = process.cpuUsage();
    for (let read = 0; read < 1_000; read += 1) expect(nextOpening(rare, fromMs + read)).not.toBeNull();
    const { user } = process.cpuUsage(begun);
    expect(user / 1_000).toBeLessThan(1_000);
  });

  it('says the same whenever it was read before', () => {
    let other = 0;
    /** The same days under another name, which nobody has read yet. */
    const unread = (calendar: StartCalendar): StartCalendar => {
      other += 1;
      const past = { from: `19${String(other % 90).padStart(2, '0')}-01-01`, to: '1999-01-01', timeZone: berlin };
      return { ...calendar, blackouts: [...calendar.blackouts, ...Array(1 + Math.floor(other / 90)).fill(past)] };
    };
    const minutes = fc.integer({ min: 0, max: 2 * 24 * 60 });
    fc.assert(
      fc.property(
        fc.constantFrom<StartCalendar>(
          rare,
          { windows: [weekend], blackouts: [christmas] },
          { windows: [night], blackouts: [] },
        ),
        fc.array(minutes, { minLength: 2, maxLength: 5 }),
        (calendar, reads) => {
          for (const minute of reads) {
            const fromMs = Date.UTC(2026, 11, 25) + minute * 60_000;
            expect(nextOpening(calendar, fromMs)).toBe(nextOpening(unread(calendar), fromMs));
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
