import type { HttpHandler } from '@azure/functions';
import { answering } from './answering.ts';
import type { Edge } from './edge.ts';
import { refusal } from './refusal.ts';

/** GET targets/{name}: 200 TargetView, or 404. */
export function readTarget(edge: Edge): HttpHandler {
  return answering(edge, 'Keyturn.Read', async (request, app) => {
    const answer = await app.readTarget(request.params.name ?? '');
    if (answer.kind !== 'found') throw refusal(request, answer);
    return { jsonBody: answer.target };
  });
}
