import type { HttpHandler } from '@azure/functions';
import * as z from 'zod';
import { strictMembers } from '../shared/field-problem.ts';
import { answering } from './answering.ts';
import type { Edge } from './edge.ts';
import { readBody } from './read-body.ts';
import { refusal } from './refusal.ts';
import { rotationPath } from './rotation-path.ts';

const bodySchema = strictMembers(
  {
    /** The operator's word that nobody holds the idle key: asked for at the first rotation after adopting. */
    idleKeyUnused: z.boolean({ error: 'true or false' }).default(false),
  },
  'an object',
);

/** POST targets/{name}/rotations: 202 RotationView with its Location, or 409 with the rotation that is running. */
export function startRotation(edge: Edge): HttpHandler {
  return answering(edge, 'Keyturn.Operate', async (request, app, operator) => {
    const body = await readBody(request, bodySchema);
    const answer = await app.startRotation(request.params.name ?? '', body, operator);
    if (answer.kind !== 'started') throw refusal(request, answer);
    const headers = { location: rotationPath(request, answer.rotation.id) };
    return { status: 202, headers, jsonBody: answer.rotation };
  });
}
