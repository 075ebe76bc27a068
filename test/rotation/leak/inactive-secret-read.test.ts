import { describe, expect, it } from 'vitest';
import type { App } from '../../../src/app/contract.ts';
import { leakRisk } from '../../../src/rotation/leak/leaked-keys.ts';
import { rotationIdOf } from '../../../src/rotation/state.ts';
import type { Slot } from '../../../src/shared/slot.ts';
import type { Call } from '../../memory-world/call.ts';
import { type Life, operator } from '../../memory-world/life.ts';
import { askForRotation, inOrder, openTarget } from '../../memory-world/open-target.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import type { Fault } from '../../memory-world/worker.ts';
import { rowOf } from '../row-of.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const target = buildTarget();
const lostReply: Fault = { kind: 'no-reply', forMs: 200, appliedAfterMs: 10 };

const stateOf = (life: Life) => rowOf(life)?.rotation?.kind ?? 'none';
const idOf = (life: Life) => {
  const rotation = rowOf(life)?.rotation;
  return rotation == null ? 'none' : rotationIdOf(rotation);
};
const until = (life: Life, isOver: () => boolean) => life.run(isOver, life.world.clock.nowMs() + 9 * dayMs);
const reaches = (life: Life, state: string) => until(life, () => stateOf(life) === state);
const spreads = (life: Life, state: string) =>
  until(life, () => {
    const rotation = rowOf(life)?.rotation;
    return rotation?.kind === state && 'waiting' in rotation && rotation.waiting === 'new-key-spreading';
  });
const ask = <T>(life: Life, what: (app: App) => Promise<T>) => {
  const { worker, app } = life.start();
  return life.during(worker, what(app));
};
const report = (life: Life, slot: Slot, overlapSeconds: number | null) =>
  ask(life, (app) => app.leak('demo', { slot, dryRun: false, reason: 'found in a log', overlapSeconds }, operator));

function regenerate({ world }: Life, slot: Slot): void {
  const killed = world.account.keys[slot];
  world.account.regenerate(slot);
  world.happened({ kind: 'outside', act: `kill:${killed}` });
}

/** Consumers were pointed from key1 to key2 a moment ago, at an account whose keys spread, and linger, node by node. */
async function switched(latencyMs: number, of = target): Promise<Life> {
  const life: Life = await openTarget(of, 'key1', {
    workerFor: () => life.start({ latencyMs: () => latencyMs }),
  });
  life.world.account.newKeyRefusedMs = minuteMs;
  life.world.account.oldKeyAcceptedMs = 3 * 60 * minuteMs;
  await askForRotation(life);
  await reaches(life, 'overlapping');
  return life;
}

/** And back again: key2 is inactive, and its secret still read. */
async function rolledBack(latencyMs: number, of = target): Promise<Life> {
  const life = await switched(latencyMs, of);
  await ask(life, (app) => app.rollBack('demo', idOf(life), operator));
  await reaches(life, 'none');
  return life;
}

