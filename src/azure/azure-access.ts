import type { TokenCredential } from '@azure/core-auth';
import type { HttpClient } from '@azure/core-rest-pipeline';
import { setLogLevel } from '@azure/logger';
import type { NameLookup } from '../keys/ports.ts';
import type { Clock } from '../shared/clock.ts';
import type { Fence } from '../shared/fence.ts';
import type { SecretText } from '../shared/secret-text.ts';
import { type BlobPlace, mostDocumentBytes } from '../targets/ports.ts';
import { dataPlaneKeyProbe } from './ai/key-probe.ts';
import { dataPlaneTokenProbe } from './ai/token-probe.ts';
import { resourceGraphSearch } from './arm/account-search.ts';
import { armAccounts, armLocalAuth } from './arm/accounts.ts';
import { armLists } from './arm/arm-lists.ts';
import { armAuthorization } from './arm/authorization.ts';
import { armIdentities } from './arm/identities.ts';
import { armLocks } from './arm/locks.ts';
import { armNetworkReader, privateZoneNames } from './arm/network-reader.ts';
import { armNetworkWriter } from './arm/network-writer.ts';
import { armWebApps } from './arm/web-apps.ts';
import { callingHttpClient, onlyTo } from './azure-call.ts';
import type { Cloud } from './clouds.ts';
import { scopedCredential, tokensOrFailure } from './entra/credential.ts';
import { eventGridTopic } from './event-grid/event-grid-topic.ts';
import { armVaultEvents } from './event-grid/vault-events.ts';
import { socketsHttpClient } from './http-stack.ts';
import { keptByName } from './kept-by-name.ts';
import { vaultPermissionModel } from './key-vault/permission-model.ts';
import { keyVaultSecrets } from './key-vault/secrets.ts';
import { armActivityLog } from './monitor/activity-log.ts';
import { workspaceAuditLog } from './monitor/vault-audit-log.ts';
import { systemNameLookup } from './name-lookup.ts';
import { journalRows } from './storage/journal-rows.ts';
import { journalTable, wakeUpQueue } from './storage/storage-clients.ts';
import type { StorageConnection } from './storage/storage-connection.ts';
import { storageBlob } from './storage/targets-blob.ts';
import { queueWakeUps } from './storage/wake-ups.ts';
import { systemClock } from './system-clock.ts';
import { httpsWebhook } from './webhook.ts';

/** Everything that Keyturn may do in Azure, as the features' ports. */
export type AzureAccess = ReturnType<typeof azureAccess>;

export interface AzureAccessOptions {
  readonly cloud: Cloud;
  /** `credential(…)` in the app. */
  readonly credential: TokenCredential;
  readonly storage: StorageConnection;
  /** In place of sockets, for ARM, Key Vault and the accounts' endpoints; storage is always reached for real. */
  readonly httpClient?: HttpClient;
  /** In place of the system's own name lookup. */
  readonly names?: NameLookup;
  /** Default `systemClock`. */
  readonly clock?: Clock;
}

/**
 * What every SDK client is given. No SDK retry, on reads either: the engine has its own backoff, and looks before it sends
 * anything again. No redirect, and no link of an answer leads a token to another host.
 * @param address the service's own
 */
function clientOptions(address: string, httpClient: HttpClient) {
  return {
    httpClient,
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    additionalPolicies: [{ policy: onlyTo(address), position: 'perCall' as const }],
  };
}

/**
 * Makes the adapters. One SDK client per subscription and vault, shared by all leases, so that tokens and challenges
 * are asked for once; each package is loaded when it is first used. Throws nothing and connects nowhere by itself.
 */
