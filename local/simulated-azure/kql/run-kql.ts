import { calculate, evaluate, order, type Row, textOf, truth, UnresolvedName } from './evaluate-kql.ts';
import {
  type Expression,
  type NamedExpression,
  NotSimulatedKql,
  type Operator,
  type Ordering,
  type Query,
} from './kql-query.ts';

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** A column that the named operator asks for and no earlier one gives. */
export class SemanticError extends Error {}

/** What the query makes of the table. Throws `SemanticError` for names that mean nothing, `NotSimulatedKql` for functions that are not simulated. */
export function runKql({ operators }: Query, table: Table, nowMs: number): Table {
  let current = table;
  for (const operator of operators) {
    try {
      current =
        current.rows.length > 0 ? applied(operator, current, nowMs) : appliedToNothing(operator, current, nowMs);
    } catch (error) {
      if (!(error instanceof UnresolvedName)) throw error;
      const message = `'${operator.kind}' operator: Failed to resolve scalar expression named '${error.unresolved}'`;
      throw new SemanticError(message);
    }
  }
  return current;
}

/** A name that means nothing is told though there is no row to look it up in. */
function appliedToNothing(operator: Operator, { columns }: Table, nowMs: number): Table {
  const blank = Object.fromEntries(columns.map((column) => [column, null]));
  const shaped = applied(operator, { columns, rows: [blank] }, nowMs);
  return { columns: shaped.columns, rows: operator.kind === 'count' ? [{ Count: 0 }] : [] };
}

function applied(operator: Operator, table: Table, nowMs: number): Table {
  const { columns, rows } = table;
  const cells = (row: Row, named: readonly NamedExpression[]): Row =>
    Object.fromEntries(named.map(({ name, expression }) => [name, evaluate(expression, row, nowMs)]));
  switch (operator.kind) {
    case 'where':
      return { columns, rows: rows.filter((row) => truth(evaluate(operator.condition, row, nowMs))) };
    case 'project':
      return {
        columns: operator.columns.map(({ name }) => name),
        rows: rows.map((row) => cells(row, operator.columns)),
      };
    case 'extend': {
      const added = operator.columns.map(({ name }) => name);
      const extended = rows.map((row) => {
        const made: Record<string, unknown> = { ...row };
        // Each new column may use those before it.
        for (const { name, expression } of operator.columns) made[name] = evaluate(expression, made, nowMs);
        return made;
      });
      return { columns: [...columns.filter((name) => !added.includes(name)), ...added], rows: extended };
    }
    case 'distinct': {
      const unique = new Map(rows.map((row) => cells(row, operator.columns)).map((row) => [JSON.stringify(row), row]));
      return { columns: operator.columns.map(({ name }) => name), rows: [...unique.values()] };
    }
    case 'project-away':
    case 'project-keep': {
      for (const name of operator.names) if (!columns.includes(name)) throw new UnresolvedName(name);
      const kept = columns.filter((name) => operator.names.includes(name) === (operator.kind === 'project-keep'));
      return { columns: kept, rows: rows.map((row) => Object.fromEntries(kept.map((name) => [name, row[name]]))) };
    }
    case 'project-rename': {
      const newNames = new Map(
        operator.columns.map(({ name, expression }) => [expression.kind === 'column' ? expression.name : '', name]),
      );
      for (const name of newNames.keys()) if (!columns.includes(name)) throw new UnresolvedName(name);
      const renamed = (name: string) => newNames.get(name) ?? name;
      return {
        columns: columns.map(renamed),
        rows: rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [renamed(name), value]))),
      };
    }
    case 'order':
      return { columns, rows: sorted(rows, operator.by, nowMs) };
    case 'top':
      return { columns, rows: sorted(rows, operator.by, nowMs).slice(0, operator.rows) };
    case 'limit':
      return { columns, rows: rows.slice(0, operator.rows) };
    case 'count':
      return { columns: ['Count'], rows: [{ Count: rows.length }] };
    case 'summarize':
      return summarized(operator, table, nowMs);
  }
}

