import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { defaultSweepSchedule, readSettings } from '../../src/settings/settings.ts';
import { SettingsError } from '../../src/settings/settings-error.ts';
import { goodSettings } from './good-settings.ts';

type Variables = Record<string, string | undefined>;

const identityStorage = { AzureWebJobsStorage: '', AzureWebJobsStorage__accountName: 'contosokeyturn' };
const inAzure = { WEBSITE_SITE_NAME: 'contoso-keyturn' };

const target = {
  name: 'demo',
  accountId:
    '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/ai-demo',
  vault: 'kv-demo',
};

function read(changes: Variables) {
  return readSettings({ ...goodSettings, ...changes });
}

function refusal(changes: Variables): SettingsError {
  try {
    read(changes);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new SettingsError([{ field: 'none', found: 'settings that were taken', accepted: 'settings to be refused' }]);
}

describe('a variable with which Node itself prints requests', () => {
  it.each(['NODE_DEBUG', 'NODE_DEBUG_NATIVE'])('is refused in Azure, by its name: %s', (field) => {
    const { problems } = refusal({ ...inAzure, ...identityStorage, [field]: 'http,https' });
    expect(problems).toEqual([{ field, found: '"http,https"', accepted: expect.stringContaining('nothing in Azure') }]);
  });

  it('is nobody’s concern on a laptop, nor if it is empty', () => {
    expect(() => read({ NODE_DEBUG: 'http' })).not.toThrow();
    expect(() => read({ ...inAzure, ...identityStorage, NODE_DEBUG: '' })).not.toThrow();
  });
});

describe('good settings', () => {
  it('fill in every default', () => {
    expect(read({})).toMatchObject({
      cloud: 'public',
      identityClientId: null,
      instance: 'keyturn-test',
      sweepSchedule: defaultSweepSchedule,
      targets: [],
      fleet: {
        maxRunning: 500,
        maxRunningPerSubscription: 100,
        stopAfterFailures: 5,
        startJitterMs: 3_600_000,
        discoveredCanaries: false,
      },
      discovery: { subscriptions: [], vaultUrls: [] },
      storage: { kind: 'connection-string' },
    });
  });

  it.each<[string, Variables, object]>([
    [
      'empty text counts as absent',
      { KEYTURN_CLOUD: ' ', KEYTURN_SWEEP_SCHEDULE: '' },
      { cloud: 'public', sweepSchedule: defaultSweepSchedule },
    ],
    [
      'in Azure the instance is the function app',
      { ...inAzure, ...identityStorage, KEYTURN_INSTANCE: '' },
      { instance: 'contoso-keyturn' },
    ],
    [
      'people are notified through a topic and a webhook',
      {
        KEYTURN_EVENT_GRID_TOPIC: 'https://evgt-contoso.eastus-1.eventgrid.azure.net/api/events',
        KEYTURN_WEBHOOK_URL: 'https://hooks.contoso.example/services/T0/B0/secret-part',
        KEYTURN_WEBHOOK_FORMAT: 'slack',
        KEYTURN_NOTIFY: 'suspended, overdue',
      },
      {
        notifier: {
          topicEndpoint: 'https://evgt-contoso.eastus-1.eventgrid.azure.net/api/events',
          webhook: { format: 'slack' },
          kinds: ['suspended', 'overdue'],
        },
      },
    ],
    ['nobody is told without a setting', {}, { notifier: { topicEndpoint: null, webhook: null } }],
    ['a container on a laptop is not Azure', { CONTAINER_NAME: 'dev' }, { storage: { kind: 'connection-string' } }],
    [
      'ids are compared in lower case',
      { KEYTURN_TENANT_ID: 'ABCDEF00-0000-0000-0000-000000000000' },
      { tenantId: 'abcdef00-0000-0000-0000-000000000000' },
    ],
    [
      'a schedule of 5 fields',
      { KEYTURN_SWEEP_SCHEDULE: '*/10 * * * MON-FRI' },
      { sweepSchedule: '*/10 * * * MON-FRI' },
    ],
    [
      "storage by the account's name",
      identityStorage,
      {
        storage: {
          kind: 'identity',
          queueServiceUri: 'https://contosokeyturn.queue.core.windows.net',
          tableServiceUri: 'https://contosokeyturn.table.core.windows.net',
          clientId: null,
        },
      },
    ],
    [
      'storage by addresses and a user-assigned identity',
      {
        AzureWebJobsStorage: '',
        AzureWebJobsStorage__queueServiceUri: 'https://contoso.queue.core.chinacloudapi.cn/',
        AzureWebJobsStorage__tableServiceUri: 'https://contoso.table.core.chinacloudapi.cn',
        AzureWebJobsStorage__credential: 'managedidentity',
        AzureWebJobsStorage__clientId: goodSettings.KEYTURN_API_CLIENT_ID,
        KEYTURN_CLOUD: 'china',
      },
      {
        storage: {
          queueServiceUri: 'https://contoso.queue.core.chinacloudapi.cn',
          clientId: goodSettings.KEYTURN_API_CLIENT_ID,
        },
      },
    ],
    [
      'targets in a blob, by container and name',
      { KEYTURN_TARGETS: '', KEYTURN_TARGETS_BLOB: 'keyturn-config/fleet/targets.json' },
      { targets: [], targetsBlob: { container: 'keyturn-config', name: 'fleet/targets.json' } },
    ],
    ['no blob without its setting', {}, { targetsBlob: null }],
    [
      'a connection string wins over an identity, as in the host',
      { AzureWebJobsStorage__accountName: 'contosokeyturn' },
      { storage: { kind: 'connection-string' } },
    ],
  ])('%s', (_, changes, expected) => {
    expect(read(changes)).toMatchObject(expected);
  });

  it('take targets from a file, with or without the schema for editors', () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'keyturn-')), 'targets.json');
    writeFileSync(file, `\uFEFF${JSON.stringify({ $schema: './targets.schema.json', targets: [target] })}`);
    expect(read({ KEYTURN_TARGETS: '', KEYTURN_TARGETS_FILE: file }).targets).toMatchObject([{ name: 'demo' }]);
  });
});

