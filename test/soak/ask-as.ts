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
