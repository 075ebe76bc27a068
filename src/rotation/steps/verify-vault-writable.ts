import { endpointSecret } from '../../keys/key-secret.ts';
import { secretNames } from '../../keys/target.ts';
import { sameEndpoint } from '../../keys/whose-secret.ts';
import type { StepOf } from '../decision.ts';
import type { Session } from '../session.ts';
import { lookAgain } from './look-again.ts';
import { nextFrom } from './next-from.ts';
import type { StepOutcome } from './step-outcome.ts';

/**
 * Stores the endpoint once more. A vault that is read-only, locked by a policy or closed to us shows it here, while both
 * keys still work, and not after a key was made that cannot be stored. The endpoint is the one secret of which a copy
 * that arrives late does no harm. It is the rotation's first write: the gate has asked of every other secret whether it may be written.
 */
export async function verifyVaultWritable(
  session: Session,
  step: StepOf<'verify-vault-writable'>,
  random: () => number,
): Promise<StepOutcome> {
  const { secrets, target, owned } = session;
  const { state } = step;
  const name = secretNames(target).endpoint;
  // The endpoint of now: a custom subdomain may have changed it since the adoption.
  const { endpoint } = await session.account();
  const [{ secret, vaultNowMs }, seen] = await Promise.all([
    secrets.read(name),
    session.isAging() ? lookAgain(session, step, null, random) : null,
  ]);
  if (seen !== null && seen.kind !== 'as-before') return seen;
  const isKnown =
    secret.kind === 'stored' && [endpoint, owned.row.endpoint].some((one) => sameEndpoint(secret.value.reveal(), one));
  const next = await nextFrom(session, 'endpoint', secret, isKnown);
  if (next.kind !== 'free') return next;
  if (secret.kind === 'absent' && (await secrets.deletedTags(name)) !== null)
    return { kind: 'instead', decision: { kind: 'suspend', reason: 'endpoint-deleted' } };
  await secrets.store(endpointSecret(target, endpoint, next.carried, vaultNowMs));
  return { kind: 'done', state: { ...state, vaultVerifiedAtMs: owned.nowMs() } };
}
