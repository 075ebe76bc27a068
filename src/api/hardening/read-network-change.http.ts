import { quoted } from '../../shared/clipped.ts';
import { type Endpoint, reading } from '../endpoint.ts';
import { ProblemError } from '../problem.ts';
import { refusal } from '../refusal.ts';

/** 200 NetworkChangeView; only the last change of a target is kept. */
export const readNetworkChange: Endpoint = reading({
  name: 'read-network-change',
  method: 'GET',
  route: 'targets/{name}/network/changes/{id}',
  role: 'Keyturn.Read',
  summary: "Follows a change of an account's network, step by step.",
  answers: { 200: 'NetworkChange' },
  async work({ request, app, target, id }) {
    const answer = await app.readNetworkChange(target, id);
    if (answer.kind === 'found') return { jsonBody: answer.change };
    if (answer.kind !== 'unknown-change') throw refusal(request, answer);
    const detail = `The target ${quoted(target)} has no change ${quoted(id)}: only the last one is kept.`;
    throw new ProblemError({ status: 404, reason: 'unknown-change', detail });
  },
});
