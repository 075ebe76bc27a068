import { type Endpoint, reading } from '../endpoint.ts';
import { refusal } from '../refusal.ts';

/** 200 RotationView, or 404. */
export const readRotation: Endpoint = reading({
  name: 'read-rotation',
  method: 'GET',
  route: 'targets/{name}/rotations/{id}',
  role: 'Keyturn.Read',
  summary: 'One rotation: where it is, until when it can be rolled back, or how it ended.',
  answers: { 200: 'Rotation' },
  async work({ request, app, target, id }) {
    const answer = await app.readRotation(target, id);
    if (answer.kind !== 'found') throw refusal(request, answer);
    return { jsonBody: answer.rotation };
  },
});
