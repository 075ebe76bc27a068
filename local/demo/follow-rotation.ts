import { setTimeout as after } from 'node:timers/promises';
import { type RotationAnswer, rotationAnswer, rotationWatch } from '../../cli/screen/rotation-watch.ts';
import { callTally } from './call-tally.ts';
import type { Consumers } from './consumers.ts';
import { demoTarget } from './demo-target.ts';
import type { Operator } from './operator.ts';
import { copyIn, identitiesIn, keysIn, type Readers, readersAnswer } from './scene.ts';
import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';

const lookEveryMs = 200;

/** States that a rotation does not leave by itself. */
export const ends = ['completed', 'rolled-back', 'suspended'];

/**
 * Shows a rotation until it ends, or until `patienceMs` have passed.
 * @param callsBefore how many calls there were when it was asked for; those since are shown
 * @returns the rotation as it was last seen
 */
export async function followRotation(
  {
    local,
    operator,
    consumers,
    screen,
  }: {
    readonly local: Stage['local'];
    readonly operator: Operator;
    readonly consumers: Consumers;
    readonly screen: Screen;
  },
  id: string,
  callsBefore: number,
  patienceMs: number,
): Promise<RotationAnswer & { readonly readers: Readers }> {
  const { azure } = local;
  const tally = callTally(azure, callsBefore);
  const watch = rotationWatch();
  const untilMs = Date.now() + patienceMs;
  let answer: (RotationAnswer & { readonly readers: Readers }) | null = null;
  while (answer === null || (!ends.includes(answer.state) && Date.now() < untilMs)) {
    if (answer !== null) await after(lookEveryMs);
    const { status, body } = await operator.look(`targets/${demoTarget.name}/rotations/${id}`);
    // Such as while the worker is restarted; the next look may do better.
    if (status !== 200 && answer !== null) continue;
    answer = { ...rotationAnswer.parse(body), ...readersAnswer.parse(body) };
    watch.see(answer);
    const nowMs = Date.now();
    screen.show({
      title: `Rotation ${id}`,
      phases: watch.phases(nowMs),
      detail: answer.detail,
      ...keysIn(azure.world, nowMs),
      copy: copyIn(azure.world),
      consumers: consumers.counts,
      identities: identitiesIn(azure.world, tally, answer.readers),
    });
  }
  return answer;
}
