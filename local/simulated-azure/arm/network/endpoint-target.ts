import { networkOf, type PrivateEndpoint, type PrivateEndpointTarget, sameId } from '../../network/network-world.ts';
import { cloudOf } from '../../simulated-clouds.ts';
import type { Account, Vault, World } from '../../world.ts';
import { resourceNotFound } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { accountId } from '../cognitive-services/account-id.ts';
import { newEtag } from '../cognitive-services/new-etag.ts';
import type { LinkedPermission } from '../linked-refusal.ts';
import { networkError } from './network-answer.ts';

/** What a private endpoint leads to: an account, a vault, or something of a provider that is not simulated. */
export type EndpointTarget =
  | { readonly kind: 'account'; readonly account: Account }
  | { readonly kind: 'vault'; readonly vault: Vault }
  | { readonly kind: 'foreign' };

/** The target of that id, or the answer for one that is not there. */
export function findTarget(world: World, id: string): EndpointTarget | Response {
  const [, , , , group = '', , provider = '', type = '', name = ''] = id.split('/');
  const account = world.accounts.find((one) => sameId(accountId(one), id));
  if (account !== undefined) return { kind: 'account', account };
  const vault = world.vaults.find((one) => sameId(vaultId(one), id));
  if (vault !== undefined) return { kind: 'vault', vault };
  const isKnown = ['microsoft.cognitiveservices', 'microsoft.keyvault'].includes(provider.toLowerCase());
  return isKnown ? resourceNotFound(`${provider}/${type}`, name, group) : { kind: 'foreign' };
}

/** Why the target's provider refuses the endpoint; the network provider passes its words on. */
export function targetRefusal(call: ArmCall, target: EndpointTarget, groupIds: readonly string[]): Response | null {
  const of = { account: 'Microsoft.CognitiveServices/accounts', vault: 'Microsoft.KeyVault/vaults', foreign: '' };
  const refuse = (code: string, message: string) =>
    networkError(400, code, `Call to ${of[target.kind]} failed. Error message: ${message}`);
  if (target.kind === 'foreign') return null;
  const wanted = target.kind === 'account' ? 'account' : 'vault';
  if (groupIds.some((id) => id !== wanted) || groupIds.length !== 1) {
    // Not on record.
    return refuse('InvalidGroupId', `The group ids '${groupIds.join(', ')}' are not those of the resource: ${wanted}.`);
  }
  if (target.kind === 'vault') return null;
  const { resource, settlesAtMs = 0 } = target.account;
  const { provisioningState, customSubDomainName } = resource.properties;
  if (provisioningState !== 'Succeeded' || settlesAtMs > call.azure.clock.nowMs()) {
    return refuse('AccountProvisioningStateInvalid', `Account ${accountId(target.account)} in state Accepted`);
  }
  if (typeof customSubDomainName === 'string') return null;
  // The need is documented, the wording is not on record.
  return refuse('CustomSubDomainNameRequired', 'Private endpoints need an account with a custom subdomain name.');
}

/** What is needed by anyone who makes the endpoint so that the connection is approved at once; null where nobody is asked. */
export function approvalOf(target: EndpointTarget): LinkedPermission | null {
  const approval = (type: string, scope: string) => ({
    action: `${type}/privateEndpointConnectionsApproval/action`,
    scope,
  });
  switch (target.kind) {
    case 'account':
      return approval('Microsoft.CognitiveServices/accounts', accountId(target.account));
    case 'vault':
      return approval('Microsoft.KeyVault/vaults', vaultId(target.vault));
    case 'foreign':
      return null;
  }
}

