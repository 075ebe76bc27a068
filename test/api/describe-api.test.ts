import { readFileSync } from 'node:fs';
import type { HttpRequest } from '@azure/functions';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it, vi } from 'vitest';
import { appRoles } from '../../src/api/app-role.ts';
import { describeApi } from '../../src/api/describe-api.ts';
import { endpoints, readOpenapi } from '../../src/api/endpoints.ts';
import { fakeContext } from './fake-request.ts';

const text = JSON.stringify(describeApi(endpoints));
const description = JSON.parse(text);

/** What is said of an operation, named as `GET /targets`. */
function at(operation: string) {
  const [method = '', path = ''] = operation.split(' ');
  return description.paths[path][method.toLowerCase()];
}

describe("the API's description", () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(JSON.parse(text))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('is refused by that validator once an operation loses its answers', async () => {
    const broken = JSON.parse(text);
    broken.paths['/targets'].get.responses = 'none';
    expect((await new Validator().validate(broken)).valid).toBe(false);
  });

  it.each(endpoints.map((endpoint) => [endpoint.name, endpoint] as const))('has %s', (name, endpoint) => {
    const operation = description.paths[`/${endpoint.route}`][endpoint.method.toLowerCase()];
    expect(operation).toMatchObject({ operationId: name, summary: endpoint.summary });
    expect(operation.description).toContain(endpoint.role);
    expect(operation.requestBody === undefined).toBe(endpoint.body === null);
    for (const [status, view] of Object.entries(endpoint.answers))
      expect(operation.responses[status].content).toEqual({
        'application/json': { schema: { $ref: `#/components/schemas/${view}` } },
      });
  });

  it('says that every answer names its request, in a header that it describes', () => {
    const operations: { responses: Record<string, { $ref?: string; headers?: object }> }[] = Object.values(
      description.paths,
    ).flatMap((methods) => Object.values(Object(methods)));
    const responses = operations.flatMap((one) => Object.entries(one.responses));
    const bare = responses.filter(([status, { $ref, headers }]) => {
      const shown = $ref === undefined ? headers : description.components.responses[status].headers;
      return !Object.keys(shown ?? {}).includes('X-Request-Id');
    });
    expect(responses.length).toBeGreaterThan(200);
    expect(bare).toEqual([]);
  });

  it.each<[operation: string, parameters: Readonly<Record<string, string>>]>([
    [
      'GET /targets',
      {
        state: 'in one of these states',
        drift: 'one of these findings',
        subscription: 'one of these subscriptions',
        text: 'name, account id or vault',
        dueBefore: 'due before then',
        needsPerson: 'waits for a person',
        sort: 'In which order',
        fields: 'what a table shows',
        limit: 'How many are answered at most',
        after: 'The `next` of an earlier answer',
        'If-None-Match': 'The ETag of an earlier answer',
        'X-Request-Id': 'Names the request in the log',
      },
    ],
    [
      'GET /targets/{name}',
      {
        name: 'Name of the target.',
        'If-None-Match': 'The ETag of an earlier answer',
        'X-Request-Id': 'Names the request in the log',
      },
    ],
    [
      'POST /targets/{name}/rotations',
      {
        name: 'Name of the target.',
        dryRun: 'answer the plan and change nothing',
        'Idempotency-Key': 'own name for this request',
        'X-Request-Id': 'Names the request in the log',
      },
    ],
    [
      'GET /targets/{name}/rotations/{id}/audit-trail',
      {
        name: 'Name of the target.',
        id: 'Id of the rotation or change.',
        limit: 'How many are answered at most',
        after: 'The `next` of an earlier answer',
        'X-Request-Id': 'Names the request in the log',
      },
    ],
    [
      'PUT /targets/{name}/network',
      {
        name: 'Name of the target.',
        dryRun: 'answer the plan and change nothing',
        'If-Match': 'The ETag of the area',
        'X-Request-Id': 'Names the request in the log',
      },
    ],
  ])('says what each parameter of %s means', (operation, parameters) => {
    const described: readonly { name: string; description: string }[] = at(operation).parameters;
    expect(Object.fromEntries(described.map((one) => [one.name, one.description]))).toEqual(
      Object.fromEntries(Object.entries(parameters).map(([name, text]) => [name, expect.stringContaining(text)])),
    );
  });

  it.each(endpoints.map(({ method, route }) => `${method} /${route}`))(
    'says of every parameter of %s more than its name, where it stands and whether it is needed',
    (operation) => {
      for (const { name, description: said, in: place, required = false } of at(operation).parameters) {
        expect(said).toMatch(/ .*\.$/);
        expect(place).toBe(operation.includes(`{${name}}`) ? 'path' : /[A-Z].*-/.test(name) ? 'header' : 'query');
        expect(required).toBe(place === 'path');
      }
    },
  );

  it.each<[operation: string, refusals: readonly number[], answers: Readonly<Record<number, readonly string[]>>]>([
    ['GET /targets', [400, 401, 403, 500, 502, 503], { 200: ['ETag'], 304: ['ETag'] }],
    ['GET /targets/{name}', [400, 401, 403, 404, 500, 502, 503], { 200: ['ETag'], 304: ['ETag'] }],
    ['GET /targets/{name}/access', [400, 401, 403, 404, 500, 502, 503], { 200: ['ETag'] }],
    [
      'POST /targets/{name}/rotations',
      [400, 401, 403, 404, 409, 411, 413, 415, 422, 500, 502, 503],
      { 200: [], 202: ['Location'] },
    ],
    [
      'PUT /targets/{name}/network',
      [400, 401, 403, 404, 409, 411, 412, 413, 415, 428, 500, 502, 503],
      { 200: ['ETag'], 202: ['Location', 'ETag'] },
    ],
    ['DELETE /targets/{name}', [400, 401, 403, 404, 409, 412, 428, 500, 502, 503], { 200: ['ETag'] }],
    ['PUT /pause', [400, 401, 403, 409, 411, 413, 415, 500, 502, 503], { 200: [] }],
  ])('says how %s may be answered, and with which headers', (operation, refusals, answers) => {
    const responses: Readonly<Record<string, { headers: object }>> = at(operation).responses;
    const statuses = Object.keys(responses).map(Number);
    expect(statuses.filter((status) => status >= 400)).toEqual(refusals);
    const shown = statuses.filter((status) => status < 400).map((status) => [status, responses[status]] as const);
    expect(Object.fromEntries(shown.map(([status, one]) => [status, Object.keys(one?.headers ?? {})]))).toEqual(
      Object.fromEntries(Object.entries(answers).map(([status, names]) => [status, ['X-Request-Id', ...names]])),
    );
  });

  it.each<[status: number, headers: readonly string[]]>([
    [400, []],
    [401, ['WWW-Authenticate']],
    [403, ['WWW-Authenticate']],
    [404, []],
    [409, ['Location', 'ETag', 'Retry-After']],
    [411, []],
    [412, ['ETag']],
    [413, []],
    [415, []],
    [422, []],
    [428, ['ETag']],
    [500, []],
    [502, []],
    [503, ['Retry-After']],
  ])('describes the refusal %i as a problem, with its headers', (status, headers) => {
    const { headers: shown, content } = description.components.responses[status];
    expect(Object.keys(shown)).toEqual(['X-Request-Id', ...headers]);
    for (const [name, header] of Object.entries(shown))
      expect(header).toEqual({
        description: expect.any(String),
        schema: { type: name === 'Retry-After' ? 'integer' : 'string' },
      });
    expect(content).toEqual({ 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } });
  });

  it('says that a token of Entra ID is needed, and which roles there are', () => {
    expect(description.security).toEqual([{ entraId: [] }]);
    expect(description.components.securitySchemes.entraId).toMatchObject({
      ...{ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      description: expect.stringContaining('Keyturn.Read, Keyturn.Operate, Keyturn.Admin'),
    });
  });

  it('says that a query parameter which it does not describe is refused', () => {
    expect(description.info.description).toContain('is refused with 400 `invalid-query`');
  });

  it('is made once, however often it is asked for', async () => {
    const ask = () => readOpenapi({} as HttpRequest, fakeContext('read-openapi'));
    const first = await ask();
    expect(first).toEqual({ headers: { 'content-type': 'application/json' }, body: text });
    const making = vi.spyOn(JSON, 'stringify');
    expect(await ask()).toEqual(first);
    expect(making).not.toHaveBeenCalled();
    making.mockRestore();
  });

  it('refers to nothing that is not there', () => {
    for (const [, path = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = path.split('/').reduce((place, part) => place?.[part], description);
      expect(found, path).toBeTypeOf('object');
    }
    expect(Object.keys(description.components.schemas)).not.toContain('__shared');
  });

  it('names every view: clients call their types so', () => {
    expect(Object.keys(description.components.schemas).sort()).toMatchInlineSnapshot(`
      [
        "Access",
        "AccessOrPlan",
        "Adoption",
        "Adoptions",
        "AuditCall",
        "AuditEntry",
        "AuditTrail",
        "Diagnosis",
        "Discovery",
        "Drift",
        "Event",
        "Finding",
        "Fleet",
        "HardeningStages",
        "Identified",
        "IdentifiedKey",
        "Keyless",
        "KeylessOrPlan",
        "LeakPreview",
        "LeakPreviewed",
        "LeakTaken",
        "LeakedKey",
        "ListedTarget",
        "LostRotation",
        "Network",
        "NetworkChange",
        "NetworkChangeBegun",
        "NetworkOrPlan",
        "OffboardedOrPlan",
        "Pause",
        "Plan",
        "PlannedSecret",
        "Problem",
        "Rotation",
        "RotationPlan",
        "Rotations",
        "Schedule",
        "Stored",
        "StoredOrAdoption",
        "StoredSecret",
        "Target",
        "TargetSummary",
        "Targets",
        "Validity",
        "Verified",
      ]
    `);
  });

  it('says what every view is', () => {
    const views: Record<string, { description?: string }> = description.components.schemas;
    expect(Object.keys(views).filter((name) => views[name]?.description === undefined)).toEqual([]);
  });

  it('has the operations that the page on the API lists, each with its role', () => {
    const page = readFileSync('docs/api.md', 'utf8');
    const listed = [...page.matchAll(/^\| `([A-Z]+ \/api\/\S+)` \| (\w+) \| (.+) \|$/gm)].map((row) => row.slice(1));
    const own = endpoints.map(({ method, route, role, summary }) => {
      return [`${method} /api/${route}`, role.replace('Keyturn.', ''), summary];
    });
    expect(own.sort()).toEqual(listed.sort());
  });

  it('says what each operation answers, and which headers it takes', () => {
    const own = endpoints.map(({ name, answers, headers = [] }) => [name, answers, ...headers]);
    expect(own).toEqual([
      ['list-targets', { 200: 'Targets' }, 'If-None-Match'],
      ['read-target', { 200: 'ListedTarget' }, 'If-None-Match'],
      ['diagnose-target', { 200: 'Diagnosis' }],
      ['identify-key', { 200: 'Identified' }],
      ['adopt-target', { 200: 'StoredOrAdoption' }],
      ['adopt-many', { 200: 'Adoptions' }],
      ['repair-target', { 200: 'Stored' }],
      ['offboard-target', { 200: 'OffboardedOrPlan' }, 'If-Match'],
      ['start-rotation', { 200: 'RotationPlan', 202: 'Rotation' }, 'Idempotency-Key'],
      ['list-rotations', { 200: 'Rotations' }, 'If-None-Match'],
      ['read-rotation', { 200: 'Rotation' }, 'If-None-Match'],
      ['read-audit-trail', { 200: 'AuditTrail' }],
      ['cancel-rotation', { 202: 'Rotation' }],
      ['hold-rotation', { 202: 'Rotation' }],
      ['release-hold', { 202: 'Rotation' }],
      ['expedite-rotation', { 202: 'Rotation' }],
      ['roll-back-rotation', { 202: 'Rotation' }],
      ['resume-rotation', { 202: 'Rotation' }],
      ['report-leak', { 200: 'LeakPreviewed', 202: 'LeakTaken' }],
      ['read-fleet', { 200: 'Fleet' }, 'If-None-Match'],
      ['reset-fleet', { 200: 'Fleet' }],
      ['accept-targets-document', { 200: 'Fleet' }, 'If-Match'],
      ['set-pause', { 200: 'Pause' }],
      ['read-network', { 200: 'Network' }],
      ['set-network', { 200: 'NetworkOrPlan', 202: 'NetworkChangeBegun' }, 'If-Match'],
      ['read-network-change', { 200: 'NetworkChange' }],
      ['read-access', { 200: 'Access' }],
      ['change-access', { 200: 'AccessOrPlan', 202: 'Access' }, 'If-Match'],
      ['read-keyless', { 200: 'Keyless' }],
      ['verify-keyless', { 200: 'Verified' }],
      ['change-keyless', { 200: 'KeylessOrPlan', 202: 'Keyless' }, 'If-Match'],
    ]);
  });

  it('names every operation once', () => {
    expect(new Set(endpoints.map(({ name }) => name)).size).toBe(endpoints.length);
    expect(new Set(endpoints.map(({ method, route }) => `${method} ${route}`)).size).toBe(endpoints.length);
    for (const { role } of endpoints) expect(appRoles).toContain(role);
  });
});
