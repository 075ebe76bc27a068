import { type Expression, NotSimulatedKql } from './kql-query.ts';

export type Row = Readonly<Record<string, unknown>>;
type Binary = Extract<Expression, { kind: 'binary' }>;

/** A name that the query uses and no column has. */
export class UnresolvedName extends Error {
  readonly unresolved: string;

  constructor(unresolved: string) {
    super(unresolved);
    this.unresolved = unresolved;
  }
}

/** The value of an expression in one row. Missing members of dynamic values are null; missing columns are an error. */
export function evaluate(expression: Expression, row: Row, nowMs: number): unknown {
  const value = (one: Expression) => evaluate(one, row, nowMs);
  switch (expression.kind) {
    case 'value':
    case 'real':
      return expression.value;
    case 'column':
      if (!Object.hasOwn(row, expression.name)) throw new UnresolvedName(expression.name);
      return row[expression.name];
    case 'member':
      return memberOf(value(expression.of), value(expression.key));
    case 'binary':
      if (expression.sign === 'and') return truth(value(expression.left)) && truth(value(expression.right));
      if (expression.sign === 'or') return truth(value(expression.left)) || truth(value(expression.right));
      return calculate(expression, value(expression.left), value(expression.right));
    case 'list':
      return listed(expression.sign, value(expression.left), expression.items.map(value));
    case 'call': {
      if (expression.name === 'column_ifexists') return columnOr(expression.args.map(value), row);
      const scalar = scalars[expression.name];
      if (scalar === undefined) throw new NotSimulatedKql(`the function '${expression.name}'`);
      return scalar(expression.args.map(value), nowMs);
    }
  }
}

/** What the sign makes of two values: those of the sides of the expression, which say how it divides. */
export function calculate(expression: Binary, left: unknown, right: unknown): unknown {
  return expression.sign === '/' ? quotient(expression, left, right) : compared(expression.sign, left, right);
}

/** The column of that name, or what stands in for it: https://learn.microsoft.com/kusto/query/column-ifexists-function */
function columnOr([name, otherwise]: readonly unknown[], row: Row): unknown {
  return typeof name === 'string' && Object.hasOwn(row, name) ? row[name] : otherwise;
}

function memberOf(of: unknown, key: unknown): unknown {
  if (typeof of !== 'object' || of === null) return null;
  if (Array.isArray(of)) {
    const list: readonly unknown[] = of;
    return (typeof key === 'number' ? list.at(key) : null) ?? null;
  }
  // Member names have their case, unlike most of Kusto's comparisons.
  return Object.entries(of).find(([name]) => name === key)?.[1] ?? null;
}

export function truth(value: unknown): boolean {
  return value === true || value === 'true' || (typeof value === 'number' && value !== 0);
}

/** As `tostring` gives it: nothing for null, JSON for objects and lists. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

function compared(sign: string, left: unknown, right: unknown): unknown {
  const [one, other] = [textOf(left), textOf(right)];
  const [oneLower, otherLower] = [one.toLowerCase(), other.toLowerCase()];
  switch (sign) {
    case '==':
      return one === other;
    case '!=':
    case '<>':
      return one !== other;
    case '=~':
      return oneLower === otherLower;
    case '!~':
      return oneLower !== otherLower;
    case '<':
      return order(left, right) < 0;
    case '<=':
      return order(left, right) <= 0;
    case '>':
      return order(left, right) > 0;
    case '>=':
      return order(left, right) >= 0;
    case 'matches':
      return new RegExp(other).test(one);
    case '+':
    case '-':
    case '*':
    case '%':
      return calculated(sign, left, right);
    default:
      break;
  }
  if (sign.startsWith('!')) return !truth(compared(sign.slice(1), left, right));
  const [text, part] = sign.endsWith('_cs') ? [one, other] : [oneLower, otherLower];
  switch (sign.replace(/_cs$/, '')) {
    case 'contains':
      return text.includes(part);
    case 'startswith':
      return text.startsWith(part);
    case 'endswith':
      return text.endsWith(part);
    case 'has':
      return hasTerm(text, part);
    default:
      throw new NotSimulatedKql(`the comparison '${sign}'`);
  }
}

/** A term is a run of letters and digits. */
function hasTerm(text: string, term: string): boolean {
  for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) {
    const [before, after] = [text.charAt(at - 1), text.charAt(at + term.length)];
    if (!/[0-9a-z]/i.test(before) && !/[0-9a-z]/i.test(after)) return true;
  }
  return false;
}

