import type { App } from '../../src/app/contract.ts';
import { rotationIdOf } from '../../src/rotation/operator-request.ts';
import { type Life, operator } from '../memory-world/life.ts';
import { rowOf } from '../rotation/live-through.ts';
import type { operatorActions } from './soak-plan.ts';

export type OperatorAction = (typeof operatorActions)[number];

/** Asks the app what an operator asks, of the rotation in flight where the action is one's. */
export function askAs(app: App, action: OperatorAction, life: Life) {
  const rotation = rowOf(life)?.rotation;
  const id = rotation == null ? 'none' : rotationIdOf(rotation);
  switch (action) {
    case 'rollback':
      return app.rollBack('demo', id, operator);
    case 'cancel':
      return app.cancel('demo', id, operator);
    case 'hold':
      return app.hold('demo', id, { reason: 'release night' }, operator);
    case 'release-hold':
      return app.releaseHold('demo', id, operator);
    case 'expedite':
      // The shortest that the target's settings call safe.
      return app.expedite('demo', id, { reason: 'audit', overlapSeconds: null }, operator);
    case 'pause':
      return app.setPause({ paused: true, reason: 'release night' }, operator);
    case 'resume':
      return app.resume('demo', id, operator);
    case 'repair':
      return app.repair('demo', operator);
    case 'second-start':
      return app.startRotation('demo', { idleKeyUnused: true }, operator);
    case 'second-sweep':
      return app.sweep();
    case 'second-adopt':
      return app.adopt('demo', { activeSlot: null }, operator);
  }
}

/** What an operator who held or paused must do later; true: it is done. */
export async function letGo(app: App, action: OperatorAction, life: Life): Promise<boolean> {
  switch (action) {
    case 'hold': {
      const rotation = rowOf(life)?.rotation;
      const isHeld = rotation?.kind === 'overlapping' && rotation.held !== null;
      if (isHeld) await askAs(app, 'release-hold', life);
      return !isHeld && rowOf(life)?.operatorRequest == null;
    }
    case 'pause':
      return (await app.setPause({ paused: false, reason: null }, operator)).kind === 'set';
    default:
      return true;
  }
}
