/** Deploy to Azure: what the portal asks for, and where it gets template and code. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { appSettings, compiled, deployed, everyDeployment } from './deployed.ts';

const element = z.looseObject({
  name: z.string(),
  type: z.string(),
  toolTip: z.string(),
  defaultValue: z.union([z.string(), z.boolean()]),
  constraints: z
    .strictObject({ required: z.boolean(), regex: z.string().optional(), validationMessage: z.string().optional() })
    .optional(),
});
const definition = z
  .strictObject({
    $schema: z.literal('https://schema.management.azure.com/schemas/0.1.2-preview/CreateUIDefinition.MultiVm.json#'),
    handler: z.literal('Microsoft.Azure.CreateUIDef'),
    version: z.literal('0.1.2-preview'),
    parameters: z.strictObject({
      basics: z.array(element),
      steps: z.array(z.strictObject({ name: z.string(), label: z.string(), elements: z.array(element) })),
      outputs: z.record(z.string(), z.string().regex(/^\[.*\]$/)),
    }),
  })
  .parse(JSON.parse(readFileSync('infra/createUiDefinition.json', 'utf8')));
const { basics, steps, outputs } = definition.parameters;
const all = [...basics, ...steps.flatMap(({ elements }) => elements)];
const find = (name: string) => all.find((one) => one.name === name);

const release = z
  .strictObject({ repository: z.string(), branch: z.string(), package: z.string() })
  .parse(JSON.parse(readFileSync('infra/release.json', 'utf8')));
const packageUri = `https://github.com/${release.repository}/releases/latest/download/${release.package}`;
const parameters = Object.entries(compiled('azuredeploy.json')[0]?.parameters ?? {});

describe('createUiDefinition.json', () => {
  it('gives parameters of the template, every required one', () => {
    const given = Object.keys(outputs);
    expect(given.filter((name) => !parameters.some(([one]) => one === name))).toEqual([]);
    const required = parameters.filter(([, one]) => one.defaultValue === undefined).map(([name]) => name);
    expect(required.filter((name) => !given.includes(name))).toEqual([]);
  });

  it('hands on all that it asks for, and nothing else', () => {
    const named = Object.values(outputs).flatMap((output) => [
      ...[...output.matchAll(/basics\('(\w+)'\)/g)].map(([, name]) => `basics ${name}`),
      ...[...output.matchAll(/steps\('(\w+)'\)\.(\w+)/g)].map(([, step, name]) => `${step} ${name}`),
    ]);
    const asked = [
      ...basics.map(({ name }) => `basics ${name}`),
      ...steps.flatMap((step) => step.elements.map(({ name }) => `${step.name} ${name}`)),
    ];
    expect([...new Set(named)].toSorted()).toEqual(asked.toSorted());
  });

  it('takes a name as long and as short as the template does', () => {
    const [, { minLength = 0, maxLength = 0 } = {}] = parameters.find(([name]) => name === 'name') ?? [];
    const takes = new RegExp(find('name')?.constraints?.regex ?? '');
    const accepted = [minLength - 1, minLength, maxLength, maxLength + 1].map((length) =>
      takes.test('a'.repeat(length)),
    );
    expect(accepted).toEqual([false, true, true, false]);
    expect(find('name')?.constraints?.validationMessage).toContain(`${minLength} to ${maxLength}`);
  });

  it.each([
    ['apiClientId', '3f0a7c52-6a1b-4f5e-9d2c-8b7e1a4c6d10', 'keyturn'],
    ['packageUri', packageUri, 'http://contoso.com/keyturn.zip'],
    ['targets', '[{\n"name": "ai"\n}]', '{}'],
    [
      'workspaceId',
      '/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/log-contoso',
      'log-contoso',
    ],
  ])('takes a right %s, and what it proposes, but no wrong one', (name, right, wrong) => {
    const { constraints, defaultValue } = find(name) ?? {};
    const takes = new RegExp(constraints?.regex ?? '');
    expect([right, wrong].map((value) => takes.test(value))).toEqual([true, false]);
    expect(constraints?.required === true && defaultValue === '' ? true : takes.test(String(defaultValue))).toBe(true);
  });

  it('proposes the package of the latest release', () => {
    expect(find('packageUri')?.defaultValue).toBe(packageUri);
  });
});

it('the guide has a link for each cloud, to the template and the questions of the release', () => {
  const raw = `https://raw.githubusercontent.com/${release.repository}/${release.branch}/infra`;
  const [template, questions] = ['azuredeploy.json', 'createUiDefinition.json'].map((file) =>
    encodeURIComponent(`${raw}/${file}`),
  );
  const links = [...readFileSync('infra/README.md', 'utf8').matchAll(/\((https:\/\/portal[^)]+)\)/g)].map(
    ([, to]) => to,
  );
  expect(links).toEqual(
    ['com', 'us', 'cn'].map(
      (domain) =>
        `https://portal.azure.${domain}/#create/Microsoft.Template/uri/${template}/createUIDefinitionUri/${questions}`,
    ),
  );
});

describe('the code', () => {
  const codeOf = (name: string) => deployed(name).ofType('Microsoft.Web/sites/extensions');

  it('comes from the given address, and nothing is built in Azure', () => {
    const [onFlex, ...others] = codeOf('tags');
    expect(others).toEqual([]);
    expect(onFlex?.name).toMatch(/\/onedeploy$/);
    expect(onFlex?.properties).toEqual({ packageUri, remoteBuild: false });
  });

  it('on an App Service plan is a zip that the app runs from', () => {
    expect(codeOf('existing')[0]?.properties).toEqual({ packageUri, type: 'zip' });
    expect(appSettings(deployed('existing'))).toMatchObject({ WEBSITE_RUN_FROM_PACKAGE: '1' });
  });

  it('is deployed by itself if no address is given', () => {
    const without = everyDeployment.filter(({ name }) => !['tags', 'existing'].includes(name));
    expect(without.flatMap(({ name }) => codeOf(name))).toEqual([]);
  });
});
