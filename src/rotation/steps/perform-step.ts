import type { Step } from '../decision.ts';
import type { Session } from '../session.ts';
import { disableVersions } from './disable-versions.ts';
import { type ProbeOutcome, probeNewKey } from './probe-new-key.ts';
import { regenerateKey } from './regenerate-key.ts';
import type { StepOutcome } from './step-outcome.ts';
import { storeDirect } from './store-direct.ts';
import { storeKey } from './store-key.ts';
import { storePointer } from './store-pointer.ts';
import { verifyVaultWritable } from './verify-vault-writable.ts';

/** Does what was decided. Throws `FailureError` when Azure failed in a way that leaves the state as it was. */
export async function performStep(
  session: Session,
  step: Step,
  random: () => number,
): Promise<StepOutcome | ProbeOutcome> {
  switch (step.kind) {
    case 'verify-vault-writable':
      return await verifyVaultWritable(session, step, random);
    case 'regenerate':
      return await regenerateKey(session, step, random);
    case 'store-key':
      return await storeKey(session, step, random);
    case 'probe-new-key':
      return await probeNewKey(session, step.state, random());
    case 'store-direct':
      return await storeDirect(session, step, random);
    case 'store-pointer':
      return await storePointer(session, step, random);
    case 'disable-versions':
      return await disableVersions(session, step, random);
  }
}
