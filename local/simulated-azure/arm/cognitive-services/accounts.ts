import { cloudOf } from '../../simulated-clouds.ts';
import type { Account } from '../../world.ts';
import { armAnswer, armEmpty, armError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { locationIn, locationNames } from '../locations.ts';
import { startOperation } from '../long-operations.ts';
import { tagsIn } from '../tags-in.ts';
import { accountId } from './account-id.ts';
import { accountIdentity } from './account-identity.ts';
import { accountKinds, skuRefusal } from './catalog.ts';
import { deletedAccounts, findAccount, findDeletedAccount, holderOfSubdomain, withAccount } from './find-account.ts';
import { networkRulesRefusal } from './network-rules-refusal.ts';
import { endpointProperties, newAccount, systemData } from './new-account.ts';
import { newEtag } from './new-etag.ts';
import { acceptedHeaders, operationHeaders } from './operation-results.ts';
import { retireAccount } from './retire-account.ts';
import { showAccount } from './show-account.ts';

export function listAccounts(call: ArmCall): Response {
  const prefix = `${call.path.scope.split('/providers/')[0]}/`.toLowerCase();
  const value = call.world.accounts
    .filter((account) => accountId(account).toLowerCase().startsWith(prefix))
    .map((account) => showAccount(account, call.apiVersion));
  return armAnswer(200, { value });
}

export function getAccount(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, (account) => shown(call, 200, account));
}

/** 201 for a new or restored account, 200 for one that is there. */
export function putAccount(call: ArmCall): Response {
  const existing = findAccount(call);
  // Accounts of Translator may belong to no region: https://learn.microsoft.com/azure/ai-services/translator/create-translator-resource
  const available = [...locationNames(call.world), 'global'];
  const location = locationIn(call, 'Microsoft.CognitiveServices/accounts', existing?.resource.location, available);
  if (location instanceof Response) return location;
  const properties = propertiesIn(call);
  if (existing !== undefined) return busy(existing) ?? change(call, existing, properties);
  const deleted = findDeletedAccount(call);
  if (properties.restore === true) return restore(call, deleted);
  if (deleted !== undefined) {
    return armError(
      409,
      'FlagMustBeSetForRestore',
      `An existing resource with ID '${accountId(deleted)}' has been soft-deleted. To restore the resource, you must specify 'restore' to be 'true' in the property. If you don't want to restore existing resource, please purge it first.`,
    );
  }
  return create(call, location, properties);
}

/**
 * 200 at once; 202 where the change goes on for a while (the official examples have both). Each property that is sent replaces the
 * old one whole, so `networkAcls` loses what is not repeated.
 */
export function patchAccount(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, (account) => busy(account) ?? change(call, account, propertiesIn(call)));
}

export function deleteAccount(call: ArmCall): Response {
  const account = findAccount(call);
  if (account === undefined) return armEmpty(204);
  const refusal = busy(account);
  if (refusal !== null) return refusal;
  retireAccount(call.azure, account);
  return armEmpty(200);
}

