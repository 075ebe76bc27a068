import type { HttpHandler } from '@azure/functions';
import { strictMembers } from '../shared/field-problem.ts';
import { answering } from './answering.ts';
import type { Edge } from './edge.ts';
import { readBody } from './read-body.ts';
import { reasonSchema } from './reason-schema.ts';
import { refusal } from './refusal.ts';
import { rotationPath } from './rotation-path.ts';

const bodySchema = strictMembers({ reason: reasonSchema }, 'an object with a reason');

/** POST targets/{name}/rotations/{id}/hold: 202, the overlap does not end by itself. The rotation's next step carries it out. */
export function holdRotation(edge: Edge): HttpHandler {
  return answering(edge, 'Keyturn.Operate', async (request, app, operator) => {
    const body = await readBody(request, bodySchema);
    const answer = await app.hold(request.params.name ?? '', request.params.id ?? '', body, operator);
    if (answer.kind !== 'noted') throw refusal(request, answer);
    const headers = { location: rotationPath(request, answer.rotation.id) };
    return { status: 202, headers, jsonBody: answer.rotation };
  });
}
