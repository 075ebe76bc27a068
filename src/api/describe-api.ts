import * as z from 'zod';
import { apiViewParts, apiViews } from '../app/api-views.ts';
import { appRoles } from './app-role.ts';
import type { Endpoint } from './endpoint.ts';
import { problemTitles } from './problem.ts';
import { problemView } from './problem-view.ts';
import { idempotencyKeyPattern } from './request-headers.ts';

type Json = Readonly<Record<string, unknown>>;

const text = { type: 'string' } as const;

/** The headers that answers have, those of HTTP itself aside. */
const headers = {
  'X-Request-Id': { description: 'Taken over from the request, or made; stands in the log.', schema: text },
  Location: { description: 'Where to follow what was begun, or the rotation that stands in the way.', schema: text },
  ETag: {
    description: 'Of what is answered, or of the area of hardening, as it is: for `If-Match` or `If-None-Match`.',
    schema: text,
  },
  'Retry-After': { description: 'Seconds to wait, if waiting helps.', schema: { type: 'integer' } },
  'WWW-Authenticate': { description: 'What the token lacks: RFC 6750.', schema: text },
} as const;

/** Beside X-Request-Id, by the status of a refusal. */
const refusalHeaders: Readonly<Record<string, readonly (keyof typeof headers)[]>> = {
  401: ['WWW-Authenticate'],
  403: ['WWW-Authenticate'],
  409: ['Location', 'ETag', 'Retry-After'],
  412: ['ETag'],
  428: ['ETag'],
  503: ['Retry-After'],
};

/** Operations on an area of hardening, whose answers have its ETag. */
const hardeningRoute = /\/(?:network|access|keyless)$/;

function headersNamed(names: readonly (keyof typeof headers)[]): Json {
  return Object.fromEntries(['X-Request-Id' as const, ...names].map((name) => [name, headers[name]]));
}

const parameterTexts: Readonly<Record<string, string>> = {
  name: 'Name of the target.',
  id: 'Id of the rotation or change.',
  'Idempotency-Key':
    'The caller’s own name for this request, 1 to 128 visible ASCII characters. Sent again with it, the request answers with the rotation that it started.',
  'If-Match':
    'The ETag of the area of hardening, or the plan, as it was read: the change is made only while it still is so. Asked for when a risk to the network is confirmed, and before a target leaves.',
  'If-None-Match': 'The ETag of an earlier answer: 304 without a body if it would be answered again.',
  'X-Request-Id': 'Names the request in the log and in the answer: 1 to 128 of 0-9, a-z, A-Z, ., _ and -.',
};

const tagsPattern = '^(?:\\*|(?:W/)?"[^"]*"(?: *, *(?:W/)?"[^"]*")*)$';

/** What is refused otherwise; of an `If-Match` that no tag can have, as of one that is old. */
const parameterPatterns: Readonly<Record<string, string>> = {
  'Idempotency-Key': idempotencyKeyPattern.source,
  'If-Match': tagsPattern,
  'If-None-Match': tagsPattern,
};

/**
 * The admin API as OpenAPI 3.1, made of the very schemas that check bodies and give views their types.
 * https://spec.openapis.org/oas/v3.1.1.html
 */
export function describeApi(endpoints: readonly Endpoint[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const endpoint of endpoints) {
    const path = `/${endpoint.route}`;
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation(endpoint) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Keyturn',
      version: '1',
      summary: 'Rotates the keys of Azure AI accounts without one failed request.',
      description:
        'A query parameter that an operation does not describe is refused with 400 `invalid-query`, and a member of a body that it does not describe with 400 `invalid-body`: neither is ignored.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/api', description: 'The function app; its pages are at the root.' }],
    security: [{ entraId: [] }],
    paths,
    components: { schemas: componentSchemas(), responses: problemAnswers(), securitySchemes },
  };
}

const securitySchemes = {
  entraId: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: `An access token of Entra ID for the API's app registration, with one of the app roles ${appRoles.join(', ')}. Each role includes those before it.`,
  },
} as const;

