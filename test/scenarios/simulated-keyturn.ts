import { createSimulatedAzure } from '../../local/simulated-azure/azure.ts';
import { defaultDefinition, worldFrom } from '../../local/simulated-azure/default-world.ts';
import { simulatedHttpClient } from '../../local/simulated-azure/http-client.ts';
import { subnetOfCaller } from '../../local/simulated-azure/network/network-path.ts';
import { resolveName } from '../../local/simulated-azure/network/resolve-name.ts';
import { services } from '../../local/simulated-azure/services.ts';
import type { SimulatedAzure } from '../../local/simulated-azure/simulated-azure.ts';
import type { Account, Vault } from '../../local/simulated-azure/world.ts';
import type { WorldDefinition } from '../../local/simulated-azure/world-definition.ts';
import { createApp } from '../../src/app/create-app.ts';
import type { Notifier } from '../../src/app/notifier.ts';
import type { DocumentTargets } from '../../src/app/targets/document-targets.ts';
import { knownTargets } from '../../src/app/targets/known-targets.ts';
import { azureAccess } from '../../src/azure/azure-access.ts';
import { type CloudName, clouds } from '../../src/azure/clouds.ts';
import type { NameLookup } from '../../src/keys/ports.ts';
import type { Target } from '../../src/keys/target.ts';
import type { Receivers } from '../../src/notifications/ports.ts';
import type { AccountRows } from '../../src/rotation/ports.ts';
import type { Clock } from '../../src/shared/clock.ts';
import type { Log } from '../../src/shared/log-event.ts';
import { parseAccountId } from '../../src/shared/resource-id.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import type { MemoryClock } from '../memory-world/memory-clock.ts';
import { memoryFound } from '../memory-world/memory-found.ts';
import { memoryHardening } from '../memory-world/memory-hardening-rows.ts';
import { type MemoryWorld, memoryWorld } from '../memory-world/memory-world.ts';
import { buildTarget } from '../memory-world/target-builder.ts';
import { heardApp } from '../secret-scan/heard-app.ts';
import { describedApp } from './described-app.ts';
import { rememberedTokens } from './remembered-tokens.ts';

interface KeyturnOptions {
  /** How people are notified; default nobody is. */
  readonly notifier?: (world: {
    readonly journal: MemoryWorld;
    readonly clock: Clock;
    readonly receivers: Receivers;
  }) => Notifier | null;
  readonly cloud?: CloudName;
  /** In place of one declared target: what the settings declare and let tags do. */
  readonly discovery?: Pick<Parameters<typeof knownTargets>[0], 'declared' | 'rules'> | null;
  /** In place of both: a document that declares the targets. */
  readonly document?: (parts: {
    readonly rows: AccountRows;
    readonly instance: string;
    readonly clock: Clock;
    readonly log: Log;
  }) => DocumentTargets;
  /** In place of the one row that the journal in memory holds, whatever the account. */
  readonly rows?: (only: AccountRows, world: MemoryWorld) => AccountRows;
  readonly historyRetentionMs?: number | undefined;
  /** The workspace that vaults' audit logs are read from; default none. */
  readonly auditWorkspace?: string;
  /** Whose reads in their log are no use of a key. */
  readonly scanners?: readonly string[];
  /** In place of a clock that each sleep moves on. */
  readonly clock?: MemoryClock;
  /** What differs from the default world. */
  readonly world?: Partial<WorldDefinition>;
}

/** Where Keyturn's calls come from, unless the world says otherwise of it. */
export const keyturnAddress = '203.0.113.10';

/**
 * Keyturn on the true SDK clients, in the default world of the simulated Azure. The journal and the queue are held in
 * memory, since they must live in simulated time; Azurite has its turn in the adapters' own tests and end to end.
 */
