import { isNewerVersion } from '../is-newer-version.ts';

/** Every api-version that the secrets API answers, oldest first. */
const apiVersions = [
  '2015-06-01',
  '2016-10-01',
  '7.0-preview',
  '7.0',
  '7.1-preview',
  '7.1',
  '7.2-preview',
  '7.2',
  '7.3-preview',
  '7.3',
  '7.4-preview.1',
  '7.4',
  '7.5-preview.1',
  '7.5',
  '7.6-preview.1',
  '7.6-preview.2',
  '7.6',
  '2025-06-01-preview',
  '2025-07-01',
  '2026-04-01',
] as const;

export type ApiVersion = (typeof apiVersions)[number];

/** What @azure/keyvault-secrets 4.12 sends. */
export const newestApiVersion: ApiVersion = '2026-04-01';

/** The api-version of that name, the newest one for a name that is newer than all, or null when Key Vault never had it. */
export function parseApiVersion(text: string | null): ApiVersion | null {
  const known = apiVersions.find((version) => version === text);
  if (known !== undefined || text === null) return known ?? null;
  return isNewerVersion(text, newestApiVersion) ? newestApiVersion : null;
}

/** Whether `version` is `since` or newer. */
export function isSince(version: ApiVersion, since: ApiVersion): boolean {
  return apiVersions.indexOf(version) >= apiVersions.indexOf(since);
}