function create(call: ArmCall, location: string, properties: Readonly<Record<string, unknown>>): Response {
  const { world, azure, body, caller } = call;
  const name = call.param('account');
  const { kind } = body;
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,63}$/.test(name)) {
    return armError(
      400,
      'BadRequest',
      `The account name '${name}' is invalid. It has 2 to 64 letters, digits, '_', '.' or '-', and begins with a letter or digit.`,
    );
  }
  // Azure knows its kinds by their exact names ('spellcheck' is refused: https://github.com/Azure/azure-cli/issues/6190).
  if (typeof kind !== 'string' || !accountKinds.includes(kind)) {
    return armError(
      400,
      'InvalidApiSetId',
      `The account type '${String(kind ?? '')}' is either invalid or unavailable in given region.`,
    );
  }
  const sku = skuIn(body);
  if (sku === null) {
    return armError(400, 'InvalidSkuId', `The specified SKU is invalid for the account type '${kind}'.`);
  }
  const refusedSku = skuRefusal(kind, sku.name);
  if (refusedSku !== null) return refusedSku;
  const domainRefusal = subdomainRefusal(call, properties.customSubDomainName);
  if (domainRefusal !== null) return domainRefusal;
  const rulesRefusal = networkRulesRefusal(call, properties.networkAcls, properties.customSubDomainName);
  if (rulesRefusal !== null) return rulesRefusal;
  const account = newAccount(
    {
      cloud: cloudOf(world),
      subscriptionId: call.param('subscription'),
      resourceGroup: call.param('group'),
      name,
      kind,
      location,
      sku,
      properties,
      createdBy: caller,
      ...(body.tags === undefined ? {} : { tags: tagsIn(body) }),
    },
    azure.clock.nowMs(),
  );
  const identity = accountIdentity(world, name, body.identity, undefined, azure.clock.nowMs());
  if (identity !== undefined) account.resource.identity = identity;
  world.accounts.push(account);
  // Versions before 2021-04-30 make an account at once, with or without a subdomain.
  if (call.apiVersion < '2021-04-30') return shown(call, 201, account);

  account.resource.properties.provisioningState = 'Creating';
  const { subscriptionId } = account;
  const operation = startOperation(azure, { subscriptionId, location, running: 'Creating' }, () => {
    account.resource.properties.provisioningState = 'Succeeded';
    account.resource.etag = newEtag(azure.clock.nowMs());
  });
  return shown(call, 201, account, operationHeaders(call, operation));
}

function restore(call: ArmCall, deleted: Account | undefined): Response {
  if (deleted === undefined) {
    return armError(
      400,
      'CanNotRestoreANonExistingResource',
      'Unable to restore because the resource never existed or is purged already.',
    );
  }
  const { world, azure, caller } = call;
  const nowMs = azure.clock.nowMs();
  world.deletedAccounts.splice(
    0,
    world.deletedAccounts.length,
    ...deletedAccounts(call).filter((one) => one !== deleted),
  );
  delete deleted.deletedAtMs;
  deleted.resource.etag = newEtag(nowMs);
  deleted.resource.systemData = systemData(caller, nowMs);
  world.accounts.push(deleted);
  return shown(call, 201, deleted);
}

function change(call: ArmCall, account: Account, properties: Readonly<Record<string, unknown>>): Response {
  const { world, azure, body, caller } = call;
  const { resource } = account;
  const sku = skuIn(body);
  // An account that has a sku keeps it, offered or not.
  const refusedSku = sku === null || sku.name === resource.sku.name ? null : skuRefusal(resource.kind, sku.name);
  if (refusedSku !== null) return refusedSku;
  const kind = body.kind ?? resource.kind;
  if (kind !== resource.kind && !(isFoundryOrOpenAi(kind) && isFoundryOrOpenAi(resource.kind))) {
    return armError(400, 'UpdateKindNotAllowed', "It's not allowed to update kind of API account.");
  }
  const asked = properties.customSubDomainName;
  const current = resource.properties.customSubDomainName;
  if (asked !== undefined && asked !== current) {
    if (current !== undefined) {
      return armError(400, 'BadRequest', 'The custom subdomain name of an account cannot be changed once it is set.');
    }
    const refusal = subdomainRefusal(call, asked);
    if (refusal !== null) return refusal;
    Object.assign(resource.properties, endpointProperties(cloudOf(world), resource.kind, resource.location, asked));
  }
  const rulesRefusal = networkRulesRefusal(
    call,
    properties.networkAcls,
    resource.properties.customSubDomainName ?? asked,
  );
  if (rulesRefusal !== null) return rulesRefusal;
  if (kind !== resource.kind && typeof kind === 'string') {
    const { customSubDomainName, endpoint } = resource.properties;
    const shown = endpointProperties(cloudOf(world), kind, resource.location, customSubDomainName);
    resource.kind = kind;
    Object.assign(resource.properties, shown, { endpoint });
  }
  const wasDisabled = resource.properties.disableLocalAuth === true;
  Object.assign(resource.properties, properties);
  const disabled = resource.properties.disableLocalAuth === true;
  if (disabled !== wasDisabled) account.localAuthChange = { disabled, atMs: azure.clock.nowMs() };
  if (body.tags !== undefined) resource.tags = tagsIn(body);
  resource.sku = sku ?? resource.sku;
  const identity = accountIdentity(world, account.name, body.identity, resource.identity, azure.clock.nowMs());
  if (identity === undefined) delete resource.identity;
  else resource.identity = identity;
  const modified = systemData(caller, azure.clock.nowMs());
  resource.systemData = {
    ...modified,
    ...resource.systemData,
    lastModifiedBy: modified.lastModifiedBy,
    lastModifiedByType: modified.lastModifiedByType,
    lastModifiedAt: modified.lastModifiedAt,
  };
  resource.etag = newEtag(azure.clock.nowMs());
  // A change of the network goes on for a while, and longer than the account shows: hashicorp/terraform-provider-azurerm#31712.
  const isOfNetwork = properties.networkAcls !== undefined || properties.publicNetworkAccess !== undefined;
  if (isOfNetwork && call.apiVersion >= '2021-04-30' && world.pace.armOperationMs > 0) {
    resource.properties.provisioningState = 'Accepted';
    account.settlesAtMs = azure.clock.nowMs() + world.pace.armOperationMs + shownTooEarlyMs;
    const about = { subscriptionId: account.subscriptionId, location: resource.location, running: 'Accepted' };
    const operation = startOperation(azure, about, () => {
      resource.properties.provisioningState = 'Succeeded';
      resource.etag = newEtag(azure.clock.nowMs());
    });
    return shown(call, 202, account, acceptedHeaders(call, operation));
  }
  return shown(call, 200, account);
}

