import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { tried } from '../vitest/whole-search.ts';
import { Bicep, bicepVersion, findBicep } from './bicep.ts';

const command = findBicep();
const parameterFiles = globSync('infra/snapshots/*.bicepparam').map((file) => basename(file, '.bicepparam'));
const templates = globSync('infra/*.bicep').toSorted();
const infra = join(import.meta.dirname, '../../infra');

/** What azd always has. */
const azdVariables = {
  AZURE_ENV_NAME: 'contoso',
  AZURE_SUBSCRIPTION_ID: '00000000-0000-0000-0000-000000000000',
};

if (command === null) {
  it('what lies compiled in infra/ is what the compiler makes of the templates', ({ skip }) => {
    skip(`There is no Bicep compiler ${bicepVersion} here: infra/ is checked as it was compiled. .ci/run restores it.`);
  });
} else withCompiler(command);

function withCompiler(command: string): void {
  const bicep = new Bicep(command, azdVariables);
  afterAll(() => bicep.stop());

  it.each([
    ['azuredeploy.json', 'main.bicep'],
    ['grants.json', 'grants.bicep'],
  ])('%s is what it makes of %s, and neither it nor the linter warns', async (compiled, template) => {
    const { text, says } = await bicep.compile(`infra/${template}`);
    expect(says).toEqual([]);
    await expect(text).toMatchFileSnapshot(join(infra, compiled));
  });

  it.each(parameterFiles.toSorted())('snapshots/%s.snapshot.json is what would be deployed', async (name) => {
    // A template for a whole subscription takes no group.
    const snapshot = await bicep.snapshot(
      `infra/snapshots/${name}.bicepparam`,
      name === 'grants' ? null : 'rg-keyturn',
    );
    await expect(inOneOrder(snapshot)).toMatchFileSnapshot(join(infra, `snapshots/${name}.snapshot.json`));
  });

  it('the example of the guide would deploy, in every resource group', async () => {
    expect(await bicep.snapshot('infra/main.bicepparam', 'rg-other')).toContain('func-keyturn-contoso');
  });

  it('azd deploys by its variables: nothing but the app if none is set, and the same app each time', async () => {
    const other = '00000000-0000-0000-0000-000000000001';
    const bare = await deployedByAzd(bicep);
    expect(bare.name).toMatch(/^func-contoso-[a-z0-9]{13}$/);
    expect(bare.settings).toMatchObject({ KEYTURN_TARGETS: '[]', KEYTURN_API_CLIENT_ID: '' });
    const group = `/subscriptions/${other}/resourceGroups/rg-contoso/providers`;
    const accountId = `${group}/Microsoft.CognitiveServices/accounts/ai-contoso`;
    const target = { name: 'ai-contoso', accountId, vault: 'kv-contoso' };
    const compiler = new Bicep(command, {
      ...azdVariables,
      KEYTURN_API_CLIENT_ID: 'the client',
      KEYTURN_TENANT_ID: 'the tenant',
      KEYTURN_TARGETS: JSON.stringify([target]),
      KEYTURN_VAULT_IDS: `${group}/Microsoft.KeyVault/vaults/kv-contoso`,
      KEYTURN_DISCOVERY_SUBSCRIPTION_IDS: `${other},${azdVariables.AZURE_SUBSCRIPTION_ID}`,
      KEYTURN_PRIVATE: 'true',
      KEYTURN_TAGS: '{"team":"contoso"}',
      AZURE_LOCATION: 'swedencentral',
    });
    const full = await deployedByAzd(compiler).finally(() => compiler.stop());
    expect(full).toMatchObject({
      name: bare.name,
      location: 'swedencentral',
      tags: { team: 'contoso' },
      properties: { publicNetworkAccess: 'Disabled' },
      settings: {
        KEYTURN_API_CLIENT_ID: 'the client',
        KEYTURN_TENANT_ID: 'the tenant',
        KEYTURN_DISCOVERY_SUBSCRIPTIONS: `${other},${azdVariables.AZURE_SUBSCRIPTION_ID}`,
      },
    });
    expect(JSON.parse(full.settings.KEYTURN_TARGETS ?? '')).toEqual([target]);
  });

  const refused = [
    ['a NAT gateway for a network that is not made here', 'natGateway goes with a network', ['natGateway', 'subnetId']],
    ['private endpoints without a subnet', 'private with subnetId takes endpointSubnetId', ['private', 'subnetId']],
    ['targets in two places', 'two places for one list', ['targetsFile', 'targetsBlob']],
    ['more targets than a setting takes', 'too long for a setting', ['targets']],
    ['events pushed to a private endpoint', 'Event Grid reaches no private', ['private', 'vaultEvents']],
  ] as const;
  it.each(tried(refused, 3))('a deployment is refused for %s', async (_, sentence, names) => {
    const many = `map(range(0, 1000), n => { name: 'ai-\${n}', accountId: '\${'/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-contoso'}/providers/Microsoft.CognitiveServices/accounts/ai-\${n}', vault: 'kv-contoso' })`;
    const values: Readonly<Record<string, string>> = {
      ...{ subnetId: "'/subnets/app'", vaultEvents: "'push'", targets: many },
      ...{ targetsFile: "'targets.json'", targetsBlob: "'keyturn-config/targets.json'" },
    };
    const changes = names.map((name) => `param ${name} = ${values[name] ?? 'true'}\n`).join('');
    const folder = mkdtempSync(join(tmpdir(), 'keyturn-bicep-'));
    const file = join(folder, 'refused.bicepparam');
    const whole = readFileSync('infra/snapshots/minimal.bicepparam', 'utf8');
    const minimal = names.some((name) => name === 'targets')
      ? whole.replace(/^param targets = \[.*?^\]\n/ms, '')
      : whole;
    writeFileSync(file, minimal.replace('../main.bicep', relative(folder, join(infra, 'main.bicep'))) + changes);
    await expect(bicep.snapshot(file, 'rg-keyturn')).rejects.toThrow(sentence);
  });

  it.each(templates)('%s is written as the formatter has it', async (template) => {
    expect(await bicep.format(template)).toBe(readFileSync(template, 'utf8'));
  });
}

/** The function app that `azd provision` would deploy, and its settings. */
async function deployedByAzd(bicep: Bicep) {
  const { predictedResources } = JSON.parse(await bicep.snapshot('infra/azd.bicepparam', 'rg-keyturn'));
  const site = predictedResources.find(({ type }: { type: string }) => type === 'Microsoft.Web/sites');
  const settings: { name: string; value: string }[] = site.properties.siteConfig.appSettings;
  return { ...site, settings: Object.fromEntries(settings.map(({ name, value }) => [name, value])) };
}

/** The compiler writes outputs in another order every time. */
function inOneOrder(snapshot: string): string {
  const read = JSON.parse(snapshot);
  const outputs = Object.entries(read.outputs ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `${JSON.stringify({ ...read, outputs: Object.fromEntries(outputs) }, null, 2)}\n`;
}
