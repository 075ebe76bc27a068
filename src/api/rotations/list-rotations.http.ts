import { type Endpoint, reading } from '../endpoint.ts';
import { pageQuery } from '../page-query.ts';
import { refusal } from '../refusal.ts';

/** 200 `{ rotations: ListedRotation[], next }`: `next` goes into `after` of the request for the following ones. */
export const listRotations: Endpoint = reading({
  name: 'list-rotations',
  method: 'GET',
  route: 'targets/{name}/rotations',
  role: 'Keyturn.Read',
  summary: "A target's rotations, newest first.",
  query: pageQuery(20, 100),
  answers: { 200: 'Rotations' },
  async work({ request, app, target, query }) {
    const answer = await app.listRotations(target, query);
    if (answer.kind !== 'found') throw refusal(request, answer);
    const { rotations, next } = answer;
    return { jsonBody: { rotations, next } };
  },
});
