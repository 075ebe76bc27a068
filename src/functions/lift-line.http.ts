import { type Endpoint, taking } from './endpoint.ts';
import { reasonBody } from './reason-body.ts';
import { refusal } from './refusal.ts';

/** 200 FleetView. The stopped line is lifted: rotations that are suspended by now stop it no more. */
export const liftLine: Endpoint = taking(reasonBody, {
  name: 'lift-line',
  method: 'POST',
  route: 'fleet/lift',
  role: 'Keyturn.Admin',
  summary: 'Lets the schedule go on in spite of the rotations that are suspended now.',
  answers: { 200: 'Fleet' },
  async work({ request, app, operator, body }) {
    const answer = await app.liftLine(body, operator);
    if (answer.kind !== 'lifted') throw refusal(request, answer);
    return { jsonBody: answer.fleet };
  },
});