export function simulatedKeyturn(
  change: Parameters<typeof buildTarget>[0] = {},
  {
    cloud = 'public',
    discovery: givenDiscovery = null,
    document: makeDocument,
    world = {},
    notifier = () => null,
    historyRetentionMs,
    rows: rowsOf = (only) => only,
    clock: givenClock,
    auditWorkspace,
    scanners = [],
  }: KeyturnOptions = {},
) {
  const journal = memoryWorld(undefined, givenClock);
  const { clock, log } = journal;
  const azure = createSimulatedAzure({
    world: worldFrom({ ...defaultDefinition, ...world, cloud }, clock),
    clock,
    services,
  });
  const account = only(azure.world.accounts, 'ai-secure-demo');
  const vault = only(azure.world.vaults, 'kv-ai102-secure');
  const target = targetOf(account, { vaultUrl: `https://kv-ai102-secure.${clouds[cloud].vault.suffix}`, ...change });
  const wire = simulatedHttpClient(azure);
  const watchers: (() => Promise<void>)[] = [];
  const identity = only(azure.world.principals, 'func-keyturn');
  const tokenFor = rememberedTokens(azure, identity);
  const access = azureAccess({
    cloud: clouds[cloud],
    credential: {
      getToken: async (scopes) => {
        const token = await tokenFor(String(scopes).replace(/\/\.default$/, ''));
        // The clients judge the lifetime by the machine's clock, not by the simulated one.
        return { token, expiresOnTimestamp: Date.now() + 1_000 };
      },
    },
    storage: { kind: 'connection-string', value: new SecretText('UseDevelopmentStorage=true') },
    httpClient: {
      async sendRequest(request) {
        const response = await wire.sendRequest(request);
        for (const watch of watchers) await watch();
        return response;
      },
    },
    clock,
  });
  const { pauses, wakeUps, newId, random, instance } = journal.ports;
  const rows = rowsOf(journal.ports.rows, journal);
  const hardeningRows = memoryHardening(clock.nowMs);
  const names: NameLookup = {
    lookup: async (host) => {
      const found = resolveName(azure.world, host, subnetOfCaller(azure.world, keyturnAddress));
      return found.kind === 'addresses' ? { kind: 'addresses', addresses: found.addresses } : { kind: 'no-such-name' };
    },
  };
  const network = { ...access.network, names };
  const engine = { ...access, network, rows, visitInBulk: undefined, pauses, wakeUps, newId, random, instance, clock };
  const events = { vaults: access.vaultEvents, queue: 'keyturn-secret-events' };
  const hardening = { ...access, hardeningRows: hardeningRows.ports };
  const parts = {
    ...engine,
    hardening,
    events,
    auditLog: auditWorkspace === undefined ? null : access.workspaceLog({ workspace: auditWorkspace, scanners }),
    historyRetentionMs,
    notifier: notifier({ journal, clock, receivers: access.receivers }),
  };
  const tell = journal.ports.log;
  const document = makeDocument?.({ rows, instance, clock, log: tell }) ?? null;
  const vaultSuffix = clouds[cloud].vault.suffix;
  const noTags = { subscriptions: [], vaultUrls: [], vaultSuffix, instance };
  const discovery = document === null ? givenDiscovery : { declared: document, rules: noTags };
  const targets =
    discovery === null
      ? fixedTargets([target])
      : knownTargets({ ...parts, ...discovery, found: memoryFound(), log: tell });
  const app = heardApp(describedApp(createApp({ ...parts, targets, document, log: tell })));
  return {
    app,
    /** Keyturn in the same world with other settings. */
    appFor: (declared: readonly Target[]) =>
      heardApp(describedApp(createApp({ ...parts, targets: fixedTargets(declared), log: tell }))),
    azure,
    account,
    vault,
    target,
    journal,
    /** The rows of hardening, to look into. */
    hardeningRows,
    clock,
    log,
    /** Runs after every call of the app to Azure. */
    afterEachCall: (watch: () => Promise<void>) => watchers.push(watch),
  };
}

export type SimulatedKeyturn = ReturnType<typeof simulatedKeyturn>;

/** The current value of a secret as it stands in the vault, or null. */
export function secretValue(vault: Vault, name: string): string | null {
  return vault.secrets.find((secret) => secret.name === name)?.versions.at(-1)?.value ?? null;
}

/** The current key of a slot, as the account has it. */
export function currentKey(account: Account, slot: 'key1' | 'key2'): string {
  return account.keys.filter((key) => key.slot === slot).at(-1)?.value ?? '';
}

/** What every gateway node answers to `key` now; asks on connections of its own until each node was met. */
export async function statusOnEveryNode(azure: SimulatedAzure, key: string): Promise<Set<number>> {
  const statuses = new Set<number>();
  for (let connection = 0; connection < 4 * azure.world.pace.gatewayNodes; connection += 1) {
    const request = new Request('https://ai-secure-demo.cognitiveservices.azure.com/text/analytics/v3.1/languages', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'ocp-apim-subscription-key': key },
      body: JSON.stringify({ documents: [{ id: '1', text: 'Hello' }] }),
    });
    const connectionId = `consumer-${connection}`;
    statuses.add((await azure.handle(request, { callerAddress: '203.0.113.20', connectionId })).status);
  }
  return statuses;
}

function targetOf(account: Account, change: Parameters<typeof buildTarget>[0]): Target {
  const { subscriptionId, resourceGroup, name } = account;
  const armId = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.CognitiveServices/accounts/${name}`;
  const id = parseAccountId(armId);
  if (id === null) throw new TypeError(`not an account id: ${armId}`);
  return buildTarget({ ...change, account: id });
}

function only<T extends { readonly name: string }>(list: readonly T[], name: string): T {
  const found = list.find((one) => one.name === name);
  if (found === undefined) throw new TypeError(`the default world has no ${name}`);
  return found;
}
