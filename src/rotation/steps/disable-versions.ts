import type { StepOf } from '../decision.ts';
import type { Session } from '../session.ts';
import { lookAgain } from './look-again.ts';
import type { StepOutcome } from './step-outcome.ts';

/**
 * Disables superseded versions, each by its own id: Azure's "latest" is never touched. What would rest on too old a look
 * is left to the next round.
 */
export async function disableVersions(
  session: Session,
  given: StepOf<'disable-versions'>,
  random: () => number,
): Promise<StepOutcome> {
  let step = given;
  if (session.isAging()) {
    const seen = await lookAgain(session, given, null, random);
    if (seen.kind !== 'as-before') return seen;
    ({ step } = seen);
  }
  const { state, versions, leave } = step;
  let done = 0;
  for (const { name, version } of versions) {
    if (done > 0 && session.isAging()) break;
    await session.secrets.disableVersion(name, version);
    done += 1;
  }
  return { kind: 'done', state: { ...state, superseded: [...leave, ...versions.slice(done)] } };
}
