import type { HttpHandler } from '@azure/functions';
import * as z from 'zod';
import { strictMembers } from '../shared/field-problem.ts';
import { slots } from '../shared/slot.ts';
import { answering } from './answering.ts';
import type { Edge } from './edge.ts';
import { readBody } from './read-body.ts';
import { refusal } from './refusal.ts';

const bodySchema = strictMembers(
  {
    /** Which key consumers use today, where no pointer says so yet. */
    activeSlot: z
      .enum(slots, { error: 'key1 or key2; without it the pointer as it is, else key1' })
      .nullable()
      .default(null),
    /** Claims a target that belongs to another Keyturn instance. */
    takeOver: z.boolean({ error: 'true or false' }).default(false),
  },
  'an object',
);

/** POST targets/{name}/adopt: 200 `{ target, secrets }` with masked keys; again with the same answer when nothing differs. */
export function adoptTarget(edge: Edge): HttpHandler {
  return answering(edge, 'Keyturn.Admin', async (request, app, operator) => {
    const body = await readBody(request, bodySchema);
    const answer = await app.adopt(request.params.name ?? '', body, operator);
    if (answer.kind !== 'adopted') throw refusal(request, answer);
    return { jsonBody: { target: answer.target, secrets: answer.secrets } };
  });
}
