import type { HttpHandler } from '@azure/functions';
import { strictMembers } from '../shared/field-problem.ts';
import { answering } from './answering.ts';
import type { Edge } from './edge.ts';
import { readBody } from './read-body.ts';
import { refusal } from './refusal.ts';

const bodySchema = strictMembers({}, 'an empty object, or no body');

/** POST targets/{name}/repair: 200 `{ target, secrets }` with masked keys; again with the same answer when nothing differs. */
export function repairTarget(edge: Edge): HttpHandler {
  return answering(edge, 'Keyturn.Operate', async (request, app, operator) => {
    await readBody(request, bodySchema);
    const answer = await app.repair(request.params.name ?? '', operator);
    if (answer.kind !== 'repaired') throw refusal(request, answer);
    return { jsonBody: { target: answer.target, secrets: answer.secrets } };
  });
}
