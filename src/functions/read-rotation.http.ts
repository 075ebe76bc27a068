import type { HttpHandler } from '@azure/functions';
import { answering } from './answering.ts';
import type { Edge } from './edge.ts';
import { refusal } from './refusal.ts';

/** GET targets/{name}/rotations/{id}: 200 RotationView, or 404. */
export function readRotation(edge: Edge): HttpHandler {
  return answering(edge, 'Keyturn.Read', async (request, app) => {
    const answer = await app.readRotation(request.params.name ?? '', request.params.id ?? '');
    if (answer.kind !== 'found') throw refusal(request, answer);
    return { jsonBody: answer.rotation };
  });
}
