/** A route template with its methods, ready to be matched. */
export interface Route {
  readonly template: string;
  /** Upper case. */
  readonly methods: readonly string[];
  /** One rank a segment: literal 1, constrained parameter 2, parameter 3, constrained catch-all 4, catch-all 5 (ASP.NET's order). */
  readonly ranks: readonly number[];
  readonly pattern: RegExp;
  readonly parameters: readonly {
    readonly name: string;
    readonly isCatchAll: boolean;
    readonly accepts: (value: string) => boolean;
  }[];
}

/**
 * The values of the route's parameters if `path` (without leading slash, still percent-encoded) is one of its paths, else undefined.
 * Case-insensitive; a trailing slash is accepted; a missing optional parameter has no entry; values keep their case.
 */
export function matchRoute(route: Route, path: string): Record<string, string> | undefined {
  const match = route.pattern.exec(path);
  if (match === null) return undefined;
  const values: Record<string, string> = {};
  for (const [index, { name, isCatchAll, accepts }] of route.parameters.entries()) {
    const raw = match[index + 1];
    if (raw === undefined || raw === '') continue;
    const value = isCatchAll ? raw.split('/').map(decoded).join('/') : decoded(raw);
    if (!accepts(value)) return undefined;
    values[name] = value;
  }
  return values;
}

/** Literal segments win over parameters whatever the order of registration. */
export function bySpecificity(a: Route, b: Route): number {
  for (let i = 0; i < Math.max(a.ranks.length, b.ranks.length); i++) {
    const difference = (a.ranks[i] ?? 0) - (b.ranks[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.template.localeCompare(b.template);
}

/** Throws for a parameter or constraint that is not understood. */
export function compileRoute(template: string, methods: readonly string[]): Route {
  const ranks: number[] = [];
  const parameters: { name: string; isCatchAll: boolean; accepts: (value: string) => boolean }[] = [];
  let source = '';
  for (const segment of template.split('/').filter((part) => part !== '')) {
    const slash = source === '' ? '' : '/';
    const whole = /^\{(\*{0,2})(\w+)((?::(?:[^{}()]|\([^)]*\))+)?)(\?)?\}$/.exec(segment);
    if (whole === null) {
      if (/[{}]/.test(segment))
        throw new Error(`the route segment '${segment}' is not understood by the local runner.`);
      ranks.push(1);
      source += slash + escaped(decoded(segment));
      continue;
    }
    const [, stars = '', name = '', constraintText = '', optional] = whole;
    const isCatchAll = stars !== '';
    const constraints = constraintText.match(/(?<=:)(?:[^:()]|\([^)]*\))+/g)?.map(constraint) ?? [];
    ranks.push((isCatchAll ? 5 : 3) - (constraints.length > 0 ? 1 : 0));
    parameters.push({ name, isCatchAll, accepts: (value) => constraints.every((accepts) => accepts(value)) });
    if (isCatchAll) source += slash === '' ? '(.*?)' : '(?:/(.*?))?';
    else if (optional) source += `(?:${slash}([^/]+))?`;
    else source += `${slash}([^/]+)`;
  }
  return {
    template,
    methods: methods.map((method) => method.toUpperCase()),
    ranks,
    parameters,
    pattern: new RegExp(`^${source}/?$`, 'i'),
  };
}

/** ASP.NET's inline constraints, the ones that a text can be judged by. */
function constraint(text: string): (value: string) => boolean {
  const [, kind = '', argumentText = ''] = /^(\w+)(?:\((.*)\))?$/.exec(text) ?? [];
  const [first = Number.NaN, second = first] = argumentText.split(',').map(Number);
  const whole = (value: string, bits: number) =>
    /^[+-]?\d+$/.test(value) && BigInt.asIntN(bits, BigInt(value.replace('+', ''))) === BigInt(value.replace('+', ''));
  const real = (value: string) => value.trim() !== '' && Number.isFinite(Number(value));
  switch (kind.toLowerCase()) {
    case 'int':
      return (value) => whole(value, 32);
    case 'long':
      return (value) => whole(value, 64);
    case 'bool':
      return (value) => /^(true|false)$/i.test(value);
    case 'guid':
      return (value) => /^(\{|\()?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}(\}|\))?$/i.test(value);
    case 'alpha':
      return (value) => /^[a-z]*$/i.test(value);
    case 'datetime':
      return (value) => !Number.isNaN(Date.parse(value));
    case 'decimal':
    case 'double':
    case 'float':
      return real;
    case 'length':
      return (value) => value.length >= first && value.length <= second;
    case 'minlength':
      return (value) => value.length >= first;
    case 'maxlength':
      return (value) => value.length <= first;
    case 'min':
      return (value) => whole(value, 64) && Number(value) >= first;
    case 'max':
      return (value) => whole(value, 64) && Number(value) <= first;
    case 'range':
      return (value) => whole(value, 64) && Number(value) >= first && Number(value) <= second;
    case 'regex': {
      const pattern = new RegExp(argumentText, 'i');
      return (value) => pattern.test(value);
    }
    case 'required':
      return (value) => value !== '';
    default:
      throw new Error(`the route constraint '${text}' is not known.`);
  }
}

function decoded(segment: string): string {
  try {
    // %2F stays as it is: it must not become a segment border.
    return segment.split(/%2f/i).map(decodeURIComponent).join('%2F');
  } catch {
    return segment;
  }
}

/** Matches the literal whether the caller encoded it or not. */
function escaped(literal: string): string {
  const plain = literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const encoded = encodeURIComponent(literal).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return plain === encoded ? plain : `(?:${plain}|${encoded})`;
}
