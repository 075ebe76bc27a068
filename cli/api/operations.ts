import * as z from 'zod';
import type { Endpoint, LazySchema } from '../../src/api/endpoint.ts';
import { endpoints } from '../../src/api/endpoints.ts';

/** One thing that an operation takes, as the operation's own schema has it. */
export interface Field {
  /** As the API calls it, such as `overlapSeconds`. */
  readonly name: string;
  readonly in: 'query' | 'body';
  /** How it is written: `flag` by its name only, `list` with commas between or several times, `json` as JSON. */
  readonly kind: 'flag' | 'boolean' | 'number' | 'text' | 'list' | 'json';
  readonly isRequired: boolean;
  /** The words that are accepted; null if any text may be. */
  readonly choices: readonly string[] | null;
  /** Largest number that is accepted; null if none is said. */
  readonly most: number | null;
  readonly about: string;
}

/** The row of the admin API that is called so. @throws TypeError if there is none: a mistake of the command line itself */
export function operation(name: string): Endpoint {
  const found = endpoints.find((one) => one.name === name);
  if (found === undefined) throw new TypeError(`the admin API has no operation ${name}`);
  return found;
}

/** The row that answers `POST /api/targets/web/adopt`, and what the path names; null if none does. */
export function operationAt(
  method: string,
  path: string,
): { readonly endpoint: Endpoint; readonly names: Readonly<Record<string, string>> } | null {
  for (const endpoint of endpoints) {
    const pattern = pathOf(endpoint).replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    const match = endpoint.method === method ? new RegExp(`^${pattern}$`).exec(path) : null;
    if (match !== null) return { endpoint, names: mapValues(match.groups ?? {}, decodeURIComponent) };
  }
  return null;
}

/** `/api/targets/{name}`. */
export function pathOf({ route }: Endpoint): string {
  return `/api/${route}`;
}

/** What the operation takes, in the order of its schemas. */
export function fieldsOf({ query, body }: Endpoint): Field[] {
  return [...fieldsIn(body, 'body'), ...fieldsIn(query, 'query')];
}

/** Of a schema as JSON Schema shows it, what matters here. */
const property = z.looseObject({
  type: z.string().optional(),
  description: z.string().optional(),
  enum: z.array(z.string()).optional(),
  default: z.unknown().optional(),
  items: z.looseObject({ type: z.string().optional() }).optional(),
  wire: z.looseObject({ maximum: z.number().optional() }).optional(),
});

const objectSchema = z.looseObject({
  properties: z.record(z.string(), z.looseObject({ anyOf: z.array(z.unknown()).optional() })),
  required: z.array(z.string()).default([]),
});

function fieldsIn(schema: LazySchema | null, where: Field['in']): Field[] {
  if (schema === null) return [];
  const { properties, required } = objectSchema.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return Object.entries(properties).map(([name, written]) => {
    const branches = (written.anyOf ?? [written]).map((one) => property.parse(one));
    const given = branches.filter(({ type }) => type !== 'null');
    const [only = {}] = given;
    const field = { name, in: where, isRequired: required.includes(name) };
    const outer = property.parse(written);
    return {
      ...field,
      kind: given.length === 1 ? kindOf(only, field) : 'json',
      choices: only.enum ?? (only.type === 'boolean' && field.isRequired ? ['true', 'false'] : null),
      most: only.wire?.maximum ?? null,
      about: outer.description ?? accepted(schema, name),
    };
  });
}

function kindOf(
  { type, items, enum: words, default: usual }: z.infer<typeof property>,
  { in: where, isRequired }: Pick<Field, 'in' | 'isRequired'>,
): Field['kind'] {
  if (where === 'query') return usual === 'false' && words?.join() === 'true,false' ? 'flag' : 'text';
  switch (type) {
    case 'boolean':
      return isRequired ? 'boolean' : 'flag';
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
      return 'text';
    case 'array':
      return items?.type === 'string' ? 'list' : 'json';
    default:
      return 'json';
  }
}

/** What a refusal would say is accepted there. */
function accepted(schema: LazySchema, name: string): string {
  const issues = schema.safeParse({ [name]: Symbol() }).error?.issues ?? [];
  return issues.find(({ path }) => path[0] === name)?.message ?? '';
}

function mapValues<Value, Other>(record: Readonly<Record<string, Value>>, change: (value: Value) => Other) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