/** Each host that the target serves over a private endpoint, with the member it is called by. */
export function hostsOf(
  world: World,
  target: EndpointTarget,
): readonly { readonly member: string; readonly fqdn: string }[] {
  const { cognitive: suffixes, vaultSuffix } = cloudOf(world);
  switch (target.kind) {
    case 'account': {
      const { kind, properties } = target.account.resource;
      const host = (suffix: string) => `${String(properties.customSubDomainName)}.${suffix}`.toLowerCase();
      if (kind === 'OpenAI') return [{ member: 'default', fqdn: host(suffixes.openAi) }];
      const cognitive = { member: 'default', fqdn: host(suffixes.own) };
      if (kind !== 'AIServices') return [cognitive];
      return [
        cognitive,
        { member: 'secondary', fqdn: host(suffixes.openAi) },
        ...(suffixes.foundry === null ? [] : [{ member: 'third', fqdn: host(suffixes.foundry) }]),
      ];
    }
    case 'vault':
      return [{ member: 'default', fqdn: `${target.vault.name}.${vaultSuffix}`.toLowerCase() }];
    case 'foreign':
      return [];
  }
}

/** Tells the target of a new endpoint: from now on its connection stands there. */
export function connect(call: ArmCall, target: EndpointTarget, endpoint: PrivateEndpoint, endpointId: string): void {
  if (target.kind === 'foreign') return;
  const own = target.kind === 'account' ? accountId(target.account) : vaultId(target.vault);
  const name = `${endpoint.name}.${endpoint.resourceGuid}`;
  const type = own.split('/').slice(6, 8).join('/');
  const [of] = endpoint.connections;
  const connection = {
    id: `${own}/privateEndpointConnections/${name}`,
    name,
    type: `${type}/privateEndpointConnections`,
    properties: {
      provisioningState: 'Succeeded',
      groupIds: of?.groupIds ?? [],
      privateEndpoint: { id: endpointId },
      privateLinkServiceConnectionState: {
        status: of?.status ?? 'Pending',
        description: of?.status === 'Approved' ? 'Approved' : (of?.requestMessage ?? ''),
        actionsRequired: 'None',
      },
    },
  };
  setConnections(call, target, [...connectionsOf(target), connection]);
}

/** Takes the endpoint's connection away from its target. */
export function disconnect(call: ArmCall, endpointId: string): void {
  const { world } = call;
  const all: EndpointTarget[] = [
    ...world.accounts.map((account): EndpointTarget => ({ kind: 'account', account })),
    ...world.vaults.map((vault): EndpointTarget => ({ kind: 'vault', vault })),
  ];
  for (const target of all) {
    const kept = connectionsOf(target).filter((one) => !sameId(endpointIdOf(one), endpointId));
    if (kept.length !== connectionsOf(target).length) setConnections(call, target, kept);
  }
}

/** The private endpoint's side of a connection that its target has decided on. */
export function connectionOfEndpoint(world: World, endpointId: string, targetId: string): PrivateEndpointTarget | null {
  const endpoint = networkOf(world).privateEndpoints.find((one) =>
    sameId(
      `/subscriptions/${one.subscriptionId}/resourceGroups/${one.resourceGroup}/providers/Microsoft.Network/privateEndpoints/${one.name}`,
      endpointId,
    ),
  );
  return endpoint?.connections.find((one) => sameId(one.targetId, targetId)) ?? null;
}

function connectionsOf(target: EndpointTarget): readonly unknown[] {
  if (target.kind === 'foreign') return [];
  const found: unknown =
    target.kind === 'account'
      ? target.account.resource.properties.privateEndpointConnections
      : target.vault.privateEndpointConnections;
  return Array.isArray(found) ? found : [];
}

export function endpointIdOf(connection: unknown): string {
  const at = (value: unknown, member: string): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, member) : undefined;
  return String(at(at(at(connection, 'properties'), 'privateEndpoint'), 'id') ?? '');
}

function setConnections(call: ArmCall, target: EndpointTarget, connections: readonly unknown[]): void {
  if (target.kind === 'vault') target.vault.privateEndpointConnections = [...connections];
  if (target.kind !== 'account') return;
  target.account.resource.properties.privateEndpointConnections = connections;
  target.account.resource.etag = newEtag(call.azure.clock.nowMs());
}

function vaultId({ subscriptionId, resourceGroup, name }: Vault): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.KeyVault/vaults/${name}`;
}
