import * as z from 'zod';
import { strictMembers } from '../../shared/field-problem.ts';
import { dryRunQuery } from '../dry-run-query.ts';
import { type Endpoint, taking } from '../endpoint.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import { refusal } from '../refusal.ts';
import { rotationAnswer } from './rotation-answer.ts';

const bodySchema = z.lazy(() =>
  strictMembers(
    {
      /** The operator's word that nobody holds the idle key: asked for at the first rotation after adopting. */
      inactiveKeyUnused: z.boolean({ error: 'true or false' }).default(false),
    },
    'an object',
  ),
);

/** 202 RotationView with its Location, or 409 with the rotation that is running; 200 RotationPlan for a dry run. */
export const startRotation: Endpoint = taking(bodySchema, {
  name: 'start-rotation',
  method: 'POST',
  route: 'targets/{name}/rotations',
  role: 'Keyturn.Operate',
  summary: 'Starts a rotation, or tells when each phase of it would come, which calls it makes and what blocks it.',
  query: dryRunQuery,
  headers: ['Idempotency-Key'],
  answers: { 200: 'RotationPlan', 202: 'Rotation' },
  async work({ request, app, operator, target, body, query }) {
    if (query.dryRun) {
      const answer = await app.previewRotation(target, body);
      if (answer.kind !== 'previewed') throw refusal(request, answer);
      return { jsonBody: answer.plan };
    }
    const answer = await app.startRotation(target, { ...body, idempotencyKey: idempotencyKey(request) }, operator);
    if (answer.kind !== 'started') throw refusal(request, answer);
    return rotationAnswer(request, answer.rotation);
  },
});
