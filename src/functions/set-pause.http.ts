import type { HttpHandler } from '@azure/functions';
import * as z from 'zod';
import { strictMembers } from '../shared/field-problem.ts';
import { answering } from './answering.ts';
import type { Edge } from './edge.ts';
import { readBody } from './read-body.ts';
import { reasonSchema } from './reason-schema.ts';
import { refusal } from './refusal.ts';

const bodySchema = strictMembers(
  {
    paused: z.boolean({ error: 'true or false' }),
    reason: reasonSchema.nullable().default(null),
  },
  'an object that says paused: true or false',
);

/** PUT pause: 200 PauseView. Paused, the instance begins no call that changes anything; resumed, every account is woken. */
export function setPause(edge: Edge): HttpHandler {
  return answering(edge, 'Keyturn.Admin', async (request, app, operator) => {
    const answer = await app.setPause(await readBody(request, bodySchema), operator);
    if (answer.kind !== 'set') throw refusal(request, answer);
    return { jsonBody: answer.pause };
  });
}