describe('bad settings', () => {
  it.each<[string, Variables, string, string]>([
    ['a missing tenant', { KEYTURN_TENANT_ID: '' }, 'KEYTURN_TENANT_ID', 'nothing'],
    ['a tenant by its domain', { KEYTURN_TENANT_ID: 'contoso.com' }, 'KEYTURN_TENANT_ID', '"contoso.com"'],
    ['an unknown cloud', { KEYTURN_CLOUD: 'mars' }, 'KEYTURN_CLOUD', '"mars"'],
    ['no instance outside Azure', { KEYTURN_INSTANCE: '' }, 'KEYTURN_INSTANCE', 'nothing'],
    [
      'a schedule that never comes',
      { KEYTURN_SWEEP_SCHEDULE: '0 0 2 31 2 *' },
      'KEYTURN_SWEEP_SCHEDULE',
      '"0 0 2 31 2 *"',
    ],
    ['a schedule of four fields', { KEYTURN_SWEEP_SCHEDULE: '* * * *' }, 'KEYTURN_SWEEP_SCHEDULE', '"* * * *"'],
    [
      'a name one letter off',
      { KEYTURN_SWEEP_SHEDULE: '0 * * * * *' },
      'KEYTURN_SWEEP_SHEDULE',
      'a name that is not known here',
    ],
    ['no storage', { AzureWebJobsStorage: '' }, 'AzureWebJobsStorage', 'nothing'],
    ['a storage key in Azure', inAzure, 'AzureWebJobsStorage', 'a text, taken as a connection string (not shown)'],
    [
      'a text that is no connection string',
      { AzureWebJobsStorage: 'storage' },
      'AzureWebJobsStorage',
      'a text that is no connection string (not shown)',
    ],
    [
      'one address without the other',
      { AzureWebJobsStorage: '', AzureWebJobsStorage__queueServiceUri: 'https://c.queue.core.windows.net' },
      'AzureWebJobsStorage__tableServiceUri',
      'nothing',
    ],
    [
      "an account's name outside the public cloud",
      { ...identityStorage, KEYTURN_CLOUD: 'china' },
      'AzureWebJobsStorage__accountName',
      '"contosokeyturn"',
    ],
    [
      'an address over plain http',
      { AzureWebJobsStorage__queueServiceUri: 'http://c.queue.core.windows.net' },
      'AzureWebJobsStorage__queueServiceUri',
      '"http://c.queue.core.windows.net"',
    ],
    [
      'another credential',
      { AzureWebJobsStorage__credential: 'secret' },
      'AzureWebJobsStorage__credential',
      '"secret"',
    ],
    ['no targets', { KEYTURN_TARGETS: '' }, 'KEYTURN_TARGETS', 'nothing'],
    [
      'targets in a setting and in a blob',
      { KEYTURN_TARGETS_BLOB: 'keyturn-config/targets.json' },
      'KEYTURN_TARGETS_BLOB',
      '"keyturn-config/targets.json"',
    ],
    [
      'targets in a file and in a blob',
      {
        KEYTURN_TARGETS: '',
        KEYTURN_TARGETS_FILE: 'targets.json',
        KEYTURN_TARGETS_BLOB: 'keyturn-config/targets.json',
      },
      'KEYTURN_TARGETS_BLOB',
      '"keyturn-config/targets.json"',
    ],
    ['targets twice', { KEYTURN_TARGETS_FILE: 'targets.json' }, 'KEYTURN_TARGETS_FILE', '"targets.json"'],
    [
      'targets that are not JSON',
      { KEYTURN_TARGETS: '[{' },
      'KEYTURN_TARGETS',
      expect.stringContaining('text that is not JSON'),
    ],
    [
      'a targets file that is not there',
      { KEYTURN_TARGETS: '', KEYTURN_TARGETS_FILE: 'no.json' },
      'KEYTURN_TARGETS_FILE',
      '"no.json"',
    ],
    [
      'a fault inside a target',
      { KEYTURN_TARGETS: JSON.stringify([{ ...target, overlap: 'soon' }]) },
      'KEYTURN_TARGETS[0].overlap',
      '"soon"',
    ],
  ])('%s is refused by name', (_, changes, field, found) => {
    expect(refusal(changes).problems).toEqual([{ field, found, accepted: expect.any(String) }]);
  });

  it('are told all at once, one line each', () => {
    const { message } = refusal({
      KEYTURN_TENANT_ID: '',
      KEYTURN_CLOUD: 'mars',
      AzureWebJobsStorage: '',
      KEYTURN_TARGETS: '{}',
    });
    expect(message.split('\n').map((line) => line.trim().split(':')[0])).toEqual([
      'Keyturn cannot start with these settings',
      'KEYTURN_CLOUD',
      'KEYTURN_TENANT_ID',
      'AzureWebJobsStorage',
      'KEYTURN_TARGETS',
    ]);
  });

  it.each([
    ['a storage key', 'AccountKey=Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6'],
    ['an account key', '0123456789abcdef0123456789abcdef'],
    ['a client secret', 'abc8Q~defghijklmnopqrstuvwxyz0123456789'],
  ])('never show %s pasted into the wrong place', (_, secret) => {
    const names = [
      'KEYTURN_TENANT_ID',
      'KEYTURN_API_CLIENT_ID',
      'KEYTURN_CLOUD',
      'AzureWebJobsStorage',
      'KEYTURN_TARGETS',
      'AzureWebJobsStorage__accountName',
    ];
    for (const name of names)
      expect(refusal({ AzureWebJobsStorage: '', [name]: secret }).message).not.toContain(secret);
  });
});

