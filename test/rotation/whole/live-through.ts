import type { App } from '../../../src/app/contract.ts';
import type { Target } from '../../../src/keys/target.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { rotationIdOf } from '../../../src/rotation/state.ts';
import { askAs, letGo } from '../../attacks/soak/ask-as.ts';
import { type Life, operator } from '../../memory-world/life.ts';
import { askForRotation, openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import type { Worker } from '../../memory-world/worker.ts';
import { rowOf } from '../row-of.ts';
import { type FaultSchedule, striker } from './schedules.ts';

const dayMs = 24 * 3_600_000;
const letGoAfterMs = 40 * 60_000;

export interface Lived {
  readonly life: Life;
  readonly target: Target;
  readonly row: () => AccountRow | null;
  /** `completed`, `rolled-back`, `suspended`, `never-started`, or the state in which it hangs. */
  readonly outcome: () => string;
  /** From now on nothing goes wrong. */
  readonly heal: () => void;
}

/** Lets one rotation live through a schedule of faults, and `others` who meddle; ends when it rests for good. */
export async function liveThrough(
  schedule: FaultSchedule,
  others: (life: Life, target: Target) => void = () => {},
): Promise<Lived> {
  const { layout, activeSlot, strikes, deliveries, operatorActs, latencyMs, listKeysAgeMs, wallAheadMs } = schedule;
  const target = buildTarget({ layout });
  const fault = striker(strikes);
  let turn = 0;
  /** Latencies differ from call to call, so that workers interleave in many ways. */
  const latency = () => {
    turn += 1;
    return latencyMs * (0.5 + ((turn * 7919) % 101) / 101);
  };
  const workerOptions = () => ({
    fault,
    latencyMs: latency,
    listKeysAgeMs: () => listKeysAgeMs,
    wallAheadMs: turn % 2 === 0 ? wallAheadMs : 0,
  });
  let delivered = 0;
  let isStarted = false;
  let isHealed = false;
  const life: Life = await openTarget(target, activeSlot, {
    workerFor: () => (isStarted && !isHealed ? life.start(workerOptions()) : life.start()),
    delivery: () => {
      delivered += 1;
      return deliveries[delivered - 1] ?? [0];
    },
  });
  const { world, line, watch } = life;
  world.account.newKeyRefusedMs = schedule.newKeyRefusedMs;
  world.account.oldKeyAcceptedMs = schedule.oldKeyAcceptedMs;
  world.vault.clockAheadMs = schedule.vaultAheadMs;
  isStarted = true;

  const startsAtMs = world.clock.nowMs();
  let pending = operatorActs.length;
  for (const { afterMs, action } of operatorActs)
    line.at(startsAtMs + afterMs, () => {
      const { worker, app } = life.start(workerOptions());
      pending -= 1;
      void act(app, action, life, worker);
    });
  others(life, target);
  await askForRotation(life, life.start(workerOptions()));
  const isOver = () => {
    const row = rowOf(life);
    const rests = row === null || row.rotation === null || row.rotation.kind === 'suspended';
    const isPaused = JSON.stringify(world.pause?.fields ?? null).includes('"paused":true');
    const isLeaked = row?.leak != null && row.rotation === null;
    const waits = isPaused || isLeaked || row?.operatorRequest != null || row?.lease.kind === 'held';
    return pending === 0 && rests && !waits;
  };
  await life.run(isOver, startsAtMs + 12 * dayMs);
  watch.check();
  const row = () => rowOf(life);
  const heal = () => {
    isHealed = true;
  };
  return { life, target, row, outcome: () => outcomeOf(row()), heal };
}

async function act(
  app: App,
  action: FaultSchedule['operatorActs'][number]['action'],
  life: Life,
  worker: Worker,
): Promise<void> {
  const row = rowOf(life);
  const id = row?.rotation ? rotationIdOf(row.rotation) : 'none';
  const answer = async () => {
    switch (action) {
      case 'roll-back':
        return await app.rollBack('demo', id, operator);
      case 'cancel':
        return await app.cancel('demo', id, operator);
      case 'expedite':
        return await app.expedite('demo', id, { reason: 'audit', overlapSeconds: null }, operator);
      case 'resume':
        return await app.resume('demo', id, operator);
      case 'start':
        return await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
      case 'adopt':
        return await app.adopt('demo', { activeSlot: null }, operator);
      case 'repair':
        return await app.repair('demo', operator);
      case 'sweep':
        return await app.sweep();
      case 'hold':
        return await app.hold('demo', id, { reason: 'release night' }, operator);
      case 'pause':
        return await app.setPause({ paused: true, reason: 'release night' }, operator);
      case 'leak-active':
      case 'leak-inactive':
        return await askAs(app, action, life);
    }
  };
  try {
    // Whether its answer comes or its worker ends first.
    letGoLater(life, action);
    const text = JSON.stringify((await answer()) ?? null);
    life.world.happened({ kind: 'said', where: `the answer to ${action}`, text });
  } catch (error) {
    life.watch.breaches.push(`8: ${action} of ${worker.name} threw ${String(error)}`);
  }
}

/** Anyone who holds or pauses lets go of it some day, on a healthy worker, however often it takes. */
function letGoLater(life: Life, action: FaultSchedule['operatorActs'][number]['action']): void {
  if (action !== 'hold' && action !== 'pause') return;
  life.line.at(life.world.clock.nowMs() + letGoAfterMs, () => {
    void letGo(life.start().app, action, life).then((isDone) => {
      if (!isDone) letGoLater(life, action);
    });
  });
}

function outcomeOf(row: AccountRow | null): string {
  if (row === null) return 'no-row';
  if (row.rotation !== null) return row.rotation.kind;
  return row.lastEnd?.outcome ?? 'never-started';
}
