import * as z from 'zod';
import { strictMembers } from '../../shared/field-problem.ts';
import { slots } from '../../shared/slot.ts';
import { type Endpoint, taking } from '../endpoint.ts';
import { reasonSchema } from '../reason-schema.ts';
import { refusal } from '../refusal.ts';
import { rotationAnswer } from './rotation-answer.ts';

const wholeSeconds = 'whole seconds; without it 300, never more than the overlap of the target';

const bodySchema = z.lazy(() =>
  strictMembers(
    {
      slot: z.enum(slots, { error: 'key1 or key2: the one that leaked' }),
      /** Only tell what would happen. */
      dryRun: z.boolean({ error: 'true or false' }).default(false),
      reason: reasonSchema.nullable().default(null),
      /** How long consumers may go on with the key once they are led away from it. */
      overlapSeconds: z.int({ error: wholeSeconds }).nonnegative({ error: wholeSeconds }).nullable().default(null),
    },
    'an object that names the slot',
  ),
);

/**
 * 202 `{ preview, rotation }` with the rotation's Location, or, where the account takes no keys now, with `rotation: null`,
 * `because` and the target's Location; 200 `{ preview }` for a dry run, which changes nothing.
 */
export const reportLeak: Endpoint = taking(bodySchema, {
  name: 'report-leak',
  method: 'POST',
  route: 'targets/{name}/leak',
  role: 'Keyturn.Admin',
  summary: 'Replaces a key that leaked, or tells what that would break.',
  answers: { 200: 'LeakPreviewed', 202: 'LeakTaken' },
  async work({ request, app, operator, target, body }) {
    const answer = await app.leak(target, body, operator);
    if (answer.kind === 'previewed') return { jsonBody: { preview: answer.preview } };
    if (answer.kind === 'noted') {
      const { preview, detail } = answer;
      const location = new URL(request.url).pathname.replace(/\/leak\/?$/i, '');
      return { status: 202, headers: { location }, jsonBody: { preview, rotation: null, detail } };
    }
    if (answer.kind !== 'begun') throw refusal(request, answer);
    const { preview, rotation } = answer;
    return rotationAnswer(request, rotation, { preview, rotation });
  },
});