describe('a setting that is refused', () => {
  const ofTarget = (change: object) => ({ KEYTURN_TARGETS: JSON.stringify([{ ...target, ...change }]) });
  it.each<[string, Variables, string, string]>([
    ['a retention', { KEYTURN_HISTORY_RETENTION: '1d' }, 'KEYTURN_HISTORY_RETENTION', '"1d"'],
    ['a retention without a unit', { KEYTURN_HISTORY_RETENTION: '60' }, 'KEYTURN_HISTORY_RETENTION', '"60"'],
    ['an endless retention', { KEYTURN_HISTORY_RETENTION: '9999 d' }, 'KEYTURN_HISTORY_RETENTION', '"9999 d"'],
    ['an endless jitter', { KEYTURN_START_JITTER: '600w' }, 'KEYTURN_START_JITTER', '"600w"'],
    ['a bound', { KEYTURN_MAX_RUNNING: '100001' }, 'KEYTURN_MAX_RUNNING', '"100001"'],
    ['an overlap', ofTarget({ overlap: '10 mins' }), 'KEYTURN_TARGETS[0].overlap', '"10 mins"'],
    ['an interval', ofTarget({ rotateEvery: '240 min' }), 'KEYTURN_TARGETS[0].rotateEvery', '"240 min"'],
    ['a validity', ofTarget({ maxValidity: '2w' }), 'KEYTURN_TARGETS[0].maxValidity', '"2w"'],
    [
      'a spread',
      ofTarget({ newKeyProof: { spread: '360 secs' } }),
      'KEYTURN_TARGETS[0].newKeyProof.spread',
      '"360 secs"',
    ],
    ['a cache', ofTarget({ keyCache: '9999h 1m' }), 'KEYTURN_TARGETS[0].keyCache', '"9999h 1m"'],
    ['a request', ofTarget({ longestRequest: 600 }), 'KEYTURN_TARGETS[0].longestRequest', '600'],
    ['a look for drift', ofTarget({ driftEvery: '4000d' }), 'KEYTURN_TARGETS[0].driftEvery', '"4000d"'],
  ])('shows what was written: %s', (_, changes, field, found) => {
    expect(refusal(changes).problems).toEqual([{ field, found, accepted: expect.any(String) }]);
  });
});

