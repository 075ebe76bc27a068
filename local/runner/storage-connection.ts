import type { Settings } from './settings/settings.ts';
import { expandSettings } from './settings/settings-expansion.ts';

/**
 * The storage connection string that a trigger's `connection` option names: `AzureWebJobs<name>` before `<name>`, each first
 * under ConnectionStrings; none given means AzureWebJobsStorage. Throws the host's sentence when there is none.
 */
export function storageConnection(connection: unknown, settings: Settings): string {
  const name = typeof connection === 'string' && connection !== '' ? expandSettings(connection, settings) : 'Storage';
  const names = [`AzureWebJobs${name}`, name];
  for (const candidate of names) {
    const value = settings.get(`ConnectionStrings:${candidate}`) || settings.get(candidate);
    if (value) return value;
  }
  if (names.some((candidate) => settings.hasSection(candidate))) {
    throw new Error(
      `Connection '${name}' uses an identity; the local runner knows connection strings only (use Azurite's).`,
    );
  }
  throw new Error(
    `Storage account connection string 'AzureWebJobs${name}' does not exist. Make sure that it is a defined App Setting.`,
  );
}
