import { secretNames, type Target } from '../../keys/target.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import { readOnlyFence } from '../../shared/fence.ts';
import type { RefusalReason } from '../../shared/refusals.ts';

/** The refusals that come from the vault itself, once its network has let the call in. */
const saidInside: readonly RefusalReason[] = [
  ...(['vault-access-denied', 'vault-in-another-tenant', 'token-invalid', 'deny-assignment', 'vault-policy'] as const),
  ...(['vault-read-only', 'vault-not-found', 'bad-request'] as const),
];

/**
 * Whether Keyturn gets as far as the target's vault. Any answer of the vault's own counts; what its network or perimeter
 * says, what nobody knows, or no answer, does not. Never throws an expected failure.
 */
export async function isVaultReached({ secrets }: Pick<EnginePorts, 'secrets'>, target: Target): Promise<boolean> {
  const read = await secrets(target.vaultUrl, readOnlyFence).read(secretNames(target).pointer).catch(asFailure);
  if (!(read instanceof FailureError)) return true;
  const { failure } = read;
  return failure.kind === 'refused' && saidInside.includes(failure.reason);
}
