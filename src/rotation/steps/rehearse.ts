import { carried, endpointSecret } from '../../keys/key-secret.ts';
import { secretNames } from '../../keys/target.ts';
import type { StepOf } from '../decision.ts';
import type { Session } from '../session.ts';
import { lookAgain } from './look-again.ts';
import type { StepOutcome } from './step-outcome.ts';

/**
 * Stores the endpoint once more. A vault that is read-only, locked by a policy or closed to us shows it here, while both
 * keys still work, and not after a key was made that cannot be stored. The endpoint is the one secret of which a copy
 * that arrives late does no harm.
 */
export async function rehearse(session: Session, step: StepOf<'rehearse'>, random: () => number): Promise<StepOutcome> {
  const { secrets, target, owned } = session;
  const { state } = step;
  // The endpoint of now: a custom subdomain may have changed it since the adoption.
  const { endpoint } = await session.account();
  const [{ secret, vaultNowMs }, seen] = await Promise.all([
    secrets.read(secretNames(target).endpoint),
    session.isAging() ? lookAgain(session, step, null, random) : null,
  ]);
  if (seen !== null && seen.kind !== 'as-before') return seen;
  await secrets.store(endpointSecret(target, endpoint, carried(secret), vaultNowMs));
  return { kind: 'done', state: { ...state, rehearsedAtMs: owned.nowMs() } };
}
