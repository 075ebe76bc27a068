import * as z from 'zod';
import { strictMembers } from '../../shared/field-problem.ts';
import { targetName } from '../../shared/target-name.ts';
import { dryRunQuery } from '../dry-run-query.ts';
import { type Endpoint, taking } from '../endpoint.ts';
import { refusal } from '../refusal.ts';

/** More than one request has time for; and so many of the longest names fill half of the longest body. */
const mostNames = 500;
const told = { error: `all, or 1 to ${mostNames} names of targets` };

const bodySchema = z.lazy(() =>
  strictMembers(
    {
      targets: z
        .union(
          [z.literal('all'), z.array(z.string(told).regex(targetName, told), told).min(1, told).max(mostNames, told)],
          told,
        )
        .describe(`\`all\`: every target that is known, declared or discovered. Else 1 to ${mostNames} names.`),
      /** Claims targets that belong to another Keyturn instance. */
      takeOver: z.boolean({ error: 'true or false' }).default(false),
    },
    'an object with targets',
  ),
);

/** 200 Adoptions, also where targets are blocked: each row says what became of it. */
export const adoptMany: Endpoint = taking(bodySchema, {
  name: 'adopt-many',
  method: 'POST',
  route: 'adoptions',
  role: 'Keyturn.Admin',
  summary: 'Adopts the named targets, or all that are not adopted yet, or tells for each what that would do.',
  query: dryRunQuery,
  answers: { 200: 'Adoptions' },
  async work({ request, app, operator, body, query }) {
    const targets = body.targets === 'all' ? 'all' : [...new Set(body.targets)];
    const answer = await app.adoptMany({ targets, takeOver: body.takeOver, dryRun: query.dryRun }, operator);
    if (answer.kind !== 'done') throw refusal(request, answer);
    return { jsonBody: answer.adoptions };
  },
});