function listed(sign: string, left: unknown, items: readonly unknown[]): boolean {
  if (sign.startsWith('!')) return !listed(sign.slice(1), left, items);
  const flat = items.flatMap((item) => (Array.isArray(item) ? item : [item]));
  switch (sign) {
    case 'in':
      return flat.some((item) => compared('==', left, item));
    case 'in~':
      return flat.some((item) => compared('=~', left, item));
    case 'has_any':
      return flat.some((item) => compared('has', left, item));
    case 'has_all':
      return flat.every((item) => compared('has', left, item));
    default:
      return order(left, flat[0]) >= 0 && order(left, flat[1]) <= 0;
  }
}

function calculated(sign: string, left: unknown, right: unknown): unknown {
  const [one, other] = [instantOrNumber(left), instantOrNumber(right)];
  const isInstant = typeof left === 'string' && typeof right === 'object' && right !== null;
  if (Number.isNaN(one) || Number.isNaN(other)) return null;
  if (isInstant) return new Date(sign === '-' ? one - other : one + other).toISOString();
  switch (sign) {
    case '+':
      return one + other;
    case '-':
      return one - other;
    case '*':
      return one * other;
    default:
      return one % other;
  }
}

/** Whole numbers divide to a whole number: https://learn.microsoft.com/kusto/query/numerical-operators */
function quotient({ left, right }: Binary, one: unknown, other: unknown): number | null {
  const types = [typeOf(left), typeOf(right)];
  if (types.includes(null)) throw new NotSimulatedKql('a division of what is neither tolong() nor todouble()');
  const [dividend, divisor] = [instantOrNumber(one), instantOrNumber(other)];
  if (Number.isNaN(dividend) || Number.isNaN(divisor) || divisor === 0) return null;
  return types.includes('real') ? dividend / divisor : Math.trunc(dividend / divisor);
}

/** Of a number, whether it may have a fraction; null: that of a column, which no table here says. */
function typeOf(expression: Expression): 'long' | 'real' | null {
  switch (expression.kind) {
    case 'real':
      return 'real';
    case 'value':
      return typeof expression.value === 'number' ? 'long' : 'real';
    case 'binary': {
      const types = [typeOf(expression.left), typeOf(expression.right)];
      return types.includes(null) ? null : types.includes('real') ? 'real' : 'long';
    }
    case 'call': {
      const [first] = expression.args;
      if (['todouble', 'avg'].includes(expression.name)) return 'real';
      if (['min', 'max', 'sum', 'bin', 'coalesce'].includes(expression.name))
        return first === undefined ? null : typeOf(first);
      const whole = ['toint', 'tolong', 'strlen', 'array_length', 'datetime_diff', 'count', 'countif', 'dcount'];
      return whole.includes(expression.name) ? 'long' : null;
    }
    default:
      return null;
  }
}

function instantOrNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'object' && value !== null && 'timespanMs' in value) return Number(value.timespanMs);
  return typeof value === 'string' && value !== '' ? Date.parse(value) : Number.NaN;
}

