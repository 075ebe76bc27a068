import type { HttpHandler } from '@azure/functions';
import { answering } from './answering.ts';
import type { Edge } from './edge.ts';
import { refusal } from './refusal.ts';

/** GET fleet: 200 FleetView, all targets together as the last sweep saw them. */
export function readFleet(edge: Edge): HttpHandler {
  return answering(edge, 'Keyturn.Read', async (request, app) => {
    const answer = await app.readFleet();
    if (answer.kind !== 'found') throw refusal(request, answer);
    return { jsonBody: answer.fleet };
  });
}
