import type { HttpHandler } from '@azure/functions';
import * as z from 'zod';
import { strictMembers } from '../shared/field-problem.ts';
import { slots } from '../shared/slot.ts';
import { answering } from './answering.ts';
import type { Edge } from './edge.ts';
import { readBody } from './read-body.ts';
import { reasonSchema } from './reason-schema.ts';
import { refusal } from './refusal.ts';
import { rotationPath } from './rotation-path.ts';

const wholeSeconds = 'whole seconds; without it 300, never more than the overlap of the target';

const bodySchema = strictMembers(
  {
    slot: z.enum(slots, { error: 'key1 or key2: the one that leaked' }),
    /** Only tell what would happen. */
    dryRun: z.boolean({ error: 'true or false' }).default(false),
    reason: reasonSchema.nullable().default(null),
    /** How long consumers may go on with the key once they are led away from it. */
    overlapSeconds: z.int({ error: wholeSeconds }).nonnegative({ error: wholeSeconds }).nullable().default(null),
  },
  'an object that names the slot',
);

/**
 * POST targets/{name}/compromise: 202 `{ preview, rotation }` with the rotation's Location; 200 `{ preview }` for a dry
 * run, which changes nothing.
 */
export function reportCompromise(edge: Edge): HttpHandler {
  return answering(edge, 'Keyturn.Admin', async (request, app, operator) => {
    const body = await readBody(request, bodySchema);
    const answer = await app.compromise(request.params.name ?? '', body, operator);
    if (answer.kind === 'previewed') return { jsonBody: { preview: answer.preview } };
    if (answer.kind !== 'begun') throw refusal(request, answer);
    const { preview, rotation } = answer;
    return { status: 202, headers: { location: rotationPath(request, rotation.id) }, jsonBody: { preview, rotation } };
  });
}
