import { secretNames, type Target } from '../../../src/keys/target.ts';
import { otherSlot, type Slot } from '../../../src/shared/slot.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { copyName } from '../../memory-world/target-builder.ts';
import type { Engine } from '../load-engine.ts';
import { newWorker } from '../worker.ts';
import { emptyWorld, putVersion, type World } from '../world.ts';
import { judge } from './judge.ts';
import { saveAccountRow } from './passage.ts';
import { workerPorts } from './ports.ts';

const dayMs = 24 * 3_600_000;

/**
 * A world with a past: each secret has an old version, of dead keys and of a pointer that named the other slot; then the
 * engine itself adopts the account; a year goes by.
 */
export async function opening(engine: Engine, target: Target, active: Slot = 'key1'): Promise<World> {
  const idle = otherSlot(active);
  const world = emptyWorld(Date.UTC(2026, 0, 5, 9, 0, 0));
  const names = secretNames(target);
  const put = (name: string, value: string) => {
    putVersion(world, name, { value, tags: {}, contentType: null });
    world.nowMs += dayMs;
  };
  put(names.pointer, idle);
  put(names[active], 'secret-key-00000');
  if (names.direct !== null) put(names.direct, world.keys[idle]);
  put(names[active], world.keys[active]);
  put(names[idle], world.keys[idle]);
  if (names.direct !== null) put(names.direct, world.keys[active]);
  put(names.pointer, active);
  for (const copy of target.copies) {
    put(copyName(copy), world.keys[idle]);
    put(copyName(copy), world.keys[active]);
  }
  const breaches: string[] = [];
  const judged = judge(world, target, (text) => breaches.push(text));
  const ports = workerPorts(
    world,
    newWorker('worker00000'),
    {
      carry: async (_call, _effect, _fence, change, answer) => {
        const made = change?.() ?? null;
        if (made?.kind === 'set') putVersion(world, made.name, made);
        if (made?.kind === 'account-row') saveAccountRow(world, made, judged.saved);
        world.nowMs += 20;
        return answer();
      },
      sleep: async (durationMs) => {
        world.nowMs += durationMs;
      },
      stale: () => false,
      pauseRead: () => {},
    },
    judged,
  );
  const app = engine.createApp({ ...ports, targets: fixedTargets([target]) });
  const adopt = () => app.adopt(target.name, { activeSlot: null }, { objectId: 'operator-1' });
  // Its secrets were there before: the first adoption takes over and waits, the second one writes.
  await adopt();
  world.nowMs += dayMs;
  const adopted = await adopt();
  if (adopted.kind !== 'adopted') throw new TypeError(`not adopted: ${JSON.stringify(adopted)}`);
  world.nowMs += 365 * dayMs;
  world.memory = emptyWorld(0).memory;
  world.listed = [{ atMs: 0, keys: world.keys }];
  world.begun = 0;
  judged.begin();
  return world;
}