// So slow that what a store rests on is read once more, all at once.
describe.each([20, 400])(
  'if consumers may read the inactive secret by a pointer from their caches (%d ms a way)',
  (ms) => {
    it('a key that somebody made in it is stored once the account takes it', async () => {
      const life = await switched(ms);
      await report(life, 'key2', null);
      await reaches(life, 'probing');
      regenerate(life, 'key1');
      await reaches(life, 'none');
      expect(rowOf(life)?.lastEnd?.outcome).toBe('completed');
      expect(inOrder(life, target, 'key1')).toBe(true);
      expect(life.watch.breaches).toEqual([]);
    });

    it('so is the key that replaces one whose overlap was cut short', async () => {
      const life = await switched(ms);
      await report(life, 'key1', 150);
      await spreads(life, 'restocking');
      await reaches(life, 'none');
      expect(rowOf(life)?.lastEnd?.outcome).toBe('completed');
      expect(inOrder(life, target, 'key2')).toBe(true);
      expect(life.watch.breaches).toEqual([]);
    });

    it('so is one that replaces a leaked inactive key at once', async () => {
      const life = await rolledBack(ms);
      await report(life, 'key2', 0);
      await reaches(life, 'overlapping');
      expect(life.watch.breaches).toEqual([]);
    });

    it('and one that a cancelled rotation leaves behind', async () => {
      const life = await rolledBack(ms);
      await report(life, 'key2', 0);
      await reaches(life, 'publishing');
      await ask(life, (app) => app.cancel('demo', idOf(life), operator, [leakRisk('key2')]));
      await spreads(life, 'cancelling');
      await reaches(life, 'none');
      expect(rowOf(life)?.lastEnd?.outcome).toBe('cancelled');
      expect(inOrder(life, target, 'key1')).toBe(true);
      expect(life.watch.breaches).toEqual([]);
    });

    it('a repair is refused until the account takes the key', async () => {
      const life = await rolledBack(ms);
      regenerate(life, 'key2');
      const repair = () => ask(life, (app) => app.repair('demo', operator));
      expect(await repair()).toMatchObject({ kind: 'not-now', reason: 'key-refused' });
      life.world.clock.advance(2 * minuteMs);
      expect(await repair()).toMatchObject({ kind: 'repaired' });
      expect(inOrder(life, target, 'key1')).toBe(true);
      expect(life.watch.breaches).toEqual([]);
    });

    it('a repair tries no key once every cached pointer is over', async () => {
      const life = await rolledBack(ms);
      life.world.clock.advance(target.policy.pointerCacheMs + minuteMs);
      regenerate(life, 'key2');
      expect(await ask(life, (app) => app.repair('demo', operator))).toMatchObject({ kind: 'repaired' });
    });
  },
);

describe('a key is stored', () => {
  const pointer = 'ai-services-active-key';

  it('once it is accepted if the pointer is another version than was seen last, however old its date', async () => {
    // Without the reply of its own regenerate Keyturn looks at the keys again before it points at one.
    const fault = ({ operation }: Call) => (operation === 'regenerate' ? lostReply : null);
    const life: Life = await openTarget(target, 'key1', { workerFor: () => life.start({ fault }) });
    const { vault, account, clock } = life.world;
    const [adopted] = vault.versionsOf(pointer);
    vault.put({ name: pointer, contentType: null, tags: adopted?.version.tags ?? {}, expiresAtMs: null }, 'key1');
    clock.advance(dayMs);
    await askForRotation(life);
    await reaches(life, 'probing');
    account.newKeyRefusedMs = minuteMs;
    account.oldKeyAcceptedMs = 3 * 60 * minuteMs;
    vault.restore(pointer, adopted?.version.version ?? '');
    regenerate(life, 'key2');
    await spreads(life, 'publishing');
    expect(rowOf(life)?.rotation).toMatchObject({ kind: 'publishing' });
  });

  it('at once if its secret is gone: nobody reads it', async () => {
    const life = await rolledBack(20);
    await report(life, 'key2', 0);
    await reaches(life, 'publishing');
    const publishingAtMs = life.world.clock.nowMs();
    life.world.vault.secrets.delete('ai-services-key2');
    await reaches(life, 'probing');
    expect(life.world.clock.nowMs() - publishingAtMs).toBeLessThan(minuteMs / 2);
  });

  it('at once, and untried, if the endpoint is never called', async () => {
    const life = await rolledBack(20, buildTarget({ policy: { probe: 'control-plane-only' } }));
    await report(life, 'key2', 0);
    const reportedAtMs = life.world.clock.nowMs();
    await reaches(life, 'overlapping');
    expect(life.world.clock.nowMs() - reportedAtMs).toBeLessThan(minuteMs);
    expect(life.world.calls.filter(({ operation }) => operation === 'probe')).toEqual([]);
  });
});
