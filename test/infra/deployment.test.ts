import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { refusingEdge } from '../../src/api/edge.ts';
import { clouds } from '../../src/azure/clouds.ts';
import { readSettings, settingNames } from '../../src/settings/settings.ts';
import { readSecretEvents } from '../../src/triggers/read-secret-events.ts';
import { functions } from '../../src/triggers/registrations.ts';
import { appDeployments, appSettings, compiled, type Deployed, deployed, everyDeployment } from './deployed.ts';

const azuredeploy = compiled('azuredeploy.json');
const templates = [...azuredeploy, ...compiled('grants.json')];
const edge = refusingEdge(Object.assign(new Error(), { problems: [] }));

/** The settings as the app finds them: what only Azure knows is filled in. */
function environment(deployment: Deployed): Readonly<Record<string, string>> {
  const settings = appSettings(deployment);
  const { storageSuffix, eventGrid } = clouds[settings.KEYTURN_CLOUD === 'usgovernment' ? 'usgovernment' : 'public'];
  const known: readonly (readonly [RegExp, string])[] = [
    [/^\[reference\(.*\.primaryEndpoints\.(blob|queue|table)\]$/, `https://stkeyturncontoso.$1.${storageSuffix}/`],
    [/^\[reference\(.*\.clientId\]$/, '33333333-3333-3333-3333-333333333333'],
    [/^\[reference\(.*\.customerId\]$/, '44444444-4444-4444-4444-444444444444'],
    [/^\[reference\(.*\.ConnectionString\]$/, 'InstrumentationKey=0;IngestionEndpoint=https://contoso.example'],
    [/^\[reference\(.*\.endpoint\]$/, `https://evgt.eastus-1.${eventGrid.suffix}/api/events`],
    [/^\[format\('ClientId=\{0\};Authorization=AAD'.*\]$/, 'ClientId=3;Authorization=AAD'],
    [/^@Microsoft\.KeyVault\(.*\)$/, 'https://contoso.webhook.example/workflows/keyturn?sig=1'],
  ];
  const value = (text: string) => known.reduce((one, [pattern, put]) => one.replace(pattern, put), text);
  return Object.fromEntries(Object.entries(settings).map(([name, text]) => [name, value(text)]));
}

const read = (deployment: Deployed) => readSettings({ WEBSITE_SITE_NAME: 'func', ...environment(deployment) });

describe('the app settings', () => {
  it.each(appDeployments)('of $name are taken by the app, with nothing left for Azure to fill in', (deployment) => {
    expect(() => read(deployment)).not.toThrow();
    expect(Object.values(environment(deployment)).filter((text) => /^\[[a-z]/i.test(text))).toEqual([]);
  });

  it('are read as they are meant', () => {
    expect(read(deployed('minimal'))).toMatchObject({
      cloud: 'public',
      tenantId: '22222222-2222-2222-2222-222222222222',
      apiClientId: '11111111-1111-1111-1111-111111111111',
      identityClientId: '33333333-3333-3333-3333-333333333333',
      instance: 'func',
      storage: { kind: 'identity', queueServiceUri: 'https://stkeyturncontoso.queue.core.windows.net' },
      eventsQueue: 'keyturn-secret-events',
      targets: [{ name: 'ai-contoso', vaultUrl: 'https://kv-contoso.vault.azure.net' }],
      discovery: { subscriptions: [], vaultUrls: [] },
      notifier: { topicEndpoint: null, webhook: null },
    });
    expect(read(deployed('tags'))).toMatchObject({
      instance: 'keyturn-fleet',
      eventsQueue: 'contoso-secret-events',
      sweepSchedule: '0 */10 * * * *',
      fleet: { maxRunning: 50, maxRunningPerSubscription: 10, stopAfterFailures: 3, discoveredCanaries: true },
      notifier: { webhook: { format: 'teams' }, kinds: ['suspended', 'overdue'] },
      discovery: { subscriptions: expect.objectContaining({ length: 12 }) },
      audit: { scanners: ['44444444-4444-4444-4444-444444444444'] },
    });
    expect(read(deployed('existing'))).toMatchObject({
      targets: [],
      discovery: {
        subscriptions: ['11111111-0000-0000-0000-000000000000'],
        vaultUrls: ['https://kv-contoso.vault.azure.net'],
      },
    });
    expect(read(deployed('usgovernment'))).toMatchObject({
      cloud: 'usgovernment',
      storage: { tableServiceUri: 'https://stkeyturncontoso.table.core.usgovcloudapi.net' },
      targets: [{ vaultUrl: 'https://kv-contoso.vault.usgovcloudapi.net' }],
    });
  });

  it('are all parameters: in one deployment each has a value of its own', () => {
    // In Azure the storage takes no connection string, and is named by its addresses; a file is in place of the list.
    const other = [
      ...['KEYTURN_TARGETS_FILE', 'KEYTURN_TARGETS_BLOB'],
      ...['AzureWebJobsStorage', 'AzureWebJobsStorage__accountName'],
    ];
    const given = appSettings(deployed('tags'));
    expect(settingNames.filter((name) => !given[name])).toEqual(other);
    for (const parameter of ['targetsFile', 'targetsBlob'])
      expect(azuredeploy[0]?.parameters).toHaveProperty(parameter);
  });

  it.each(appDeployments)('of $name are known to Keyturn or to the platform', (deployment) => {
    // https://learn.microsoft.com/azure/azure-functions/functions-app-settings
    const platform = [
      'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
      'APPLICATIONINSIGHTS_CONNECTION_STRING',
      'AzureFunctionsWebHost__hostid',
      'AzureWebJobsDisableHomepage',
      'AzureWebJobsStorage__blobServiceUri',
      ...['FUNCTIONS_EXTENSION_VERSION', 'FUNCTIONS_WORKER_RUNTIME', 'WEBSITE_RUN_FROM_PACKAGE'],
    ];
    const given = Object.keys(appSettings(deployment));
    expect(given.filter((name) => ![...settingNames, ...platform].includes(name))).toEqual([]);
  });
});

describe('what lets somebody in', () => {
  it.each(everyDeployment)('by a shared key is off in $name', ({ ofType }) => {
    for (const { properties } of ofType('Microsoft.Storage/storageAccounts'))
      expect(properties).toMatchObject({
        allowSharedKeyAccess: false,
        allowBlobPublicAccess: false,
        allowCrossTenantReplication: false,
        minimumTlsVersion: 'TLS1_2',
        supportsHttpsTrafficOnly: true,
      });
    for (const { properties } of ofType('Microsoft.EventGrid/topics'))
      expect(properties).toMatchObject({ disableLocalAuth: true });
    // Anyone who could write into the log could forge a heartbeat.
    for (const { properties } of ofType('Microsoft.Insights/components'))
      expect(properties).toMatchObject({ DisableLocalAuth: true });
    for (const { properties, name } of ofType('Microsoft.Web/sites')) {
      const siteConfig = expect.objectContaining({
        minTlsVersion: '1.2',
        scmMinTlsVersion: '1.2',
        ftpsState: 'Disabled',
      });
      expect(properties).toMatchObject({ httpsOnly: true, siteConfig });
      const passwords = ofType('Microsoft.Web/sites/basicPublishingCredentialsPolicies');
      expect(passwords.map((one) => [one.name, one.properties])).toEqual(
        ['scm', 'ftp'].map((way) => [`${name}/${way}`, { allow: false }]),
      );
    }
  });

  it('stands in no output, and no template lists keys', () => {
    const secret =
      /\blist\w*\(|ConnectionString|InstrumentationKey|(?:account|primary|secondary)Key|password|shared|getSecret/i;
    for (const { path, outputs } of templates)
      for (const [name, output] of Object.entries(outputs))
        expect(JSON.stringify(output), `${path} ${name}`).not.toMatch(secret);
    for (const file of ['azuredeploy', 'grants'])
      expect(readFileSync(`infra/${file}.json`, 'utf8')).not.toMatch(
        /\blist(?:Keys|AccountSas|Secrets|\w*Tokens?)?\w*\(/i,
      );
    for (const { outputs } of everyDeployment) expect(JSON.stringify(outputs)).not.toMatch(/listKeys|ConnectionString/);
  });

  it('is no connection string but that of the log, which takes Entra tokens alone', () => {
    const settings = appSettings(deployed('tags'));
    const named = Object.entries(settings).filter(([, value]) => /ConnectionString/.test(value));
    expect(named.map(([name]) => name)).toEqual(['APPLICATIONINSIGHTS_CONNECTION_STRING']);
    expect(settings.APPLICATIONINSIGHTS_AUTHENTICATION_STRING).toMatch(/Authorization=AAD/);
  });
});

describe('the queues and containers', () => {
  it.each(appDeployments)('of $name are there for each trigger, and for dead letters and targets', (deployment) => {
    const { eventsQueue, sweepSchedule } = read(deployment);
    const registered = functions(edge, { sweepSchedule, eventsQueue }, async () => ({}));
    const queues = registered.flatMap((one) => (one.trigger === 'queue' ? [one.options.queueName] : []));
    const made = (kind: string) =>
      deployment.ofType(`Microsoft.Storage/storageAccounts/${kind}`).map(({ name }) => name.split('/').at(-1) ?? '');
    expect(queues).toHaveLength(2);
    expect(made('queueServices/queues').toSorted()).toEqual(queues.toSorted());
    const { targetsBlob } = read(deployment);
    const ofTargets = targetsBlob === null ? [] : [targetsBlob.container];
    expect(made('blobServices/containers').toSorted()).toEqual(
      ['keyturn-dead-letters', 'packages', ...ofTargets].toSorted(),
    );
  });
});

describe("the vaults' events", () => {
  const subscriptions = everyDeployment.flatMap(({ name: from, ofType }) =>
    ofType('Microsoft.EventGrid/systemTopics/eventSubscriptions').map((one) => ({ from, ...one })),
  );
  const minimal = subscriptions.filter(({ from }) => from === 'minimal');

  it.each(subscriptions)('of $name in $from that cannot be delivered are kept', ({ properties }) => {
    expect(properties.deadLetterWithResourceIdentity).toMatchObject({
      identity: { type: 'SystemAssigned' },
      deadLetterDestination: {
        endpointType: 'StorageBlob',
        properties: {
          resourceId: expect.stringContaining('storageAccounts'),
          blobContainerName: 'keyturn-dead-letters',
        },
      },
    });
  });

  it('are those that Keyturn heeds', () => {
    const types: readonly string[] = Object(minimal[0]?.properties.filter).includedEventTypes;
    const kinds = types.map((eventType) => {
      const [read] = readSecretEvents({
        eventType,
        data: { VaultName: 'kv', ObjectName: 's', Version: 'a'.repeat(32) },
      });
      return read?.kind === 'secret-event' ? read.event.kind : eventType;
    });
    expect(kinds).toEqual(['near-expiry', 'expired']);
  });

  it('go to the queue from which they are taken', () => {
    for (const deployment of appDeployments) {
      const [one] = subscriptions.filter(({ from }) => from === deployment.name);
      const written: unknown = one?.properties.deliveryWithResourceIdentity;
      if (written !== undefined)
        expect(written).toHaveProperty('destination.properties.queueName', read(deployment).eventsQueue);
    }
    expect(minimal[0]?.properties).toHaveProperty('deliveryWithResourceIdentity');
  });

  it('or to the function that takes them', () => {
    const registered = functions(edge, { sweepSchedule: '', eventsQueue: '' }, async () => ({}));
    const [name] = registered.filter(({ trigger }) => trigger === 'event-grid').map((one) => one.name);
    const [one] = subscriptions.filter(({ from }) => from === 'usgovernment');
    expect(one?.properties.destination).toMatchObject({
      endpointType: 'AzureFunction',
      properties: { resourceId: expect.stringMatching(new RegExp(`/sites/func-keyturn-contoso/functions/${name}$`)) },
    });
  });
});

describe('the names', () => {
  /** Shortest, longest and what is allowed: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules */
  const rules: Readonly<Record<string, readonly [number, number, RegExp]>> = {
    'Microsoft.EventGrid/systemTopics': [3, 50, /^[a-z0-9-]+$/i],
    'Microsoft.EventGrid/systemTopics/eventSubscriptions': [3, 64, /^[a-z0-9-]+$/i],
    'Microsoft.EventGrid/topics': [3, 50, /^[a-z0-9-]+$/i],
    'Microsoft.Insights/components': [1, 260, /^[^%&\\?/]*[^%&\\?/ .]$/],
    'Microsoft.Insights/diagnosticSettings': [1, 260, /^[^*<>%&:\\?+/]+$/],
    'Microsoft.Insights/metricAlerts': [1, 260, /^[^*#&+:<>?@%{}\\/]*[^*#&+:<>?@%{}\\/ .]$/],
    'Microsoft.Insights/scheduledQueryRules': [1, 260, /^[^*<>%{}&:\\?/#|]*[^*<>%{}&:\\?/#| .]$/],
    'Microsoft.Insights/workbooks': [36, 36, /^[0-9a-f-]+$/],
    'Microsoft.ManagedIdentity/userAssignedIdentities': [3, 128, /^[a-z0-9][\w-]*$/i],
    'Microsoft.Network/natGateways': [1, 80, /^[a-z0-9](?:[\w.-]*\w)?$/i],
    'Microsoft.Network/networkSecurityGroups': [1, 80, /^[a-z0-9](?:[\w.-]*\w)?$/i],
    'Microsoft.Network/privateDnsZones': [1, 63, /^privatelink(?:\.[a-z0-9-]+)+$/],
    'Microsoft.Network/privateDnsZones/virtualNetworkLinks': [1, 80, /^[a-z0-9](?:[\w.-]*\w)?$/i],
    'Microsoft.Network/privateEndpoints': [2, 64, /^[a-z0-9][\w.-]*\w$/i],
    'Microsoft.Network/privateEndpoints/privateDnsZoneGroups': [7, 7, /^default$/],
    'Microsoft.Network/publicIPAddresses': [1, 80, /^[a-z0-9](?:[\w.-]*\w)?$/i],
    'Microsoft.Network/virtualNetworks': [2, 64, /^[a-z0-9][\w.-]*\w$/i],
    'Microsoft.Storage/storageAccounts': [3, 24, /^[a-z0-9]+$/],
    'Microsoft.Storage/storageAccounts/blobServices/containers': [3, 63, /^[a-z0-9](?:-?[a-z0-9])*$/],
    'Microsoft.Storage/storageAccounts/queueServices/queues': [3, 63, /^[a-z0-9](?:-?[a-z0-9])*$/],
    'Microsoft.Web/serverfarms': [1, 60, /^[a-z0-9-]+$/i],
    'Microsoft.Web/sites': [2, 60, /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i],
    'Microsoft.Web/sites/basicPublishingCredentialsPolicies': [3, 3, /^(?:scm|ftp)$/],
    'Microsoft.Web/sites/extensions': [9, 9, /^onedeploy$/],
    'Microsoft.Authorization/roleDefinitions': [36, 36, /^[0-9a-f-]+$/],
  };

  it.each(everyDeployment)('of $name are ones that Azure takes', ({ resources }) => {
    for (const { type, name } of resources) {
      // A name that only Azure knows: a GUID.
      if (type === 'Microsoft.Authorization/roleAssignments') continue;
      const [shortest, longest, pattern] = rules[type] ?? [];
      const own = name.split('/').at(-1) ?? '';
      expect(own, type).toMatch(pattern ?? /^no rule is known$/);
      expect(own.length, `${type} ${own}`).toBeGreaterThanOrEqual(shortest ?? Infinity);
      expect(own.length, `${type} ${own}`).toBeLessThanOrEqual(longest ?? 0);
    }
  });

  it.each(everyDeployment)('of the roles of $name take at most 512 characters', ({ ofType }) => {
    for (const { properties } of ofType('Microsoft.Authorization/roleDefinitions'))
      expect(String(properties.roleName).length).toBeLessThanOrEqual(512);
  });

  it.each([
    ['shortest', 'minLength'],
    ['longest', 'maxLength'],
  ] as const)('are in %s as long as the parameters let them be', (name, bound) => {
    const bounded = Object.entries(azuredeploy[0]?.parameters ?? {}).filter(([, one]) => one[bound] !== undefined);
    const text = readFileSync(`infra/snapshots/${name}.bicepparam`, 'utf8');
    const given = Object.fromEntries(
      [...text.matchAll(/^param (\w+) = '(.*)'$/gm)].map(([, one, value]) => [one, value]),
    );
    expect(bounded.map(([one]) => one)).toEqual(['name', 'storageAccountName', 'eventsQueue']);
    expect(bounded.map(([one]) => given[one]?.length)).toEqual(bounded.map(([, one]) => one[bound]));
  });

  it('of nested deployments take at most 64 characters, whatever they are made of', () => {
    for (const { path, deployments } of templates)
      for (const { name } of deployments) {
        const [, format = ''] = /^\[format\('(.*?)'/.exec(name) ?? [];
        // A unique string has 13 characters, and there are never a million vaults.
        expect(format.replaceAll(/\{\d\}/g, '0123456789012').length, `${path} ${name}`).toBeLessThanOrEqual(64);
        expect(format, `${path} ${name}`).toMatch(/^keyturn-[a-z]+-\{0\}(?:-\{1\})?$/);
      }
  });
});
