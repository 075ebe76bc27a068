import type { HttpHandler } from '@azure/functions';
import { strictMembers } from '../shared/field-problem.ts';
import { answering } from './answering.ts';
import type { Edge } from './edge.ts';
import { readBody } from './read-body.ts';
import { refusal } from './refusal.ts';
import { rotationPath } from './rotation-path.ts';

const bodySchema = strictMembers({}, 'an empty object, or no body');

/** POST targets/{name}/rotations/{id}/release-hold: 202, a held overlap may end again. The rotation's next step carries it out. */
export function releaseHold(edge: Edge): HttpHandler {
  return answering(edge, 'Keyturn.Operate', async (request, app, operator) => {
    await readBody(request, bodySchema);
    const answer = await app.releaseHold(request.params.name ?? '', request.params.id ?? '', operator);
    if (answer.kind !== 'noted') throw refusal(request, answer);
    const headers = { location: rotationPath(request, answer.rotation.id) };
    return { status: 202, headers, jsonBody: answer.rotation };
  });
}
