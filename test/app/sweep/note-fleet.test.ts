import { expect, it } from 'vitest';
import { noteFleet } from '../../../src/app/sweep/note-fleet.ts';
import { readFleetNotes, saveFleetNotes } from '../../../src/rotation/schedule/fleet-notes.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildFleet } from '../../rotation/schedule/fleet-builder.ts';

const seen = { targets: 9, reasons: {}, waiting: [], overdue: [], notSwept: [], longestRunning: [] };
const outage = new FailureError({ kind: 'not-applied', code: '503', retryAfterMs: null });

/** What two declared and three discovered failures, or none, make of the breaker that opens at two. */
function facts(declared: number, discovered: number) {
  const fleet = buildFleet();
  const limits = { ...fleet.limits, stopAfterFailures: 2 };
  const of = (failed: number) => ({ ...fleet.heldUpBy.declared, failed });
  return { ...fleet, limits, heldUpBy: { declared: of(declared), discovered: of(discovered) } };
}

const looks = { everyMs: 3_600_000, setBy: 'targets', oldestMs: null, late: 0 } as const;
const [nobody, discovered, everybody] = [facts(1, 1), facts(1, 3), facts(2, 4)];
const open = (failed: number, openFor: string) => [{ event: 'circuit-breaker-open', failed, openFor }];

it.each<[string, before: ReturnType<typeof facts> | null, now: ReturnType<typeof facts>, logged: object[]]>([
  ['opens at the first sweep', null, everybody, open(4, 'everybody')],
  ['is closed from the first sweep', null, nobody, []],
  ['opens for discovered targets', nobody, discovered, open(3, 'discovered')],
  ['opens for everybody as well', discovered, everybody, open(4, 'everybody')],
  ['stays open', everybody, everybody, []],
  ['closes for declared targets', everybody, discovered, open(3, 'discovered')],
  ['closes', everybody, nobody, [{ event: 'circuit-breaker-closed', failed: 1 }]],
])('a circuit breaker that %s is told in the log, if it was noted', async (_, before, now, logged) => {
  for (const failing of ['nothing', 'load', 'save'] as const) {
    const { ports, log } = memoryWorld();
    if (before !== null) await saveFleetNotes(ports, before, { ...seen, looks });
    const fail = async () => {
      throw outage;
    };
    const pauses = failing === 'nothing' ? ports.pauses : { ...ports.pauses, [failing]: fail };
    await noteFleet({ ...ports, pauses }, now, 0, () => looks, seen);
    expect(log).toEqual(failing === 'nothing' ? logged : []);
  }
});

it.each([
  ['five minutes, before there was another', null, 5],
  ['five minutes, if the last sweep began sooner before', 4, 5],
  ['the time since the last one, if that is longer', 61, 61],
])('looks are promised for sweeps that come every %s', async (_, sinceMinutes, everyMinutes) => {
  const { ports, clock } = memoryWorld();
  if (sinceMinutes !== null) await saveFleetNotes(ports, nobody, { ...seen, looks });
  const promised = (sweepsEveryMs: number) => ({ ...looks, everyMs: sweepsEveryMs });
  await noteFleet(ports, nobody, clock.nowMs() + (sinceMinutes ?? 0) * 60_000, promised, seen);
  expect((await readFleetNotes(ports))?.looks).toEqual({ ...looks, everyMs: everyMinutes * 60_000 });
});
