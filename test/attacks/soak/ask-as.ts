import type { App } from '../../../src/app/contract.ts';
import { leakRisk } from '../../../src/rotation/leak/leaked-keys.ts';
import { rotationIdOf } from '../../../src/rotation/state.ts';
import { isSlot, otherSlot, type Slot, slots } from '../../../src/shared/slot.ts';
import { type Life, operator } from '../../memory-world/life.ts';
import { rowOf } from '../../rotation/row-of.ts';
import type { operatorActions } from './soak-plan.ts';

export type OperatorAction = (typeof operatorActions)[number];

/** What an action is answered; null where an operator, having seen the preview, lets it be. */
export type Asked = { readonly kind: string; readonly reason?: string } | null | undefined;

/** Asks the app what an operator asks, of the rotation in flight where the action is one's. */
export async function askAs(app: App, action: OperatorAction, life: Life): Promise<Asked> {
  const rotation = rowOf(life)?.rotation;
  const id = rotation == null ? 'none' : rotationIdOf(rotation);
  switch (action) {
    case 'rollback':
      return app.rollBack('demo', id, operator);
    case 'rollback-confirmed':
      return app.rollBack('demo', id, operator, everyLeak);
    case 'cancel-confirmed':
      return app.cancel('demo', id, operator, everyLeak);
    case 'hold-confirmed':
      return app.hold('demo', id, { reason: 'release night', confirm: everyLeak }, operator);
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
    case 'leak-preview':
      return await app.leak('demo', { ...leakOf(roleSlot('active', life)), dryRun: true }, operator);
    case 'leak-active':
      return await leakWithCare(app, roleSlot('active', life));
    case 'leak-inactive':
      return await leakWithCare(app, roleSlot('idle', life));
    case 'take-over':
      return await app.adopt('demo', { activeSlot: null, takeOver: true }, operator);
    case 'second-start':
      return app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    case 'second-sweep':
      await app.sweep();
      return null;
    case 'second-adopt':
      return app.adopt('demo', { activeSlot: null }, operator);
  }
}

const everyLeak = slots.map(leakRisk);

const leakOf = (slot: Slot) => ({ slot, reason: 'found in a log', overlapSeconds: 2 * 3600 });

/** The slot that consumers are pointed at, or the other one, as the vault has it. */
function roleSlot(role: 'active' | 'idle', { world }: Life): Slot {
  const pointed = world.vault.value('ai-services-active-key');
  const active = pointed !== null && isSlot(pointed) ? pointed : 'key1';
  return role === 'active' ? active : otherSlot(active);
}

/** Looks at the preview first, and goes on only where no consumer that keeps to its caches will fail. */
async function leakWithCare(app: App, slot: Slot): Promise<Asked> {
  const seen = await app.leak('demo', { ...leakOf(slot), dryRun: true }, operator);
  if (seen.kind !== 'previewed' || seen.preview.consumersMayFailUntil !== null) return null;
  return await app.leak('demo', { ...leakOf(slot), dryRun: false }, operator);
}

/** What an operator who held or paused must do later; true: it is done. */
export async function letGo(app: App, action: OperatorAction, life: Life): Promise<boolean> {
  switch (action) {
    case 'hold':
    case 'hold-confirmed': {
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
