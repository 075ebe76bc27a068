import { dayMs } from './time.ts';

/** Days as people write them, in the order of ISO 8601: Monday is the first. */
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

type Weekday = (typeof weekdays)[number];

/** A stretch that comes again every week. */
export interface MaintenanceWindow {
  readonly days: readonly Weekday[];
  /** Wall time of its beginning, `22:00`. One that a change of clocks skips counts as later, one that comes twice as the first. */
  readonly from: string;
  /** As it passes, not as clocks show it: a window over a change of clocks is no longer and no shorter. */
  readonly lengthMs: number;
  /** IANA name, `Europe/Berlin`. */
  readonly timeZone: string;
}

/** Days, first and last included, on which nothing starts: `2026-12-24`, or `12-24` for every year. Both of one form. */
export interface Blackout {
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
}

/** When the schedule may start a rotation. No window at all: at any time outside the blackouts. */
export interface StartCalendar {
  readonly windows: readonly MaintenanceWindow[];
  readonly blackouts: readonly Blackout[];
}

/** Whether `day` (`2026-12-24`) lies in the blackout. A yearly one whose end comes first runs over the turn of the year. */
export function isBlackedOut(day: string, { from, to }: Blackout): boolean {
  const date = from.length === day.length ? day : day.slice('2026-'.length);
  return from <= to ? from <= date && date <= to : from <= date || date <= to;
}

/**
 * Whether anything can ever start. Weekdays move on from year to year, so every date meets every window in time; only
 * blackouts that fill every year leave nothing.
 */
export function isEverOpen({ blackouts }: StartCalendar): boolean {
  const yearly = blackouts.filter(({ from }) => from.length === '12-24'.length);
  return leapYear.some((day) => !yearly.some((blackout) => isBlackedOut(day, blackout)));
}

/** Every date there is: those of a leap year. */
const leapYear = Array.from({ length: 366 }, (_, day) =>
  new Date(Date.UTC(2028, 0, 1) + day * dayMs).toISOString().slice(0, 10),
);
