import type { HttpRequest } from '@azure/functions';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it, vi } from 'vitest';
import { appRoles } from '../../src/functions/app-role.ts';
import { describeApi } from '../../src/functions/describe-api.ts';
import { endpoints } from '../../src/functions/endpoints.ts';
import { readOpenapi } from '../../src/functions/read-openapi.http.ts';
import { fakeContext } from './fake-request.ts';

const text = JSON.stringify(describeApi(endpoints));
const description = JSON.parse(text);

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
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(Object.keys(endpoint.answers)));
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
        "CompromisePreview",
        "CompromisePreviewed",
        "CompromiseTaken",
        "Diagnosis",
        "Discovery",
        "Drift",
        "Event",
        "Evidence",
        "EvidenceCall",
        "EvidenceEntry",
        "Finding",
        "Fleet",
        "Identified",
        "IdentifiedKey",
        "Keyless",
        "KeylessOrPlan",
        "Ladder",
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
        "Targets",
        "Validity",
        "Verified",
      ]
    `);
  });

  it('names every operation once', () => {
    expect(new Set(endpoints.map(({ name }) => name)).size).toBe(endpoints.length);
    expect(new Set(endpoints.map(({ method, route }) => `${method} ${route}`)).size).toBe(endpoints.length);
    for (const { role } of endpoints) expect(appRoles).toContain(role);
  });
});
