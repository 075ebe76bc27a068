import type { Target } from '../../src/keys/target.ts';
import { isSlot, type Slot } from '../../src/shared/slot.ts';
import { beginLife, type Life, type LifeOptions, operator } from './life.ts';
import { copyName } from './target-builder.ts';

const hourMs = 3_600_000;

/** A life whose target is adopted, whose copies hold the active key, and whose gate is ripe: the next rotation starts at once. */
export async function openTarget(target: Target, activeSlot: Slot, options: LifeOptions = {}): Promise<Life> {
  const life = beginLife(target, options);
  const { worker, app } = life.start();
  const adopted = await life.during(worker, app.adopt('demo', { activeSlot }, operator));
  if (adopted === 'died' || adopted.kind !== 'adopted') throw new TypeError(`not adopted: ${JSON.stringify(adopted)}`);
  const value = life.world.account.keys[activeSlot];
  for (const name of target.copies.map(copyName))
    life.world.vault.put({ name, contentType: 'text/plain', tags: { team: 'contoso' }, expiresAtMs: null }, value);
  life.world.clock.advance(target.policy.overlapMs + hourMs);
  return life;
}

/** Asks for a rotation; answers its id, or null when the request was lost or refused. */
export async function askForRotation(life: Life, app = life.start()): Promise<string | null> {
  const answer = await life.during(app.worker, app.app.startRotation('demo', { inactiveKeyUnused: true }, operator));
  return answer !== 'died' && answer.kind === 'started' ? answer.rotation.id : null;
}

/** Whether vault and account agree on everything, and the pointer names `slot`. */
export function inOrder({ world }: Life, target: Target, slot: Slot | null): boolean {
  const { prefix, layout } = target;
  const pointed = world.vault.value(`${prefix}-active-key`);
  if (pointed === null || !isSlot(pointed) || (slot !== null && pointed !== slot)) return false;
  return (
    world.vault.value(`${prefix}-key1`) === world.account.keys.key1 &&
    world.vault.value(`${prefix}-key2`) === world.account.keys.key2 &&
    (layout.kind === 'pointer' || world.vault.value(layout.directSecretName) === world.account.keys[pointed])
  );
}

/** Whether each copy holds the key that the pointer names. */
export function copiesFollow({ world }: Life, { prefix, copies }: Target): boolean {
  const pointed = world.vault.value(`${prefix}-active-key`);
  const active = pointed === null ? null : world.vault.value(`${prefix}-${pointed}`);
  return copies.every((copy) => world.vault.value(copyName(copy)) === active);
}
