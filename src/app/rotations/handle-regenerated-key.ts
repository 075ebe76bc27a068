import { readAccountRow } from '../../rotation/account-row.ts';
import { readPause } from '../../rotation/run/pause.ts';
import type { RegeneratedKey } from '../../shared/azure-events.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import { sameResource } from '../../shared/resource-id.ts';
import { parseDriftNotes } from '../../targets/drift-notes.ts';
import type { KnownTarget, TargetSource } from '../../targets/target-source.ts';
import type { InvocationPorts } from '../in-invocation.ts';
import { lookAfterTarget } from '../sweep/look-after-target.ts';

/** However many events come: a look costs a write of the subscription's bucket. */
const lookEveryMs = 60_000;

/** Why an event led to no look of its own. Each has an entry in docs/reasons.md. */
export const regeneratedKeyReasons = {
  'account-unknown': 'No target is that account.',
  paused: 'The instance is paused.',
  'not-adopted': 'The target is not adopted.',
  'in-flight': 'A rotation is in flight: it regenerates keys itself, and sees what others do.',
  'rotated-since': 'A rotation has ended since, which compared everything.',
  'looked-recently': 'The last look was less than a minute ago: the next sweep looks again.',
  'not-now': 'The target could not be looked at now: the next sweep looks again.',
} as const;

type Left = keyof typeof regeneratedKeyReasons;

/**
 * Looks at the target whose key was regenerated, unless a rotation of Keyturn's own has done it, and at most once a minute;
 * what could not be looked at now is left to the next sweep.
 * @throws FailureError only if the journal cannot be read now: an event that comes again is worth something then
 */
export async function handleRegeneratedKey(
  ports: InvocationPorts,
  targets: TargetSource,
  event: RegeneratedKey,
): Promise<void> {
  const { accountId, by } = event;
  const known = (await targets.list()).find(({ target }) => sameResource(target.account.armId, accountId));
  const left = known === undefined ? 'account-unknown' : await look(ports, known, event);
  const answer = left === null ? 'looked' : 'left';
  ports.log({ event: 'key-regenerated', accountId, target: known?.target.name ?? null, by, answer, reason: left });
}

async function look(ports: InvocationPorts, { target }: KnownTarget, { atMs }: RegeneratedKey): Promise<Left | null> {
  const { rows } = ports;
  if ((await readPause(ports)).paused) return 'paused';
  const row = await readAccountRow(rows, target.account);
  if (row === null || row.adoptedAtMs === null) return 'not-adopted';
  const { rotation, lastEnd } = row;
  if (rotation !== null && rotation.kind !== 'suspended') return 'in-flight';
  if (atMs !== null && lastEnd !== null && atMs <= lastEnd.endedAtMs) return 'rotated-since';
  const kept = await rows.loadNotes(target.account);
  const notes = kept === null ? null : parseDriftNotes(kept.fields);
  // First: whatever becomes of the look below, the sweep knows of it.
  if (notes !== null) await rows.saveNotes(target.account, { ...notes, isDue: true });
  if (kept !== null && notes !== null && kept.storageNowMs < notes.lookedAtMs + lookEveryMs) return 'looked-recently';
  const looked = await lookAfterTarget(ports, target, async () => null, lookEveryMs).catch(asFailure);
  return looked instanceof FailureError || !looked ? 'not-now' : null;
}
