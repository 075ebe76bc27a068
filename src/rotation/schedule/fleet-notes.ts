import * as z from 'zod';
import type { EnginePorts } from '../ports.ts';
import { type BlockedBy, blockedBy, type FleetFacts, type FleetLimits } from './fleet-facts.ts';
import type { ResetAt } from './resets.ts';

/** Names that the notes keep of each kind: enough to act on, and the row stays small. */
const mostNames = 50;

/** Why a target waits for others; its own calendar is not among them. */
export const waitReasons = [
  'circuit-breaker-open',
  'canaries-first',
  'fleet-busy',
  'subscription-busy',
  'vault-busy',
] as const;

export type WaitReason = (typeof waitReasons)[number];

const waiting = z.object({
  target: z.string(),
  origin: z.enum(['declared', 'discovered']),
  reason: z.enum(waitReasons),
  /** At the latest; null: until what it waits for has gone on. */
  untilMs: z.number().nullable(),
});

/** How often targets at rest are looked at, and whether that is kept. */
const looks = z.object({
  /** The longest that any target waits from one look to the next. */
  everyMs: z.number(),
  /** Whether targets ask for it, or a subscription has too many of them for what they ask. */
  setBy: z.enum(['targets', 'subscription']),
  /** When the one was looked at that has waited for longest; null: there are none. */
  oldestMs: z.number().nullable(),
  /** How many have waited for longer than promised. */
  late: z.number(),
});

export type LookPromise = Readonly<z.infer<typeof looks>>;

/** What the last sweep saw of all targets together. For those who look at only one target: no sweep decides by it. */
const fleetNotes = z.object({
  schemaVersion: z.literal(2),
  targets: z.number(),
  running: z.number(),
  runningIn: z.record(z.string(), z.number()),
  failures: z.array(z.string()),
  leaked: z.array(z.string()).default([]),
  /** Targets of which something makes no progress, or no rotation was completed long after it was due. */
  overdue: z.array(z.string()).default([]),
  /**
   * Targets without an answer, since their rows could not be read or what was decided could not be done; at most fifty.
   * `targets` less all `reasons` is how many there are.
   */
  notSwept: z.array(z.string()).default([]),
  heldUpBy: z.object({ declared: blockedBy, discovered: blockedBy }),
  /** How many targets the sweep answered with each reason. */
  reasons: z.record(z.string(), z.number()),
  /** Targets that wait for others, at most the first fifty for each reason. */
  waiting: z.array(waiting),
  /** Targets whose rotation has been in flight for longest, at most fifty. */
  longestRunning: z.array(z.string()),
  /** How often targets at rest are looked at; null in the notes of earlier releases. */
  looks: looks.nullable().default(null),
});

export type Waiting = Readonly<z.infer<typeof waiting>>;

export type FleetNotes = Omit<z.infer<typeof fleetNotes>, 'schemaVersion'> & { readonly sweptAtMs: number };

type NotesPorts = Pick<EnginePorts, 'pauses' | 'instance'>;

/** What the last sweep saw; null before the first one. @throws FailureError */
export async function readFleetNotes({ pauses, instance }: NotesPorts): Promise<FleetNotes | null> {
  const row = await pauses.load(`${instance}.fleet`);
  const parsed = fleetNotes.safeParse(row?.fields);
  return row === null || !parsed.success ? null : { ...parsed.data, sweptAtMs: row.savedAtMs };
}

/** What a sweep saw beside the facts. */
export type SweepSeen = Readonly<
  Pick<FleetNotes, 'targets' | 'reasons' | 'waiting' | 'overdue' | 'notSwept' | 'longestRunning'>
> & { readonly looks: LookPromise };

/** @throws FailureError */
export async function saveFleetNotes(
  { pauses, instance }: NotesPorts,
  { failures, leaked, running, runningIn, heldUpBy: held }: FleetFacts,
  { targets, reasons, overdue, notSwept, waiting: waits, longestRunning, looks: promised }: SweepSeen,
): Promise<void> {
  const few = (by: BlockedBy) => ({ ...by, pendingCanaries: by.pendingCanaries.slice(0, mostNames) });
  await pauses.save(`${instance}.fleet`, {
    schemaVersion: 2,
    targets,
    reasons,
    running,
    runningIn,
    failures: failures.slice(0, mostNames),
    leaked: leaked.slice(0, mostNames),
    overdue: overdue.slice(0, mostNames),
    notSwept: notSwept.slice(0, mostNames),
    heldUpBy: { declared: few(held.declared), discovered: few(held.discovered) },
    waiting: waitReasons.flatMap((reason) => waits.filter((one) => one.reason === reason).slice(0, mostNames)),
    longestRunning: longestRunning.slice(0, mostNames),
    looks: promised,
  });
}

/**
 * The facts of the last sweep, for a start that comes between two: after a near-expiry event, or for a view. What was
 * reset since holds up nobody already; the next sweep counts what has begun meanwhile.
 */
export function factsOfNotes(notes: FleetNotes | null, limits: FleetLimits, reset: ResetAt): FleetFacts {
  if (notes === null)
    return { limits, failures: [], leaked: [], ...none, heldUpBy: { declared: free, discovered: free } };
  const { running, runningIn, failures, leaked, sweptAtMs, heldUpBy } = notes;
  const isReset = reset.failures > sweptAtMs;
  const left = (by: BlockedBy): BlockedBy => ({
    failed: isReset ? 0 : by.failed,
    pendingCanaries: reset.canaries > sweptAtMs ? [] : by.pendingCanaries,
    ...(reset.running > sweptAtMs ? none : { running: by.running, runningIn: by.runningIn }),
  });
  return {
    limits,
    failures: isReset ? [] : failures,
    leaked,
    running,
    runningIn,
    heldUpBy: { declared: left(heldUpBy.declared), discovered: left(heldUpBy.discovered) },
  };
}

const none = { running: 0, runningIn: {} };
const free: BlockedBy = { failed: 0, pendingCanaries: [], ...none };
