import { type Endpoint, reading } from '../endpoint.ts';
import { hardeningAnswer } from './hardening-answer.ts';

/** 200 KeylessView: whether the account takes keys, what is known of their use, and the change under way. */
export const readKeyless: Endpoint = reading({
  name: 'read-keyless',
  method: 'GET',
  route: 'targets/{name}/keyless',
  role: 'Keyturn.Read',
  summary: 'Tells whether the account takes keys, and what is known of their use.',
  answers: { 200: 'Keyless' },
  async work({ request, app, target }) {
    return hardeningAnswer(request, await app.readKeyless(target));
  },
});
