import { type Endpoint, taking } from '../endpoint.ts';
import { noBody } from '../no-body.ts';
import { refusal } from '../refusal.ts';

/** 200 VerifyView, also when the token was not accepted: `accepted` says. */
export const verifyKeyless: Endpoint = taking(noBody, {
  name: 'verify-keyless',
  method: 'POST',
  route: 'targets/{name}/keyless/verify',
  role: 'Keyturn.Operate',
  summary: "Calls the account once with the token of Keyturn's own identity.",
  answers: { 200: 'Verified' },
  async work({ request, app, target }) {
    const answer = await app.verifyKeyless(target);
    if (answer.kind !== 'verified') throw refusal(request, answer);
    return { jsonBody: answer.view };
  },
});
