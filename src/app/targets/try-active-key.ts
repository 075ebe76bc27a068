import { allowedCalls } from '../../keys/endpoint-calls.ts';
import type { Secrets } from '../../keys/ports.ts';
import { secretNames, type Target } from '../../keys/target.ts';
import { probedAccount } from '../../rotation/account-row.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { readOnlyFence } from '../../shared/fence.ts';
import type { SecretText } from '../../shared/secret-text.ts';
import { isSlot } from '../../shared/slot.ts';
import type { ActiveKeyAnswer } from '../../targets/drift-notes.ts';

/**
 * Reads the key as a consumer does and makes one call with it: one or two reads of the vault, one call of the endpoint.
 * @throws FailureError when the vault cannot be read
 */
export async function tryActiveKey(
  ports: Pick<EnginePorts, 'secrets' | 'probe'>,
  target: Target,
  row: Parameters<typeof probedAccount>[0],
): Promise<ActiveKeyAnswer> {
  const secrets = ports.secrets(target.vaultUrl, readOnlyFence);
  const { direct } = secretNames(target);
  const key = direct === null ? await readPointedKey(secrets, target) : await readValue(secrets, direct);
  if (key === null) return 'missing';
  return (await allowedCalls(target, ports.probe).call(probedAccount(row), key)).kind;
}

/** The key that the pointer names; null: the vault gives consumers none. @throws FailureError when it cannot be read */
export async function readPointedKey(secrets: Secrets, target: Target): Promise<SecretText | null> {
  const names = secretNames(target);
  const slot = (await readValue(secrets, names.pointer))?.reveal() ?? '';
  return isSlot(slot) ? await readValue(secrets, names[slot]) : null;
}

async function readValue(secrets: Secrets, name: string): Promise<SecretText | null> {
  const { secret } = await secrets.read(name);
  return secret.kind === 'stored' ? secret.value : null;
}
