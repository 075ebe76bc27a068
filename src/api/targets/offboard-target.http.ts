import * as z from 'zod';
import { strictMembers } from '../../shared/field-problem.ts';
import { changedMeanwhile } from '../changed-meanwhile.ts';
import { dryRunParameter } from '../dry-run-query.ts';
import { type Endpoint, reading } from '../endpoint.ts';
import { planBlocked } from '../hardening/plan-blocked.ts';
import { ifMatch } from '../if-match.ts';
import { onTheWire } from '../on-the-wire.ts';
import { ProblemError } from '../problem.ts';
import { refusal } from '../refusal.ts';

const names = 'names of risks as the plan tells them, with commas between';

const query = z.lazy(() =>
  strictMembers(
    {
      dryRun: dryRunParameter,
      history: z
        .enum(['keep', 'remove'], { error: 'keep or remove' })
        .default('keep')
        .describe('What becomes of the history and evidence of its rotations; `keep` without it.'),
      confirm: onTheWire(
        z
          .string()
          .regex(/^[a-z-]{1,50}(?:,[a-z-]{1,50}){0,9}$/, { error: names })
          .transform((text) => text.split(','))
          .default([])
          .describe('Names of the risks that are taken, with commas between.'),
        {},
      ),
    },
    'dryRun, history and confirm',
  ),
);

/** 200 with what was taken away, or with the plan; asked again when nothing is left to do, 200 with an empty list. */
export const offboardTarget: Endpoint = reading({
  name: 'offboard-target',
  method: 'DELETE',
  route: 'targets/{name}',
  role: 'Keyturn.Admin',
  summary:
    'Takes a target out of care: its record and Keyturn’s tags go, account, keys and secrets stay. `?dryRun=true` plans.',
  headers: ['If-Match'],
  query,
  answers: { 200: 'OffboardedOrPlan' },
  async work({ request, app, operator, target, query: asked }) {
    const answer = await app.offboard(target, { ...asked, ifMatch: ifMatch(request) }, operator);
    switch (answer.kind) {
      case 'plan':
        return { headers: { etag: answer.etag }, jsonBody: answer.plan };
      case 'offboarded':
        return { jsonBody: { target: answer.target, offboarded: true, done: answer.plan.differences } };
      case 'not-confirmed':
        throw planBlocked(answer);
      case 'changed-meanwhile':
        throw changedMeanwhile(answer.etag);
      case 'unconditional':
        throw new ProblemError({
          status: 428,
          reason: 'condition-missing',
          detail: 'A target leaves by a plan that was seen: send If-Match with the ETag of the dry run, or *.',
          headers: { etag: answer.etag },
        });
      default:
        throw refusal(request, answer);
    }
  },
});
