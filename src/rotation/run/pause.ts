import * as z from 'zod';
import { notApplied } from '../../shared/failure.ts';
import type { EnginePorts } from '../ports.ts';

const stored = z.object({
  schemaVersion: z.literal(1),
  paused: z.boolean(),
  by: z.string(),
  reason: z.string().nullable(),
});

/** Whether the whole instance stands still. */
export interface Pause {
  readonly paused: boolean;
  readonly by: string | null;
  readonly reason: string | null;
  /** Since when it is so, by the storage service's clock; 0 for an instance that never was paused. */
  readonly sinceMs: number;
}

const never: Pause = { paused: false, by: null, reason: null, sinceMs: 0 };

type PausePorts = Pick<EnginePorts, 'pauses' | 'instance'>;

/** Reads the switch. A row that cannot be read is no leave to go on. @throws FailureError */
export async function readPause({ pauses, instance }: PausePorts): Promise<Pause> {
  const row = await pauses.load(instance);
  if (row === null) return never;
  const parsed = stored.safeParse(row.fields);
  if (!parsed.success) throw notApplied('pause-unreadable');
  const { paused, by, reason } = parsed.data;
  return { paused, by, reason, sinceMs: row.savedAtMs };
}

/** Throws the switch. @throws FailureError */
export async function savePause(
  { pauses, instance }: PausePorts,
  pause: { readonly paused: boolean; readonly by: string; readonly reason: string | null },
): Promise<void> {
  await pauses.save(instance, { schemaVersion: 1, ...pause });
}