describe('the blob with the targets', () => {
  it.each([
    ['without a container', 'targets.json'],
    ['without a name', 'keyturn-config/'],
    ['by its address', 'https://contosokeyturn.blob.core.windows.net/keyturn-config/targets.json'],
    ['in a container with capitals', 'Keyturn-Config/targets.json'],
    ['in a container of two letters', 'kc/targets.json'],
    ['in a container of 64 letters', `${'k'.repeat(64)}/targets.json`],
    ['in a container with two hyphens in a row', 'keyturn--config/targets.json'],
    ['one folder up', 'keyturn-config/../other/targets.json'],
    ['behind an empty folder', 'keyturn-config//targets.json'],
    ['in a folder named by a dot', 'keyturn-config/fleet/./targets.json'],
    ['as a folder', 'keyturn-config/fleet/..'],
    ['with a query', 'keyturn-config/targets.json?sig=1'],
    ['with a blank', 'keyturn-config/my targets.json'],
    ['with a dot at its end', 'keyturn-config/targets.'],
    ['with too long a name', `keyturn-config/${'t'.repeat(1025)}`],
  ])('is refused %s', (_, place) => {
    expect(refusal({ KEYTURN_TARGETS: '', KEYTURN_TARGETS_BLOB: place }).problems).toEqual([
      {
        field: 'KEYTURN_TARGETS_BLOB',
        found: expect.any(String),
        accepted: expect.stringContaining('keyturn-config/targets.json'),
      },
    ]);
  });

  it.each(['kct/t', `${'k'.repeat(63)}/targets.json`, `keyturn-config/${'t'.repeat(1024)}`])(
    'is taken as short and as long as storage lets it be (%#)',
    (place) => {
      const { targetsBlob } = read({ KEYTURN_TARGETS: '', KEYTURN_TARGETS_BLOB: place });
      expect(`${targetsBlob?.container}/${targetsBlob?.name}`).toBe(place);
    },
  );
});

describe('a list of targets in a setting', () => {
  /** A list of one target in so many bytes: blanks before the target. */
  const ofBytes = (bytes: number) => {
    const json = JSON.stringify([target]);
    return `[${' '.repeat(bytes - json.length)}${json.slice(1)}`;
  };

  it('may have 100,000 bytes', () => {
    expect(read({ KEYTURN_TARGETS: ofBytes(100_000) }).targets).toHaveLength(1);
  });

  it.each([
    ['one byte more', ofBytes(100_001), '100001 bytes'],
    // Characters would be 100,000.
    ['bytes, not characters', `["é${'e'.repeat(99_995)}"]`, '100001 bytes'],
  ])('is refused beyond, with the way out: %s', (_, list, found) => {
    expect(refusal({ KEYTURN_TARGETS: list }).problems).toEqual([
      {
        field: 'KEYTURN_TARGETS',
        found,
        accepted: 'at most 100000 bytes: keep so many targets in a blob, KEYTURN_TARGETS_BLOB',
      },
    ]);
  });

  it('has the bound that the pages and the template state', () => {
    expect(readFileSync('docs/settings.md', 'utf8')).toContain('JSON of at most 100,000 bytes');
    expect(readFileSync('docs/deploy.md', 'utf8')).toContain('| targets in app settings | 100,000 bytes');
    expect(readFileSync('infra/main.bicep', 'utf8')).toContain('length(targetsText) > 100000');
  });
});

