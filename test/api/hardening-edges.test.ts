import { describe, expect, it } from 'vitest';
import { answering } from '../../src/api/answering.ts';
import { type AppRole, grants } from '../../src/api/app-role.ts';
import type { Edge } from '../../src/api/edge.ts';
import type { Endpoint } from '../../src/api/endpoint.ts';
import { ProblemError } from '../../src/api/problem.ts';
import type { App } from '../../src/app/contract.ts';
import type { AccessView, KeylessView } from '../../src/app/hardening/hardening-contract.ts';
import { endpointNamed } from './endpoint-named.ts';
import { fakeContext, fakeRequest, type RequestParts, toAnswer } from './fake-request.ts';

const changeAccess = endpointNamed('change-access');
const changeKeyless = endpointNamed('change-keyless');
const readAccess = endpointNamed('read-access');
const readKeyless = endpointNamed('read-keyless');
const verifyKeyless = endpointNamed('verify-keyless');

const access = { target: 'demo' } as AccessView;
const keyless = { target: 'demo' } as KeylessView;
const identity = { principalId: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a02', roles: ['Reader'] };

async function call(
  endpoint: Endpoint,
  request: RequestParts,
  app: Partial<App> = {},
  role: AppRole = 'Keyturn.Admin',
) {
  const asked: unknown[] = [];
  const note =
    <T>(answer: T) =>
    async (...args: unknown[]) => {
      asked.push(args[1]);
      return answer;
    };
  const edge: Edge = {
    app: async () =>
      ({
        readAccess: note({ kind: 'found', view: access, etag: '"a"' } as const),
        changeAccess: note({ kind: 'under-way', view: access, etag: '"a"' } as const),
        readKeyless: note({ kind: 'found', view: keyless, etag: '"k"' } as const),
        verifyKeyless: note({
          kind: 'verified',
          view: { target: 'demo', accepted: true, method: null, code: 'accepted', detail: '' },
        } as const),
        changeKeyless: note({ kind: 'applied', view: keyless, etag: '"k"' } as const),
        ...app,
      }) as Partial<App> as App,
    authorise: async (_request, needed) => {
      if (grants([role], needed)) return { objectId: 'ada' };
      throw new ProblemError({ status: 403, reason: 'role-missing', detail: needed });
    },
    log: () => {},
    newId: () => 'new-id',
  };
  const path = '/api/targets/demo/access';
  const made = fakeRequest({ path, params: { name: 'demo' }, ...request });
  return { ...toAnswer(await answering(edge, endpoint)(made, fakeContext('f'))), asked };
}

describe('the edges of hardening', () => {
  it.each<[string, Endpoint, AppRole, AppRole | 'none', RequestParts, object]>([
    ['reading access', readAccess, 'Keyturn.Read', 'none', {}, { status: 200, body: access, headers: { etag: '"a"' } }],
    ['reading keyless', readKeyless, 'Keyturn.Read', 'none', {}, { status: 200, headers: { etag: '"k"' } }],
    [
      'verifying',
      verifyKeyless,
      'Keyturn.Operate',
      'Keyturn.Read',
      { method: 'POST' },
      { status: 200, body: { accepted: true } },
    ],
    [
      'changing access',
      changeAccess,
      'Keyturn.Admin',
      'Keyturn.Operate',
      { method: 'PUT', body: { identities: [identity] } },
      { status: 202, headers: { location: '/api/targets/demo/access', etag: '"a"' } },
    ],
    [
      'changing keyless',
      changeKeyless,
      'Keyturn.Admin',
      'Keyturn.Operate',
      { method: 'PUT', body: { enabled: true } },
      { status: 200, headers: { etag: '"k"' } },
    ],
  ])('%s needs its role and answers', async (_, endpoint, role, less, request, expected) => {
    expect(await call(endpoint, request, {}, role)).toMatchObject(expected);
    expect(await call(endpoint, request, {}, less as AppRole)).toMatchObject({ status: 403, asked: [] });
  });

  it('hand over the body with its defaults, the dry run and If-Match', async () => {
    const body = { identities: [identity, { keyturn: true, roles: [{ role: 'Reader', scope: 'resource-group' }] }] };
    const request = {
      method: 'PUT',
      path: '/api/targets/demo/access?dryRun=true',
      body,
      headers: { 'if-match': 'W/"a", "b"' },
    };
    expect((await call(changeAccess, request as RequestParts)).asked).toEqual([
      {
        identities: [
          {
            principalId: identity.principalId,
            principalType: 'ServicePrincipal',
            resourceId: null,
            create: null,
            keyturn: false,
            roles: [{ role: 'Reader', scope: 'account' }],
          },
          {
            principalId: null,
            principalType: 'ServicePrincipal',
            resourceId: null,
            create: null,
            keyturn: true,
            roles: [{ role: 'Reader', scope: 'resource-group' }],
          },
        ],
        confirm: [],
        dryRun: true,
        ifMatch: ['"a"', '"b"'],
      },
    ]);
  });

  const noPlan = { differences: [], toConfirm: [], blockedBy: [], waitsFor: null };
  const risk = { name: 'broad-role', level: 'confirm', text: 'It allows much.' } as const;
  it.each<[string, App['changeAccess'], object]>([
    [
      'a plan that was not confirmed',
      async () => ({ kind: 'not-confirmed', open: [risk], plan: noPlan, etag: '"now"' }),
      { status: 409, headers: { etag: '"now"' }, body: { reason: 'plan-not-confirmed', risks: [risk], plan: noPlan } },
    ],
    [
      'a plan that is blocked',
      async () => ({ kind: 'not-confirmed', open: [{ ...risk, level: 'blocked' }], plan: noPlan, etag: '"now"' }),
      { status: 409, body: { reason: 'plan-blocked', detail: expect.stringContaining(risk.text) } },
    ],
    [
      'a dry run, as each of the three answers it',
      async () => ({ kind: 'plan', plan: { ...noPlan, toConfirm: ['broad-role'] }, etag: '"now"' }),
      { status: 200, headers: { etag: '"now"' }, body: { ...noPlan, toConfirm: ['broad-role'] } },
    ],
    [
      'another state of things',
      async () => ({ kind: 'changed-meanwhile', etag: '"now"' }),
      { status: 412, headers: { etag: '"now"' }, body: { reason: 'changed-meanwhile' } },
    ],
    [
      'a role that does not exist',
      async () => ({
        kind: 'invalid',
        problems: [{ field: 'identities[0].roles[0].role', found: '"x"', accepted: 'y' }],
      }),
      { status: 400, body: { errors: [{ field: 'identities[0].roles[0].role' }] } },
    ],
  ])('tell of %s', async (_, answer, expected) => {
    const request = { method: 'PUT', body: { identities: [identity] } } as const;
    expect(await call(changeAccess, request, { changeAccess: answer })).toMatchObject(expected);
  });

  it.each<[string, Endpoint, unknown, string]>([
    ['no identities', changeAccess, {}, 'identities'],
    ['two ways to name one identity', changeAccess, { identities: [{ ...identity, keyturn: true }] }, 'identities[0]'],
    ['no way to name it', changeAccess, { identities: [{ roles: ['Reader'] }] }, 'identities[0]'],
    [
      'a client id that is no GUID',
      changeAccess,
      { identities: [{ ...identity, principalId: 'me' }] },
      'identities[0].principalId',
    ],
    ['no role', changeAccess, { identities: [{ ...identity, roles: [] }] }, 'identities[0].roles'],
    [
      'another scope',
      changeAccess,
      { identities: [{ ...identity, roles: [{ role: 'Reader', scope: 'tenant' }] }] },
      'identities[0].roles[0].scope',
    ],
    ['nothing about keys', changeKeyless, {}, 'enabled'],
    ['a proof without time', changeKeyless, { enabled: true, proveWithinMinutes: 0 }, 'proveWithinMinutes'],
    ['a misspelt member', changeKeyless, { enabled: true, confrim: [] }, 'confrim'],
  ])('refuse a body with %s', async (_, endpoint, body, field) => {
    const answer = await call(endpoint, { method: 'PUT', body });
    expect(answer).toMatchObject({ status: 400, asked: [] });
    expect(JSON.stringify(answer.body)).toContain(JSON.stringify(field));
  });

  it('refuse a dry run that is misspelt', async () => {
    const request: RequestParts = {
      method: 'PUT',
      path: '/api/targets/demo/keyless?dryrun=true',
      body: { enabled: true },
    };
    expect(await call(changeKeyless, request)).toMatchObject({ status: 400, asked: [] });
  });
});
