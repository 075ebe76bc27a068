import { type Endpoint, reading } from '../endpoint.ts';
import { hardeningAnswer } from './hardening-answer.ts';

/** 200 AccessView: who has which role on the account, what was asked, and the change under way. */
export const readAccess: Endpoint = reading({
  name: 'read-access',
  method: 'GET',
  route: 'targets/{name}/access',
  role: 'Keyturn.Read',
  summary: 'Tells who has which role on the account, beside what was asked.',
  answers: { 200: 'Access' },
  async work({ request, app, target }) {
    return hardeningAnswer(request, await app.readAccess(target));
  },
});
