/** 3 to 24 of letters, digits and single hyphens, starting with a letter. */
const vaultNamePattern = /^[a-z](?:-?[a-z0-9]){2,23}$/;

/**
 * The address of a vault given by name or by address, in lower case and without a trailing slash; null when it is no
 * vault of this cloud, so that a typing slip never sends keys to another host.
 * @param vaultSuffix `vault.azure.net`
 */
export function vaultUrl(vault: string, vaultSuffix: string): string | null {
  const suffix = `.${vaultSuffix}`;
  const host = vault
    .toLowerCase()
    .replace(/^https:\/\//, '')
    .replace(/\/$/, '');
  const name = host.endsWith(suffix) ? host.slice(0, -suffix.length) : host;
  return name.length <= 24 && vaultNamePattern.test(name) ? `https://${name}${suffix}` : null;
}
