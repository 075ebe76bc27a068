import { vaultId } from '../../key-vault/vault-id.ts';
import { sameId } from '../../network/network-world.ts';
import type { SimulatedAzure } from '../../simulated-azure.ts';
import type { Vault } from '../../world.ts';
import { armAnswer, armEmpty, armError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { findOperation, type LongOperation, startOperation } from '../long-operations.ts';
import { timestampSeconds } from '../timestamp.ts';

const dayMs = 86_400_000;

/** The soft-deleted vaults whose days are not over. */
export function deletedVaultsOf({ world, clock }: SimulatedAzure): Vault[] {
  world.deletedVaults = (world.deletedVaults ?? []).filter((vault) => purgeAtMs(vault) > clock.nowMs());
  return world.deletedVaults;
}

/** Moves a vault, with its secrets, among the soft-deleted ones; without soft delete it is gone. */
export function retireVault(azure: SimulatedAzure, vault: Vault): void {
  const { world, clock } = azure;
  world.vaults.splice(0, world.vaults.length, ...world.vaults.filter((one) => one !== vault));
  if (vault.softDeleteDays === 0) return;
  vault.deletedAtMs = clock.nowMs();
  world.deletedVaults = [...deletedVaultsOf(azure), vault];
}

export function listDeletedVaults(call: ArmCall): Response {
  return armAnswer(200, { value: ofSubscription(call).map(show) });
}

export function getDeletedVault(call: ArmCall): Response {
  const vault = find(call);
  return vault === undefined ? notFound() : armAnswer(200, show(vault));
}

/** 202 and a place to poll; the vault is gone when the operation ends. One under purge protection ends its days: widely reported. */
export function purgeDeletedVault(call: ArmCall): Response {
  const vault = find(call);
  if (vault === undefined) return notFound();
  if (vault.resource?.asked.enablePurgeProtection === true)
    return armError(405, 'MethodNotAllowed', "Operation 'DeletedVaultPurge' is not allowed.");
  const { azure, world } = call;
  const { subscriptionId, location } = vault;
  const operation = startOperation(azure, { subscriptionId, location, running: 'NotStarted' }, () => {
    world.deletedVaults = deletedVaultsOf(azure).filter((one) => one !== vault);
  });
  return armEmpty(202, { location: resultUrl(call, operation) });
}

export function getVaultOperation(call: ArmCall): Response {
  const operation = findOperation(call.azure, operationIdIn(call.param('operation')));
  if (operation === undefined) return notFound();
  const { startedAtMs, endedAtMs, running } = operation;
  const createdDateTime = blankInstant(startedAtMs);
  if (endedAtMs === null) {
    return armAnswer(202, { createdDateTime, status: running }, { location: resultUrl(call, operation) });
  }
  return armAnswer(200, { createdDateTime, lastActionDateTime: blankInstant(endedAtMs), status: 'Succeeded' });
}

function resultUrl(call: ArmCall, operation: LongOperation): string {
  const path = `/subscriptions/${call.param('subscription')}/providers/Microsoft.KeyVault/locations/${call.param('location')}`;
  return `https://${call.exchange.url.host}${path}/operationResults/${linkIdOf(operation)}?api-version=${call.apiVersion}`;
}

/** As recorded: `UT|0`, the start in ticks of 100 ns since the year 1 and the id in capitals, as base64 without padding. */
function linkIdOf({ id, startedAtMs }: LongOperation): string {
  const ticks = BigInt(startedAtMs) * 10_000n + ticksUntil1970;
  return Buffer.from(`UT|0${ticks}|${id.replaceAll('-', '').toUpperCase()}`).toString('base64url');
}

const ticksUntil1970 = 621_355_968_000_000_000n;

function operationIdIn(linkId: string): string {
  const id = Buffer.from(linkId, 'base64url').toString().split('|').at(-1) ?? '';
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** `2019-10-22 04:55:18Z` */
function blankInstant(atMs: number): string {
  return timestampSeconds(atMs).replace('T', ' ');
}

function show(vault: Vault): Record<string, unknown> {
  const { subscriptionId, location, name, tags = {}, resource, deletedAtMs = 0 } = vault;
  const purgeProtection = resource?.asked.enablePurgeProtection === true ? { purgeProtectionEnabled: true } : {};
  return {
    id: `/subscriptions/${subscriptionId}/providers/Microsoft.KeyVault/locations/${location}/deletedVaults/${name}`,
    name,
    type: 'Microsoft.KeyVault/deletedVaults',
    properties: {
      vaultId: vaultId(vault),
      location,
      tags,
      deletionDate: timestampSeconds(deletedAtMs),
      scheduledPurgeDate: timestampSeconds(purgeAtMs(vault)),
      ...purgeProtection,
    },
  };
}

function purgeAtMs({ deletedAtMs = 0, softDeleteDays }: Vault): number {
  return deletedAtMs + softDeleteDays * dayMs;
}

function ofSubscription(call: ArmCall): Vault[] {
  return deletedVaultsOf(call.azure).filter(({ subscriptionId }) => sameId(subscriptionId, call.param('subscription')));
}

function find(call: ArmCall): Vault | undefined {
  const location = call.param('location').replaceAll(' ', '');
  return ofSubscription(call).find(
    (vault) => sameId(vault.name, call.param('vault')) && sameId(vault.location, location),
  );
}

/** The provider's own, not the gateway's. */
function notFound(): Response {
  return armError(404, 'ResourceNotFound', 'The specified resource does not exist.');
}
