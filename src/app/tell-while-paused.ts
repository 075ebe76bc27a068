import type { Target } from '../keys/target.ts';
import { parseAccountRow } from '../rotation/account-row.ts';
import { FailureError } from '../shared/failure.ts';
import { parseDriftNotes } from '../targets/drift-notes.ts';
import { asFailure } from './answers.ts';
import type { InvocationPorts } from './in-invocation.ts';
import { overdueNotice } from './notices-of-sweep.ts';
import { note, tell, tellFindings } from './telling.ts';

/**
 * Tells what there is to tell of a target while the instance is paused: the switch stops calls that change Azure, not
 * people's news. Reads the journal alone; what cannot be read now is told by a later sweep. Never throws for that.
 * @param broken channels that failed in this round
 */
export async function tellWhilePaused(
  ports: InvocationPorts,
  target: Target,
  broken: Parameters<typeof tell>[3],
): Promise<void> {
  if (ports.telling == null) return;
  const stored = await ports.rows.load(target.account).catch(asFailure);
  if (stored instanceof FailureError || stored === null) return;
  const parsed = parseAccountRow(stored.fields);
  if (parsed.kind !== 'row') return;
  const { storageNowMs } = stored;
  const overdue = overdueNotice(parsed.row, target, ports.instance, storageNowMs);
  if (overdue !== null) await note(ports, target, [overdue]);
  await tell(ports, target, { row: parsed.row, storageNowMs }, broken);
  const kept = await ports.rows.loadNotes(target.account).catch(asFailure);
  const notes = kept instanceof FailureError || kept === null ? null : parseDriftNotes(kept.fields);
  await tellFindings(ports, target, notes?.drift ?? [], storageNowMs, broken);
}
