import { type Endpoint, reading } from './endpoint.ts';

/** 200 `{ pause: PauseView, targets: TargetView[] }`. */
export const listTargets: Endpoint = reading({
  name: 'list-targets',
  method: 'GET',
  route: 'targets',
  role: 'Keyturn.Read',
  summary: 'Every target, and whether the instance is paused.',
  answers: { 200: 'Targets' },
  async work({ app }) {
    const [pause, targets] = await Promise.all([app.readPause(), app.listTargets()]);
    return { jsonBody: { pause, targets } };
  },
});
