import * as z from 'zod';
import { strictMembers } from '../../shared/field-problem.ts';
import { slots } from '../../shared/slot.ts';
import { confirmSchema } from '../confirm-schema.ts';
import { dryRunQuery } from '../dry-run-query.ts';
import { type Endpoint, taking } from '../endpoint.ts';
import { refusal } from '../refusal.ts';

const bodySchema = z.lazy(() =>
  strictMembers(
    {
      /** Which key consumers use today, where no pointer says so yet. */
      activeSlot: z
        .enum(slots, { error: 'key1 or key2; without it the pointer as it is, else key1' })
        .nullable()
        .default(null),
      /** Claims a target that belongs to another Keyturn instance. */
      takeOver: z.boolean({ error: 'true or false' }).default(false),
      confirm: confirmSchema,
    },
    'an object',
  ),
);

/** 200 `{ target, secrets }` with masked keys; again with the same answer when nothing differs. 200 Adoption for a dry run. */
export const adoptTarget: Endpoint = taking(bodySchema, {
  name: 'adopt-target',
  method: 'POST',
  route: 'targets/{name}/adopt',
  role: 'Keyturn.Admin',
  summary:
    'Brings an account under care: stores its keys, endpoint and pointer; never regenerates. Or tells what that would do.',
  query: dryRunQuery,
  answers: { 200: 'StoredOrAdoption' },
  async work({ request, app, operator, target, body, query }) {
    if (query.dryRun) {
      const answer = await app.previewAdoption(target, body);
      if (answer.kind !== 'previewed') throw refusal(request, answer);
      return { jsonBody: answer.adoption };
    }
    const answer = await app.adopt(target, body, operator);
    if (answer.kind !== 'adopted') throw refusal(request, answer);
    return { jsonBody: { target: answer.target, secrets: answer.secrets } };
  },
});