describe('what nobody has put in place', () => {
  const names = [
    'KEYTURN_TENANT_ID',
    'KEYTURN_API_CLIENT_ID',
    'KEYTURN_INSTANCE',
    'KEYTURN_SWEEP_SCHEDULE',
    'KEYTURN_TARGETS',
    'KEYTURN_TARGETS_FILE',
    'KEYTURN_TARGETS_BLOB',
    'KEYTURN_WEBHOOK_URL',
    'KEYTURN_NOTIFY',
    'KEYTURN_DISCOVERY_VAULTS',
    'KEYTURN_START_JITTER',
    'AzureWebJobsStorage',
  ];
  it.each(
    [
      ['@Microsoft.KeyVault(SecretUri=https://kv-contoso.vault.azure.net/secrets/one/)', 'Key Vault reference'],
      ['@microsoft.keyvault(VaultName=kv-contoso;SecretName=one)', 'Key Vault reference'],
      ['@Microsoft.AppConfiguration(Endpoint=https://contoso.azconfig.io; Key=one)', 'App Configuration reference'],
      ['%ONE_SETTING%', 'name between %'],
    ].flatMap(([value = '', what = '']) => names.map((name) => ({ name, value, what }))),
  )('is named in $name as a $what: $value', ({ name, value, what }) => {
    const changes = /^KEYTURN_TARGETS_/.test(name) ? { KEYTURN_TARGETS: '' } : {};
    const { problems } = refusal({ ...changes, [name]: value });
    expect(problems.filter(({ field }) => field === name)).toEqual([
      { field: name, found: expect.stringContaining(what), accepted: expect.stringContaining('the value itself') },
    ]);
  });
});

describe('the audit log', () => {
  const workspace = 'B7A1C1DE-5C1F-4C3C-9D55-2F1F6A0B9C10';
  const scanner = '22222222-2222-2222-2222-22222222222A';
  const held = JSON.stringify([{ ...target, holdForStragglers: '2d' }]);

  it('is asked in one workspace, without listed scanners', () => {
    expect(read({}).audit).toBeNull();
    expect(read({ KEYTURN_AUDIT_WORKSPACE: workspace }).audit).toEqual({
      workspace: workspace.toLowerCase(),
      scanners: [],
    });
    const scanners = { KEYTURN_AUDIT_SCANNERS: `${scanner}, ${workspace}` };
    expect(read({ KEYTURN_AUDIT_WORKSPACE: workspace, ...scanners, KEYTURN_TARGETS: held }).audit?.scanners).toEqual([
      scanner.toLowerCase(),
      workspace.toLowerCase(),
    ]);
  });

  it.each<[string, Variables, field: string, found: string, accepted: string]>([
    [
      'a scanner by its name',
      { KEYTURN_AUDIT_WORKSPACE: workspace, KEYTURN_AUDIT_SCANNERS: `${scanner},id-contoso-backup` },
      'KEYTURN_AUDIT_SCANNERS',
      '"id-contoso-backup"',
      'object ids or client ids',
    ],
    [
      'scanners of no log',
      { KEYTURN_AUDIT_SCANNERS: scanner },
      'KEYTURN_AUDIT_WORKSPACE',
      'nothing',
      'SCANNERS needs it',
    ],
    ['a hold by no log', { KEYTURN_TARGETS: held }, 'KEYTURN_AUDIT_WORKSPACE', 'nothing', "demo's holdForStragglers"],
  ])('is refused with %s', (_, changes, field, found, accepted) => {
    expect(refusal(changes).problems).toEqual([{ field, found, accepted: expect.stringContaining(accepted) }]);
  });
});

describe('a file of targets that is not in UTF-8 is named as such', () => {
  const json = JSON.stringify([target]);
  const bigEndian = (text: string) => Buffer.from(text, 'utf16le').swap16();
  it.each<[string, Buffer, string]>([
    ['UTF-16 as PowerShell writes it', Buffer.from(`\uFEFF${json}`, 'utf16le'), 'a file in UTF-16'],
    ['UTF-16 without its mark', Buffer.from(json, 'utf16le'), 'a file in UTF-16'],
    ['UTF-16, high byte first', bigEndian(`\uFEFF${json}`), 'a file in UTF-16'],
    ['UTF-16, high byte first, without its mark', bigEndian(json), 'a file in UTF-16'],
    ['Latin-1', Buffer.from(json.replace('demo', 'd\u00e9mo'), 'latin1'), 'a file that is not in UTF-8'],
    ['zeros', Buffer.concat([Buffer.from(json), Buffer.alloc(4)]), 'a file that is not in UTF-8'],
  ])('%s', (_, bytes, named) => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'keyturn-')), 'targets.json');
    writeFileSync(file, bytes);
    expect(refusal({ KEYTURN_TARGETS: '', KEYTURN_TARGETS_FILE: file }).problems).toEqual([
      { field: 'KEYTURN_TARGETS_FILE', found: named, accepted: expect.stringContaining('UTF-8') },
    ]);
  });
});

