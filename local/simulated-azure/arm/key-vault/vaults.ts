import { vaultId } from '../../key-vault/vault-id.ts';
import { sameId } from '../../network/network-world.ts';
import type { Vault, VaultResource } from '../../world.ts';
import { armAnswer, armEmpty, armError, resourceNotFound } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { systemData } from '../cognitive-services/new-account.ts';
import { locationIn, plainLocation } from '../locations.ts';
import { deletedVaultsOf, retireVault } from './deleted-vaults.ts';
import { showVault } from './show-vault.ts';
import { changeVault, vaultBodyIn } from './vault-change.ts';

/** Vaults were made with soft delete, whether asked for or not, from this version on: https://learn.microsoft.com/azure/key-vault/general/soft-delete-change */
const softDeleteSince = '2019-09-01';

export function getVault(call: ArmCall): Response {
  const vault = find(call);
  return vault === undefined ? notFound(call) : shown(call, vault);
}

/**
 * Those of a group, or of a subscription. As recorded, a page that holds any is followed by another one, so that the last
 * page is empty.
 */
export function listVaults(call: ArmCall): Response {
  const { world, azure, path, exchange, apiVersion } = call;
  const within = `${path.text.toLowerCase().split('/providers/')[0]}/`;
  const all = world.vaults.filter((vault) => vaultId(vault).toLowerCase().startsWith(within));
  const after = exchange.url.searchParams.get('$skiptoken');
  const from = after === null ? 0 : all.findIndex(({ name }) => btoa(name) === after) + 1;
  const page = all.slice(from, from + Number(exchange.url.searchParams.get('$top') ?? all.length));
  const last = page.at(-1);
  if (last === undefined) return armAnswer(200, { value: [] });
  const next = new URL(exchange.url);
  next.searchParams.set('$skiptoken', btoa(last.name));
  const value = page.map((vault) => showVault(world, vault, apiVersion, azure.clock.nowMs()));
  return armAnswer(200, { value, nextLink: next.href });
}

/** Always 200, never 201; a new vault shows `RegisteringDns` for a while, which only another GET ends. */
export function putVault(call: ArmCall): Response {
  const parsed = vaultBodyIn(call.body);
  if ('mistake' in parsed) return badRequest(parsed.mistake);
  const { properties } = parsed.body;
  const existing = find(call);
  const location = locationIn(call, 'Microsoft.KeyVault/vaults', existing?.location);
  if (location instanceof Response) return location;
  if (existing !== undefined) {
    changeVault(existing, parsed.body, call.apiVersion, true);
    return touched(call, existing);
  }
  const deleted = deletedVaultsOf(call.azure).find(({ name }) => sameId(name, call.param('vault')));
  if (properties.createMode?.toLowerCase() === 'recover') return recover(call, deleted);
  const refusal = nameRefusal(call, deleted);
  if (refusal !== null) return refusal;
  const isOld = call.apiVersion < softDeleteSince && properties.enableSoftDelete !== true;
  const vault: Vault = {
    name: call.param('vault'),
    subscriptionId: call.param('subscription'),
    resourceGroup: call.param('group'),
    location: plainLocation(location),
    softDeleteDays: isOld ? 0 : 90,
    secrets: [],
    deletedSecrets: [],
    readOnly: false,
    expiryRequired: false,
    maxValidityDays: null,
    network: { publicNetworkAccess: 'Enabled', defaultAction: 'Allow', ipRules: [] },
  };
  changeVault(vault, parsed.body, call.apiVersion, true);
  call.world.vaults.push(vault);
  const registeringUntilMs = call.azure.clock.nowMs() + Math.max(1, call.world.pace.armOperationMs);
  touched(call, vault, { registeringUntilMs });
  const { world, azure, apiVersion } = call;
  const made = showVault(world, vault, apiVersion, azure.clock.nowMs());
  // Only the first answer has the address without a slash at its end.
  const vaultUri = String(Reflect.get(Object(made.properties), 'vaultUri')).replace(/\/$/, '');
  return armAnswer(200, { ...made, properties: { ...Object(made.properties), vaultUri } });
}

/** Synchronous. */
export function patchVault(call: ArmCall): Response {
  const vault = find(call);
  if (vault === undefined) return notFound(call);
  const parsed = vaultBodyIn(call.body);
  if ('mistake' in parsed) return badRequest(parsed.mistake);
  changeVault(vault, parsed.body, call.apiVersion, false);
  return touched(call, vault);
}

/** 200 without a body; 204 when there is none. */
export function deleteVault(call: ArmCall): Response {
  const vault = find(call);
  if (vault === undefined) return armEmpty(204);
  retireVault(call.azure, vault);
  return armEmpty(200);
}

/** The texts of the two are widely reported; the rule of names is the documented one. */
function nameRefusal({ world, ...call }: ArmCall, deleted: Vault | undefined): Response | null {
  const name = call.param('vault');
  if (!isVaultName(name)) {
    return armError(
      400,
      'VaultNameNotValid',
      `The vault name '${name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens. Follow this link for more information: https://go.microsoft.com/fwlink/?linkid=2147742`,
    );
  }
  if (deleted !== undefined) {
    return armError(
      409,
      'ConflictError',
      'A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete.',
    );
  }
  if (!world.vaults.some((one) => sameId(one.name, name))) return null;
  return armError(409, 'VaultAlreadyExists', nameTakenText(name));
}

/** Of a refused vault, and of a check of its name. */
export function nameTakenText(name: string): string {
  return `The vault name '${name}' is already in use. Vault names are globally unique so it is possible that the name is already taken. If you are sure that the vault name was not taken then it is possible that a vault with the same name was recently deleted but not purged after being placed in a recoverable state. If the vault is in a recoverable state then the vault will need to be purged before reusing the name. For more information about VaultAlreadyExists, soft delete and purging a vault follow this link https://go.microsoft.com/fwlink/?linkid=2147740.`;
}

/** https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#objects-identifiers-and-versioning */
export function isVaultName(name: string): boolean {
  return /^[a-z](?!.*--)[a-z0-9-]{1,22}[a-z0-9]$/i.test(name);
}

function recover(call: ArmCall, deleted: Vault | undefined): Response {
  if (deleted === undefined) return notFound(call);
  const { azure, world } = call;
  world.deletedVaults = deletedVaultsOf(azure).filter((one) => one !== deleted);
  delete deleted.deletedAtMs;
  world.vaults.push(deleted);
  return touched(call, deleted);
}

/** Notes who changed the vault, and answers it. */
function touched(call: ArmCall, vault: Vault, more: Partial<VaultResource> = {}): Response {
  const { azure, caller } = call;
  const now = systemData(caller, azure.clock.nowMs());
  const { createdBy, createdByType, createdAt } = { ...now, ...vault.resource?.systemData };
  const resource = vault.resource ?? { sku: 'standard', asked: {}, bypass: 'AzureServices' };
  vault.resource = { ...resource, systemData: { ...now, createdBy, createdByType, createdAt }, ...more };
  return shown(call, vault);
}

function shown({ world, azure, apiVersion }: ArmCall, vault: Vault): Response {
  return armAnswer(200, showVault(world, vault, apiVersion, azure.clock.nowMs()));
}

function find(call: ArmCall): Vault | undefined {
  return call.world.vaults.find((vault) => sameId(vaultId(vault), call.path.text));
}

function notFound(call: ArmCall): Response {
  return resourceNotFound('Microsoft.KeyVault/vaults', call.param('vault'), call.param('group'));
}

/** Assumed: a recording of a malformed vault was not found. */
function badRequest(mistake: string): Response {
  return armError(400, 'BadRequest', mistake);
}
