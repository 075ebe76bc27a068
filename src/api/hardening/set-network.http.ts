import { changedMeanwhile } from '../changed-meanwhile.ts';
import { dryRunQuery } from '../dry-run-query.ts';
import { type Endpoint, taking } from '../endpoint.ts';
import { ifMatch } from '../if-match.ts';
import { ProblemError } from '../problem.ts';
import { refusal } from '../refusal.ts';
import { networkBody, networkRequestOf } from './network-body.ts';
import { networkChangePath } from './network-path.ts';
import { planBlocked } from './plan-blocked.ts';

/**
 * 200 NetworkPlanView for a dry run, 200 NetworkView when nothing differs, 202 NetworkChangeView with its plan and its Location
 * when a change begins, 409 with the plan when risks stand open, 412 and 428 as for any conditional request.
 */
export const setNetwork: Endpoint = taking(networkBody, {
  name: 'set-network',
  method: 'PUT',
  route: 'targets/{name}/network',
  role: 'Keyturn.Admin',
  summary: "Brings an account's network to what is asked: private, selected networks, or public. `?dryRun=true` plans.",
  headers: ['If-Match'],
  query: dryRunQuery,
  answers: { 200: 'NetworkOrPlan', 202: 'NetworkChangeBegun' },
  async work({ request, app, operator, target, body, query }) {
    const { request: asked, confirm } = networkRequestOf(body);
    const answer = await app.putNetwork(target, asked, { ...query, confirm, ifMatch: ifMatch(request) }, operator);
    switch (answer.kind) {
      case 'planned':
        return { headers: { etag: answer.etag }, jsonBody: answer.plan };
      case 'unchanged':
        return { headers: { etag: answer.etag }, jsonBody: answer.network };
      case 'begun':
        return {
          status: 202,
          headers: { location: networkChangePath(request, answer.change.id) },
          jsonBody: { ...answer.change, ...(answer.plan === null ? {} : { plan: answer.plan }) },
        };
      case 'blocked':
        throw planBlocked(answer);
      case 'stale':
        throw changedMeanwhile(answer.etag);
      case 'unconditional':
        throw new ProblemError({
          status: 428,
          reason: 'condition-missing',
          detail: 'A risk is confirmed for a plan that was seen: send If-Match with the ETag of the dry run, or *.',
          headers: { etag: answer.etag },
        });
      default:
        throw refusal(request, answer);
    }
  },
});
