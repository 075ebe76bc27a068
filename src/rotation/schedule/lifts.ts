import * as z from 'zod';
import type { EnginePorts } from '../engine-ports.ts';

/**
 * What an operator may lift: the suspended rotations that opened the circuit breaker, the canaries that others wait for,
 * the rotations in flight that fill the bounds. What is so by then holds up nobody any more; what becomes so later does.
 */
export const liftable = ['failures', 'canaries', 'running'] as const;

export type Liftable = (typeof liftable)[number];

/** Who lifted what last. `atMs` by the storage service's clock; 0 for never. */
export interface Lift {
  readonly atMs: number;
  readonly by: string | null;
  readonly reason: string | null;
}

export type Lifts = Readonly<Record<Liftable, Lift>>;

/** When each was last lifted, 0 for never. */
export type LiftedAt = Readonly<Record<Liftable, number>>;

export const neverLifted: LiftedAt = { failures: 0, canaries: 0, running: 0 };

const stored = z.object({ schemaVersion: z.literal(1), by: z.string(), reason: z.string().nullable() });

type LiftPorts = Pick<EnginePorts, 'pauses' | 'instance'>;

/**
 * Reads who lifted what. A row that cannot be parsed lifts nothing.
 * @throws FailureError
 */
export async function readLifts(ports: LiftPorts): Promise<Lifts> {
  const [failures, canaries, running] = await Promise.all([
    readLift(ports, 'failures'),
    readLift(ports, 'canaries'),
    readLift(ports, 'running'),
  ]);
  return { failures, canaries, running };
}

export function liftedAt({ failures, canaries, running }: Lifts): LiftedAt {
  return { failures: failures.atMs, canaries: canaries.atMs, running: running.atMs };
}

/**
 * Lifts each of `what`: it holds up nobody any more as it is now.
 * @throws FailureError
 */
export async function saveLifts(
  { pauses, instance }: LiftPorts,
  what: readonly Liftable[],
  { by, reason }: { readonly by: string; readonly reason: string | null },
): Promise<void> {
  for (const one of what) await pauses.save(rowOf(instance, one), { schemaVersion: 1, by, reason });
}

async function readLift({ pauses, instance }: LiftPorts, what: Liftable): Promise<Lift> {
  const row = await pauses.load(rowOf(instance, what));
  const parsed = stored.safeParse(row?.fields);
  if (row === null || !parsed.success) return { atMs: 0, by: null, reason: null };
  return { atMs: row.savedAtMs, by: parsed.data.by, reason: parsed.data.reason };
}

function rowOf(instance: string, what: Liftable): string {
  return `${instance}.lifted-${what}`;
}
