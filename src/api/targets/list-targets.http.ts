import { type Endpoint, reading } from '../endpoint.ts';
import { refusal } from '../refusal.ts';

/** 200 `{ pause: PauseView, targets: ListedTarget[], discovery: DiscoveryView | null }`. */
export const listTargets: Endpoint = reading({
  name: 'list-targets',
  method: 'GET',
  route: 'targets',
  role: 'Keyturn.Read',
  summary: 'Every target, whether the instance is paused, and what tags on accounts led to.',
  answers: { 200: 'Targets' },
  async work({ request, app }) {
    const [pause, answer] = await Promise.all([app.readPause(), app.listTargets()]);
    if (answer.kind !== 'listed') throw refusal(request, answer);
    return { jsonBody: { pause, targets: answer.targets, discovery: answer.discovery } };
  },
});
