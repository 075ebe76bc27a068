import { Temporal } from 'temporal-polyfill';
import { type Blackout, isBlackedOut, type MaintenanceWindow, type StartCalendar, weekdays } from './start-calendar.ts';
import { dayMs } from './time.ts';

/** Weekdays and dates meet again in the same order after so many years: what has not opened by then never will. */
const cycleDays = 28 * 366;

/** Calendars that open once in years take milliseconds to read, and anybody's tags may hold one: each is read once a day. */
const known = new Map<string, { readonly fromMs: number; readonly opensAtMs: number | null }>();
/** Two for each of ten thousand targets. */
const mostKnown = 20_000;

/**
 * The first instant from `fromMs` on at which the calendar lets something start: `fromMs` itself when it is open then.
 * Null when it never opens again.
 */
export function nextOpening(calendar: StartCalendar, fromMs: number): number | null {
  if (calendar.windows.length === 0 && calendar.blackouts.length === 0) return fromMs;
  const key = `${Math.floor(fromMs / dayMs)} ${JSON.stringify(calendar)}`;
  const before = known.get(key);
  // Nothing opens between the instant it was read from and the opening found then.
  if (before !== undefined && before.fromMs <= fromMs && (before.opensAtMs === null || fromMs <= before.opensAtMs))
    return before.opensAtMs;
  const opensAtMs = readOpening(calendar, fromMs);
  if (known.size >= mostKnown) known.clear();
  known.set(key, { fromMs, opensAtMs });
  return opensAtMs;
}

function readOpening(calendar: StartCalendar, fromMs: number): number | null {
  let atMs = fromMs;
  while (atMs <= fromMs + cycleDays * dayMs) {
    const blackoutEndMs = endOfBlackout(calendar.blackouts, atMs);
    if (blackoutEndMs !== null) {
      atMs = blackoutEndMs;
      continue;
    }
    const opensAtMs = nextWindow(calendar.windows, atMs);
    if (opensAtMs === atMs) return atMs;
    atMs = opensAtMs;
  }
  return null;
}

/** When the blackout that holds at `atMs` is over (others may hold then); null when none holds. */
export function endOfBlackout(blackouts: readonly Blackout[], atMs: number): number | null {
  const days = new Map<string, Temporal.PlainDate>();
  for (const blackout of blackouts) {
    const { timeZone } = blackout;
    const day = days.get(timeZone) ?? dayAt(atMs, timeZone);
    days.set(timeZone, day);
    if (isBlackedOut(day.toString(), blackout))
      return lastDay(blackout, day).add({ days: 1 }).toZonedDateTime(timeZone).epochMilliseconds;
  }
  return null;
}

function lastDay({ from, to }: Blackout, day: Temporal.PlainDate): Temporal.PlainDate {
  if (to.length > '12-24'.length) return Temporal.PlainDate.from(to);
  const isBeforeTurn = from > to && day.toString().slice('2026-'.length) >= from;
  const [month = 1, dayOfMonth = 31] = to.split('-').map(Number);
  // 29 February of other years is the 28th.
  return Temporal.PlainDate.from({ year: day.year + (isBeforeTurn ? 1 : 0), month, day: dayOfMonth });
}

/** `atMs` when a window is open then, else the beginning of the next one. */
function nextWindow(windows: readonly MaintenanceWindow[], atMs: number): number {
  if (windows.length === 0) return atMs;
  let nextMs = Number.POSITIVE_INFINITY;
  for (const { days, from, lengthMs, timeZone } of windows) {
    const today = dayAt(atMs, timeZone);
    const plainTime = Temporal.PlainTime.from(from);
    // A day more on each side: days of 25 hours, and zones that skip a whole one.
    for (let offset = -Math.ceil(lengthMs / dayMs) - 1; offset <= 9; offset += 1) {
      const day = today.add({ days: offset });
      if (!days.some((name) => weekdays.indexOf(name) + 1 === day.dayOfWeek)) continue;
      const startMs = day.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
      if (startMs <= atMs && atMs < startMs + lengthMs) return atMs;
      if (startMs > atMs) {
        nextMs = Math.min(nextMs, startMs);
        break;
      }
    }
  }
  return nextMs;
}

function dayAt(atMs: number, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs)).toZonedDateTimeISO(timeZone).toPlainDate();
}
