import type { HttpHandler } from '@azure/functions';
import { answering } from './answering.ts';
import type { Edge } from './edge.ts';

/** GET targets: 200 `{ pause: PauseView, targets: TargetView[] }`. */
export function listTargets(edge: Edge): HttpHandler {
  return answering(edge, 'Keyturn.Read', async (_request, app) => {
    const [pause, targets] = await Promise.all([app.readPause(), app.listTargets()]);
    return { jsonBody: { pause, targets } };
  });
}
