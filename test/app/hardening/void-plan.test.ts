import { expect, it } from 'vitest';
import { createApp } from '../../../src/app/create-app.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { applyHardening } from '../../explorer/hardening/apply-hardening.ts';
import { rowOf } from '../../explorer/hardening/hardening-judge.ts';
import { hardeningPorts, unwatched } from '../../explorer/hardening/hardening-ports.ts';
import { hardeningSubject } from '../../explorer/hardening/hardening-subject.ts';
import { explored, hardeningScenes } from '../../explorer/hardening/requests.ts';
import { newWorker } from '../../explorer/worker.ts';
import { isKeyChange } from '../../explorer/world.ts';

it('a plan of access is void when another change began and ended after its identities were read', async () => {
  const scene = hardeningScenes.find(({ name }) => name === 'give roles, and take one back');
  if (scene === undefined) throw new TypeError('no such scene');
  const world = await hardeningSubject(scene).open({ createApp });
  const appOf = (name: string, meanwhile: () => Promise<void>) => {
    const ports = hardeningPorts(
      world,
      newWorker(name),
      scene.area,
      {
        carry: async ({ subject }, _effect, _fence, change, answer) => {
          const made = change?.() ?? null;
          if (made !== null && !isKeyChange(made)) applyHardening(world, made);
          const answered = answer();
          if (subject === 'identity') await meanwhile();
          return answered;
        },
        sleep: async (durationMs) => {
          world.nowMs += durationMs;
        },
        stale: () => false,
        pauseRead: () => {},
      },
      unwatched,
    );
    return createApp({ ...ports, targets: fixedTargets([explored]) });
  };
  const other = appOf('other', async () => {});
  let isMet = false;
  const app = appOf('held up', async () => {
    if (isMet) return;
    isMet = true;
    await scene.ask(other);
    for (let waits = 0; waits < 20 && rowOf(world)?.state.change !== null; waits += 1) {
      world.nowMs = Math.max(world.nowMs, rowOf(world)?.wakeAtMs ?? 0) + 1_000;
      await other.advance({ target: explored.name, area: 'access', wakeSeq: rowOf(world)?.wakeSeq ?? 0 });
    }
  });
  expect(await scene.ask(app)).toMatchObject({ kind: 'not-now', reason: 'lost-race' });
  expect(rowOf(world)?.state).toMatchObject({ change: null, last: { outcome: 'applied' } });
});
