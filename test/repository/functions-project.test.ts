/** What the tools and the host of Azure Functions read beside the code: host.json, the package, the settings, VS Code's files. */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { appSettings, deployed } from '../infra/deployed.ts';

// Each is JSON without comments, as `func init` and VS Code write them.
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const hostJson = read('host.json');

describe('host.json', () => {
  const isValid = new Ajv({ strict: false }).compile(read('test/repository/host-json.schema.json'));

  it('is as its published schema wants it', () => {
    isValid(hostJson);
    expect(isValid.errors ?? []).toEqual([]);
  });

  it('lets no line of the log be left out: an alert is silent about what sampling took', () => {
    const { excludedTypes } = hostJson.logging.applicationInsights.samplingSettings;
    expect(excludedTypes.split(';')).toContain('Trace');
  });

  it.each([
    ['a setting that is misspelt', { extensions: { ...hostJson.extensions, queue: {} } }],
    ['a setting of the queues that is misspelt', { extensions: { queues: { maxDequeCount: 5 } } }],
    ['a batch of more than 32', { extensions: { queues: { batchSize: 33 } } }],
    ['a time span in seconds', { functionTimeout: 600 }],
    ['a level that is none', { logging: { logLevel: { default: 'Info' } } }],
    ['a version of the host', { version: '4.0' }],
  ])('would not be with %s', (_, change) => {
    expect(isValid({ ...hostJson, ...change })).toBe(false);
  });
});

describe('the package', () => {
  const content = ['dist', 'host.json', 'package.json'];

  it('is those three, also if `func azure functionapp publish` packs it by .funcignore', () => {
    const ignored = readFileSync('.funcignore', 'utf8').trim().split('\n');
    expect(ignored).toContain('*.map');
    const inRepository = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).trim().split('\n');
    const neverInRepository = readFileSync('.gitignore', 'utf8').trim().split('\n');
    const names = [...inRepository.map((file) => file.split('/')[0] ?? ''), ...neverInRepository];
    const left = names
      .map((name) => name.replace(/\/$/, ''))
      .filter((name) => !ignored.some((pattern) => matches(pattern, name)));
    expect([...new Set(left)].toSorted()).toEqual(content);
  });

  it('needs nothing installed: its entry lies in dist, and is an ES module', () => {
    expect(read('package.json')).toMatchObject({ main: expect.stringMatching(/^dist\//), type: 'module' });
  });
});

/** A pattern of .funcignore, as far as ours go: a name, in which * stands for any characters. */
function matches(pattern: string, name: string): boolean {
  const source = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${source}$`).test(name);
}

describe('the settings that the host reads', () => {
  const local: Record<string, string> = read('local.settings.json.example').Values;
  const azure = deployed('minimal');
  const [site] = azure.ofType('Microsoft.Web/sites');
  const settings = Object.keys(appSettings(azure));

  it('are there on a laptop, unencrypted: the worker and the storage', () => {
    expect(read('local.settings.json.example').IsEncrypted).toBe(false);
    expect(local).toMatchObject({
      FUNCTIONS_WORKER_RUNTIME: 'node',
      AzureWebJobsStorage: 'UseDevelopmentStorage=true',
    });
  });

  it('are there in Azure: the worker in functionAppConfig, and the storage by identity, without a key', () => {
    expect(site?.properties.functionAppConfig).toMatchObject({ runtime: { name: 'node', version: '22' } });
    const storage = settings.filter((name) => name.startsWith('AzureWebJobsStorage'));
    const parts = ['blobServiceUri', 'clientId', 'credential', 'queueServiceUri', 'tableServiceUri'];
    expect(storage.toSorted()).toEqual(parts.map((part) => `AzureWebJobsStorage__${part}`));
  });

  // https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations
  it.each([
    'ENABLE_ORYX_BUILD',
    'FUNCTIONS_EXTENSION_VERSION',
    'FUNCTIONS_WORKER_RUNTIME',
    'FUNCTIONS_WORKER_RUNTIME_VERSION',
    'SCM_DO_BUILD_DURING_DEPLOYMENT',
    'WEBSITE_CONTENTAZUREFILECONNECTIONSTRING',
    'WEBSITE_CONTENTSHARE',
    'WEBSITE_NODE_DEFAULT_VERSION',
    'WEBSITE_RUN_FROM_PACKAGE',
  ])('are not given twice in Azure: Flex Consumption sets %s itself', (name) => {
    expect(settings).not.toContain(name);
    expect(azure.ofType('Microsoft.Web/serverfarms')).toMatchObject([{ sku: { tier: 'FlexConsumption' } }]);
  });

  it.each(['existing', 'usgovernment'])('are there on an App Service plan, as in %s', (name) => {
    const other = deployed(name);
    const [app] = other.ofType('Microsoft.Web/sites');
    expect(app?.properties).toMatchObject({
      functionAppConfig: null,
      siteConfig: expect.objectContaining({ linuxFxVersion: 'NODE|22', alwaysOn: true }),
    });
    expect(appSettings(other)).toMatchObject({
      FUNCTIONS_EXTENSION_VERSION: '~4',
      FUNCTIONS_WORKER_RUNTIME: 'node',
      WEBSITE_RUN_FROM_PACKAGE: '1',
    });
  });
});

describe("VS Code's files", () => {
  const { tasks } = read('.vscode/tasks.json');
  const labels: string[] = tasks.map(({ label }: { label: string }) => label);
  const [attach] = read('.vscode/launch.json').configurations;

  it('start the host on a fresh build, and attach where its worker listens', () => {
    const [start] = tasks;
    expect(start).toMatchObject({ type: 'func', command: 'host start' });
    expect(labels).toContain(start.dependsOn);
    expect(attach.preLaunchTask).toBe(start.label);
    expect(start.options.env.languageWorkers__node__arguments).toBe(`--inspect=${attach.port}`);
  });

  it('build before they deploy', () => {
    const settings = read('.vscode/settings.json');
    expect(settings).toMatchObject({
      'azureFunctions.projectLanguage': 'TypeScript',
      'azureFunctions.projectLanguageModel': 4,
      'azureFunctions.projectRuntime': '~4',
    });
    expect(labels).toContain(settings['azureFunctions.preDeployTask']);
    expect(globSync('.vscode/*.json').toSorted()).toHaveLength(4);
  });

  it('run scripts that are there', () => {
    const { scripts } = read('package.json');
    const run = tasks.map(({ command }: { command: string }) => /^npm run (\S+)$/.exec(command)?.[1]).filter(Boolean);
    expect(run).toEqual(['build']);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(run));
  });
});
