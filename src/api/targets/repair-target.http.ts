import { type Endpoint, taking } from '../endpoint.ts';
import { noBody } from '../no-body.ts';
import { refusal } from '../refusal.ts';

/** 200 `{ target, secrets }` with masked keys; again with the same answer when nothing differs. */
export const repairTarget: Endpoint = taking(noBody, {
  name: 'repair-target',
  method: 'POST',
  route: 'targets/{name}/repair',
  role: 'Keyturn.Operate',
  summary: 'Stores again what the account has; never regenerates.',
  answers: { 200: 'Stored' },
  async work({ request, app, operator, target }) {
    const answer = await app.repair(target, operator);
    if (answer.kind !== 'repaired') throw refusal(request, answer);
    return { jsonBody: { target: answer.target, secrets: answer.secrets } };
  },
});