export function azureAccess({ cloud, storage, clock = systemClock, ...options }: AzureAccessOptions) {
  // Whatever AZURE_LOG_LEVEL says: the SDKs' logs hold URLs, headers and, for storage, more.
  setLogLevel();
  const sockets = socketsHttpClient();
  const wire = options.httpClient ?? sockets;
  const httpClient = callingHttpClient(wire, options.httpClient === undefined, clock);
  const credential = tokensOrFailure(options.credential);
  const arm = clientOptions(cloud.arm.endpoint, httpClient);
  /** How clients of either generation are told whose token to ask for. */
  const older = { ...arm, endpoint: cloud.arm.endpoint, credentialScopes: cloud.arm.scope };
  const modern = { ...arm, endpoint: cloud.arm.endpoint, credentials: { scopes: [cloud.arm.scope] } };
  const subscription = keptByName(async (subscriptionId) => {
    const { CognitiveServicesManagementClient } = await import('@azure/arm-cognitiveservices');
    return new CognitiveServicesManagementClient(credential, subscriptionId, older);
  });
  const networkClients = {
    cognitive: subscription,
    network: keptByName(async (subscriptionId) => {
      const { NetworkManagementClient } = await import('@azure/arm-network');
      return new NetworkManagementClient(credential, subscriptionId, modern);
    }),
    privateDns: keptByName(async (subscriptionId) => {
      const { PrivateDnsManagementClient } = await import('@azure/arm-privatedns');
      return new PrivateDnsManagementClient(credential, subscriptionId, modern);
    }),
  };
  const authorization = keptByName(async (subscriptionId) => {
    const { AuthorizationManagementClient } = await import('@azure/arm-authorization');
    return new AuthorizationManagementClient(credential, subscriptionId, older);
  });
  const identities = keptByName(async (subscriptionId) => {
    const { ManagedServiceIdentityClient } = await import('@azure/arm-msi');
    return new ManagedServiceIdentityClient(credential, subscriptionId, older);
  });
  const vault = keptByName(async (vaultUrl) => {
    const { SecretClient } = await import('@azure/keyvault-secrets');
    return new SecretClient(vaultUrl, credential, clientOptions(vaultUrl, httpClient));
  });
  const resourceGraph = keptByName(async () => {
    const { ResourceGraphClient } = await import('@azure/arm-resourcegraph');
    return new ResourceGraphClient(credential, modern);
  });
  const publisher = keptByName(async (endpoint) => {
    const { EventGridPublisherClient } = await import('@azure/eventgrid');
    const scoped = scopedCredential(credential, cloud.eventGrid.scope);
    return new EventGridPublisherClient(endpoint, 'CloudEvent', scoped, clientOptions(endpoint, httpClient));
  });
  const logs = keptByName(async () => {
    const { LogsQueryClient } = await import('@azure/monitor-query-logs');
    const { endpoint, scope } = cloud.logAnalytics;
    const options = { ...clientOptions(endpoint, httpClient), credentials: { scopes: [scope] } };
    return new LogsQueryClient(credential, { ...options, endpoint: `${endpoint}/v1` });
  });
  const table = keptByName(async () => await journalTable(storage, callingHttpClient(sockets, true, clock)));
  const queue = keptByName(async () => await wakeUpQueue(storage));

  const lists = armLists(cloud, credential, httpClient);
  const tokenProbe = dataPlaneTokenProbe(cloud, credential, httpClient);

  const own = armIdentities(identities, credential, cloud.arm.scope);

  return {
    /** For reading only, pass a fence that is always `false`. */
    accounts: (fence: Fence) => armAccounts(subscription, fence, cloud),
    /** @param vaultUrl `https://<vault>.vault.azure.net` */
    secrets: (vaultUrl: string, fence: Fence) => keyVaultSecrets(() => vault(vaultUrl), fence, clock),
    webApps: (fence: Fence) => armWebApps(cloud, credential, httpClient, fence),
    probe: dataPlaneKeyProbe(cloud, wire),
    tokenProbe,
    authorization: armAuthorization(authorization),
    identities: own,
    permissionModel: vaultPermissionModel(cloud, credential, httpClient),
    locks: armLocks(lists),
    localAuth: armLocalAuth(subscription),
    activityLog: armActivityLog(cloud, credential, httpClient),
    /**
     * @param workspace the GUID that ARM calls `customerId`
     * @param scanners object ids or client ids of identities that use no key that they read, in lower case
     */
    workspaceLog: ({ workspace, scanners }: { readonly workspace: string; readonly scanners: readonly string[] }) =>
      workspaceAuditLog(
        () => logs(''),
        workspace,
        async () => [await own.ownPrincipalId(), ...scanners],
      ),
    search: resourceGraphSearch(() => resourceGraph('')),
    vaultEvents: armVaultEvents(() => resourceGraph(''), lists),
    ...journalRows(() => table(''), clock),
    /** A blob in the app's own storage account. */
    targetsBlob: (place: BlobPlace) =>
      storageBlob(storage, place, mostDocumentBytes, callingHttpClient(sockets, true, clock)),
    network: {
      networkReader: armNetworkReader(networkClients),
      networkWriter: (fence: Fence) => armNetworkWriter(networkClients, fence),
      tokenProbe,
      names: options.names ?? systemNameLookup,
      zoneNames: privateZoneNames(cloud),
    },
    wakeUps: queueWakeUps(() => queue('')),
    receivers: {
      topic: (endpoint: string) => eventGridTopic(() => publisher(endpoint)),
      webhook: (url: SecretText) => httpsWebhook(url, wire),
    },
    clock,
  };
}
