import { defaultSubscriptionId } from '../../local/simulated-azure/default-world.ts';
import { customTopicsOf, newCustomTopic } from '../../local/simulated-azure/event-grid-topics/custom-topic.ts';
import type { RoleDefinition } from '../../local/simulated-azure/roles.ts';
import { webSitesOf } from '../../local/simulated-azure/web-apps/web-site.ts';
import { setSettings } from '../../local/simulated-azure/web-apps/workers.ts';
import type { WorldDefinition } from '../../local/simulated-azure/world-definition.ts';
import { unavailable } from '../../src/app/answers.ts';
import { firstPage } from '../../src/app/targets/target-query.ts';
import type { Target } from '../../src/keys/target.ts';
import { topicChannel } from '../../src/notifications/channels.ts';
import { notificationKinds } from '../../src/notifications/choices.ts';
import { type Feature, type Permission, permissions } from '../../src/shared/permissions.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import { memoryOutbox } from '../memory-world/memory-outbox.ts';
import { buildCopy, buildReferenceCopy, buildSettingCopy } from '../memory-world/target-builder.ts';
import { readersKeyturn } from '../scenarios/audit/readers-keyturn.ts';
import { holdCopies } from '../scenarios/copies/hold-copies.ts';
import { consumerId, hardeningKeyturn } from '../scenarios/hardening/hardening-keyturn.ts';
import { type NetworkKeyturn, networkKeyturn, privateRequest } from '../scenarios/hardening/network-keyturn.ts';
import { currentKey, keyturnAddress, simulatedKeyturn } from '../scenarios/simulated-keyturn.ts';
import { operator, rotationOf } from '../scenarios/steered-rotation.ts';
import { grantExactly, neededBy, type Scopes } from './grant-exactly.ts';

/** What one run of a feature came to. */
export interface Ran {
  /** It did all that it is for. */
  readonly worked: boolean;
  /** What a person is shown of it. */
  readonly shown: unknown;
  /** The operations that Keyturn's identity asked for. */
  readonly asked: ReadonlySet<string>;
}

type Run = (granted: readonly Permission[]) => Promise<Ran>;
type Keyturn = ReturnType<typeof simulatedKeyturn>;

function scopesOf({ vault, target }: Keyturn): Scopes {
  const { armId, subscriptionId, resourceGroup } = target.account;
  const subscription = `/subscriptions/${subscriptionId}`;
  const group = `${subscription}/resourceGroups/${resourceGroup}`;
  return {
    account: armId,
    vault: `/subscriptions/${vault.subscriptionId}/resourceGroups/${vault.resourceGroup}/providers/Microsoft.KeyVault/vaults/${vault.name}`,
    subscription,
    "copy's app": `${group}/providers/Microsoft.Web/sites/${copiedApp}`,
    "reference's app": `${group}/providers/Microsoft.Web/sites/${refreshedApp}`,
    "copy's secret or its vault": `${group}/providers/Microsoft.KeyVault/vaults/kv-contoso-web/secrets/ai-key`,
    topic: `${group}/providers/Microsoft.EventGrid/topics/evgt-keyturn`,
    "network's group": group,
    "endpoint's group": group,
    "zones' group": group,
    "identity's group": group,
    'account or its group': armId,
    "account's group": armId.replace(/\/providers\/.*/, ''),
  };
}

/** An App Service app with a slot, whose setting holds a key. */
const copiedApp = 'app-contoso-web';

/** One whose setting refers to the direct value. */
const refreshedApp = 'app-contoso-direct';

/** What is made counts at once: how slowly things spread is another test's business. */
function swift<T extends Pick<Keyturn, 'azure'>>(keyturn: T): T {
  const now = { newKeyAcceptedMs: 0, oldKeyAcceptedMs: 0, listKeysStaleMs: 0, secretTransitionMs: 0 };
  Object.assign(keyturn.azure.world.pace, now);
  return keyturn;
}

