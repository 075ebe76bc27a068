import * as z from 'zod';

/** Whether the whole instance stands still, who said so and why. */
export const pauseView = z
  .object({
    paused: z.boolean().nullable().describe('Null: the journal cannot be read now.'),
    by: z.string().nullable(),
    reason: z.string().nullable(),
    since: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Pause', description: 'Whether the whole instance stands still, who said so and why.' });

export type PauseView = Readonly<z.infer<typeof pauseView>>;

/** All targets together, as the last sweep left them. */
export const fleetView = z
  .object({
    line: z.enum(['runs', 'stopped']).describe('Whether the schedule starts rotations at all.'),
    because: z.string().describe('Why, and what to do when something is to be done.'),
    failures: z
      .array(z.string())
      .readonly()
      .describe('Targets whose suspended rotations count towards stopping the line; at most the first fifty.'),
    failed: z.number().describe('How many there are.'),
    stopsAt: z.number().nullable().describe('So many stop the line; null: none do.'),
    lifted: z
      .object({ at: z.iso.datetime(), by: z.string().nullable(), reason: z.string().nullable() })
      .readonly()
      .nullable()
      .describe('Who last lifted the line; null: nobody ever did.'),
    pendingCanaries: z.array(z.string()).readonly().describe('Canaries that the other targets wait for.'),
    running: z.number().describe('Rotations in flight; suspended ones do not count.'),
    maxRunning: z.number().nullable(),
    maxRunningPerSubscription: z.number().nullable(),
    runningIn: z.record(z.string(), z.number()).readonly().describe('Rotations in flight by subscription.'),
    reasons: z
      .record(z.string(), z.number())
      .readonly()
      .describe('How many targets the last sweep answered with each reason of `schedule`.'),
    sweptAt: z.iso.datetime().nullable().describe('When the last sweep was; null: none yet.'),
  })
  .meta({ id: 'Fleet', description: 'All targets together, as the last sweep left them.' });

export type FleetView = Readonly<z.infer<typeof fleetView>>;