function operation(endpoint: Endpoint): Json {
  const { name, role, summary, route, body, query, headers: own = [], answers } = endpoint;
  const path = [...route.matchAll(/\{(\w+)\}/g)].map(([, parameter = '']) => parameter);
  return {
    operationId: name,
    summary,
    description: `Needs the app role \`${role}\`.`,
    parameters: [
      ...path.map((parameter) => ({ ...parameterOf(parameter), in: 'path', required: true })),
      ...queryParameters(query),
      ...[...own, 'X-Request-Id'].map((parameter) => ({ ...parameterOf(parameter), in: 'header' })),
    ],
    ...(body === null ? {} : { requestBody: requestBody(body) }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, view]) => [status, answer(endpoint, status, view)])),
      ...(own.includes('If-None-Match')
        ? { 304: { description: 'As it was when it had that ETag.', headers: headersNamed(['ETag']) } }
        : {}),
      ...Object.fromEntries(
        problemStatuses(endpoint).map((status) => [status, { $ref: `#/components/responses/${status}` }]),
      ),
    },
  };
}

function parameterOf(name: string) {
  const pattern = parameterPatterns[name];
  return {
    name,
    description: parameterTexts[name] ?? name,
    schema: { type: 'string', ...(pattern === undefined ? {} : { pattern }) },
  };
}

/** Each member of the query's schema, with its description. */
function queryParameters(query: z.ZodType | null): Json[] {
  if (query === null) return [];
  const { properties = {} } = z.toJSONSchema(query, { io: 'input', override });
  return Object.entries(properties).map(([name, schema]) => {
    const { description = name, ...rest } = typeof schema === 'object' ? schema : {};
    return { name, in: 'query', description, schema: rest };
  });
}

function requestBody(body: z.ZodType): Json {
  // No body counts as `{}`.
  const required = !body.safeParse({}).success;
  const schema = withoutNames(z.toJSONSchema(body, { io: 'input', override }));
  return { required, content: { 'application/json': { schema } } };
}

function answer({ route, headers: own = [] }: Endpoint, status: string, view: string): Json {
  const isBegun = status === '202';
  const isConditional = hardeningRoute.test(route) || own.some((one) => /^If-/.test(one));
  return {
    description: isBegun ? 'Noted; it is carried out next.' : 'Done.',
    headers: headersNamed([...(isBegun ? ['Location' as const] : []), ...(isConditional ? ['ETag' as const] : [])]),
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${view}` } } },
  };
}

/** The refusals that an operation can meet. */
function problemStatuses({ route, method, body, headers: own = [] }: Endpoint): string[] {
  const met: Readonly<Record<keyof typeof problemTitles, boolean>> = {
    400: true,
    401: true,
    403: true,
    404: route.includes('{'),
    409: method !== 'GET',
    412: own.includes('If-Match'),
    411: body !== null,
    413: body !== null,
    415: body !== null,
    422: own.includes('Idempotency-Key'),
    428: own.includes('If-Match'),
    500: true,
    502: true,
    503: true,
  };
  return Object.entries(met).flatMap(([status, isMet]) => (isMet ? [status] : []));
}

function problemAnswers(): Json {
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return Object.fromEntries(
    Object.entries(problemTitles).map(([status, description]) => [
      status,
      { description, headers: headersNamed(refusalHeaders[status] ?? []), content },
    ]),
  );
}

function componentSchemas(): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, view] of Object.entries({ ...apiViews, ...apiViewParts, Problem: problemView }))
    registry.add(view, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}`, io: 'output', override });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutNames(schema)]));
}

/** Read-only in TypeScript says nothing of a body on the wire; what `onTheWire` says does. */
function override({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  delete jsonSchema.readOnly;
  const { wire } = jsonSchema;
  if (typeof wire !== 'object' || wire === null) return;
  delete jsonSchema.wire;
  // What is written as a number is no text with a pattern.
  if ('type' in wire) delete jsonSchema.pattern;
  Object.assign(jsonSchema, wire);
}

/** Inside a description, `$schema` and `$id` would name other documents. */
function withoutNames(schema: Json): Json {
  const { $schema: _schema, $id: _id, id: _name, ...rest } = schema;
  return rest;
}
