import type { HttpHandler } from '@azure/functions';
import * as z from 'zod';
import { strictMembers } from '../shared/field-problem.ts';
import { answering } from './answering.ts';
import type { Edge } from './edge.ts';
import { readBody } from './read-body.ts';
import { reasonSchema } from './reason-schema.ts';
import { refusal } from './refusal.ts';
import { rotationPath } from './rotation-path.ts';

const wholeSeconds = 'whole seconds; without it the shortest overlap that the settings call safe';

const bodySchema = strictMembers(
  {
    reason: reasonSchema,
    /** The shorter overlap, from the switch; below what consumers cache it makes their calls fail. */
    overlapSeconds: z.int({ error: wholeSeconds }).nonnegative({ error: wholeSeconds }).nullable().default(null),
  },
  'an object with a reason',
);

/** POST targets/{name}/rotations/{id}/expedite: 202, the overlap ends sooner. The rotation's next step carries it out. */
export function expediteRotation(edge: Edge): HttpHandler {
  return answering(edge, 'Keyturn.Operate', async (request, app, operator) => {
    const body = await readBody(request, bodySchema);
    const answer = await app.expedite(request.params.name ?? '', request.params.id ?? '', body, operator);
    if (answer.kind !== 'noted') throw refusal(request, answer);
    const headers = { location: rotationPath(request, answer.rotation.id) };
    return { status: 202, headers, jsonBody: answer.rotation };
  });
}
