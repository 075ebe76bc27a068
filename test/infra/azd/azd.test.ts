/** azd is not run here: its file is held to azd's published schema, and what azd would run is run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compiled } from '../deployed.ts';

const azd = parse(readFileSync('azure.yaml', 'utf8'));
const service = azd.services.keyturn;
const { posix, windows } = azd.hooks.preprovision;
const parameterFile = join(azd.infra.path, `${azd.infra.module}.bicepparam`);
const parameters = readFileSync(parameterFile, 'utf8');
const [main] = compiled('azuredeploy.json');

describe('azure.yaml', () => {
  // https://github.com/Azure/azure-dev/blob/ae35809f496491989273d0edefdeb70f245f399b/schemas/v1.0/azure.yaml.json, descriptions left out.
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, 'azure.yaml.schema.json'), 'utf8'));
  const ajv = new Ajv2019({ strict: false });
  // Those of azd's extensions, for hosts of theirs.
  for (const [, elsewhere = ''] of JSON.stringify(schema).matchAll(/"\$ref":"(https:[^"#]+)"/g))
    if (ajv.getSchema(elsewhere) === undefined) ajv.addSchema({}, elsewhere);
  const isValid = ajv.compile(schema);

  it("is as azd's published schema wants it", () => {
    isValid(azd);
    expect(isValid.errors ?? []).toEqual([]);
  });

  it.each([
    ['a hook that is misspelt', { hooks: { preprovison: azd.hooks.preprovision } }],
    ['a shell that azd does not know', { hooks: { preprovision: { posix: { ...posix, shell: 'bash' }, windows } } }],
    ['a service without a host', { services: { keyturn: { ...service, host: undefined } } }],
    ['a provider that cannot be', { infra: { ...azd.infra, provider: 'Bicep' } }],
    ['a required version of something else', { requiredVersions: { az: '>= 1.23.12' } }],
  ])('would not be with %s', (_, change) => {
    expect(isValid(JSON.parse(JSON.stringify({ ...azd, ...change })))).toBe(false);
  });

  it('takes a host that the schema gives as an example: it takes any', () => {
    expect(schema.properties.services.additionalProperties.properties.host.examples).toContain(service.host);
  });

  it('registers with both scripts, and hands on the client id and its tenant', () => {
    const scripts = { [posix.run]: 'register.sh', [windows.run]: 'register.ps1' };
    for (const [run, script] of Object.entries(scripts)) {
      expect(run).toContain(`infra/app-registration/${script}`);
      const set = [...run.matchAll(/azd env set (\w+)/g)].map(([, name]) => name);
      expect(set).toEqual(['KEYTURN_API_CLIENT_ID', 'KEYTURN_TENANT_ID']);
      for (const name of set) expect(parameters).toContain(`readEnvironmentVariable('${name}'`);
    }
  });

  it('lists the address of the dashboard, an output of the template, in the same registration afterwards', () => {
    const { posix: after, windows: afterOnWindows } = azd.hooks.postprovision;
    expect(after.run).toContain('register.sh --name "keyturn-$AZURE_ENV_NAME" --dashboard "$dashboardUrl"');
    expect(afterOnWindows.run).toContain('-Name "keyturn-$env:AZURE_ENV_NAME" -Dashboard $env:dashboardUrl');
    expect(Object.keys(main?.outputs ?? {})).toContain('dashboardUrl');
  });

  it('adopts nothing: no hook calls the admin API', () => {
    expect(Object.keys(azd.hooks)).toEqual(['preprovision', 'postprovision']);
    expect(posix.run + windows.run).not.toMatch(/curl|Invoke-|\/api\//);
  });

  it('finds the function app by an output of the template', () => {
    const [, output = ''] = /^\$\{(\w+)\}$/.exec(service.resourceName) ?? [];
    expect(Object.keys(main?.outputs ?? {})).toContain(output);
  });

  it('has nothing built in Azure: on Flex Consumption azd would, if .funcignore left node_modules out', () => {
    // resolveFunctionAppRemoteBuild in azd's cli/azd/pkg/project/service_target_functionapp.go
    expect(service).not.toHaveProperty('remoteBuild');
    const patterns = readFileSync(join(service.project, '.funcignore'), 'utf8').split('\n');
    expect(patterns.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });
});

it(`${parameterFile} names parameters of the template, every required one`, () => {
  const given = [...parameters.matchAll(/^param (\w+)/gm)].map(([, name = '']) => name);
  const declared = Object.entries(main?.parameters ?? {});
  expect(given.filter((name) => !declared.some(([one]) => one === name))).toEqual([]);
  const required = declared.filter(([, one]) => one.defaultValue === undefined).map(([name]) => name);
  expect(required.filter((name) => !given.includes(name))).toEqual([]);
});

it('the folder from which azd makes the zip is the one into which its build script lays out the package', () => {
  const { scripts } = JSON.parse(readFileSync(join(service.project, 'package.json'), 'utf8'));
  const folder = `${service.project}/${service.dist}`;
  expect(scripts).toEqual({ build: `npm --prefix ../.. run --silent package -- --folder ${folder}` });
  expect(readFileSync(join(service.project, '.gitignore'), 'utf8')).toContain(`${service.dist}/\n`);
});
