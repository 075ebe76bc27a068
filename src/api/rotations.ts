import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import * as z from 'zod';
import { type ActionAnswer, mostLeftBehind, type RotationView } from '../app/contract.ts';
import { strictMembers } from '../shared/field-problem.ts';
import { slots } from '../shared/slot.ts';
import { type Call, type Endpoint, type LazySchema, reading, taking } from './endpoint.ts';
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
import { idempotencyKey, unlessSeen } from './request-headers.ts';

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

const copyNamesAccepted = `a list of names of the target's copies, at most ${mostLeftBehind}`;

const expediteBody = z.lazy(() =>
  strictMembers(
    {
      reason: reasonSchema,
      /** The shorter overlap, from the switch; below what consumers cache it makes their calls fail. */
      overlapSeconds: overlapSeconds('whole seconds; without it the shortest overlap that the settings call safe'),
      /** Copies that it goes on without: their readers fail once their key is regenerated. */
      leaveBehind: z
        .array(z.string({ error: copyNamesAccepted }), { error: copyNamesAccepted })
        .max(mostLeftBehind, { error: copyNamesAccepted })
        .default([]),
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
    at: 'POST targets/{name}/rotations',
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
    at: 'GET targets/{name}/rotations',
    role: 'Keyturn.Read',
    summary: "Lists a target's rotations, newest first.",
    headers: ['If-None-Match'],
    query: pageQuery(20, 100),
    answers: { 200: 'Rotations' },
    async work({ request, app, target, query }) {
      const { rotations: listed, next } = expected(request, await app.listRotations(target, query), 'found');
      return unlessSeen(request, { rotations: listed, next });
    },
  }),
  reading({
    name: 'read-rotation',
    at: 'GET targets/{name}/rotations/{id}',
    role: 'Keyturn.Read',
    summary: 'Shows a rotation: its state, until when it can be rolled back, or how it ended.',
    headers: ['If-None-Match'],
    answers: { 200: 'Rotation' },
    work: async ({ request, app, target, id }) =>
      unlessSeen(request, expected(request, await app.readRotation(target, id), 'found').rotation),
  }),
  reading({
    name: 'read-audit-trail',
    at: 'GET targets/{name}/rotations/{id}/audit-trail',
    role: 'Keyturn.Read',
    summary:
      "Shows a rotation's audit trail: plan, steps, versions, fingerprints, and request ids of its calls to Azure.",
    query: pageQuery(200, 1_000),
    answers: { 200: 'AuditTrail' },
    work: async ({ request, app, target, id, query }) => ({
      jsonBody: expected(request, await app.readAuditTrail(target, id, query), 'found').auditTrail,
    }),
  }),
  action(confirmBody, {
    name: 'cancel-rotation',
    path: 'cancel',
    summary: 'Undoes a rotation whose pointer has not moved.',
    ask: ({ app, operator, target, id, body }) => app.cancel(target, id, operator, body.confirm),
  }),
  action(holdBody, {
    name: 'hold-rotation',
    path: 'hold',
    summary: 'Keeps the old key valid until the hold is released.',
    ask: ({ app, operator, target, id, body }) => app.hold(target, id, body, operator),
  }),
  action(noBody, {
    name: 'release-hold',
    path: 'release-hold',
    summary: 'Releases the hold, so that the overlap can end.',
    ask: ({ app, operator, target, id }) => app.releaseHold(target, id, operator),
  }),
  action(expediteBody, {
    name: 'expedite-rotation',
    path: 'expedite',
    summary: 'Shortens the overlap, or goes on without copies that keep the rotation from it.',
    ask: ({ app, operator, target, id, body }) => app.expedite(target, id, body, operator),
  }),
  action(confirmBody, {
    name: 'roll-back-rotation',
    path: 'rollback',
    summary: 'Moves the pointer back, if the rotation still allows it.',
    ask: ({ app, operator, target, id, body }) => app.rollBack(target, id, operator, body.confirm),
  }),
  action(noBody, {
    name: 'resume-rotation',
    path: 'resume',
    summary: 'Lets a suspended rotation continue where it stopped.',
    ask: ({ app, operator, target, id }) => app.resume(target, id, operator),
  }),
  // If the account takes no keys now, 202 with `rotation: null`, `detail` and the target's own Location.
  taking(leakBody, {
    name: 'report-leak',
    at: 'POST targets/{name}/leak',
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

/** What people ask of one rotation. 202: the wish is written down, and the rotation's next step carries it out. */
function action<Body>(
  body: LazySchema<Body>,
  given: Pick<Endpoint, 'name' | 'summary'> & {
    readonly path: string;
    readonly ask: (call: Call<Body, null>) => Promise<ActionAnswer>;
  },
): Endpoint {
  const { path, ask, ...facts } = given;
  return taking(body, {
    ...facts,
    at: `POST targets/{name}/rotations/{id}/${path}`,
    role: 'Keyturn.Operate',
    answers: { 202: 'Rotation' },
    work: async (call) => accepted(call.request, expected(call.request, await ask(call), 'noted').rotation),
  });
}