async function adoptedKeyturn(copies: Target['copies'] = [], world: Partial<WorldDefinition> = {}) {
  const layout = { kind: 'direct', directSecretName: 'ai-services-key' } as const;
  const keyturn = swift(simulatedKeyturn({ layout, copies }, { world }));
  holdCopies(keyturn);
  const adopted = await keyturn.app.adopt('demo', { activeSlot: null }, operator);
  if (adopted.kind !== 'adopted') throw new TypeError(`not adopted: ${JSON.stringify(adopted)}`);
  keyturn.clock.advance(keyturn.target.policy.overlapMs + 2_000);
  return keyturn;
}

/** Somebody deletes a secret: only recovering brings it back. */
function loseSecret({ vault, clock }: Keyturn, name: string): void {
  const at = vault.secrets.findIndex((secret) => secret.name === name);
  const [secret] = vault.secrets.splice(at, 1);
  if (secret === undefined) throw new TypeError(`the vault has no ${name}`);
  vault.deletedSecrets.push(Object.assign(secret, { deletedAtMs: clock.nowMs() }));
}

/** Somebody deletes a secret and purges it. */
function purgeSecret({ vault }: Keyturn, name: string): void {
  vault.secrets.splice(
    vault.secrets.findIndex((secret) => secret.name === name),
    1,
  );
}

/** Adopted, and since then one secret deleted and another gone for good. */
async function keyturnWithLostSecrets() {
  const keyturn = await adoptedKeyturn();
  loseSecret(keyturn, 'ai-services-key1');
  purgeSecret(keyturn, 'ai-services-endpoint');
  return keyturn;
}

/** One rotation, to its end or to the first call that is denied. */
async function rotate(keyturn: Keyturn, granted: readonly Permission[]): Promise<Ran> {
  const { app, azure, journal } = keyturn;
  const { asked } = grantExactly(azure, granted, scopesOf(keyturn));
  const started = await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
  if (started.kind !== 'started') return { worked: false, shown: started, asked: asked() };
  const isDenied = () => {
    const state = rotationOf(journal);
    return (state?.kind === 'suspended' ? state.from : state)?.lastFailure?.action !== undefined;
  };
  while (!isDenied() && (await deliverNext(keyturn)));
  const shown = await app.readRotation('demo', started.rotation.id);
  return { worked: JSON.stringify(shown).includes('"state":"completed"'), shown, asked: asked() };
}

async function deliverNext({ journal, app, clock }: Pick<Keyturn, 'journal' | 'app' | 'clock'>): Promise<boolean> {
  const [next] = [...journal.queue].sort((one, other) => one.dueAtMs - other.dueAtMs);
  if (next === undefined) return false;
  journal.queue.splice(journal.queue.indexOf(next), 1);
  if (next.dueAtMs > clock.nowMs()) clock.advance(next.dueAtMs - clock.nowMs());
  await app.advance(next.wakeUp);
  return true;
}

async function runNetwork(
  granted: readonly Permission[],
  ask: (keyturn: NetworkKeyturn) => Promise<unknown>,
  before: (keyturn: NetworkKeyturn) => Promise<unknown> = async () => {},
): Promise<Ran> {
  const keyturn = await networkKeyturn({ armOperationMs: 0 });
  await before(keyturn);
  const { asked } = grantExactly(keyturn.azure, granted, scopesOf(keyturn));
  const answer = await ask(keyturn).catch((error: unknown) => error);
  const text = JSON.stringify(answer) ?? String(answer);
  if (answer instanceof Error || !text.includes('"begun"')) {
    const shown = answer instanceof Error && 'failure' in answer ? answer.failure : answer;
    return { worked: false, shown, asked: asked() };
  }
  await keyturn.deliverAll();
  const read = await keyturn.look().catch((error: unknown) => error);
  return { worked: JSON.stringify(read).includes('"state":"applied"'), shown: read, asked: asked() };
}

/** A role that Keyturn must look up to know what it allows. */
const contosoRole: RoleDefinition = {
  guid: '3c1d9b52-5a0e-4f39-9d0c-6a8a1f3b7e10',
  roleName: 'Contoso Language Caller',
  description: '',
  kind: 'CustomRole',
  assignableScopes: [`/subscriptions/${defaultSubscriptionId}`],
  actions: [],
  notActions: [],
  dataActions: ['Microsoft.CognitiveServices/accounts/Language/analyze-text/action'],
  notDataActions: [],
};

