import { type Endpoint, reading } from '../endpoint.ts';
import { refusal } from '../refusal.ts';

/** 200 FleetView, all targets together as the last sweep left them. */
export const readFleet: Endpoint = reading({
  name: 'read-fleet',
  method: 'GET',
  route: 'fleet',
  role: 'Keyturn.Read',
  summary: 'Reads whether the schedule starts rotations, how many are in flight, and why targets wait.',
  answers: { 200: 'Fleet' },
  async work({ request, app }) {
    const answer = await app.readFleet();
    if (answer.kind !== 'found') throw refusal(request, answer);
    return { jsonBody: answer.fleet };
  },
});
