import { secretNames, type Target } from '../../keys/target.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import { readOnlyFence } from '../../shared/fence.ts';
import type { RefusalReason } from '../../shared/refusals.ts';

/** Whether each refusal comes from the vault itself, once its network has let the call in. */
const isSaidInside: Readonly<Record<RefusalReason, boolean>> = {
  'vault-access-denied': true,
  'vault-in-another-tenant': true,
  'token-invalid': true,
  'deny-assignment': true,
  'vault-policy': true,
  'vault-read-only': true,
  'vault-not-found': true,
  'bad-request': true,
  'journal-unreadable': false,
  'vault-network-denied': false,
  'vault-perimeter-denied': false,
  'unknown-refusal': false,
  'identity-not-found': false,
  'subscription-in-another-tenant': false,
  'subscription-disabled': false,
  'subscription-not-found': false,
  'provider-not-registered': false,
  'account-access-denied': false,
  'account-not-found': false,
  'resource-lock': false,
  'azure-policy': false,
  'local-auth-disabled': false,
};

/**
 * Whether Keyturn gets as far as the target's vault. Any answer of the vault's own counts; what its network or perimeter
 * says, what nobody knows, or no answer, does not. Never throws an expected failure.
 */
export async function isVaultReached({ secrets }: Pick<EnginePorts, 'secrets'>, target: Target): Promise<boolean> {
  const read = await secrets(target.vaultUrl, readOnlyFence).read(secretNames(target).pointer).catch(asFailure);
  if (!(read instanceof FailureError)) return true;
  const { failure } = read;
  return failure.kind === 'refused' && isSaidInside[failure.reason];
}
