import type { EnginePorts } from '../../rotation/ports.ts';
import { readPause } from '../../rotation/run/pause.ts';
import type { Risk } from '../../shared/difference.ts';
import { notNow } from '../answers.ts';
import type { NotNow } from '../refused.ts';

/** The pause of the instance, as it refuses what is asked; null: it is not paused. @throws FailureError */
export async function pauseBlocker(ports: Pick<EnginePorts, 'pauses' | 'instance'>): Promise<NotNow | null> {
  return (await readPause(ports)).paused ? notNow('paused') : null;
}

/** What a request would be refused for, as its dry run shows it. */
export function viewBlockers(blockers: readonly (NotNow | null)[]): readonly Risk[] {
  return blockers
    .filter((one) => one !== null)
    .map(({ reason, detail }) => ({ name: reason, level: 'blocked', text: detail }));
}
