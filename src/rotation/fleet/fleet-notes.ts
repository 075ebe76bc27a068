import * as z from 'zod';
import type { EnginePorts } from '../engine-ports.ts';
import type { FleetFacts } from './fleet-facts.ts';
import type { FleetLimits } from './fleet-limits.ts';

/** Names that the notes keep of each kind: enough to act on, and the row stays small. */
const mostNames = 50;

/** What the last sweep saw of all targets together. For whoever looks at one target alone: no sweep decides by it. */
const fleetNotes = z.object({
  schemaVersion: z.literal(1),
  targets: z.number(),
  running: z.number(),
  runningIn: z.record(z.string(), z.number()),
  failures: z.array(z.string()),
  failed: z.number(),
  pendingCanaries: z.array(z.string()),
  /** How many targets the sweep answered with each reason. */
  reasons: z.record(z.string(), z.number()),
});

export type FleetNotes = Omit<z.infer<typeof fleetNotes>, 'schemaVersion'> & { readonly sweptAtMs: number };

type NotesPorts = Pick<EnginePorts, 'pauses' | 'instance'>;

/**
 * What the last sweep saw; null before the first one.
 * @throws FailureError
 */
export async function readFleetNotes({ pauses, instance }: NotesPorts): Promise<FleetNotes | null> {
  const row = await pauses.load(`${instance}.fleet`);
  const parsed = fleetNotes.safeParse(row?.fields);
  return row === null || !parsed.success ? null : { ...parsed.data, sweptAtMs: row.savedAtMs };
}

/** @throws FailureError */
export async function saveFleetNotes(
  { pauses, instance }: NotesPorts,
  { failures, pendingCanaries, running, runningIn }: FleetFacts,
  seen: { readonly targets: number; readonly reasons: Readonly<Record<string, number>> },
): Promise<void> {
  await pauses.save(`${instance}.fleet`, {
    schemaVersion: 1,
    ...seen,
    running,
    runningIn,
    failed: failures.length,
    failures: failures.slice(0, mostNames),
    pendingCanaries: pendingCanaries.slice(0, mostNames),
  });
}

/** The facts of the last sweep, for a start that comes between two: after a near-expiry event, or for a view. */
export function factsOfNotes(notes: FleetNotes | null, limits: FleetLimits): FleetFacts {
  if (notes === null) return { limits, failures: [], pendingCanaries: [], running: 0, runningIn: {} };
  const { running, runningIn, pendingCanaries, failures } = notes;
  return { limits, failures, pendingCanaries, running, runningIn };
}
