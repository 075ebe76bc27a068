import type { SimulatedAzure } from '../simulated-azure.ts';
import type { World } from '../world.ts';
import { parsedReference, type Reference, type ResolvedReference, type WebSite } from './web-site.ts';

/** Workers were given new environments within half a minute in the reports there are; nothing documents it. */
const workersRestartMs = 30_000;
/** https://learn.microsoft.com/azure/app-service/app-service-key-vault-references#rotation */
const refetchMs = 24 * 3_600_000;

/** Replaces all settings: "any configuration change to the app causes an app restart and an immediate refetch". */
export function setSettings(azure: SimulatedAzure, site: WebSite, settings: Readonly<Record<string, string>>): void {
  site.settings = { ...settings };
  site.modifiedAtMs = Math.floor(azure.clock.nowMs());
  resolveReferences(azure.world, site);
  restartWorkers(azure, site);
}

/** Workers end and begin again with what the settings hold now; references as they were resolved last. */
export function restartWorkers(azure: SimulatedAzure, site: WebSite): void {
  const environment = Object.fromEntries(
    Object.entries(site.settings).map(([name, text]) => [name, site.resolved[name]?.value ?? text]),
  );
  site.starts.push({ atMs: azure.clock.nowMs() + workersRestartMs, environment });
}

/**
 * What running code has in its environment now. References without a version are fetched again within 24 hours of the workers'
 * last start; that the workers then restart by themselves is assumed.
 */
export function environmentOf(azure: SimulatedAzure, site: WebSite): Readonly<Record<string, string>> {
  const nowMs = azure.clock.nowMs();
  const hasReference = Object.values(site.settings).some((text) => parsedReference(text) !== null);
  const lastAtMs = site.starts.at(-1)?.atMs ?? 0;
  if (hasReference && nowMs - lastAtMs >= refetchMs) {
    resolveReferences(azure.world, site);
    restartWorkers(azure, site);
  }
  return site.starts.findLast(({ atMs }) => atMs <= nowMs)?.environment ?? {};
}

/** Reads the secret behind each reference; that the app may is taken for granted. */
export function resolveReferences(world: World, site: WebSite): void {
  site.resolved = Object.fromEntries(
    Object.entries(site.settings).flatMap(([name, text]) => {
      const reference = parsedReference(text);
      return reference === null ? [] : [[name, resolve(world, reference)]];
    }),
  );
}

function resolve(world: World, { vaultName, secretName, secretVersion }: Reference): ResolvedReference {
  const unresolved = (status: ResolvedReference['status']) => ({ status, version: null, value: null });
  if (vaultName === '' || secretName === '') return unresolved('InvalidSyntax');
  const vault = world.vaults.find(({ name }) => name.toLowerCase() === vaultName.toLowerCase());
  if (vault === undefined) return unresolved('VaultNotFound');
  const secret = vault.secrets.find(({ name }) => name.toLowerCase() === secretName.toLowerCase());
  const version =
    secretVersion === null
      ? secret?.versions.at(-1)
      : secret?.versions.find(({ version: known }) => known === secretVersion);
  if (secret === undefined) return unresolved('SecretNotFound');
  if (version === undefined || !version.enabled) return unresolved('SecretVersionNotFound');
  return { status: 'Resolved', version: version.version, value: version.value };
}
