import { expect, it } from 'vitest';
import { createApp } from '../../../src/app/create-app.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { applyHardening } from '../../explorer/hardening/apply-hardening.ts';
import { hardeningPorts, unwatched } from '../../explorer/hardening/hardening-ports.ts';
import { hardeningSubject } from '../../explorer/hardening/hardening-subject.ts';
import { explored, hardeningScenes } from '../../explorer/hardening/requests.ts';
import { newWorker } from '../../explorer/worker.ts';
import { isKeyChange } from '../../explorer/world.ts';

it.each(hardeningScenes.map((scene) => ({ scene, of: `${scene.area}, ${scene.name}` })))(
  'a request whose row was not saved may be asked again: $of',
  async ({ scene }) => {
    const world = await hardeningSubject(scene).open({ createApp });
    let saves = 0;
    const ports = hardeningPorts(
      world,
      newWorker('worker'),
      scene.area,
      {
        carry: async ({ service, operation }, _effect, _fence, change, answer) => {
          const isSave = service === 'journal' && operation === 'save';
          if (isSave) saves += 1;
          // The lease is taken; what is asked for is neither saved nor answered.
          if (isSave && saves > 1) throw new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
          const made = change?.() ?? null;
          if (made !== null && !isKeyChange(made)) applyHardening(world, made);
          return answer();
        },
        sleep: async () => {},
        stale: () => false,
        pauseRead: () => {},
      },
      unwatched,
    );
    const app = createApp({ ...ports, targets: fixedTargets([explored]) });
    const answer = await scene.ask(app);
    expect(answer).toMatchObject({ kind: 'not-now', reason: 'lost-race' });
    expect(world.hardening.row?.fields).toMatchObject({ state: { change: null } });
  },
);
