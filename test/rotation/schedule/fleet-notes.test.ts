import { describe, expect, it } from 'vitest';
import { type BlockedBy, noFleetLimits } from '../../../src/rotation/schedule/fleet-facts.ts';
import {
  factsOfNotes,
  readFleetNotes,
  type SweepSeen,
  saveFleetNotes,
  type Waiting,
  waitReasons,
} from '../../../src/rotation/schedule/fleet-notes.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildFleet } from './fleet-builder.ts';

const names = (count: number, what: string) => Array.from({ length: count }, (_, index) => `${what}-${index}`);
const heldUp = (what: string): BlockedBy => ({
  ...{ failed: 3, pendingCanaries: names(51, what), running: 4, runningIn: { [what]: 4 } },
});
const facts = {
  ...buildFleet(),
  ...{ running: 7, runningIn: { sub: 7 }, failures: names(51, 'failed'), leaked: names(51, 'leaked') },
  heldUpBy: { declared: heldUp('declared'), discovered: heldUp('discovered') },
};
const waits = (reason: Waiting['reason'], count: number): Waiting[] =>
  names(count, reason).map((target) => ({ target, origin: 'declared', reason, untilMs: 5 }));
const seen: SweepSeen = {
  ...{ targets: 200, reasons: { due: 2, 'not-due': 198 }, overdue: names(51, 'overdue') },
  notSwept: names(51, 'not-swept'),
  waiting: waitReasons.toReversed().flatMap((reason) => waits(reason, 51)),
  longestRunning: names(51, 'longest'),
  looks: { everyMs: 3_600_000, setBy: 'targets', oldestMs: 7, late: 1 },
};
const fifty = (list: readonly string[]) => list.slice(0, 50);

async function saved() {
  const world = memoryWorld();
  await saveFleetNotes(world.ports, facts, seen);
  return { world, notes: await readFleetNotes(world.ports) };
}

it('keep what a sweep saw, and at most fifty names of each kind', async () => {
  const { notes, world } = await saved();
  const few = (by: BlockedBy) => ({ ...by, pendingCanaries: fifty(by.pendingCanaries) });
  expect(notes).toEqual({
    schemaVersion: 2,
    ...{ sweptAtMs: world.clock.nowMs(), targets: 200, reasons: seen.reasons, running: 7, runningIn: { sub: 7 } },
    ...{ failures: fifty(facts.failures), leaked: fifty(facts.leaked), overdue: fifty(seen.overdue) },
    notSwept: fifty(seen.notSwept),
    heldUpBy: { declared: few(facts.heldUpBy.declared), discovered: few(facts.heldUpBy.discovered) },
    waiting: waitReasons.flatMap((reason) => waits(reason, 50)),
    longestRunning: fifty(seen.longestRunning),
    looks: seen.looks,
  });
});

it.each<[string, object | null]>([
  ['before the first sweep', null],
  ['of another release', { schemaVersion: 1 }],
])('are none %s', async (_, fields) => {
  const { world } = await saved();
  if (fields === null) world.fleetRows.clear();
  else
    for (const [key, row] of world.fleetRows)
      world.fleetRows.set(key, { ...row, fields: { ...Object(row.fields), ...fields } });
  expect(await readFleetNotes(world.ports)).toBe(null);
});

describe('the facts of the last sweep', () => {
  const limits = { ...noFleetLimits, maxRunning: 9 };
  const never = { failures: 0, canaries: 0, running: 0 };

  it('hold up nobody before the first one', () => {
    const free: BlockedBy = { failed: 0, pendingCanaries: [], running: 0, runningIn: {} };
    expect(factsOfNotes(null, limits, never)).toEqual({
      ...{
        limits,
        failures: [],
        leaked: [],
        running: 0,
        runningIn: {},
        heldUpBy: { declared: free, discovered: free },
      },
    });
  });

  it.each<[string, reset: 'failures' | 'canaries' | 'running', left: Partial<BlockedBy>]>([
    ['failures', 'failures', { failed: 0 }],
    ['canaries', 'canaries', { pendingCanaries: [] }],
    ['those that run', 'running', { running: 0, runningIn: {} }],
  ])('are as they were seen, less what was reset since: %s', async (_, reset, left) => {
    const { notes } = await saved();
    if (notes === null) throw new TypeError('no notes');
    const { failures, leaked, running, runningIn, heldUpBy, sweptAtMs } = notes;
    const asSeen = { limits, failures, leaked, running, runningIn, heldUpBy };
    expect(factsOfNotes(notes, limits, { ...never, [reset]: sweptAtMs })).toEqual(asSeen);
    expect(factsOfNotes(notes, limits, { ...never, [reset]: sweptAtMs + 1 })).toEqual({
      ...asSeen,
      failures: reset === 'failures' ? [] : failures,
      heldUpBy: {
        declared: { ...heldUpBy.declared, ...left },
        discovered: { ...heldUpBy.discovered, ...left },
      },
    });
  });
});
