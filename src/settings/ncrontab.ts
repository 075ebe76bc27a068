import { dayMs } from '../shared/time.ts';

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}

const months = 'january february march april may june july august september october november december'.split(' ');
const days = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');

const second: Field = { name: 'second', least: 0, most: 59 };
const minute: Field = { name: 'minute', least: 0, most: 59 };
const hour: Field = { name: 'hour', least: 0, most: 23 };
const day: Field = { name: 'day of the month', least: 1, most: 31 };
const month: Field = { name: 'month', least: 1, most: 12, names: months };
/** 7 is no Sunday here. */
const weekday: Field = { name: 'day of the week', least: 0, most: 6, names: days };

const soonDays = 5 * 366;

/**
 * What keeps `text` from being a schedule, in words; null: it is one. NCRONTAB as the Functions host reads it: six fields,
 * seconds first (with five there are no seconds), numbers and English names of which three letters are enough, lists,
 * ranges, steps; day of the month and day of the week must both fit. Two things that the host takes are refused, since
 * nobody means what it makes of them: a range from high to low (it swaps the ends) and a step of 0 (it takes 1).
 * https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
 * https://github.com/atifaziz/NCrontab
 * @param nowMs a schedule must come round within five years from then, whatever the time zone
 */
export function scheduleProblem(text: string, nowMs: number): string | null {
  const given = text.trim().split(/\s+/);
  const fields = given.length === 5 ? [minute, hour, day, month, weekday] : [second, minute, hour, day, month, weekday];
  if (given.length !== fields.length) return `it has ${given.length} fields`;
  const values: (ReadonlySet<number> | string)[] = fields.map((field, index) => valuesOf(field, given[index] ?? ''));
  const wrong = values.find((one) => typeof one === 'string');
  if (typeof wrong === 'string') return wrong;
  const [inDays, inMonths, inWeekdays] = values.slice(-3);
  const comes = Array.from({ length: soonDays }, (_, index) => new Date(nowMs + index * dayMs)).some(
    (date) =>
      has(inDays, date.getUTCDate()) && has(inMonths, date.getUTCMonth() + 1) && has(inWeekdays, date.getUTCDay()),
  );
  return comes ? null : 'no such day comes within five years';
}

function has(values: ReadonlySet<number> | string | undefined, value: number): boolean {
  return typeof values === 'object' && values.has(value);
}

/** The values that a field allows, or what is wrong with it. */
function valuesOf(field: Field, text: string): ReadonlySet<number> | string {
  const allowed = new Set<number>();
  for (const part of text.split(',')) {
    const [, from = '', to, step] = /^(\*|[0-9a-z]+)(?:-([0-9a-z]+))?(?:\/(\d{1,3}))?$/i.exec(part) ?? [];
    const first = from === '*' ? field.least : valueIn(field, from);
    const last = to !== undefined ? valueIn(field, to) : from === '*' || step !== undefined ? field.most : first;
    if (first === null || last === null || (from === '*' && to !== undefined))
      return `"${part}" is no ${field.name}: ${field.least} to ${field.most}`;
    if (first > last) return `"${part}" runs backwards`;
    if (Number(step ?? 1) === 0) return `"${part}" has a step of 0`;
    for (let value = first; value <= last; value += Number(step ?? 1)) allowed.add(value);
  }
  return allowed;
}

function valueIn({ least, most, names = [] }: Field, text: string): number | null {
  const named = text.length < 3 ? -1 : names.findIndex((name) => name.startsWith(text.toLowerCase()));
  const value = /^\d{1,4}$/.test(text) ? Number(text) : named + least;
  return (named >= 0 || /^\d/.test(text)) && value >= least && value <= most ? value : null;
}
