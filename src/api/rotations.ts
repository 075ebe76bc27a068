import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import * as z from 'zod';
import type { ActionAnswer, RotationView } from '../app/contract.ts';
import { strictMembers } from '../shared/field-problem.ts';
import { slots } from '../shared/slot.ts';
import { type Endpoint, reading, taking } from './endpoint.ts';
import { expected, targetPath } from './refusal.ts';
import {
  confirmBody,
  confirmSchema,
  dryRunQuery,
  noBody,
  overlapSeconds,
  pageQuery,
  reasonSchema,
} from './request-fields.ts';
import { idempotencyKey } from './request-headers.ts';

const startBody = z.lazy(() =>
  strictMembers(
    {
      /** The operator confirms that nobody holds the inactive key: asked for at the first rotation after adopting. */
      inactiveKeyUnused: z.boolean({ error: 'true or false' }).default(false),
    },
    'an object',
  ),
);

const holdBody = z.lazy(() =>
  strictMembers({ reason: reasonSchema, confirm: confirmSchema }, 'an object with a reason'),
);

const expediteBody = z.lazy(() =>
  strictMembers(
    {
      reason: reasonSchema,
      /** The shorter overlap, from the switch; below what consumers cache it makes their calls fail. */
      overlapSeconds: overlapSeconds('whole seconds; without it the shortest overlap that the settings call safe'),
    },
    'an object with a reason',
  ),
);

const leakBody = z.lazy(() =>
  strictMembers(
    {
      slot: z.enum(slots, { error: 'key1 or key2: the one that leaked' }),
      /** Only tell what would happen. */
      dryRun: z.boolean({ error: 'true or false' }).default(false),
      reason: reasonSchema.nullable().default(null),
      /** How long consumers may go on with the key once they are led away from it. */
      overlapSeconds: overlapSeconds('whole seconds; without it 300, never more than the overlap of the target'),
    },
    'an object that names the slot',
  ),
);

