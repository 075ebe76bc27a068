import type { App } from '../../../src/app/contract.ts';
import { leaseMs } from '../../../src/durable/numbers.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { leakRisk, leaksKeptBy } from '../../../src/rotation/leak/leaked-keys.ts';
import { isLeakLegal, isLegal } from '../../../src/rotation/requests/operator-actions.ts';
import { rotationIdOf } from '../../../src/rotation/state.ts';
import { slots } from '../../../src/shared/slot.ts';
import type { World } from '../world.ts';

/** What an operator may ask for. `expedite` names no overlap, `expedite to nothing` one of no length. */
export const operatorActions = [
  'start',
  'cancel',
  'cancel, confirmed',
  'roll back',
  'roll back, confirmed',
  'hold',
  'hold, confirmed',
  'release the hold',
  'expedite',
  'expedite to nothing',
  'leave the copy behind',
  'resume',
  'adopt',
  'repair',
  'report key1 leaked',
  'report key2 leaked',
  'pause',
  'go on',
] as const;
export type OperatorAction = (typeof operatorActions)[number];

const operator = { objectId: 'operator-1' };
const detail = { reason: 'contoso wants it' };
const everyLeak = slots.map(leakRisk);

/** Asks the app, as its edges would. */
export function askFor(app: App, world: World, target: string, action: OperatorAction): Promise<unknown> {
  const rotation = rowOf(world)?.rotation ?? null;
  const id = rotation === null ? 'none' : rotationIdOf(rotation);
  switch (action) {
    case 'start':
      return app.startRotation(target, { inactiveKeyUnused: true }, operator);
    case 'cancel':
      return app.cancel(target, id, operator);
    case 'cancel, confirmed':
      return app.cancel(target, id, operator, everyLeak);
    case 'roll back':
      return app.rollBack(target, id, operator);
    case 'roll back, confirmed':
      return app.rollBack(target, id, operator, everyLeak);
    case 'hold':
      return app.hold(target, id, detail, operator);
    case 'hold, confirmed':
      return app.hold(target, id, { ...detail, confirm: everyLeak }, operator);
    case 'release the hold':
      return app.releaseHold(target, id, operator);
    case 'expedite':
      return app.expedite(target, id, { ...detail, overlapSeconds: null }, operator);
    case 'expedite to nothing':
      return app.expedite(target, id, { ...detail, overlapSeconds: 0 }, operator);
    case 'leave the copy behind':
      return app.expedite(target, id, { ...detail, overlapSeconds: null, leaveBehind: ['web'] }, operator);
    case 'resume':
      return app.resume(target, id, operator);
    case 'adopt':
      return app.adopt(target, { activeSlot: null }, operator);
    case 'repair':
      return app.repair(target, operator);
    case 'report key1 leaked':
    case 'report key2 leaked': {
      const slot = action === 'report key1 leaked' ? 'key1' : 'key2';
      return app.leak(target, { slot, dryRun: false, overlapSeconds: null, ...detail }, operator);
    }
    case 'pause':
      return app.setPause({ paused: true, reason: null }, operator);
    case 'go on':
      return app.setPause({ paused: false, reason: null }, operator);
  }
}

/**
 * Whether asking can change anything now. A request that the row forbids is refused after one read of it, and an adoption
 * or repair that finds the lease held goes away: both leave the world as it was.
 */
export function mayMatter(world: World, action: OperatorAction): boolean {
  const row = rowOf(world);
  const rotation = row?.rotation ?? null;
  const isPaused = world.pause?.paused ?? false;
  const legal = (asked: Parameters<typeof isLegal>[0]) => rotation !== null && isLegal(asked, rotation);
  /** Only where a leaked key lives on by it does a confirmation matter. */
  const kept = (asked: Parameters<typeof isLegal>[0]) =>
    row !== null &&
    rotation !== null &&
    isLegal(asked, rotation) &&
    leaksKeptBy(asked, rotation, row.leaks, []).length > 0;
  switch (action) {
    case 'start':
      return rotation === null && row !== null && !isPaused;
    case 'cancel':
    case 'hold':
    case 'resume':
      return legal(action);
    case 'cancel, confirmed':
      return kept('cancel');
    case 'hold, confirmed':
      return kept('hold');
    case 'roll back':
      return legal('roll-back');
    case 'roll back, confirmed':
      return kept('roll-back');
    case 'release the hold':
      return legal('release-hold');
    case 'expedite':
    case 'expedite to nothing':
      return legal('expedite') && rotation?.kind !== 'suspended';
    case 'leave the copy behind':
      return legal('expedite') && row !== null && row.copies.length > 0;
    case 'adopt':
    case 'repair':
      return !isPaused && isFree(world);
    case 'report key1 leaked':
      return !isPaused && row !== null && isLeakLegal('key1', rotation);
    case 'report key2 leaked':
      return !isPaused && row !== null && isLeakLegal('key2', rotation);
    case 'pause':
      return !isPaused;
    case 'go on':
      return isPaused;
  }
}

/** Whether nobody holds the account's lease, or held it too long ago: only then does another worker do anything. */
export function isFree(world: World): boolean {
  const row = rowOf(world);
  if (row === null || world.row === null || row.lease.kind === 'released') return true;
  // Whole seconds on both sides: a second more or less may be counted.
  return world.nowMs - world.row.savedAtMs >= leaseMs - 2_000;
}

export function rowOf(world: World): AccountRow | null {
  return (world.row?.fields ?? null) as AccountRow | null;
}
