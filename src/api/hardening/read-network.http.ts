import { type Endpoint, reading } from '../endpoint.ts';
import { refusal } from '../refusal.ts';

/** 200 NetworkView with the ETag that a change of it may name. */
export const readNetwork: Endpoint = reading({
  name: 'read-network',
  method: 'GET',
  route: 'targets/{name}/network',
  role: 'Keyturn.Read',
  summary: "Shows who may reach a target's account, what its names mean here, and the last change.",
  answers: { 200: 'Network' },
  async work({ request, app, target }) {
    const answer = await app.readNetwork(target);
    if (answer.kind !== 'found') throw refusal(request, answer);
    return { headers: { etag: answer.etag }, jsonBody: answer.network };
  },
});
