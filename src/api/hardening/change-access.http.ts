import { dryRunQuery } from '../dry-run-query.ts';
import { type Endpoint, taking } from '../endpoint.ts';
import { ifMatch } from '../if-match.ts';
import { accessBody } from './access-body.ts';
import { hardeningAnswer } from './hardening-answer.ts';

/** 200 AccessView when all is as asked, 202 while roles spread; `?dryRun=true`: 200 with the plan. */
export const changeAccess: Endpoint = taking(accessBody, {
  name: 'change-access',
  method: 'PUT',
  route: 'targets/{name}/access',
  role: 'Keyturn.Admin',
  summary: 'Gives identities the roles that are asked for, and takes back those that Keyturn gave and nobody asks for.',
  query: dryRunQuery,
  headers: ['If-Match'],
  answers: { 200: 'AccessOrPlan', 202: 'Access' },
  async work({ request, app, operator, target, body, query }) {
    const asked = { ...body, ...query, ifMatch: ifMatch(request) };
    return hardeningAnswer(request, await app.changeAccess(target, asked, operator));
  },
});
