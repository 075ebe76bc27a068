import * as z from 'zod';
import { strictMembers, textLike } from '../shared/field-problem.ts';
import { weekdays } from '../shared/start-calendar.ts';
import { hourMs } from '../shared/time.ts';

/** A week: a longer window would overlap itself. */
const longestWindowHours = 168;
/** More is a slip of the pen; every sweep goes through them. */
const mostEntries = 100;

const zoneAccepted = 'an IANA time zone, such as Europe/Berlin or UTC';
const dayAccepted = 'one of mon, tue, wed, thu, fri, sat, sun';
const daysAccepted = 'a list of mon, tue, wed, thu, fri, sat, sun, at least one; without it every day';
const timeAccepted = 'a time of day from 00:00 to 23:59';
const hoursAccepted = `a number of hours, more than 0 and at most ${longestWindowHours}`;
const dateAccepted = 'a day of the calendar: 2026-12-24, or 12-24 for every year';
const orderAccepted = 'from and to of one form, both with a year or both without; with years, to not before from';

const knownZones = new Map<string, boolean>();

/** Whether this machine's time zone data has the zone. Offsets such as `+01:00`, which no change of clocks reaches, are none. */
function isTimeZone(name: string): boolean {
  const known = knownZones.get(name);
  if (known !== undefined) return known;
  let isKnown = /^[A-Za-z]/.test(name);
  try {
    if (isKnown) new Intl.DateTimeFormat(undefined, { timeZone: name });
  } catch {
    isKnown = false;
  }
  knownZones.set(name, isKnown);
  return isKnown;
}

/** Whether there is such a day; 29 February only if the year has one. */
function isDay(text: string): boolean {
  const full = text.length === '12-24'.length ? `2028-${text}` : text;
  const date = new Date(`${full}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(full);
}

export const timeZoneSchema = z.string({ error: zoneAccepted }).refine(isTimeZone, { error: zoneAccepted });

const dateSchema = () =>
  z
    .string({ error: dateAccepted })
    .regex(/^(?:\d{4}-)?\d{2}-\d{2}$/, { error: dateAccepted, abort: true })
    .refine(isDay, { error: dateAccepted });

/** Most targets have no calendar: what its entries are checked against is made when the first of them is met. */
const windowSchema = z.lazy(() =>
  strictMembers(
    {
      days: z
        .array(z.enum(weekdays, { error: dayAccepted }), { error: daysAccepted })
        .min(1)
        .default([...weekdays])
        .describe('Days on which the window begins. Default every day.'),
      from: textLike(/^(?:[01]\d|2[0-3]):[0-5]\d$/, timeAccepted).describe(
        'Wall time of its beginning, such as 22:00.',
      ),
      hours: z
        .number({ error: hoursAccepted })
        .gt(0)
        .max(longestWindowHours)
        .describe('Its length, also over a change of clocks.'),
      timeZone: timeZoneSchema.optional().describe("IANA time zone. Default the target's."),
    },
    'an object with days, from, hours and timeZone',
  ).transform(({ hours, ...window }) => ({ ...window, lengthMs: Math.round(hours * hourMs) })),
);

const spanSchema = z.lazy(() =>
  strictMembers(
    {
      from: dateSchema().describe('First day, such as 2026-12-20, or 12-20 for every year.'),
      to: dateSchema().describe('Last day.'),
      timeZone: timeZoneSchema.optional().describe("IANA time zone. Default the target's."),
    },
    'a day, or an object with from and to',
  ).refine(({ from, to }) => from.length === to.length && (from.length === '12-24'.length || from <= to), {
    error: orderAccepted,
  }),
);

const blackoutSchema = z.lazy(() =>
  z.union([dateSchema().transform((day) => ({ from: day, to: day, timeZone: undefined })), spanSchema], {
    error: (issue) => unionAccepted(issue.input),
  }),
);

/** A union's own message would hide which half was meant. */
function unionAccepted(input: unknown): string {
  if (typeof input !== 'object' || input === null) return dateAccepted;
  const parsed = spanSchema.safeParse(input);
  return `an object with from and to, each a day of the calendar, and perhaps timeZone (${parsed.error?.issues[0]?.message ?? orderAccepted})`;
}

const listAccepted = `a list of at most ${mostEntries}`;

const listOf = <Entry extends z.ZodType>(entry: Entry) =>
  z.array(entry, { error: listAccepted }).max(mostEntries).default([]);

export const windowsSchema = listOf(windowSchema);

export const blackoutsSchema = listOf(blackoutSchema);
