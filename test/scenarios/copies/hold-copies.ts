import { newRoleAssignment } from '../../../local/simulated-azure/arm/authorization/new-role-assignment.ts';
import type { Vault } from '../../../local/simulated-azure/world.ts';
import { currentKey, type SimulatedKeyturn } from '../simulated-keyturn.ts';

/** Key Vault Secrets Officer. */
const officer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7';

/**
 * Gives each declared copy key1, as somebody who set up an application would: in a vault of its own, made if there is none. Keyturn
 * has a role there on nothing but the copy.
 */
export function holdCopies({ azure, account, vault, target, clock }: SimulatedKeyturn): void {
  const { world } = azure;
  const principalId = world.principals.find(({ name }) => name === 'func-keyturn')?.objectId ?? '';
  for (const copy of target.copies) {
    if (copy.kind !== 'key-vault-secret') continue;
    const { vaultUrl, secretName } = copy;
    storeCopy(azure, vault, vaultUrl, secretName, currentKey(account, 'key1'), clock.nowMs());
    const [name] = new URL(vaultUrl).host.split('.');
    const scope = `/subscriptions/${vault.subscriptionId}/resourceGroups/${vault.resourceGroup}/providers/Microsoft.KeyVault/vaults/${name}/secrets/${secretName}`;
    const assigned = { principalId, principalType: 'ServicePrincipal', roleGuid: officer, createdBy: principalId };
    const made = newRoleAssignment(world, { name: crypto.randomUUID(), scope, ...assigned }, 0);
    world.roleAssignments.push({ ...made, effectiveAtMs: 0 });
  }
}

/** Stores a version as a person does, with a tag of theirs. @param like the vault that a new one is made after */
export function storeCopy(
  { world }: SimulatedKeyturn['azure'],
  like: Vault,
  vaultUrl: string,
  secretName: string,
  value: string,
  nowMs: number,
): void {
  const name = new URL(vaultUrl).host.split('.')[0] ?? '';
  let vault = world.vaults.find((one) => one.name === name);
  if (vault === undefined) {
    vault = { ...like, name, secrets: [], deletedSecrets: [] };
    world.vaults.push(vault);
  }
  let secret = vault.secrets.find((one) => one.name === secretName);
  if (secret === undefined) {
    secret = { name: secretName, versions: [], deletedAtMs: null, busyUntilMs: 0 };
    vault.secrets.push(secret);
  }
  const created = Math.floor(nowMs / 1000);
  const version = crypto.randomUUID().replaceAll('-', '');
  const tags = { team: 'contoso', CredentialId: 'key1' };
  secret.versions.push({
    ...{ version, value, contentType: 'text/plain', tags, enabled: true, notBefore: null, expires: null },
    ...{ created, updated: created, managed: false },
  });
}