function sorted(rows: readonly Row[], by: readonly Ordering[], nowMs: number): Row[] {
  return rows.toSorted((one, other) => {
    for (const { expression, descending, nullsFirst } of by) {
      const [left, right] = [evaluate(expression, one, nowMs), evaluate(expression, other, nowMs)];
      if (left === null || right === null) {
        if (left === right) continue;
        return (left === null) === nullsFirst ? -1 : 1;
      }
      const difference = order(left, right);
      if (difference !== 0) return descending ? -difference : difference;
    }
    return 0;
  });
}

function summarized(
  { columns, by }: Extract<Operator, { kind: 'summarize' }>,
  { columns: given, rows }: Table,
  nowMs: number,
): Table {
  const groups = new Map<string, { readonly key: Row; readonly rows: Row[] }>();
  for (const row of rows) {
    const key = Object.fromEntries(by.map(({ name, expression }) => [name, evaluate(expression, row, nowMs)]));
    const group = groups.get(JSON.stringify(key)) ?? { key, rows: [] };
    groups.set(JSON.stringify(key), group);
    group.rows.push(row);
  }
  const made = columns.flatMap((column) => expanded(column, given));
  return {
    columns: [...by, ...made].map(({ name }) => name),
    rows: [...groups.values()].map(({ key, rows: members }) => ({
      ...key,
      ...Object.fromEntries(made.map(({ name, expression }) => [name, aggregate(expression, members, nowMs)])),
    })),
  };
}

/** `arg_max(a, b)` as two columns, `a` and `b` of the row in which `a` is greatest; with `*` all columns of that row. */
function expanded({ name, expression }: NamedExpression, given: readonly string[]): readonly NamedExpression[] {
  if (expression.kind !== 'call' || expression.name !== 'arg_max') return [{ name, expression }];
  const [greatest, ...others] = expression.args;
  const wanted = others.flatMap((other): readonly Expression[] =>
    other.kind === 'value' && other.value === '*' ? given.map((column) => ({ kind: 'column', name: column })) : [other],
  );
  if (greatest?.kind !== 'column') throw new NotSimulatedKql("'arg_max' by what is no column");
  return [greatest, ...wanted].map((column) => {
    if (column.kind !== 'column') throw new NotSimulatedKql("'arg_max' of what is no column");
    return { name: column.name, expression: { ...expression, args: [greatest, column] } };
  });
}

function aggregate(expression: Expression, rows: readonly Row[], nowMs: number): unknown {
  if (expression.kind === 'value' || expression.kind === 'real') return expression.value;
  if (expression.kind === 'binary') {
    const [left, right] = [expression.left, expression.right].map((side) => aggregate(side, rows, nowMs));
    return calculate(expression, left, right);
  }
  if (expression.kind !== 'call') throw new NotSimulatedKql('a summarize without an aggregation');
  const [first] = expression.args;
  const values = first === undefined ? [] : rows.map((row) => evaluate(first, row, nowMs));
  const present = values.filter((value) => value !== null && value !== '');
  const numbers = present.map(Number);
  const unique = [...new Map(present.map((value) => [textOf(value), value])).values()];
  switch (expression.name) {
    case 'count':
      return rows.length;
    case 'countif':
      return values.filter(truth).length;
    case 'dcount':
      return unique.length;
    case 'sum':
      return numbers.reduce((total, value) => total + value, 0);
    case 'avg':
      return numbers.length === 0 ? null : numbers.reduce((total, value) => total + value, 0) / numbers.length;
    case 'min':
      return present.toSorted(order)[0] ?? null;
    case 'max':
      return present.toSorted(order).at(-1) ?? null;
    case 'arg_max': {
      const by = present.toSorted(order).at(-1);
      const row = rows[values.indexOf(by)];
      const [, wanted] = expression.args;
      return row === undefined || wanted === undefined ? null : evaluate(wanted, row, nowMs);
    }
    case 'any':
    case 'take_any':
      return values[0] ?? null;
    case 'make_list':
      return present;
    case 'make_set':
      return unique;
    default:
      throw new NotSimulatedKql(`the aggregation '${expression.name}'`);
  }
}
