import { type Endpoint, reading } from '../endpoint.ts';
import { refusal } from '../refusal.ts';

/** 200 ListedTarget, or 404. */
export const readTarget: Endpoint = reading({
  name: 'read-target',
  method: 'GET',
  route: 'targets/{name}',
  role: 'Keyturn.Read',
  summary: 'One target: its state, why, and what is due.',
  answers: { 200: 'ListedTarget' },
  async work({ request, app, target }) {
    const answer = await app.readTarget(target);
    if (answer.kind !== 'found') throw refusal(request, answer);
    return { jsonBody: answer.target };
  },
});
