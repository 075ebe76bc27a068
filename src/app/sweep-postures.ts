import * as z from 'zod';
import type { Target } from '../keys/target.ts';
import { postureLeaseMs, postureSettleMs } from '../posture/hold-posture.ts';
import type { PostureRows, StoredPosture } from '../posture/ports.ts';
import type { EnginePorts } from '../rotation/engine-ports.ts';
import { wakePosture } from './run-posture.ts';

/** A change is woken only when its own message is this late. */
const graceMs = 2 * 60_000;

const around = z.object({
  lease: z.object({ token: z.string() }).nullable(),
  wakeAtMs: z.number().nullable(),
  wakeSeq: z.number(),
});

/** Wakes every change of a target's postures whose message was lost or whose worker is dead. @throws FailureError */
export async function sweepPostures(
  ports: Pick<EnginePorts, 'wakeUps' | 'log'> & { readonly postures: PostureRows },
  target: Target,
): Promise<void> {
  for (const [posture, stored] of await ports.postures.loadAll(target.account)) {
    const wakeSeq = overdue(stored);
    if (wakeSeq !== null) await wakePosture(ports, target, posture, wakeSeq, 0);
  }
}

/** The number that the message must have; null when nothing is overdue. */
function overdue({ fields, savedAtMs, storageNowMs }: StoredPosture): number | null {
  const row = around.safeParse(fields);
  if (!row.success) return null;
  const { lease, wakeAtMs, wakeSeq } = row.data;
  const isOverdue =
    lease === null
      ? wakeAtMs !== null && storageNowMs > wakeAtMs + graceMs
      : storageNowMs >= savedAtMs + postureLeaseMs + postureSettleMs;
  return isOverdue ? wakeSeq : null;
}
