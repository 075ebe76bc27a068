import type { StorageQueueHandler, TimerHandler } from '@azure/functions';
import * as z from 'zod';
import type { Edge } from '../api/edge.ts';
import { fieldProblems } from '../shared/field-problem.ts';
import { inTrigger } from './in-trigger.ts';

/** Lenient: members of a newer version of Keyturn are ignored. */
const wakeUpSchema = z.lazy(() =>
  z.object(
    {
      target: z.string({ error: "a target's name" }).min(1, { error: "a target's name" }),
      wakeSeq: z.int({ error: 'a whole number' }),
      planned: z
        .object(
          { atMs: z.number({ error: 'a number' }), sweptAtMs: z.number({ error: 'a number' }) },
          { error: 'an object' },
        )
        .exactOptional(),
      area: z.enum(['network', 'access', 'keyless'], { error: 'network, access or keyless' }).exactOptional(),
    },
    { error: 'an object' },
  ),
);

/**
 * Advances the account that the message names. A message that is no wake-up is logged and acknowledged: thrown, it would
 * come back five times and end as poison, and the sweep finds by itself whatever it was about.
 */
export function advanceRotation(edge: Edge): StorageQueueHandler {
  return (message, context) =>
    inTrigger(edge, context, async () => {
      const wakeUp = wakeUpSchema.safeParse(message);
      if (wakeUp.success) return (await edge.app()).advance(wakeUp.data);
      const fields = fieldProblems(wakeUp.error, 'message').map(({ field }) => field);
      edge.log({ event: 'wake-up-malformed', fields });
    });
}

/** Every few minutes: finds what is due, overdue, stuck or drifted, and wakes it. What it throws shows as a failed run. */
export function sweep(edge: Edge): TimerHandler {
  return (_timer, context) => inTrigger(edge, context, async () => (await edge.app()).sweep());
}
