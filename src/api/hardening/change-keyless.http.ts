import * as z from 'zod';
import { strictMembers } from '../../shared/field-problem.ts';
import { confirmSchema } from '../confirm-schema.ts';
import { dryRunQuery } from '../dry-run-query.ts';
import { type Endpoint, taking } from '../endpoint.ts';
import { ifMatch } from '../if-match.ts';
import { hardeningAnswer } from './hardening-answer.ts';

const identitiesAccepted = 'a list of at most 100 object ids (GUIDs)';
const minutesAccepted = 'a whole number of minutes from 5 to 1440';

const bodySchema = z.lazy(() =>
  strictMembers(
    {
      /** True: the account takes no keys. False: it takes them again. */
      enabled: z.boolean({ error: 'true or false' }),
      /** Who is to work without keys; without it, whoever was given roles with PUT …/access. */
      identities: z
        .array(z.guid({ error: identitiesAccepted }), { error: identitiesAccepted })
        .max(100, { error: identitiesAccepted })
        .nullable()
        .default(null),
      /** Keys are turned on again when the proof is not complete by then. Gateways may take keys for hours. */
      proveWithinMinutes: z
        .int({ error: minutesAccepted })
        .min(5, { error: minutesAccepted })
        .max(1440, { error: minutesAccepted })
        .default(360),
      confirm: confirmSchema,
    },
    'an object that says enabled: true or false',
  ),
);

/** 200 KeylessView when it is so, 202 while it is proved; `?dryRun=true`: 200 with the plan. */
export const changeKeyless: Endpoint = taking(bodySchema, {
  name: 'change-keyless',
  method: 'PUT',
  route: 'targets/{name}/keyless',
  role: 'Keyturn.Admin',
  summary: 'Turns keys off with a proof that reverts by itself, or on again.',
  query: dryRunQuery,
  headers: ['If-Match'],
  answers: { 200: 'KeylessOrPlan', 202: 'Keyless' },
  async work({ request, app, operator, target, body, query }) {
    const asked = { ...body, ...query, ifMatch: ifMatch(request) };
    return hardeningAnswer(request, await app.changeKeyless(target, asked, operator));
  },
});