/** A target's rotations, and what people ask of one. */
export const rotations: readonly Endpoint[] = [
  // 409 with the rotation that is running.
  taking(startBody, {
    name: 'start-rotation',
    method: 'POST',
    route: 'targets/{name}/rotations',
    role: 'Keyturn.Operate',
    summary: 'Starts a rotation, or plans its phases and calls, and shows what blocks it.',
    query: dryRunQuery,
    headers: ['Idempotency-Key'],
    answers: { 200: 'RotationPlan', 202: 'Rotation' },
    async work({ request, app, operator, target, body, query }) {
      if (query.dryRun)
        return { jsonBody: expected(request, await app.previewRotation(target, body), 'previewed').plan };
      const asked = { ...body, idempotencyKey: idempotencyKey(request) };
      return accepted(request, expected(request, await app.startRotation(target, asked, operator), 'started').rotation);
    },
  }),
  reading({
    name: 'list-rotations',
    method: 'GET',
    route: 'targets/{name}/rotations',
    role: 'Keyturn.Read',
    summary: "Lists a target's rotations, newest first.",
    query: pageQuery(20, 100),
    answers: { 200: 'Rotations' },
    async work({ request, app, target, query }) {
      const { rotations: listed, next } = expected(request, await app.listRotations(target, query), 'found');
      return { jsonBody: { rotations: listed, next } };
    },
  }),
  reading({
    name: 'read-rotation',
    method: 'GET',
    route: 'targets/{name}/rotations/{id}',
    role: 'Keyturn.Read',
    summary: 'Shows a rotation: its state, until when it can be rolled back, or how it ended.',
    answers: { 200: 'Rotation' },
    work: async ({ request, app, target, id }) => ({
      jsonBody: expected(request, await app.readRotation(target, id), 'found').rotation,
    }),
  }),
  reading({
    name: 'read-audit-trail',
    method: 'GET',
    route: 'targets/{name}/rotations/{id}/audit-trail',
    role: 'Keyturn.Read',
    summary:
      "Shows a rotation's audit trail: plan, steps, versions, fingerprints, and request ids of its calls to Azure.",
    query: pageQuery(200, 1_000),
    answers: { 200: 'AuditTrail' },
    work: async ({ request, app, target, id, query }) => ({
      jsonBody: expected(request, await app.readAuditTrail(target, id, query), 'found').auditTrail,
    }),
  }),
  taking(confirmBody, {
    name: 'cancel-rotation',
    method: 'POST',
    route: 'targets/{name}/rotations/{id}/cancel',
    role: 'Keyturn.Operate',
    summary: 'Undoes a rotation whose pointer has not moved.',
    answers: { 202: 'Rotation' },
    work: async ({ request, app, operator, target, id, body }) =>
      noted(request, await app.cancel(target, id, operator, body.confirm)),
  }),
  taking(holdBody, {
    name: 'hold-rotation',
    method: 'POST',
    route: 'targets/{name}/rotations/{id}/hold',
    role: 'Keyturn.Operate',
    summary: 'Keeps the old key valid until the hold is released.',
    answers: { 202: 'Rotation' },
    work: async ({ request, app, operator, target, id, body }) =>
      noted(request, await app.hold(target, id, body, operator)),
  }),
  taking(noBody, {
    name: 'release-hold',
    method: 'POST',
    route: 'targets/{name}/rotations/{id}/release-hold',
    role: 'Keyturn.Operate',
    summary: 'Releases the hold, so that the overlap can end.',
    answers: { 202: 'Rotation' },
    work: async ({ request, app, operator, target, id }) => noted(request, await app.releaseHold(target, id, operator)),
  }),
  taking(expediteBody, {
    name: 'expedite-rotation',
    method: 'POST',
    route: 'targets/{name}/rotations/{id}/expedite',
    role: 'Keyturn.Operate',
    summary: 'Shortens the overlap.',
    answers: { 202: 'Rotation' },
    work: async ({ request, app, operator, target, id, body }) =>
      noted(request, await app.expedite(target, id, body, operator)),
  }),
  taking(confirmBody, {
    name: 'roll-back-rotation',
    method: 'POST',
    route: 'targets/{name}/rotations/{id}/rollback',
    role: 'Keyturn.Operate',
    summary: 'Moves the pointer back, if the rotation still allows it.',
    answers: { 202: 'Rotation' },
    work: async ({ request, app, operator, target, id, body }) =>
      noted(request, await app.rollBack(target, id, operator, body.confirm)),
  }),
  taking(noBody, {
    name: 'resume-rotation',
    method: 'POST',
    route: 'targets/{name}/rotations/{id}/resume',
    role: 'Keyturn.Operate',
    summary: 'Lets a suspended rotation continue where it stopped.',
    answers: { 202: 'Rotation' },
    work: async ({ request, app, operator, target, id }) => noted(request, await app.resume(target, id, operator)),
  }),
  // Where the account takes no keys now, 202 with `rotation: null`, `detail` and the target's own Location.
  taking(leakBody, {
    name: 'report-leak',
    method: 'POST',
    route: 'targets/{name}/leak',
    role: 'Keyturn.Admin',
    summary: 'Replaces a leaked key, or shows what that would break.',
    answers: { 200: 'LeakPreviewed', 202: 'LeakTaken' },
    async work({ request, app, operator, target, body }) {
      const answer = await app.leak(target, body, operator);
      if (answer.kind === 'previewed') return { jsonBody: { preview: answer.preview } };
      if (answer.kind === 'noted') {
        const { preview, detail } = answer;
        return {
          status: 202,
          headers: { location: targetPath(request) },
          jsonBody: { preview, rotation: null, detail },
        };
      }
      const { preview, rotation } = expected(request, answer, 'begun');
      return accepted(request, rotation, { preview, rotation });
    },
  }),
];

/** 202: the rotation goes on by itself, and `Location` tells where to follow it. */
function accepted(request: HttpRequest, rotation: RotationView, body: object = rotation): HttpResponseInit {
  return { status: 202, headers: { location: targetPath(request, 'rotations', rotation.id) }, jsonBody: body };
}

/** 202: the wish is written down, and the rotation's next step carries it out. */
function noted(request: HttpRequest, answer: ActionAnswer): HttpResponseInit {
  return accepted(request, expected(request, answer, 'noted').rotation);
}
