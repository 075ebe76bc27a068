/**
 * As much of the Kusto Query Language as the workbook asks, and nothing else: what it does not know it refuses. One operator
 * a line, as they are written there. Written from https://learn.microsoft.com/kusto/query; an instant is in milliseconds.
 */

export type Row = Readonly<Record<string, unknown>>;

/** Runs a query over a table, whose name stands in its first line. */
export function runKusto(query: string, tables: Readonly<Record<string, readonly Row[]>>): readonly Row[] {
  const [from = '', ...operators] = query.split('\n');
  const table = tables[from];
  if (table === undefined) throw new SyntaxError(`no table: ${from}`);
  return operators.reduce<readonly Row[]>((rows, line) => apply(line, rows), table);
}

function apply(line: string, rows: readonly Row[]): readonly Row[] {
  const [, operator = '', rest = ''] = /^\| (\w+) (.*)$/.exec(line) ?? [];
  switch (operator) {
    case 'where':
      return rows.filter((row) => parse(rest)({ row, group: [] }) === true);
    case 'extend':
    case 'project':
      return rows.map((row) => ({ ...(operator === 'extend' ? row : {}), ...columns(rest, { row, group: [] }) }));
    case 'summarize': {
      const [aggregates = '', keys = ''] = rest.split(' by ');
      const groups = new Map<string, { readonly of: Row; readonly rows: Row[] }>();
      for (const row of rows) {
        const of = columns(keys, { row, group: [] });
        const id = JSON.stringify(of);
        const group = groups.get(id) ?? { of, rows: [] };
        groups.set(id, group);
        group.rows.push(row);
      }
      return [...groups.values()].map((group) => ({
        ...group.of,
        ...columns(aggregates, { row: {}, group: group.rows }),
      }));
    }
    case 'top': {
      const [, most = '', by = '', order] = /^(\d+) by (\w+) (asc|desc)$/.exec(rest) ?? refuse(line);
      const sign = order === 'asc' ? 1 : -1;
      return rows.toSorted((one, other) => sign * compare(one[by], other[by])).slice(0, Number(most));
    }
    default:
      return refuse(line);
  }
}

/** What an expression is asked of: a row, or, within an aggregate, a group. */
interface Scope {
  readonly row: Row;
  readonly group: readonly Row[];
}
type Expression = (scope: Scope) => unknown;