/** Below zero when `left` comes first: numbers and booleans by size, instants too, since ISO texts sort by time. */
export function order(left: unknown, right: unknown): number {
  if (typeof left === 'number' || typeof right === 'number') return Number(left) - Number(right);
  const [one, other] = [textOf(left), textOf(right)];
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

type Scalar = (args: readonly unknown[], nowMs: number) => unknown;

const isEmpty = (value: unknown) => value === null || value === undefined || value === '';
const number = (value: unknown) => (isEmpty(value) || Number.isNaN(Number(value)) ? null : Number(value));
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const parsed = (value: unknown): unknown => {
  if (typeof value !== 'string') return value ?? null;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};
const present = (args: readonly unknown[]) => args.filter((value) => !isEmpty(value)).toSorted(order);
const choose: Scalar = ([condition, then, otherwise]) => (truth(condition) ? then : otherwise);

const scalars: Readonly<Record<string, Scalar>> = {
  isempty: ([value]) => textOf(value) === '',
  isnotempty: ([value]) => textOf(value) !== '',
  notempty: ([value]) => textOf(value) !== '',
  isnull: ([value]) => value === null || value === undefined,
  isnotnull: ([value]) => value !== null && value !== undefined,
  notnull: ([value]) => value !== null && value !== undefined,
  not: ([value]) => !truth(value),
  tostring: ([value]) => textOf(value),
  tolower: ([value]) => textOf(value).toLowerCase(),
  toupper: ([value]) => textOf(value).toUpperCase(),
  toint: ([value]) => number(value),
  tolong: ([value]) => number(value),
  todouble: ([value]) => number(value),
  tobool: ([value]) => (isEmpty(value) ? null : truth(typeof value === 'string' ? value.toLowerCase() : value)),
  strcat: (args) => args.map(textOf).join(''),
  strlen: ([value]) => textOf(value).length,
  substring: ([value, from, length]) =>
    textOf(value).slice(Number(from), length === undefined ? undefined : Number(from) + Number(length)),
  split: ([value, separator, index]) => {
    const parts = textOf(value).split(textOf(separator));
    return index === undefined ? parts : [parts[Number(index)] ?? null];
  },
  trim: ([pattern, value]) =>
    textOf(value).replaceAll(new RegExp(`^(?:${textOf(pattern)})|(?:${textOf(pattern)})$`, 'g'), ''),
  replace_string: ([value, from, to]) => textOf(value).replaceAll(textOf(from), textOf(to)),
  extract: ([pattern, group, value]) => new RegExp(textOf(pattern)).exec(textOf(value))?.[Number(group)] ?? '',
  coalesce: (args) => args.find((value) => !isEmpty(value)) ?? null,
  iff: choose,
  iif: choose,
  case(args) {
    for (let index = 0; index + 1 < args.length; index += 2) if (truth(args[index])) return args[index + 1];
    return args.at(-1) ?? null;
  },
  array_length: ([value]) => (Array.isArray(value) ? value.length : null),
  set_has_element: ([values, value]) => list(values).some((one) => compared('==', one, value)),
  bag_keys: ([value]) => (typeof value === 'object' && value !== null ? Object.keys(value) : null),
  bag_has_key: ([value, key]) => typeof value === 'object' && value !== null && Object.hasOwn(value, textOf(key)),
  parse_json: ([value]) => parsed(value),
  todynamic: ([value]) => parsed(value),
  pack_array: (args) => [...args],
  todatetime: ([value]) =>
    Number.isNaN(Date.parse(textOf(value))) ? null : new Date(Date.parse(textOf(value))).toISOString(),
  bin: ([value, size]) => {
    const [at, step] = [instantOrNumber(value), instantOrNumber(size)];
    const start = Math.floor(at / step) * step;
    if (Number.isNaN(start)) return null;
    return typeof value === 'string' ? new Date(start).toISOString() : start;
  },
  // How many boundaries lie between the two, not how much time.
  datetime_diff: ([part, later, earlier]) => {
    const size = { day: 86_400_000, hour: 3_600_000, minute: 60_000, second: 1000 }[textOf(part)];
    if (size === undefined) throw new NotSimulatedKql(`the part '${textOf(part)}' of an instant`);
    return Math.floor(instantOrNumber(later) / size) - Math.floor(instantOrNumber(earlier) / size);
  },
  min_of: (args) => present(args).at(0) ?? null,
  max_of: (args) => present(args).at(-1) ?? null,
  now: (_, nowMs) => new Date(nowMs).toISOString(),
  ago: ([value], nowMs) => new Date(nowMs - instantOrNumber(value)).toISOString(),
};
