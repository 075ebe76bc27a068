import { compareText } from './compare-text.ts';
import { deletedSecret, deletedSecrets, isBusy, liveSecret } from './find-secret.ts';
import { page } from './page.ts';
import { deletedSecretJson, secretJson } from './secret-json.ts';
import type { VaultAnswer, VaultCall } from './vault-call.ts';

/** GET secrets: the current version of each, in order of the names. */
export function listSecrets(call: VaultCall): VaultAnswer {
  return page(call, allRows(call), (name) => {
    const secret = liveSecret(call, name);
    const version = secret?.versions.at(-1);
    if (secret === undefined || version === undefined || isBusy(secret, call)) return null;
    return secretJson(call, secret, version, 'as-item', 'secret');
  });
}

/** GET deletedsecrets: those whose deletion is done. */
export function listDeletedSecrets(call: VaultCall): VaultAnswer {
  return page(call, allRows(call), (name) => {
    const secret = deletedSecret(call, name);
    const version = secret?.versions.at(-1);
    if (secret === undefined || version === undefined || isBusy(secret, call)) return null;
    return deletedSecretJson(call, secret, version, 'as-item', 'secret');
  });
}

/** GET versions: in order of the version ids, not of time; of an unknown secret an empty list. */
export function listSecretVersions(call: VaultCall): VaultAnswer {
  const secret = liveSecret(call, call.name);
  const versions = secret === undefined || isBusy(secret, call) ? [] : secret.versions;
  const row = (version: string) => `${call.name.toLowerCase()}/${version}`;
  const rows = versions.map(({ version }) => row(version)).sort(compareText);
  return page(call, rows.length === 0 ? [] : [...rows, row(closingRow)], (shown) => {
    const version = versions.find((one) => row(one.version) === shown);
    return secret === undefined || version === undefined ? null : secretJson(call, secret, version, 'as-item');
  });
}

/** Recorded: a list of versions walks one row more than it shows, so that a full last page still links to an empty one. */
const closingRow = '~';

/**
 * Every row that the vault holds: one for a live secret, one and one for each version for a deleted secret. Both lists
 * walk all rows and show what is theirs, so that a page can hold fewer items than asked for, or none, and still not be
 * the last: clients must follow the link. So recorded by azure-sdk-for-go, TestListDeletedSecrets.
 */
function allRows(call: VaultCall): string[] {
  const deleted = deletedSecrets(call).flatMap(({ name, versions }) => [
    name.toLowerCase(),
    ...versions.map(({ version }) => `${name.toLowerCase()}/${version}`),
  ]);
  return [...call.vault.secrets.map(({ name }) => name.toLowerCase()), ...deleted].sort(compareText);
}
