import {
  type Expression,
  type NamedExpression,
  NotSimulatedKql,
  type Operator,
  type Ordering,
  type Query,
} from './kql-query.ts';
import { KqlSyntaxError, keywords, kqlTokens, type Token } from './kql-tokens.ts';

/** Operators that begin a stage; a table's name is none of them. */
const stages = [
  'where',
  'filter',
  'project',
  'extend',
  'distinct',
  'order',
  'sort',
  'limit',
  'take',
  'top',
  'count',
  'summarize',
];
/** Stages of the language that are not simulated. */
const otherStages = [
  'join',
  'union',
  'mv',
  'mvexpand',
  'parse',
  'sample',
  'lookup',
  'make',
  'evaluate',
  'facet',
  'render',
  'let',
  'search',
  'as',
  'invoke',
  'serialize',
  'datatable',
  'print',
  'getschema',
];
const comparisons = ['==', '!=', '<>', '=~', '!~', '<', '<=', '>', '>='];
const textComparisons = [
  'contains',
  '!contains',
  'contains_cs',
  '!contains_cs',
  'startswith',
  '!startswith',
  'startswith_cs',
  '!startswith_cs',
  'endswith',
  '!endswith',
  'endswith_cs',
  '!endswith_cs',
  'has',
  '!has',
  'has_cs',
  '!has_cs',
  'matches',
];
const listComparisons = ['in', '!in', 'in~', '!in~', 'has_any', 'has_all', 'between', '!between'];