/** The report was of 419 ms. */
const shownTooEarlyMs = 500;

/**
 * Between these two an account can be upgraded and rolled back; it keeps its endpoint and keys, and no other kind ever changes:
 * https://learn.microsoft.com/azure/foundry/how-to/upgrade-azure-openai-auto and Azure/bicep#15446 (its status is assumed).
 */
function isFoundryOrOpenAi(kind: unknown): boolean {
  return kind === 'OpenAI' || kind === 'AIServices';
}

function subdomainRefusal({ world }: ArmCall, subdomain: unknown): Response | null {
  if (subdomain === undefined || subdomain === null) return null;
  if (typeof subdomain !== 'string' || !/^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$/i.test(subdomain)) {
    return armError(
      400,
      'BadRequest',
      `The custom subdomain name '${String(subdomain)}' is invalid. It has 2 to 64 letters, digits or '-', and does not end with '-'.`,
    );
  }
  if (holderOfSubdomain(world, subdomain) === undefined) return null;
  return armError(
    409,
    'CustomDomainInUse',
    `Please pick a different name. The subdomain name '${subdomain}' is not available as it's already used by a resource. If the resource using the name was deleted in the last 48 hours, you may need to purge the deleted resource. Learn more at "https://go.microsoft.com/fwlink/?linkid=2215493"`,
  );
}

/** The 409 while another change of the account is under way. */
function busy(account: Account): Response | null {
  const state = account.resource.properties.provisioningState;
  if (state === 'Succeeded' || state === 'Failed' || state === undefined) return null;
  return armError(
    409,
    'RequestConflict',
    `Another operation is being performed on the parent resource '${accountId(account)}'. Please try again later.`,
  );
}

function shown(
  call: ArmCall,
  status: number,
  account: Account,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return armAnswer(status, showAccount(account, call.apiVersion), { etag: account.resource.etag, ...headers });
}

/** What a request may set: read-only properties are ignored, as Azure does. */
function propertiesIn({ body }: ArmCall): Record<string, unknown> {
  const { properties } = body;
  if (typeof properties !== 'object' || properties === null) return {};
  const readOnly = [
    'endpoint',
    'endpoints',
    'internalId',
    'provisioningState',
    'dateCreated',
    'capabilities',
    'callRateLimit',
    'isMigrated',
    'privateEndpointConnections',
    'skuChangeInfo',
    'quotaLimit',
  ];
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !readOnly.includes(name)));
}

function skuIn(body: Readonly<Record<string, unknown>>): { name: string } | null {
  const { sku } = body;
  if (typeof sku !== 'object' || sku === null || !('name' in sku) || typeof sku.name !== 'string') return null;
  return { name: sku.name };
}
