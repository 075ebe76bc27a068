import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Bicep, bicepVersion, findBicep } from './bicep.ts';

const command = findBicep();
const parameterFiles = globSync('infra/snapshots/*.bicepparam').map((file) => basename(file, '.bicepparam'));
const templates = globSync('infra/*.bicep').toSorted();
const infra = join(import.meta.dirname, '../../infra');

if (command === null) {
  console.log(
    `There is no Bicep compiler ${bicepVersion} here: infra/ is checked as it was compiled. .ci/run restores it.`,
  );
  it.skip('what lies compiled in infra/ is what the compiler makes of the templates');
} else withCompiler(new Bicep(command));

function withCompiler(bicep: Bicep): void {
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

  it.each([
    ['a NAT gateway for a network that is not made here', 'natGateway goes with a network', ['natGateway', 'subnetId']],
    ['private endpoints without a subnet', 'private with subnetId takes endpointSubnetId', ['private', 'subnetId']],
    ['events pushed to a private endpoint', 'Event Grid reaches no private', ['private', 'vaultEvents']],
  ])('a deployment is refused for %s', async (_, sentence, names) => {
    const values: Readonly<Record<string, string>> = { subnetId: "'/subnets/app'", vaultEvents: "'push'" };
    const changes = names.map((name) => `param ${name} = ${values[name] ?? 'true'}\n`).join('');
    const folder = mkdtempSync(join(tmpdir(), 'keyturn-bicep-'));
    const file = join(folder, 'refused.bicepparam');
    const minimal = readFileSync('infra/snapshots/minimal.bicepparam', 'utf8');
    writeFileSync(file, minimal.replace('../main.bicep', relative(folder, join(infra, 'main.bicep'))) + changes);
    await expect(bicep.snapshot(file, 'rg-keyturn')).rejects.toThrow(sentence);
  });

  it.each(templates)('%s is written as the formatter has it', async (template) => {
    expect(await bicep.format(template)).toBe(readFileSync(template, 'utf8'));
  });
}

/** The compiler writes outputs in another order every time. */
function inOneOrder(snapshot: string): string {
  const read = JSON.parse(snapshot);
  const outputs = Object.entries(read.outputs ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `${JSON.stringify({ ...read, outputs: Object.fromEntries(outputs) }, null, 2)}\n`;
}
