import { Cron } from 'croner';
import { timeSpanMs } from '../settings/time-span.ts';

/** When a timer fires, in host-local time. */
export interface Schedule {
  /** True for cron, false for a time span. */
  readonly adjustForDst: boolean;
  /** Whether the last and next run are remembered across restarts; not for schedules that fire several times a minute. */
  readonly isMonitored: boolean;
  /** The first occurrence strictly after `afterMs`, both in ms since 1970. */
  nextAfter(afterMs: number): number;
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Reads an NCRONTAB expression of 5 or 6 fields (seconds first), else a .NET time span. Throws the host's sentence otherwise. */
export function parseSchedule(text: string): Schedule {
  const schedule = cronSchedule(text.trim()) ?? timeSpanSchedule(text);
  if (schedule === undefined) {
    throw new Error(
      `The schedule expression '${text}' was not recognized as a valid cron expression or timespan string.`,
    );
  }
  return schedule;
}

function cronSchedule(text: string): Schedule | undefined {
  const fields = text.split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) return undefined;
  const [seconds = '', ...rest] = fields.length === 5 ? ['0', ...fields] : fields;
  const month = numbered(rest[3] ?? '', monthNames, 1);
  const weekday = numbered(rest[4] ?? '', dayNames, 0);
  // NCRONTAB knows numbers, names, lists, ranges and steps, and no weekday 7; croner would take more (L, W, #, ?, nicknames).
  const plain = [seconds, ...rest.slice(0, 3), month, weekday];
  if (!plain.every((field) => /^[\d*,/-]+$/.test(field)) || /(^|[,-])7/.test(weekday)) return undefined;
  try {
    // NCRONTAB wants day of month and day of week both to match, and reads 5/15 as "from 5, every 15".
    const cron = new Cron(plain.join(' '), { paused: true, mode: '6-part', domAndDow: true, sloppyRanges: true });
    const next = (afterMs: number) => cron.nextRun(new Date(afterMs))?.getTime() ?? Number.POSITIVE_INFINITY;
    // Two runs within one minute need two second values; they matter only when every minute fires.
    const everyMinute = rest.every((field) => field === '*');
    const minuteStartMs = 0;
    const firstMs = next(minuteStartMs - 1000);
    const isSubMinute = everyMinute && next(firstMs) < minuteStartMs + 60_000;
    return { adjustForDst: true, isMonitored: !isSubMinute, nextAfter: next };
  } catch {
    return undefined;
  }
}

function numbered(field: string, names: readonly string[], firstNumber: number): string {
  return field.replace(/[a-z]{3,}/gi, (name) => {
    const index = names.indexOf(name.slice(0, 3).toLowerCase());
    return index < 0 ? name : String(index + firstNumber);
  });
}

function timeSpanSchedule(text: string): Schedule | undefined {
  const intervalMs = timeSpanMs(text);
  if (intervalMs === undefined || intervalMs <= 0) return undefined;
  return { adjustForDst: false, isMonitored: intervalMs >= 60_000, nextAfter: (afterMs) => afterMs + intervalMs };
}
