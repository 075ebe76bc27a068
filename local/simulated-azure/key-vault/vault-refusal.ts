import type { Vault } from '../world.ts';
import { type ApiVersion, isSince } from './api-version.ts';

/** An error answer of the vault, thrown where it is found and written in one place. */
export class VaultRefusal extends Error {
  readonly status: number;
  readonly code: string;
  /** The code inside `innererror`, the one that tells refusals apart. */
  readonly innerCode: string | null;
  readonly retryAfterSeconds: number | null;

  constructor(
    status: number,
    code: string,
    message: string,
    innerCode: string | null = null,
    retryAfterSeconds: number | null = null,
  ) {
    super(message);
    this.name = 'VaultRefusal';
    this.status = status;
    this.code = code;
    this.innerCode = innerCode;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Who asked, as the vault writes it into its messages. */
export interface CallerText {
  readonly appId: string;
  readonly objectId: string;
  readonly issuer: string;
}

function written({ appId, objectId, issuer }: CallerText): string {
  return `appid=${appId};oid=${objectId};iss=${issuer}`;
}

export function unauthorized(message: string): VaultRefusal {
  return new VaultRefusal(401, 'Unauthorized', message);
}

/** Recorded up to 7.2 without the code in front, later with it. */
export function tokenMissing(apiVersion: ApiVersion): VaultRefusal {
  const code = isSince(apiVersion, '7.3-preview') ? 'AKV10000: ' : '';
  return unauthorized(`${code}Request is missing a Bearer or PoP token.`);
}

export function badParameter(message: string): VaultRefusal {
  return new VaultRefusal(400, 'BadParameter', message);
}

/** What the vault says of a body that breaks any of its rules; it does not tell which: hashicorp/terraform-provider-azurerm#16780. */
export function invalidProperty(): VaultRefusal {
  return badParameter('Property  has invalid value\r\n');
}

export function secretNotFound(nameOrId: string, apiVersion: ApiVersion): VaultRefusal {
  const message = isSince(apiVersion, '7.1-preview')
    ? `A secret with (name/id) ${nameOrId} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182`
    : `Secret not found: ${nameOrId}`;
  return new VaultRefusal(404, 'SecretNotFound', message);
}

export function deletedSecretNotFound(name: string): VaultRefusal {
  return new VaultRefusal(404, 'SecretNotFound', `Deleted Secret not found: ${name}`);
}

export function secretDisabled(): VaultRefusal {
  return new VaultRefusal(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', 'SecretDisabled');
}

export function deletedButRecoverable(name: string): VaultRefusal {
  const message = `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.`;
  return new VaultRefusal(409, 'Conflict', message, 'ObjectIsDeletedButRecoverable');
}

export function beingDeleted(): VaultRefusal {
  return new VaultRefusal(409, 'Conflict', 'Secret is currently being deleted.', 'ObjectIsBeingDeleted');
}

export function beingRecovered(name: string): VaultRefusal {
  const message = `Secret ${name} is currently being recovered and cannot be re-created; retry later.`;
  return new VaultRefusal(409, 'Conflict', message, 'ObjectIsBeingRecovered');
}

/** The text of this one is not on record. */
export function alreadyExists(name: string): VaultRefusal {
  return new VaultRefusal(409, 'Conflict', `A secret with (name/id) ${name} already exists in this key vault.`);
}

export function malformedBackup(): VaultRefusal {
  return new VaultRefusal(400, 'Malformed backup blob', 'Backup blob contains invalid or corrupt version.');
}

export function forbiddenByRbac(caller: CallerText, action: string, scope: string, vault: Vault): VaultRefusal {
  const lines = [
    'Caller is not authorized to perform action on resource.',
    'If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.',
    `Caller: ${written(caller)}`,
    `Action: '${action}'`,
    `Resource: '${scope}'`,
    'Assignment: (not found)',
    'DenyAssignmentId: null',
    "DecisionReason: 'DeniedWithNoValidRBAC' ",
    `Vault: ${vault.name};location=${vault.location}`,
    '',
  ];
  return new VaultRefusal(403, 'Forbidden', lines.join('\r\n'), 'ForbiddenByRbac');
}

export function forbiddenByAccessPolicy(caller: CallerText, permission: string, vault: Vault): VaultRefusal {
  const message = `The user, group or application '${written(caller)}' does not have secrets ${permission} permission on key vault '${vault.name};location=${vault.location}'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287`;
  return new VaultRefusal(403, 'Forbidden', message, 'ForbiddenByPolicy');
}

export function forbiddenByFirewall(caller: CallerText, address: string, vault: Vault): VaultRefusal {
  const lines = [
    'Client address is not authorized and caller is not a trusted service.',
    `Client address: ${address}`,
    `Caller: ${written(caller)}`,
    `Vault: ${vault.name};location=${vault.location}`,
  ];
  return new VaultRefusal(403, 'Forbidden', lines.join('\r\n'), 'ForbiddenByFirewall');
}

export function forbiddenByConnection(caller: CallerText, vault: Vault): VaultRefusal {
  const lines = [
    "Connection is not an approved private link and caller was ignored because bypass is not set to 'AzureServices' and PublicNetworkAccess is set to 'Disabled'.",
    `Caller: ${written(caller)}`,
    `Vault: ${vault.name};location=${vault.location}`,
  ];
  return new VaultRefusal(403, 'Forbidden', lines.join('\r\n'), 'ForbiddenByConnection');
}

/** An Azure Policy on the vault's data; its wording is not on record. */
export function disallowedByPolicy(name: string, policy: string): VaultRefusal {
  return new VaultRefusal(403, 'Forbidden', `Secret ${name} was disallowed by policy. Policy: '${policy}'.`);
}

/** https://learn.microsoft.com/azure/key-vault/general/disaster-recovery-guidance; its wording is not on record. */
export function vaultIsReadOnly(): VaultRefusal {
  return new VaultRefusal(403, 'Forbidden', 'The vault is in read-only mode while its region fails over.');
}

/** Without an inner code: the reported answer was 146 bytes long. */
export function tooManyRequests(retryAfterSeconds: number): VaultRefusal {
  const message =
    'Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached';
  return new VaultRefusal(429, 'Throttled', message, null, retryAfterSeconds);
}
