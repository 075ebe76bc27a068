import * as z from 'zod';
import { asFailure, FailureError } from '../../shared/failure.ts';
import type { EnginePorts } from '../ports.ts';

/**
 * What an operator may reset: the suspended rotations that opened the circuit breaker, the canaries that others wait for,
 * the rotations in flight that fill the bounds. What is so by then holds up nobody any more; what becomes so later does.
 */
const resettable = ['failures', 'canaries', 'running'] as const;

export type Resettable = (typeof resettable)[number];

/** Who reset what last. `atMs` by the storage service's clock; 0 for never. */
export interface Reset {
  readonly atMs: number;
  readonly by: string | null;
  readonly reason: string | null;
}

export type Resets = Readonly<Record<Resettable, Reset>>;

/** When each was last reset, 0 for never. */
export type ResetAt = Readonly<Record<Resettable, number>>;

export const neverReset: ResetAt = { failures: 0, canaries: 0, running: 0 };

const stored = z.object({ schemaVersion: z.literal(1), by: z.string(), reason: z.string().nullable() });

type ResetPorts = Pick<EnginePorts, 'pauses' | 'instance'>;

/** Reads who reset what. A row that cannot be parsed resets nothing. @throws FailureError */
export async function readResets(ports: ResetPorts): Promise<Resets> {
  const [failures, canaries, running] = await Promise.all([
    readReset(ports, 'failures'),
    readReset(ports, 'canaries'),
    readReset(ports, 'running'),
  ]);
  return { failures, canaries, running };
}

export function resetAt({ failures, canaries, running }: Resets): ResetAt {
  return { failures: failures.atMs, canaries: canaries.atMs, running: running.atMs };
}

/** When each was last reset, as far as the journal can be read: what cannot be read was never reset. */
export async function readResetAt(ports: ResetPorts): Promise<ResetAt> {
  const resets = await readResets(ports).catch(asFailure);
  return resets instanceof FailureError ? neverReset : resetAt(resets);
}

/** Lifts each of `what`: it holds up nobody any more as it is now. @throws FailureError */
export async function saveResets(
  { pauses, instance }: ResetPorts,
  what: readonly Resettable[],
  { by, reason }: { readonly by: string; readonly reason: string | null },
): Promise<void> {
  for (const one of what) await pauses.save(rowOf(instance, one), { schemaVersion: 1, by, reason });
}

async function readReset({ pauses, instance }: ResetPorts, what: Resettable): Promise<Reset> {
  const row = await pauses.load(rowOf(instance, what));
  const parsed = stored.safeParse(row?.fields);
  if (row === null || !parsed.success) return { atMs: 0, by: null, reason: null };
  return { atMs: row.savedAtMs, by: parsed.data.by, reason: parsed.data.reason };
}

function rowOf(instance: string, what: Resettable): string {
  return `${instance}.reset-${what}`;
}
