import { globSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bicepOn, bicepVersion, findBicep } from './bicep.ts';

const command = findBicep();
const parameterFiles = globSync('infra/snapshots/*.bicepparam').map((file) => basename(file, '.bicepparam'));
const infra = join(import.meta.dirname, '../../infra');

if (command === null)
  console.log(
    `There is no Bicep compiler ${bicepVersion} here: infra/ is checked as it was compiled. .ci/run restores it.`,
  );

describe.runIf(command !== null)(
  'what lies compiled in infra/ is what the compiler makes of the templates',
  { timeout: 120_000 },
  () => {
    const bicep = bicepOn(command ?? '');

    it.each([
      ['azuredeploy.json', 'main.bicep'],
      ['grants.json', 'grants.bicep'],
    ])('%s, without a warning of the compiler or the linter', async (compiled, template) => {
      expect(await bicep.run('build', template, '--outfile', compiled)).toBe('');
      await expect(bicep.read(compiled)).toMatchFileSnapshot(join(infra, compiled));
    });

    it.each(parameterFiles.toSorted())('snapshots/%s.snapshot.json', async (name) => {
      // A template for a whole subscription takes no group.
      const group = name === 'grants' ? [] : ['--resource-group', 'rg-keyturn'];
      const subscription = ['--subscription-id', '00000000-0000-0000-0000-000000000000', ...group];
      const place = ['--tenant-id', '22222222-2222-2222-2222-222222222222', ...subscription, '--location', 'eastus'];
      expect(await bicep.run('snapshot', `snapshots/${name}.bicepparam`, '--mode', 'overwrite', ...place)).toBe('');
      const file = `snapshots/${name}.snapshot.json`;
      await expect(inOneOrder(bicep.read(file))).toMatchFileSnapshot(join(infra, file));
    });

    it('the example of the guide', async () => {
      expect(await bicep.run('build-params', 'main.bicepparam', '--outfile', 'example.json')).toBe('');
      expect(JSON.parse(bicep.read('example.json'))).toHaveProperty('parameters.name.value', 'func-keyturn-contoso');
    });

    it('every template, as the formatter writes it', async () => {
      const templates = readdirSync(infra).filter((file) => file.endsWith('.bicep'));
      const written = templates.map(bicep.read);
      await bicep.run('format', '--pattern', '*.bicep');
      expect(templates.filter((file, index) => bicep.read(file) !== written[index])).toEqual([]);
    });
  },
);

/** The compiler writes outputs in another order every time. */
function inOneOrder(snapshot: string): string {
  const read = JSON.parse(snapshot);
  const outputs = Object.entries(read.outputs ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `${JSON.stringify({ ...read, outputs: Object.fromEntries(outputs) }, null, 2)}\n`;
}
