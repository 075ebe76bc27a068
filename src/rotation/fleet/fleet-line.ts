import * as z from 'zod';
import type { EnginePorts } from '../engine-ports.ts';

const stored = z.object({ schemaVersion: z.literal(1), by: z.string(), reason: z.string().nullable() });

/** Who last lifted the stopped line. `liftedAtMs` by the storage service's clock; 0 for never. */
export interface FleetLine {
  readonly liftedAtMs: number;
  readonly by: string | null;
  readonly reason: string | null;
}

type LinePorts = Pick<EnginePorts, 'pauses' | 'instance'>;

const neverLifted: FleetLine = { liftedAtMs: 0, by: null, reason: null };

/**
 * Reads who lifted the line. A row that cannot be read lifts nothing.
 * @throws FailureError
 */
export async function readLine({ pauses, instance }: LinePorts): Promise<FleetLine> {
  const row = await pauses.load(`${instance}.line`);
  const parsed = stored.safeParse(row?.fields);
  if (row === null || !parsed.success) return neverLifted;
  return { liftedAtMs: row.savedAtMs, by: parsed.data.by, reason: parsed.data.reason };
}

/**
 * Lifts the line: rotations that are suspended by now stop it no more.
 * @throws FailureError
 */
export async function liftLine(
  { pauses, instance }: LinePorts,
  { by, reason }: { readonly by: string; readonly reason: string | null },
): Promise<void> {
  await pauses.save(`${instance}.line`, { schemaVersion: 1, by, reason });
}
