import type { Session } from '../session.ts';
import type { StateOf, Superseded } from '../state.ts';
import type { StepOutcome } from './step-outcome.ts';

/** Disables superseded versions, each by its own id: Azure's "latest" is never touched. */
export async function disableVersions(
  session: Session,
  state: StateOf<'confirming'>,
  versions: Superseded,
  leave: Superseded,
): Promise<StepOutcome> {
  for (const { name, version } of versions) await session.secrets.disableVersion(name, version);
  return { kind: 'done', state: { ...state, superseded: leave } };
}