export const runs: Readonly<Record<Feature, readonly Run[]>> = {
  rotate: [async (granted) => rotate(await adoptedKeyturn(), granted)],

  copy: [
    async (granted) => {
      const keyturn = await adoptedKeyturn([buildCopy('web', { secretName: 'ai-key' })]);
      return await rotate(keyturn, [...granted, ...neededBy('rotate')]);
    },
    // A setting that moves with a swap of slots, and so is declared in each.
    async (granted) => {
      const group = `/subscriptions/${defaultSubscriptionId}/resourceGroups/rg-ai102-challenge09`;
      const appId = `${group}/providers/Microsoft.Web/sites/${copiedApp}`;
      const copies = [null, 'staging'].map((slot) =>
        buildSettingCopy(slot ?? 'production', { appId, slot, setting: 'AI_KEY' }),
      );
      const webApps = [
        { name: copiedApp, resourceGroup: 'rg-ai102-challenge09', settings: {}, slots: { staging: {} } },
      ];
      const keyturn = await adoptedKeyturn(copies, { webApps });
      for (const site of webSitesOf(keyturn.azure.world))
        setSettings(keyturn.azure, site, { AI_KEY: currentKey(keyturn.account, 'key1') });
      return await rotate(keyturn, [...granted, ...neededBy('rotate')]);
    },
    // References to the direct value, in each slot.
    async (granted) => {
      const group = `/subscriptions/${defaultSubscriptionId}/resourceGroups/rg-ai102-challenge09`;
      const appId = `${group}/providers/Microsoft.Web/sites/${refreshedApp}`;
      const copies = [null, 'staging'].map((slot) => buildReferenceCopy(slot ?? 'production', { appId, slot }));
      const webApps = [
        { name: refreshedApp, resourceGroup: 'rg-ai102-challenge09', settings: {}, slots: { staging: {} } },
      ];
      const keyturn = await adoptedKeyturn(copies, { webApps });
      const reference = '@Microsoft.KeyVault(VaultName=kv-ai102-secure;SecretName=ai-services-key)';
      for (const site of webSitesOf(keyturn.azure.world)) setSettings(keyturn.azure, site, { AI_KEY: reference });
      return await rotate(keyturn, [...granted, ...neededBy('rotate')]);
    },
  ],

  adopt: [
    async (granted) => {
      const keyturn = await keyturnWithLostSecrets();
      const { asked } = grantExactly(keyturn.azure, granted, scopesOf(keyturn));
      const shown = await keyturn.app.adopt('demo', { activeSlot: null }, operator);
      return { worked: shown.kind === 'adopted', shown, asked: asked() };
    },
  ],

  repair: [
    async (granted) => {
      const keyturn = await keyturnWithLostSecrets();
      const { asked } = grantExactly(keyturn.azure, granted, scopesOf(keyturn));
      const shown = await keyturn.app.repair('demo', operator);
      return { worked: shown.kind === 'repaired', shown, asked: asked() };
    },
  ],

  offboard: [
    async (granted) => {
      const keyturn = await adoptedKeyturn();
      const { asked } = grantExactly(keyturn.azure, granted, scopesOf(keyturn));
      const asking = { dryRun: false, history: 'keep', confirm: [], ifMatch: ['*'] } as const;
      const shown = await keyturn.app.offboard('demo', asking, operator);
      return { worked: shown.kind === 'offboarded' && shown.plan.differences.length > 0, shown, asked: asked() };
    },
  ],

  watch: [
    async (granted) => {
      const keyturn = await adoptedKeyturn();
      keyturn.clock.advance(keyturn.target.policy.driftEveryMs);
      const { asked } = grantExactly(keyturn.azure, granted, scopesOf(keyturn));
      await keyturn.app.sweep();
      const shown = await keyturn.app.readTarget('demo');
      const worked = shown.kind === 'found' && shown.target.drift.length === 0;
      return { worked, shown, asked: asked() };
    },
  ],

  discover: [
    async (granted) => {
      const keyturn = simulatedKeyturn(
        {},
        {
          discovery: {
            declared: fixedTargets([]),
            rules: {
              subscriptions: [simulatedKeyturn().target.account.subscriptionId],
              vaultUrls: ['https://kv-ai102-secure.vault.azure.net'],
              vaultSuffix: 'vault.azure.net',
              instance: 'keyturn-test',
            },
          },
        },
      );
      keyturn.account.resource.tags = { 'keyturn-vault': 'kv-ai102-secure' };
      const { asked } = grantExactly(keyturn.azure, granted, scopesOf(keyturn));
      await keyturn.app.sweep();
      const shown = await keyturn.app.listTargets(firstPage);
      const worked =
        shown.kind === 'listed' && shown.targets.length === 1 && shown.discovery?.unreadableSubscriptions.length === 0;
      return { worked, shown, asked: asked() };
    },
  ],

  notify: [
    async (granted) => {
      const keyturn = simulatedKeyturn(
        {},
        {
          world: { providers: ['Microsoft.CognitiveServices', 'Microsoft.KeyVault', 'Microsoft.EventGrid'] },
          notifier: ({ journal, clock, receivers }) => ({
            outbox: memoryOutbox(journal.journal, () => clock.nowMs()),
            channels: [topicChannel(receivers.topic('https://evgt-keyturn.eastus-1.eventgrid.azure.net/api/events'))],
            kinds: notificationKinds,
          }),
        },
      );
      const { app, azure, clock, target, log } = keyturn;
      const { subscriptionId, resourceGroup } = target.account;
      const at = { subscriptionId, resourceGroup, name: 'evgt-keyturn', location: 'eastus' };
      customTopicsOf(azure.world).push(newCustomTopic(at, 'CloudEventSchemaV1_0'));
      await app.adopt('demo', { activeSlot: null }, operator);
      clock.advance(200 * 24 * 3_600_000);
      const { asked } = grantExactly(azure, granted, scopesOf(keyturn));
      await app.sweep();
      const told = log.filter(({ event }) => event === 'notification-sent' || event === 'notification-not-sent');
      return {
        worked: told.length > 0 && told.every(({ event }) => event === 'notification-sent'),
        shown: told,
        asked: asked(),
      };
    },
  ],

  network: [
    (granted) => runNetwork(granted, (keyturn) => keyturn.ask(privateRequest(keyturn))),
    (granted) =>
      runNetwork(granted, (keyturn) =>
        keyturn.ask({
          ...privateRequest(keyturn),
          mode: 'public',
          privateEndpoint: {
            name: 'pe-made',
            resourceGroup: null,
            subnet: {
              kind: 'new',
              name: 'snet-made',
              prefix: '10.30.4.0/26',
              privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled',
              virtualNetwork: {
                kind: 'new',
                name: 'vnet-made',
                resourceGroup: null,
                location: 'eastus',
                addressSpace: '10.30.0.0/16',
              },
            },
          },
        }),
      ),
    (granted) =>
      runNetwork(granted, (keyturn) =>
        keyturn.ask(
          {
            mode: 'selected-networks',
            subnets: [keyturn.appSubnet],
            keyturn: { egress: null, subnetId: keyturn.appSubnet },
          },
          { confirm: ['drops-connections', 'cuts-off-vault'] },
        ),
      ),
    (granted) =>
      runNetwork(granted, (keyturn) => {
        keyturn.account.resource.properties.disableLocalAuth = true;
        const rules = { ipRules: [keyturnAddress], keyturn: { egress: keyturnAddress, subnetId: null } };
        return keyturn.ask({ mode: 'selected-networks', ...rules });
      }),
    (granted) =>
      runNetwork(
        granted,
        async (keyturn) => {
          // As when somebody asked for the endpoint by hand: its connection waits.
          const request = { ...privateRequest(keyturn), mode: 'public' } as const;
          const { properties } = keyturn.account.resource;
          const connections = JSON.stringify(properties.privateEndpointConnections);
          properties.privateEndpointConnections = JSON.parse(connections.replaceAll('"Approved"', '"Pending"'));
          return await keyturn.ask(request);
        },
        async (keyturn) => {
          await keyturn.ask({ ...privateRequest(keyturn), mode: 'public' });
          await keyturn.deliverAll();
        },
      ),
  ],

  access: [
    async (granted) => {
      const keyturn = hardeningKeyturn();
      const { world } = keyturn.azure;
      Object.assign(world, { customRoles: [...(world.customRoles ?? []), contosoRole] });
      await keyturn.app.adopt('demo', { activeSlot: null }, operator);
      const { asked } = grantExactly(keyturn.azure, granted, scopesOf(keyturn));
      const shown: unknown[] = [];
      const ask = async (...request: Parameters<typeof keyturn.access>) => {
        const answer = await keyturn.access(...request).catch(refused);
        shown.push(answer);
        await keyturn.deliver();
        const read = await keyturn.app.readAccess('demo').catch(refused);
        shown.push(read);
        return 'view' in read && read.view.lastChange?.outcome === 'applied';
      };
      const roles = [{ role: contosoRole.roleName, scope: 'account' as const }];
      const create = { name: 'id-made', resourceGroup: keyturn.account.resourceGroup, location: 'eastus' };
      const worked = (await ask([{ create, roles }])) && (await ask([]));
      return { worked, shown, asked: asked() };
    },
  ],

  keyless: [
    async (granted) => {
      const keyturn = swift(hardeningKeyturn());
      const { app, azure, target, grant } = keyturn;
      await app.adopt('demo', { activeSlot: null }, operator);
      grant(consumerId, 'Cognitive Services Language Reader', target.account.armId);
      const { asked } = grantExactly(azure, granted, scopesOf(keyturn));
      const shown: unknown[] = [];
      const ask = async (enabled: boolean) => {
        const more = enabled ? { identities: [consumerId], confirm: ['keys-in-use', 'no-identities-named'] } : {};
        shown.push(await keyturn.keyless(enabled, more).catch(refused));
        for (let delivered = 0; delivered < 12 && (await deliverNext(keyturn)); delivered += 1);
        const read = await app.readKeyless('demo').catch(refused);
        shown.push(read);
        return 'view' in read && read.view.lastChange?.outcome === (enabled ? 'keys-off' : 'keys-on');
      };
      shown.push(await app.verifyKeyless('demo').catch(refused));
      const worked = (await ask(true)) && (await ask(false));
      return { worked, shown, asked: asked() };
    },
    async (granted) => {
      const keyturn = swift(hardeningKeyturn());
      keyturn.account.resource.kind = 'OpenAI';
      const { asked } = grantExactly(keyturn.azure, granted, scopesOf(keyturn));
      const shown = await keyturn.app.verifyKeyless('demo').catch(refused);
      return { worked: shown.kind === 'verified' && shown.view.accepted, shown, asked: asked() };
    },
  ],

  readers: (['AZKVAuditLogs', 'AzureDiagnostics'] as const).map((table) => async (granted) => {
    const keyturn = await readersKeyturn({ table });
    await keyturn.switchOver();
    await keyturn.read('key2');
    keyturn.clock.advance(40 * 60_000);
    await keyturn.read('key2');
    const workspace = keyturn.workspaceId;
    const rest = permissions.filter(({ features }) => features.includes('rotate'));
    const { asked } = grantExactly(keyturn.azure, [...granted, ...rest], { ...scopesOf(keyturn), workspace });
    const shown = await keyturn.readers();
    return { worked: shown?.unknown === null && shown.followers.length === 1, shown, asked: asked() };
  }),

  diagnose: [
    async (granted) => {
      const keyturn = swift(hardeningKeyturn());
      await keyturn.app.adopt('demo', { activeSlot: null }, operator);
      keyturn.clock.advance(keyturn.target.policy.overlapMs + 60_000);
      const { asked } = grantExactly(keyturn.azure, granted, scopesOf(keyturn));
      const answer = await keyturn.app.diagnose('demo');
      if (answer.kind !== 'diagnosed') return { worked: false, shown: answer, asked: asked() };
      const shown = answer.diagnosisFor({ value: '203.0.113.7', from: 'query' });
      return { worked: shown.allGreen, shown, asked: asked() };
    },
  ],
};

/** What the edge would show of it. */
function refused(error: unknown) {
  return unavailable(error);
}