/** A list of columns, each with its name or that of what it holds. */
function columns(list: string, scope: Scope): Row {
  const all: Record<string, unknown> = {};
  for (const column of splitList(list)) {
    const [, given, text = ''] = /^(?:(\w+) = )?(.*)$/.exec(column) ?? [];
    const [, latest, kept] = /^arg_max\((\w+), (\w+)\)$/.exec(text) ?? [];
    if (latest !== undefined && kept !== undefined) {
      const [last] = scope.group.toSorted((one, other) => compare(other[latest], one[latest]));
      Object.assign(all, { [latest]: last?.[latest], [kept]: last?.[kept] });
    } else all[name(given ?? /^(?:bin\()?(\w+)/.exec(text)?.[1] ?? refuse(column))] = parse(text)(scope);
  }
  return all;
}

/** At the commas that stand in no parentheses. */
function splitList(list: string): readonly string[] {
  const all: string[] = [];
  let depth = 0;
  let part = '';
  for (const mark of list) {
    depth += mark === '(' ? 1 : mark === ')' ? -1 : 0;
    if (mark === ',' && depth === 0) {
      all.push(part.trim());
      part = '';
    } else part += mark;
  }
  return part === '' ? all : [...all, part.trim()];
}

const compare = (one: unknown, other: unknown): number =>
  one === other ? 0 : one === null ? -1 : other === null ? 1 : (one as number) < (other as number) ? -1 : 1;

const number = (value: unknown): number | null =>
  value === null || value === undefined || value === '' || Number.isNaN(Number(value)) ? null : Number(value);

const functions: Readonly<Record<string, (...values: unknown[]) => unknown>> = {
  bin: (value, size) => Math.floor(Number(value) / Number(size)) * Number(size),
  datetime_diff: (unit, one, other) =>
    unit === 'minute' ? Math.floor(Number(one) / 60_000) - Math.floor(Number(other) / 60_000) : refuse(String(unit)),
  isnotnull: (value) => value !== null && value !== undefined,
  max_of: (...values) => values.reduce((one, other) => (compare(one, other) < 0 ? other : one)),
  parse_json: (text) => JSON.parse(String(text)),
  tobool: (value) => value ?? null,
  todouble: number,
  toint: number,
  tolong: number,
  tostring: (value) => (value === null || value === undefined ? '' : String(value)),
};

const aggregates: Readonly<Record<string, (values: readonly unknown[]) => unknown>> = {
  max: (values) =>
    values
      .filter((one) => one !== null)
      .toSorted(compare)
      .at(-1) ?? null,
  min: (values) => values.filter((one) => one !== null).toSorted(compare)[0] ?? null,
};

/** A name that is no keyword: those must stand in brackets. */
function name(token: string): string {
  return /^(?:as|by|in|kind|latest|of|on|or|to|with)$/.test(token) ? refuse(`the keyword ${token}`) : token;
}

const spans: Readonly<Record<string, number>> = { '1h': 3_600_000, '1d': 86_400_000 };

function parse(text: string): Expression {
  const tokens = text.match(/'(?:[^'])*'|\d+[hd]\b|\d+(?:\.\d+)?|\w+|==|[().,/]|\S/g) ?? [];
  let at = 0;
  const take = (token?: string) => {
    const next = tokens[at] ?? refuse(text);
    if (token !== undefined && next !== token) refuse(text);
    at += 1;
    return next;
  };
  const list = (): Expression[] => {
    const all: Expression[] = [];
    take('(');
    while (tokens[at] !== ')') {
      all.push(comparison());
      if (tokens[at] === ',') take();
    }
    take(')');
    return all;
  };
  const primary = (): Expression => {
    const token = take();
    if (token.startsWith("'")) return () => token.slice(1, -1);
    if (token in spans) return () => spans[token];
    if (/^\d/.test(token)) return () => Number(token);
    if (!/^\w+$/.test(token)) return refuse(text);
    if (tokens[at] === '(') {
      const given = list();
      const [only = () => null] = given;
      const aggregate = aggregates[token];
      if (token === 'count') return ({ group }) => group.length;
      if (aggregate !== undefined) return ({ group }) => aggregate(group.map((row) => only({ row, group: [] })));
      const known = functions[token] ?? refuse(token);
      return (scope) => known(...given.map((one) => one(scope)));
    }
    const path: string[] = [];
    while (tokens[at] === '.' || tokens[at] === '[') {
      const isBare = take() === '.';
      path.push(isBare ? name(take()) : take().slice(1, -1));
      if (!isBare) take(']');
    }
    name(token);
    return ({ row }) => {
      // A column that is not there is an error; a member of a dynamic value that is not there is null.
      if (!(token in row)) refuse(`no column ${token}`);
      return path.reduce<unknown>((value, member) => Object(value)[member] ?? null, row[token]);
    };
  };
  const quotient = (): Expression => {
    const one = primary();
    if (tokens[at] !== '/') return one;
    take();
    const isWhole = !tokens[at]?.includes('.');
    const other = primary();
    return (scope) => {
      const whole = Number(one(scope)) / Number(other(scope));
      return isWhole ? Math.trunc(whole) : whole;
    };
  };
  const comparison = (): Expression => {
    const one = quotient();
    switch (tokens[at]) {
      case 'in': {
        take();
        const all = list();
        return (scope) => all.some((other) => other(scope) === one(scope));
      }
      case 'contains': {
        take();
        const other = primary();
        return (scope) =>
          String(one(scope))
            .toLowerCase()
            .includes(String(other(scope)).toLowerCase());
      }
      default:
        return one;
    }
  };
  const whole = comparison();
  return at === tokens.length ? whole : refuse(text);
}

function refuse(text: string): never {
  throw new SyntaxError(`not known here: ${text}`);
}
