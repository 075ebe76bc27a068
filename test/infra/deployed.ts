import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import * as z from 'zod';

/** A resource as it would be deployed; what only Azure knows is still an expression: `[reference(…).clientId]`. */
const resourceSchema = z.looseObject({
  id: z.string(),
  type: z.string(),
  name: z.string(),
  location: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).default({}),
});
const snapshotSchema = z.object({
  predictedResources: z.array(resourceSchema),
  diagnostics: z.array(z.unknown()),
  outputs: z.record(z.string(), z.unknown()).default({}),
});
const settingsSchema = z.object({
  siteConfig: z.object({ appSettings: z.array(z.object({ name: z.string(), value: z.string() })) }),
});

export type Resource = z.infer<typeof resourceSchema>;

/** The deployments that snapshots were taken of, each with its parameters beside it. */
const snapshotNames = globSync('infra/snapshots/*.bicepparam')
  .map((file) => basename(file, '.bicepparam'))
  .toSorted();

/** What one of them would deploy, everything nested in it too. */
export function deployed(name: string) {
  const text = readFileSync(`infra/snapshots/${name}.snapshot.json`, 'utf8');
  const { predictedResources, diagnostics, outputs } = snapshotSchema.parse(JSON.parse(text));
  const ofType = (type: string): readonly Resource[] => predictedResources.filter((one) => one.type === type);
  return { name, resources: predictedResources, diagnostics, outputs, ofType };
}

export type Deployed = ReturnType<typeof deployed>;

export const everyDeployment: readonly Deployed[] = snapshotNames.map(deployed);

/** Those with the function app in them. */
export const appDeployments = everyDeployment.filter((one) => one.ofType('Microsoft.Web/sites').length > 0);

/** The app settings, in which expressions of Azure's values are still as they stand in the template. */
export function appSettings(deployment: Deployed): Readonly<Record<string, string>> {
  const [site] = deployment.ofType('Microsoft.Web/sites');
  const { appSettings } = settingsSchema.parse(site?.properties).siteConfig;
  return Object.fromEntries(appSettings.map(({ name, value }) => [name, value]));
}

/** A template as it was compiled, and those nested in it. */
export interface Template {
  readonly path: string;
  readonly parameters: Readonly<Record<string, z.infer<typeof parameterSchema>>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly deployments: readonly { readonly name: string }[];
}

const parameterSchema = z.looseObject({
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  defaultValue: z.unknown().optional(),
  metadata: z.object({ description: z.string() }),
});
const templateResource = z.looseObject({ type: z.string(), name: z.string(), properties: z.unknown().optional() });
const templateSchema = z.looseObject({
  parameters: z.record(z.string(), parameterSchema).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
  // By symbol, or as a list in a template that needs none.
  resources: z.union([z.record(z.string(), templateResource), z.array(templateResource)]),
});
const nestedSchema = z.object({ template: z.unknown() });

export function compiled(file: string): readonly Template[] {
  return withNested(file, JSON.parse(readFileSync(`infra/${file}`, 'utf8')));
}

function withNested(path: string, json: unknown): readonly Template[] {
  const { parameters, outputs, resources } = templateSchema.parse(json);
  const deployments = Object.entries(resources).filter(([, { type }]) => type === 'Microsoft.Resources/deployments');
  const nested = deployments.flatMap(([symbol, { properties }]) =>
    withNested(`${path} ${symbol}`, nestedSchema.parse(properties).template),
  );
  return [{ path, parameters, outputs, deployments: deployments.map(([, { name }]) => ({ name })) }, ...nested];
}
