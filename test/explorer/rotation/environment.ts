import { leaseMs, wakeGraceMs } from '../../../src/durable/numbers.ts';
import { isLeakAlive, leakLookAtMs } from '../../../src/rotation/leak/leaked-keys.ts';
import type { Event } from '../subject.ts';
import type { World } from '../world.ts';
import type { OperatorAction } from './operators.ts';
import { rowOf } from './operators.ts';

const sweepMs = 60_000;
/** How long an operator leaves a suspended rotation, or an account that was forgotten. */
const patienceMs = 600_000;
/** The first one may have to wait until a former worker's writes have settled, the second one for another's lease. */
const mostAdoptions = 3;
/** A leaked key that nothing replaces is reported again; once for each that may be asked for in a life. */
const mostReports = 3;
/** How long a hold and a pause last: past every lease, settling and overlap. */
const longRestMs = 3 * 3_600_000;

/** What happens next when nobody interferes. Sweeps that would find nothing to do are left out: they write nothing. */
export function nextEvent(world: World, rotations: number): Event<OperatorAction> | null {
  const row = rowOf(world);
  const rotation = row?.rotation ?? null;
  const { nowMs, pause } = world;
  const after = (sinceMs: number, forMs: number) => Math.max(nowMs, sinceMs) + forMs;
  const operator = (action: OperatorAction, atMs: number): Event<OperatorAction> => ({
    kind: 'operator',
    action,
    atMs,
  });
  const isPaused = pause?.paused ?? false;

  const events: Event<OperatorAction>[] = world.queue.map((message) => ({
    kind: 'message',
    atMs: Math.max(nowMs, message.dueAtMs),
    message,
  }));
  if (isPaused && pause !== null) events.push(operator('go on', Math.max(nowMs, pause.savedAtMs + longRestMs)));
  const isGoing =
    (rotation !== null && (rotation.kind !== 'suspended' || row?.operatorRequest !== null)) || row?.leak != null;
  if (row !== null && isGoing && !isPaused) {
    const overdueMs = Math.max((row.wakeAtMs ?? 0) + wakeGraceMs, (world.row?.savedAtMs ?? 0) + leaseMs);
    events.push({ kind: 'sweep', atMs: after(overdueMs, sweepMs) });
  }
  if (rotation?.kind === 'overlapping' && rotation.held !== null && row?.operatorRequest == null)
    events.push(operator('release the hold', Math.max(nowMs, rotation.held.atMs + longRestMs)));
  const isLeaked = row !== null && row.leaks.length > 0 && rotation === null && row.leak === null && !isPaused;
  if (isLeaked && !isLeakAlive(row)) events.push({ kind: 'sweep', atMs: after(leakLookAtMs(row) ?? 0, sweepMs) });
  if (world.sweepsOwed > 0 && !isPaused) events.push({ kind: 'sweep', atMs: nowMs + sweepMs });
  const first = events.sort((one, other) => one.atMs - other.atMs)[0];
  if (first !== undefined) return first;

  const late = Math.max(...world.flying.map(({ dueAtMs }) => dueAtMs));
  if (world.flying.length > 0) return { kind: 'late', atMs: late };
  if (row === null || row.adoptedAtMs === null)
    return world.resumed < mostAdoptions ? operator('adopt', nowMs + patienceMs) : null;
  const [leak] = row.leaks;
  if (isLeaked && leak !== undefined && world.reported < mostReports)
    return operator(`report ${leak.slot} leaked`, nowMs + patienceMs);
  if (rotation === null && world.begun < rotations) return operator('start', nowMs + 5_000);
  if (rotation?.kind === 'suspended' && world.resumed === 0) return operator('resume', nowMs + patienceMs);
  return null;
}
