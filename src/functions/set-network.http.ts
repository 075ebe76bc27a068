import { strictMembers } from '../shared/field-problem.ts';
import { dryRun } from './dry-run.ts';
import { type Endpoint, taking } from './endpoint.ts';
import { ifMatch } from './etags.ts';
import { networkBody, networkRequestOf } from './network-body.ts';
import { networkChangePath } from './network-path.ts';
import { ProblemError } from './problem.ts';
import { refusal } from './refusal.ts';

/**
 * 200 NetworkPlanView for a dry run, 200 NetworkView when nothing differs, 202 NetworkChangeView with its Location when a
 * change begins, 409 with the plan when risks stand open, 412 and 428 as for any conditional request.
 */
export const setNetwork: Endpoint = taking(networkBody, {
  name: 'set-network',
  method: 'PUT',
  route: 'targets/{name}/network',
  role: 'Keyturn.Admin',
  summary: "Brings an account's network to what is asked: private, selected networks, or public. `?dryRun=true` plans.",
  headers: ['If-Match'],
  query: strictMembers({ dryRun }, 'dryRun alone'),
  answers: { 200: 'NetworkOrPlan', 202: 'NetworkChange' },
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
      case 'held-back': {
        const { toConfirm, blockedBy } = answer.plan;
        const detail =
          blockedBy.length > 0
            ? `Something must be put right first: ${blockedBy.map((risk) => risk.text).join(' ')}`
            : `These risks must be confirmed, with If-Match and confirm: ${toConfirm.join(', ')}. Nothing was changed.`;
        throw new ProblemError({
          status: 409,
          reason: blockedBy.length > 0 ? 'plan-blocked' : 'plan-not-confirmed',
          detail,
          more: { plan: answer.plan },
          headers: { etag: answer.etag },
        });
      }
      case 'stale':
        throw new ProblemError({
          status: 412,
          reason: 'changed-meanwhile',
          detail: 'The network is not as it was when that ETag was given: read it again.',
          headers: { etag: answer.etag },
        });
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
