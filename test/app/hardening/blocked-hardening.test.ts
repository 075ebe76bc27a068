import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app/create-app.ts';
import { keylessBlockers } from '../../../src/app/hardening/keyless-blockers.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { applyHardening } from '../../explorer/hardening/apply-hardening.ts';
import { hardeningPorts, unwatched } from '../../explorer/hardening/hardening-ports.ts';
import { hardeningSubject } from '../../explorer/hardening/hardening-subject.ts';
import { explored, hardeningScenes } from '../../explorer/hardening/requests.ts';
import { newWorker } from '../../explorer/worker.ts';
import { isKeyChange } from '../../explorer/world.ts';
import { buildRow, buildState } from '../../rotation/row-builder.ts';

const scenes = hardeningScenes.filter(({ area, beside }) => area !== 'access' && beside === null);

describe('what keeps a change of hardening from being begun', () => {
  it.each(scenes.map((scene) => ({ scene, of: `${scene.area}, ${scene.name}` })))(
    'is a row that a newer release wrote, which may be rotating keys: $of',
    async ({ scene }) => {
      const world = await hardeningSubject(scene).open({ createApp });
      const { row } = world;
      world.row = row && { ...row, fields: { ...Object(row.fields), schemaVersion: 99 } };
      const ports = hardeningPorts(
        world,
        newWorker('worker'),
        scene.area,
        {
          carry: async (_call, _effect, _fence, change, answer) => {
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
      expect(await scene.ask(app)).toMatchObject({ kind: 'not-now', reason: 'newer-schema' });
      expect(world.hardening.row).toBeNull();
    },
  );

  const preparing = buildState('preparing');
  const status = { kind: 'suspended', reason: 'local-auth-disabled', sinceMs: 0, from: preparing } as const;
  it.each([
    ['is a rotation, if keys are to be turned off', false, preparing, ['in-flight']],
    ['is one that stands still, if they are', false, status, ['in-flight']],
    ['is a rotation, if keys are to be turned on', true, preparing, ['in-flight']],
    ['is none that stands still for want of them', true, status, []],
  ] as const)('%s', (_, on, rotation, reasons) => {
    const moment = {
      ...{ enabled: !on, isAsAsked: false, change: null, isCallingOff: false, busyForMs: 0 },
      account: { localAuthDisabled: on, provisioningState: 'Succeeded' },
      row: buildRow({ rotation }),
    };
    expect(keylessBlockers(moment, explored).map(({ reason }) => reason)).toEqual(reasons);
  });
});
