import { allowedCalls } from '../../keys/endpoint-calls.ts';
import { secretNames, type Target } from '../../keys/target.ts';
import { probedAccount } from '../../rotation/account-row.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { readOnlyFence } from '../../shared/fence.ts';
import type { SecretText } from '../../shared/secret-text.ts';
import { isSlot } from '../../shared/slot.ts';
import type { ActiveKeyAnswer } from '../../targets/drift-notes.ts';

type Names = ReturnType<typeof secretNames>;
type Read = (name: string) => Promise<SecretText | null>;

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
  const read: Read = async (name) => {
    const { secret } = await secrets.read(name);
    return secret.kind === 'stored' ? secret.value : null;
  };
  const names = secretNames(target);
  const active = names.direct ?? (await pointedName(read, names));
  const key = active === null ? null : await read(active);
  if (key === null) return 'missing';
  return (await allowedCalls(target, ports.probe).call(probedAccount(row), key)).kind;
}

async function pointedName(read: Read, names: Names): Promise<string | null> {
  const slot = (await read(names.pointer))?.reveal() ?? '';
  return isSlot(slot) ? names[slot] : null;
}
