import * as z from 'zod';
import { group, instant, instantOrNull, list, textOrNull, view } from '../../shared/view-parts.ts';
import { documentView } from '../targets/document-view.ts';

export const pauseView = view('Whether the whole instance stands still, who said so and why.', {
  paused: z.boolean().nullable().describe('Null: the journal cannot be read now.'),
  by: textOrNull,
  reason: textOrNull,
  since: instantOrNull,
});

export type PauseView = Readonly<z.infer<typeof pauseView>>;

const resetView = group({ at: instant, by: textOrNull, reason: textOrNull }).nullable();

/** Who holds whom up. */
const blockerView = z.object({
  kind: z.enum(['circuit-breaker', 'canaries', 'running', 'running-in-subscription', 'vault']),
  detail: z.string().describe('What holds them up, and what to do about it.'),
  holders: list(z.string()).describe(
    'The targets that hold others up, at most the first fifty; rotations in flight, the oldest first.',
  ),
  waiting: list(
    z.object({
      target: z.string(),
      until: instantOrNull.describe('It starts by then at the latest; null: when the others have gone on.'),
    }),
  ).describe('The targets that wait for them, at most the first fifty.'),
  waitingInAll: z.number().describe('How many wait for them.'),
});

export const fleetView = view('All targets together, as the last sweep left them.', {
  version: z.string().describe('The version of Keyturn that answers.'),
  circuitBreaker: z
    .enum(['closed', 'open-for-discovered', 'open'])
    .describe('Open: the schedule starts no rotation, or none of a discovered target.'),
  detail: z.string().describe('Why, and what to do when something is to be done.'),
  blockers: list(blockerView).describe('Who holds whom up, the gravest first; what a reset has ended is left out.'),
  failures: list(z.string()).describe(
    'Targets whose suspended rotations count towards opening the circuit breaker; at most the first fifty.',
  ),
  failed: z.number().describe('How many there are.'),
  stopsAt: z.number().nullable().describe('So many open the circuit breaker; null: none do.'),
  reset: group({ failures: resetView, canaries: resetView, running: resetView }).describe(
    'Who last reset what; null: nobody ever did.',
  ),
  pendingCanaries: list(z.string()).describe('Canaries that the other targets wait for.'),
  leaked: list(z.string()).describe('Targets with a leaked key that may still be valid; at most the first fifty.'),
  overdue: list(z.string()).describe(
    'Targets whose rotation or change makes no progress, or of which none was completed long after it was due; at most the first fifty.',
  ),
  running: z.number().describe('Rotations in flight; suspended ones do not count.'),
  maxRunning: z.number().nullable(),
  maxRunningPerSubscription: z.number().nullable(),
  runningIn: z.record(z.string(), z.number()).readonly().describe('Rotations in flight by subscription.'),
  reasons: z
    .record(z.string(), z.number())
    .readonly()
    .describe('How many targets the last sweep answered with each reason of `schedule`.'),
  targets: z.number().describe('All targets of the last sweep: those of `reasons` and those of `notSweptInAll`.'),
  notSwept: list(z.string()).describe(
    'Targets whose rows the last sweep could not read, or for which it could not do what it decided: no other number counts them; at most the first fifty.',
  ),
  notSweptInAll: z.number().describe('How many there are.'),
  looks: group({
    everySeconds: z
      .number()
      .describe('Every target at rest is looked at at least so often: the longest wait that any of them is promised.'),
    setBy: z
      .enum(['targets', 'subscription'])
      .describe(
        '`targets`: their `driftEvery`; `subscription`: one has more targets than its share of requests allows.',
      ),
    oldestAt: instantOrNull.describe('When the one was looked at that has waited for longest; null: none is at rest.'),
    late: z.number().describe('How many have waited for longer than promised.'),
  })
    .nullable()
    .describe('Looks for drift. Null: no sweep has looked yet.'),
  asOf: instantOrNull.describe(
    'When the last sweep looked, and so the instant that all of this is of, resets and limits aside; GET …/targets shows each target as it is now. Null: no sweep has looked yet.',
  ),
  targetsDocument: documentView.nullable().describe('Null: the settings declare the targets.'),
});

export type FleetView = Readonly<z.infer<typeof fleetView>>;
