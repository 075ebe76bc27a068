/** A route template with its methods, ready to be matched. */
export interface Route {
  readonly template: string;
  /** Upper case. */
  readonly methods: readonly string[];
  readonly pattern: RegExp;
  readonly parameters: readonly {
    readonly name: string;
    readonly accepts: (value: string) => boolean;
  }[];
}

/**
 * The values of the route's parameters if `path` (decoded, without leading slash) is one of its paths, else undefined.
 * Case-insensitive; a trailing slash is accepted; a missing optional parameter has no entry; values keep their case.
 */
export function matchRoute(route: Route, path: string): Record<string, string> | undefined {
  const match = route.pattern.exec(path);
  if (match === null) return undefined;
  const values: Record<string, string> = {};
  for (const [index, { name, accepts }] of route.parameters.entries()) {
    const value = match[index + 1];
    if (value === undefined || value === '') continue;
    if (!accepts(value)) return undefined;
    values[name] = value;
  }
  return values;
}

/** Throws for a parameter or constraint that is not understood. */
export function compileRoute(template: string, methods: readonly string[]): Route {
  const parameters: { name: string; accepts: (value: string) => boolean }[] = [];
  let source = '';
  for (const segment of template.split('/').filter((part) => part !== '')) {
    const slash = source === '' ? '' : '/';
    const whole = /^\{(\*{0,2})(\w+)((?::(?:[^{}()]|\([^)]*\))+)?)(\?)?\}$/.exec(segment);
    if (whole === null) {
      if (/[{}]/.test(segment))
        throw new Error(`the route segment '${segment}' is not understood by the local runner.`);
      source += slash + segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      continue;
    }
    const [, stars = '', name = '', constraintText = '', optional] = whole;
    const isCatchAll = stars !== '';
    const constraints = constraintText.match(/(?<=:)(?:[^:()]|\([^)]*\))+/g)?.map(constraint) ?? [];
    parameters.push({ name, accepts: (value) => constraints.every((accepts) => accepts(value)) });
    if (isCatchAll) source += slash === '' ? '(.*?)' : '(?:/(.*?))?';
    else if (optional) source += `(?:${slash}([^/]+))?`;
    else source += `${slash}([^/]+)`;
  }
  return {
    template,
    methods: methods.map((method) => method.toUpperCase()),
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
