import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import * as z from 'zod';
import type { HardeningAnswer } from '../app/hardening/hardening-contract.ts';
import { quoted, strictMembers } from '../shared/field-problem.ts';
import { accessBody } from './access-body.ts';
import { type Endpoint, reading, taking } from './endpoint.ts';
import { networkBody } from './network-body.ts';
import { invalid, ProblemError } from './problem.ts';
import { expected, refusal, targetPath, unconditional } from './refusal.ts';
import { confirmSchema, dryRunQuery, noBody, orNull } from './request-fields.ts';
import { ifMatch } from './request-headers.ts';

const identitiesAccepted = 'a list of at most 100 object ids (GUIDs)';
const minutesAccepted = 'a whole number of minutes from 5 to 1440';

const keylessBody = z.lazy(() =>
  strictMembers(
    {
      /** True: the account takes no keys. False: it takes them again. */
      enabled: z.boolean({ error: 'true or false' }),
      /** Who is to work without keys; without it, those who were given roles with PUT …/access. */
      identities: orNull(z.array(z.guid({ error: identitiesAccepted }), { error: identitiesAccepted }).max(100)),
      /** Keys are turned on again when the proof is not complete by then. Gateways may take keys for hours. */
      proveWithinMinutes: z.int({ error: minutesAccepted }).min(5).max(1440).default(360),
      confirm: confirmSchema,
    },
    'an object that says enabled: true or false',
  ),
);

/** Network, roles and keys of a target's account. */
export const hardening: readonly Endpoint[] = [
  reading({
    name: 'read-network',
    at: 'GET targets/{name}/network',
    role: 'Keyturn.Read',
    summary: "Shows who may reach a target's account, what its names resolve to here, and the last change.",
    answers: { 200: 'Network' },
    work: async ({ request, app, target }) => hardeningAnswer(request, await app.readNetwork(target)),
  }),
  // 202 with the change, its plan and its Location; 409 with the plan when risks stand open.
  taking(networkBody, {
    name: 'set-network',
    at: 'PUT targets/{name}/network',
    role: 'Keyturn.Admin',
    summary: "Makes an account's network private, limited to selected networks, or public.",
    headers: ['If-Match'],
    query: dryRunQuery,
    answers: { 200: 'NetworkOrPlan', 202: 'NetworkChangeBegun' },
    async work({ request, app, operator, target, body, query }) {
      const { confirm, ...asked } = body;
      const answer = await app.putNetwork(target, asked, { ...query, confirm, ifMatch: ifMatch(request) }, operator);
      if (answer.kind === 'unconditional')
        throw unconditional('A risk is confirmed for a plan that was seen', answer.etag);
      if (answer.kind !== 'begun') return hardeningAnswer(request, answer);
      const { change, plan } = answer;
      const location = targetPath(request, 'network/changes', change.id);
      return { status: 202, headers: { location }, jsonBody: { ...change, ...(plan && { plan }) } };
    },
  }),
  reading({
    name: 'read-network-change',
    at: 'GET targets/{name}/network/changes/{id}',
    role: 'Keyturn.Read',
    summary: "Shows a change of an account's network, step by step.",
    answers: { 200: 'NetworkChange' },
    async work({ request, app, target, id }) {
      const answer = await app.readNetworkChange(target, id);
      if (answer.kind !== 'unknown-change') return { jsonBody: expected(request, answer, 'found').change };
      const detail = `The target ${quoted(target)} has no change ${quoted(id)}: only the last one is kept.`;
      throw new ProblemError({ status: 404, reason: 'unknown-change', detail });
    },
  }),
  reading({
    name: 'read-access',
    at: 'GET targets/{name}/access',
    role: 'Keyturn.Read',
    summary: 'Shows who has which role on the account, beside what was requested.',
    answers: { 200: 'Access' },
    work: async ({ request, app, target }) => hardeningAnswer(request, await app.readAccess(target)),
  }),
  taking(accessBody, {
    name: 'change-access',
    at: 'PUT targets/{name}/access',
    role: 'Keyturn.Admin',
    summary: 'Assigns the requested roles, and removes those that Keyturn assigned and nobody requests.',
    query: dryRunQuery,
    headers: ['If-Match'],
    answers: { 200: 'AccessOrPlan', 202: 'Access' },
    async work({ request, app, operator, target, body, query }) {
      const asked = { ...body, ...query, ifMatch: ifMatch(request) };
      return hardeningAnswer(request, await app.changeAccess(target, asked, operator));
    },
  }),
  reading({
    name: 'read-keyless',
    at: 'GET targets/{name}/keyless',
    role: 'Keyturn.Read',
    summary: 'Shows whether the account accepts keys, and what is known of their use.',
    answers: { 200: 'Keyless' },
    work: async ({ request, app, target }) => hardeningAnswer(request, await app.readKeyless(target)),
  }),
  // 200 also when the token was not accepted: `accepted` says.
  taking(noBody, {
    name: 'verify-keyless',
    at: 'POST targets/{name}/keyless/verify',
    role: 'Keyturn.Operate',
    summary: "Calls the account once with Keyturn's own token.",
    answers: { 200: 'Verified' },
    work: async ({ request, app, target }) => ({
      jsonBody: expected(request, await app.verifyKeyless(target), 'verified').view,
    }),
  }),
  taking(keylessBody, {
    name: 'change-keyless',
    at: 'PUT targets/{name}/keyless',
    role: 'Keyturn.Admin',
    summary: 'Turns keys off, with a proof that reverts by itself, or on again.',
    query: dryRunQuery,
    headers: ['If-Match'],
    answers: { 200: 'KeylessOrPlan', 202: 'Keyless' },
    async work({ request, app, operator, target, body, query }) {
      const asked = { ...body, ...query, ifMatch: ifMatch(request) };
      return hardeningAnswer(request, await app.changeKeyless(target, asked, operator));
    },
  }),
];

/** 200 with its entity tag, the plan of a dry run, 202 while a change is under way, or the problem. */
function hardeningAnswer<View>(request: HttpRequest, answer: HardeningAnswer<View>): HttpResponseInit {
  switch (answer.kind) {
    case 'found':
    case 'applied':
      return { headers: { etag: answer.etag }, jsonBody: answer.view };
    case 'plan':
      return { headers: { etag: answer.etag }, jsonBody: answer.plan };
    case 'under-way': {
      const { pathname } = new URL(request.url);
      return { status: 202, headers: { etag: answer.etag, location: pathname }, jsonBody: answer.view };
    }
    case 'invalid':
      throw invalid('body', answer.problems);
    default:
      throw refusal(request, answer);
  }
}
