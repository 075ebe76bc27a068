import type { TimerHandler } from '@azure/functions';
import type { Edge } from '../api/edge.ts';
import { inTrigger } from './in-trigger.ts';

/** Every few minutes: finds what is due, overdue, stuck or drifted, and wakes it. What it throws shows as a failed run. */
export function sweep(edge: Edge): TimerHandler {
  return (_timer, context) => inTrigger(edge, context, async () => (await edge.app()).sweep());
}
