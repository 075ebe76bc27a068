import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultDefinition } from '../local/simulated-azure/default-world.ts';
import { builtInRoles } from '../local/simulated-azure/roles.ts';
import { measureFleet } from '../src/app/measure.ts';
import { appRoles } from '../src/functions/app-role.ts';
import { functions } from '../src/functions/index.ts';
import { levels } from '../src/functions/invocation-log.ts';
import { readSecretEvents } from '../src/functions/read-secret-events.ts';
import { refusingEdge } from '../src/functions/refusing-edge.ts';
import { readSettings } from '../src/settings.ts';
import type { LogEvent } from '../src/shared/log-event.ts';

// No Bicep compiler takes part: what is held here is what the templates must agree on with the rest.
const main = readFileSync('infra/main.bicep', 'utf8');
const example = readFileSync('infra/main.bicepparam', 'utf8');
const templates = globSync('infra/*.bicep').map((file) => ({ file, text: readFileSync(file, 'utf8') }));
const logEvents = Object.keys(levels);
const permissionTable = readFileSync('docs/operations.md', 'utf8').split(/^## /m)[2] ?? '';

/** What the pattern's groups catch, a row a match. */
function all(text: string, pattern: RegExp): string[][] {
  return [...text.matchAll(pattern)].map(([, ...groups]) => groups);
}

function first(text: string, pattern: RegExp): string {
  return pattern.exec(text)?.[1] ?? '';
}

/** The parameters of a template, those with a default apart. */
function parameters(text: string) {
  const declared = all(text, /^@description\('(\w+)\. .*'\)\n(?:@.*\n)*param (\w+) \w+( =)?/gm);
  return declared.map(([word = '', name = '', hasDefault]) => ({ name, word, required: hasDefault === undefined }));
}

describe('the app settings of main.bicep', () => {
  const clientId = '33333333-3333-3333-3333-333333333333';
  const targets = all(example, /^ {2}\{\n((?: {4}.*\n)*) {2}\}/gm).map(([members = '']) =>
    Object.fromEntries(all(members, /(\w+): '(.*)'/g)),
  );
  /** What the expressions of the template come to in Azure. */
  const values: Readonly<Record<string, string>> = {
    "'managedidentity'": 'managedidentity',
    'storage.name': 'stkeyturncontoso',
    'identity.properties.clientId': clientId,
    'subscription().tenantId': '11111111-1111-1111-1111-111111111111',
    apiClientId: first(example, /^param apiClientId = '(.*)'/m),
    'string(targets)': JSON.stringify(targets),
    "join(discoverySubscriptionIds, ',')": first(example, /^param discoverySubscriptionIds = \[\s+'(.*)'/m),
    "join(map(vaultIds, id => last(split(id, '/'))), ',')": first(example, /vaults\/([\w-]+)'/),
    eventsQueue: first(main, /^var eventsQueue = '(.*)'/m),
    'topic!.properties.endpoint': 'https://evgt-func-keyturn-contoso.eastus-1.eventgrid.azure.net/api/events',
    // What the platform makes of the reference.
    webhookReference: 'https://contoso.webhook.example/workflows/keyturn?sig=1',
    webhookFormat: 'teams',
    'insights!.properties.ConnectionString': 'InstrumentationKey=0;IngestionEndpoint=https://contoso.example',
  };
  const settings = all(main, /\{ name: '(\w+)', value: (.+?) \}/g);
  const environment = Object.fromEntries(settings.map(([name = '', expression = '']) => [name, values[expression]]));

  it('are read as they are meant', () => {
    const name = first(example, /^param name = '(.*)'/m);
    expect(readSettings({ ...environment, WEBSITE_SITE_NAME: name })).toMatchObject({
      cloud: 'public',
      tenantId: '11111111-1111-1111-1111-111111111111',
      apiClientId: '00000000-0000-0000-0000-000000000000',
      identityClientId: clientId,
      instance: 'func-keyturn-contoso',
      storage: { kind: 'identity', queueServiceUri: 'https://stkeyturncontoso.queue.core.windows.net', clientId },
      eventsQueue: 'keyturn-secret-events',
      telling: {
        topicEndpoint: 'https://evgt-func-keyturn-contoso.eastus-1.eventgrid.azure.net/api/events',
        webhook: { format: 'teams' },
      },
      targets: [{ name: 'ai-contoso', vaultUrl: 'https://kv-contoso.vault.azure.net' }],
      discovery: {
        subscriptions: ['00000000-0000-0000-0000-000000000000'],
        vaultUrls: ['https://kv-contoso.vault.azure.net'],
      },
    });
  });

  it('are known to Keyturn or to the platform', () => {
    const known = all(readFileSync('src/settings.ts', 'utf8'), /^ {2}(KEYTURN_\w+|AzureWebJobsStorage\w*): /gm).flat();
    // https://learn.microsoft.com/azure/azure-functions/functions-app-settings
    const platform = ['APPLICATIONINSIGHTS_CONNECTION_STRING'];
    expect(settings.length).toBeGreaterThan(5);
    expect(settings.map(([name]) => name).filter((name = '') => ![...known, ...platform].includes(name))).toEqual([]);
  });
});

describe('what lets somebody in', () => {
  it('stands in no template: no key is listed, and no connection string but that of the log', () => {
    const secrets =
      /(?:list\w*(?:Keys|Secrets?|Sas|Token)\w*\(|AccountKey|SharedAccess|\w*ConnectionString\w*|clientSecret)/gi;
    const found = templates.flatMap(({ text }) => text.match(secrets) ?? []);
    expect(found).toEqual(['ConnectionString']);
    expect(main).toContain(
      "{ name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: insights!.properties.ConnectionString }",
    );
  });

  it('is closed where Azure offers a key beside the identity', () => {
    for (const closed of ['allowSharedKeyAccess: false', 'disableLocalAuth: true']) expect(main).toContain(closed);
    expect(main.match(/basicPublishingCredentialsPolicies/g)).toHaveLength(1);
    expect(main).toMatch(/properties: \{ allow: false \}/);
  });
});

describe('the roles', () => {
  const roles = Object.fromEntries(all(main, /^ {2}'([\w ]+)': '([0-9a-f-]{36})'$/gm));

  it('are the built-in ones that their names say', () => {
    const ids = Object.fromEntries(builtInRoles.map(({ roleName, guid }) => [roleName, guid]));
    expect(roles).toEqual(Object.fromEntries(Object.keys(roles).map((name) => [name, ids[name]])));
  });

  it("are those that the operators' table names, and the host's own on blobs", () => {
    const named = all(permissionTable, /((?:Key Vault|Storage|EventGrid) [A-Z]\w+(?: [A-Z]\w+)*)/g).flat();
    // One word alone, which any sentence may begin with.
    expect(permissionTable).toContain('role Reader |');
    expect(Object.keys(roles).sort()).toEqual([...named, 'Storage Blob Data Owner', 'Reader'].sort());
  });

  it('are each assigned', () => {
    const assigned = all(main.split('var builtInRoles')[1]?.split('\n}\n').slice(1).join() ?? '', /'([\w ]+)'/g).flat();
    expect(Object.keys(roles).filter((name) => !assigned.includes(name))).toEqual([]);
  });

  it("on accounts allow what the operators' table lists, which is what the simulated identity may do", () => {
    const role = readFileSync('infra/key-rotator-role.bicep', 'utf8');
    const actions = all(role, /^ +'(Microsoft\.CognitiveServices\/.*)'$/gm).flat();
    expect(actions).toEqual(all(permissionTable, /`(Microsoft\.CognitiveServices\/.*)`/g).flat());
    expect(actions).toEqual(defaultDefinition.customRoles?.[0]?.actions);
  });
});

describe('the events', () => {
  const subscription = readFileSync('infra/vault-events-subscription.bicep', 'utf8');

  it('are those that Keyturn heeds', () => {
    const types = all(first(subscription, /includedEventTypes: (\[.*\])/), /'(.+?)'/g).flat();
    const kinds = types.map((eventType) => {
      const [read] = readSecretEvents({
        eventType,
        data: { VaultName: 'kv', ObjectName: 's', Version: 'a'.repeat(32) },
      });
      return read?.kind === 'secret-event' ? read.event.kind : eventType;
    });
    expect(kinds).toEqual(['near-expiry', 'expired']);
  });

  it('go to the function that takes them', () => {
    const edge = refusingEdge(Object.assign(new Error(), { problems: [] }));
    const registered = functions(edge, { sweepSchedule: '', eventsQueue: '' });
    const [name] = registered.filter(({ trigger }) => trigger === 'event-grid').map((one) => one.name);
    expect(first(main, /functionId: '\$\{app\.id\}\/functions\/(.*)'/)).toBe(name);
  });

  it('are written to the queue by the role that its name says', () => {
    const sender = builtInRoles.find(({ roleName }) => roleName === 'Storage Queue Data Message Sender');
    expect(first(main, /^var queueSenderRole = '(.*)'/m)).toBe(sender?.guid);
  });
});

describe('the parameters', () => {
  it.each(templates)('of $file say whether they are required', ({ text }) => {
    const declared = parameters(text);
    expect(declared).toHaveLength(all(text, /^param (\w+)/gm).length);
    expect(declared.map(({ word }) => word)).toEqual(
      declared.map(({ required }) => (required ? 'Required' : 'Optional')),
    );
  });

  it('of the example are those of main.bicep, with every required one', () => {
    const given = all(example, /^param (\w+)/gm).flat();
    const declared = parameters(main);
    expect(given.filter((name) => !declared.some((one) => one.name === name))).toEqual([]);
    expect(declared.filter(({ name, required }) => required && !given.includes(name))).toEqual([]);
  });

  it('of each module are given by main.bicep', () => {
    const modules = all(main, /^module \w+ '(.*)' = [\s\S]*?^ +params: \{\n([\s\S]*?)^(?: {2}| {4})\}\n/gm);
    expect(modules.map(([file]) => path.join('infra', file ?? '')).sort()).toEqual(
      templates
        .map(({ file }) => file)
        .filter((file) => path.basename(file) !== 'main.bicep')
        .sort(),
    );
    for (const [file = '', params = ''] of modules) {
      const declared = parameters(readFileSync(path.join('infra', file), 'utf8')).map(({ name }) => name);
      expect(
        all(params, /^ +(\w+): /gm)
          .flat()
          .sort(),
        file,
      ).toEqual(declared.sort());
    }
  });
});

it('the alert looks for the line that a sweep logs', () => {
  const counts = { woken: 0, started: 0, suspended: 0, failed: 0, running: 0, held: 0, looks: 0 };
  const swept: LogEvent = { event: 'swept', paused: false, targets: 1, ...counts };
  const text = first(main, /query: 'traces \| where message contains \\'(.*)\\''/);
  expect(text).not.toBe('');
  expect(JSON.stringify(swept)).toContain(text);
});

describe('the alerts on how things stand', () => {
  const queries = all(main, /^ {4}query: '(traces .*)'$/gm).map(([query = '']) => query.replaceAll("\\'", "'"));

  it('are told of on the page on alerts, with what to do', () => {
    const names = ['heartbeat', ...all(main.split('var standingAlerts')[1] ?? '', /^ {4}name: '(\w+)'$/gm).flat()];
    const page = readFileSync('docs/telling.md', 'utf8').split('| alert | means |')[1]?.split('\n\n')[0] ?? '';
    expect(all(page, /^\| `(\w+)` \| .+ \| .+ \|$/gm).flat()).toEqual(names);
  });

  it('look for events that are logged, and for numbers that they hold', () => {
    expect(queries).toHaveLength(4);
    const measured = measureFleet([]);
    for (const query of queries) {
      expect(logEvents).toContain(first(query, /"event":"([a-z-]+)"/));
      for (const [field = ''] of all(query, /\bm\.(\w+)/g)) expect(measured).toHaveProperty(field, 0);
    }
  });
});

describe('the app registration', () => {
  const read = (file: string): unknown => JSON.parse(readFileSync(`infra/app-registration/${file}.json`, 'utf8'));

  it('has the app roles that the admin API asks for, for people and for apps', () => {
    const role = { id: expect.any(String), isEnabled: true, allowedMemberTypes: ['User', 'Application'] };
    expect(read('roles')).toMatchObject(appRoles.map((value) => ({ ...role, value })));
  });

  it('lets the Azure CLI use the scope that it has', () => {
    const id = first(JSON.stringify(read('scope')), /"id":"(.*?)"/);
    expect(read('azure-cli')).toMatchObject({ api: { preAuthorizedApplications: [{ delegatedPermissionIds: [id] }] } });
  });
});