/** Parses a query. Throws `KqlSyntaxError` for what is no query, `NotSimulatedKql` for what is beyond this simulation. */
export function parseKql(text: string): Query {
  const tokens = kqlTokens(text);
  let next = 0;

  const peek = (ahead = 0): Token =>
    tokens[Math.min(next + ahead, tokens.length - 1)] ?? { kind: 'end', text: '<EOF>', at: 0 };
  const is = (...texts: readonly string[]) => peek().kind !== 'text' && texts.includes(peek().text);
  const take = (): Token => {
    const token = peek();
    next += 1;
    return token;
  };
  const takeIf = (...texts: readonly string[]) => (is(...texts) ? take() : null);
  const must = (...texts: readonly string[]): Token => takeIf(...texts) ?? fail();
  const fail = (): never => {
    throw new KqlSyntaxError(peek());
  };
  const word = (): string => (peek().kind === 'name' ? take().text : fail());
  const name = (): string => {
    if (takeIf('[') === null) return keywords.has(peek().text) ? fail() : word();
    const bracketed = peek().kind === 'text' ? take().text : fail();
    must(']');
    return bracketed;
  };
  const number = (): number => (peek().kind === 'number' ? Number(take().text) : fail());
  const separated = <T>(one: () => T): T[] => {
    const all = [one()];
    while (takeIf(',') !== null) all.push(one());
    return all;
  };

  function query(): Query {
    const table =
      peek().kind === 'name' && !stages.includes(peek().text) && !otherStages.includes(peek().text)
        ? take().text
        : null;
    const operators: Operator[] = [];
    if (table === null && peek().kind !== 'end') operators.push(operator());
    while (takeIf('|') !== null) operators.push(operator());
    takeIf(';');
    if (peek().kind !== 'end') fail();
    return { table, operators };
  }

  function operator(): Operator {
    const token = peek();
    const stage = word();
    switch (stage) {
      case 'where':
      case 'filter':
        return { kind: 'where', condition: expression() };
      case 'project':
        return projection();
      case 'extend':
      case 'distinct':
        return { kind: stage, columns: separated(named) };
      case 'order':
      case 'sort':
        must('by');
        return { kind: 'order', by: separated(ordering) };
      case 'limit':
      case 'take':
        return { kind: 'limit', rows: number() };
      case 'top': {
        const rows = number();
        must('by');
        return { kind: 'top', rows, by: separated(ordering) };
      }
      case 'count':
        return { kind: 'count' };
      case 'summarize': {
        const columns = is('by') ? [] : separated(named);
        return { kind: 'summarize', columns, by: takeIf('by') === null ? [] : separated(named) };
      }
      default:
        if (otherStages.includes(stage)) throw new NotSimulatedKql(`the operator '${stage}'`);
        throw new KqlSyntaxError(token);
    }
  }

  function projection(): Operator {
    if (takeIf('-') === null) return { kind: 'project', columns: separated(named) };
    const variant = must('away', 'keep', 'rename', 'reorder').text;
    if (variant === 'rename') return { kind: 'project-rename', columns: separated(named) };
    if (variant === 'reorder') throw new NotSimulatedKql("the operator 'project-reorder'");
    return { kind: variant === 'away' ? 'project-away' : 'project-keep', names: separated(name) };
  }

  function named(): NamedExpression {
    const isNamed = (ahead: number) => peek(ahead).text === '=' && peek(ahead).kind === 'sign';
    if (peek().kind === 'name' ? isNamed(1) : is('[') && isNamed(3)) {
      const given = name();
      must('=');
      return { name: given, expression: expression() };
    }
    const made = expression();
    return { name: nameFor(made), expression: made };
  }

  function ordering(): Ordering {
    const made = expression();
    // Kusto sorts from high to low unless it is told otherwise.
    const descending = takeIf('asc', 'desc')?.text !== 'asc';
    const nulls = takeIf('nulls') === null ? null : must('first', 'last').text;
    return { expression: made, descending, nullsFirst: nulls === null ? !descending : nulls === 'first' };
  }

  function expression(): Expression {
    let left = conjunction();
    while (takeIf('or') !== null) left = { kind: 'binary', sign: 'or', left, right: conjunction() };
    return left;
  }

  function conjunction(): Expression {
    let left = comparison();
    while (takeIf('and') !== null) left = { kind: 'binary', sign: 'and', left, right: comparison() };
    return left;
  }

  function comparison(): Expression {
    const left = sum();
    if (is(...comparisons) || is(...textComparisons)) {
      const sign = take().text;
      if (sign === 'matches') must('regex');
      return { kind: 'binary', sign, left, right: sum() };
    }
    if (!is(...listComparisons)) return left;
    const sign = take().text;
    must('(');
    const items = sign.endsWith('between') ? range() : separated(expression);
    must(')');
    return { kind: 'list', sign, left, items };
  }

  function range(): Expression[] {
    const from = sum();
    must('..');
    return [from, sum()];
  }

  function sum(): Expression {
    let left = product();
    while (is('+', '-')) left = { kind: 'binary', sign: take().text, left, right: product() };
    return left;
  }

  function product(): Expression {
    let left = postfix();
    while (is('*', '/', '%')) left = { kind: 'binary', sign: take().text, left, right: postfix() };
    return left;
  }

  function postfix(): Expression {
    let made = primary();
    for (;;) {
      if (takeIf('.') !== null) made = { kind: 'member', of: made, key: { kind: 'value', value: name() } };
      else if (takeIf('[') !== null) {
        made = { kind: 'member', of: made, key: expression() };
        must(']');
      } else return made;
    }
  }

  function primary(): Expression {
    const token = peek();
    switch (token.kind) {
      case 'text':
        return { kind: 'value', value: take().text };
      case 'number':
        return { kind: token.text.includes('.') ? 'real' : 'value', value: Number(take().text) };
      case 'timespan':
        return { kind: 'value', value: { timespanMs: timespan(take().text) } };
      case 'name':
        return nameOrCall();
      default:
        break;
    }
    if (takeIf('-') !== null) return { kind: 'value', value: -number() };
    if (is('[')) return { kind: 'column', name: name() };
    if (takeIf('(') === null) return fail();
    const inner = expression();
    must(')');
    return inner;
  }

  function nameOrCall(): Expression {
    const called = word();
    if (called === 'true' || called === 'false') return { kind: 'value', value: called === 'true' };
    // A keyword begins something else, never an expression: what follows is missing.
    if (keywords.has(called)) return fail();
    if (takeIf('(') === null) return { kind: 'column', name: called };
    if (called === 'dynamic' || called === 'datetime') return literal(called);
    const args = is(')')
      ? []
      : separated(() => (takeIf('*') === null ? expression() : ({ kind: 'value', value: '*' } as const)));
    must(')');
    return { kind: 'call', name: called, args };
  }

  /** What stands between the brackets is no expression: JSON, or a date without quotes. */
  function literal(type: string): Expression {
    const from = peek().at;
    let depth = 1;
    for (;;) {
      if (peek().kind === 'end') return fail();
      if (is('(')) depth += 1;
      if (is(')')) depth -= 1;
      if (depth === 0) break;
      take();
    }
    const written = text.slice(from, take().at).trim();
    if (type === 'datetime')
      return { kind: 'call', name: 'todatetime', args: [{ kind: 'value', value: written.replaceAll(/['"]/g, '') }] };
    try {
      return { kind: 'value', value: JSON.parse(written.replaceAll(/'([^'"]*)'/g, '"$1"')) };
    } catch {
      return fail();
    }
  }

  return query();
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function timespan(text: string): number {
  return Number.parseFloat(text) * (unitsMs[text.replace(/^[\d.]+/, '')] ?? 0);
}

/** What Kusto calls a column that has no name: `count_`, `properties_endpoint`, `Column1`. */
function nameFor(expression: Expression): string {
  switch (expression.kind) {
    case 'column':
      return expression.name;
    case 'member': {
      const key = expression.key.kind === 'value' ? String(expression.key.value) : 'x';
      return `${nameFor(expression.of)}_${key.replaceAll(/[^0-9A-Za-z_]/g, '_')}`;
    }
    case 'call': {
      const [first] = expression.args;
      // https://learn.microsoft.com/kusto/query/bin-function
      if (expression.name === 'bin' && first !== undefined) return nameFor(first);
      return `${expression.name}_${first === undefined ? '' : nameFor(first)}`;
    }
    default:
      return 'Column1';
  }
}
