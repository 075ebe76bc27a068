import type { HttpHandler } from '@azure/functions';
import { strictMembers } from '../shared/field-problem.ts';
import { answering } from './answering.ts';
import type { Edge } from './edge.ts';
import { readBody } from './read-body.ts';
import { reasonSchema } from './reason-schema.ts';
import { refusal } from './refusal.ts';

const bodySchema = strictMembers({ reason: reasonSchema }, 'an object with a reason');

/** POST fleet/lift: 200 FleetView. The stopped line is lifted: rotations that are suspended by now stop it no more. */
export function liftLine(edge: Edge): HttpHandler {
  return answering(edge, 'Keyturn.Admin', async (request, app, operator) => {
    const answer = await app.liftLine(await readBody(request, bodySchema), operator);
    if (answer.kind !== 'lifted') throw refusal(request, answer);
    return { jsonBody: answer.fleet };
  });
}