describe('how people are notified', () => {
  const address = 'https://hooks.contoso.example/services/T0/B0/secret-part';

  it.each<[string, Variables, string, RegExp]>([
    [
      'a topic of another cloud',
      { KEYTURN_EVENT_GRID_TOPIC: 'https://t.eastus-1.eventgrid.azure.us/api/events' },
      'KEYTURN_EVENT_GRID_TOPIC',
      /eventgrid\.azure\.net/,
    ],
    [
      'a topic without its path',
      { KEYTURN_EVENT_GRID_TOPIC: 'https://t.eastus-1.eventgrid.azure.net' },
      'KEYTURN_EVENT_GRID_TOPIC',
      /api\/events/,
    ],
    [
      'a webhook without https',
      { KEYTURN_WEBHOOK_URL: address.replace('https', 'http') },
      'KEYTURN_WEBHOOK_URL',
      /not https/,
    ],
    [
      'a webhook at a machine',
      { KEYTURN_WEBHOOK_URL: 'https://169.254.169.254/secret-part' },
      'KEYTURN_WEBHOOK_URL',
      /address of a machine/,
    ],
    ...[
      'localhost',
      'LOCALHOST',
      'localhost.',
      'localhost..',
      'localhost.:8443',
      'app.localhost.',
      'localhost.localdomain',
      'metadata.google.internal',
      'metadata.google.internal.',
      'METADATA.GOOGLE.INTERNAL.',
      'metadata',
      'metadata.',
      'printer.local.',
      'router.home.arpa',
      '127.0.0.1.',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0x7F.1',
      '0177.0.0.1',
      '10.0.0.5:443',
      '192.168.0.7',
      '168.63.129.16',
      '0xa9fea9fe',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:a9fe:a9fe]',
      '[fd00::7]',
      '%6cocalhost',
      '１２７.0.0.1',
    ].map((host): [string, Variables, string, RegExp] => [
      `a webhook at ${host}`,
      { KEYTURN_WEBHOOK_URL: `https://${host}/secret-part` },
      'KEYTURN_WEBHOOK_URL',
      /address of a machine/,
    ]),
    [
      'a webhook behind somebody’s name',
      { KEYTURN_WEBHOOK_URL: 'https://hooks.contoso.com@localhost/secret-part' },
      'KEYTURN_WEBHOOK_URL',
      /holds a user/,
    ],
    [
      'a webhook with a user',
      { KEYTURN_WEBHOOK_URL: 'https://me:secret-part@contoso.example/' },
      'KEYTURN_WEBHOOK_URL',
      /user/,
    ],
    ['a webhook that is no address', { KEYTURN_WEBHOOK_URL: 'secret-part' }, 'KEYTURN_WEBHOOK_URL', /no address/],
    [
      'a reference that nobody resolved',
      { KEYTURN_WEBHOOK_URL: '@Microsoft.KeyVault(SecretUri=https://kv/secrets/secret-part)' },
      'KEYTURN_WEBHOOK_URL',
      /not resolved/,
    ],
    [
      'a format that is none',
      { KEYTURN_WEBHOOK_URL: address, KEYTURN_WEBHOOK_FORMAT: 'xml' },
      'KEYTURN_WEBHOOK_FORMAT',
      /cloudevents, teams, slack/,
    ],
    [
      'a format without an address',
      { KEYTURN_WEBHOOK_FORMAT: 'teams' },
      'KEYTURN_WEBHOOK_FORMAT',
      /beside KEYTURN_WEBHOOK_URL/,
    ],
    ['a kind that is none', { KEYTURN_NOTIFY: 'completed started' }, 'KEYTURN_NOTIFY', /"started"/],
  ])('%s is refused, and no part of an address is shown', (_, changes, field, says) => {
    const error = refusal(changes);
    expect(error.problems.map((problem) => problem.field)).toEqual([field]);
    expect(error.message).toMatch(says);
    expect(error.message).not.toContain('secret-part');
  });

  it('keeps the address out of whatever prints the settings', () => {
    const settings = read({ KEYTURN_WEBHOOK_URL: address });
    expect(inspect(settings, { depth: null })).not.toContain('secret-part');
    expect(JSON.stringify(settings)).not.toContain('secret-part');
    expect(settings.notifier.webhook?.url.reveal()).toBe(address);
  });
});
