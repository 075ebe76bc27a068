import { expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import { hardeningPorts, unwatched } from '../explorer/hardening/hardening-ports.ts';
import { hardeningSubject } from '../explorer/hardening/hardening-subject.ts';
import { explored, hardeningScenes } from '../explorer/hardening/requests.ts';
import { newWorker } from '../explorer/worker.ts';

it.each(hardeningScenes.map((scene) => ({ scene, of: `${scene.posture}, ${scene.name}` })))(
  'a request whose row was not saved may be asked again: $of',
  async ({ scene }) => {
    const world = await hardeningSubject(scene).open({ createApp });
    const ports = hardeningPorts(
      world,
      newWorker('worker'),
      scene.posture,
      {
        carry: async ({ service, operation }, _effect, _fence, _change, answer) => {
          // Neither made nor answered.
          if (service === 'journal' && operation === 'save')
            throw new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
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
    expect(answer).toMatchObject({ kind: 'not-now' });
    expect(world.hardening.row).toBe(null);
  },
);
