import type { Permission } from './authorize.ts';
import { backupSecret, restoreSecret } from './backup-secret.ts';
import { deleteSecret, getDeletedSecret, purgeDeletedSecret, recoverDeletedSecret } from './delete-secret.ts';
import { listDeletedSecrets, listSecrets, listSecretVersions } from './list-secrets.ts';
import { getSecret } from './read-secret.ts';
import type { VaultAnswer, VaultCall } from './vault-call.ts';
import { setSecret, updateSecret } from './write-secret.ts';

/** One operation of the secrets API. */
export interface Route {
  readonly method: string;
  /** Tested against the path without empty segments: trailing and double slashes do not matter, nor does case. */
  readonly path: RegExp;
  readonly needs: Permission;
  /** A read-only vault refuses it. */
  readonly writes: boolean;
  readonly run: (call: VaultCall) => VaultAnswer;
}

const get = { dataAction: 'getSecret/action', policy: 'get' };
const list = { dataAction: 'readMetadata/action', policy: 'list' };
const getDeleted = { dataAction: 'readMetadata/action', policy: 'get' };
const set = { dataAction: 'setSecret/action', policy: 'set' };
const update = { dataAction: 'update/action', policy: 'set' };
const erase = { dataAction: 'delete', policy: 'delete' };
const recover = { dataAction: 'recover/action', policy: 'recover' };
const purge = { dataAction: 'purge/action', policy: 'purge' };
const backup = { dataAction: 'backup/action', policy: 'backup' };
const restore = { dataAction: 'restore/action', policy: 'restore' };

const secret = /^secrets\/(?<name>[^/]+)$/i;
const secretVersion = /^secrets\/(?<name>[^/]+)(\/(?<version>[^/]+))?$/i;
const deleted = /^deletedsecrets\/(?<name>[^/]+)$/i;

/** https://learn.microsoft.com/rest/api/keyvault/secrets/operation-groups; the first match answers. */
export const routes: readonly Route[] = [
  { method: 'GET', path: /^secrets$/i, needs: list, writes: false, run: listSecrets },
  { method: 'POST', path: /^secrets\/restore$/i, needs: restore, writes: true, run: restoreSecret },
  { method: 'POST', path: /^secrets\/(?<name>[^/]+)\/backup$/i, needs: backup, writes: false, run: backupSecret },
  { method: 'GET', path: /^secrets\/(?<name>[^/]+)\/versions$/i, needs: list, writes: false, run: listSecretVersions },
  { method: 'PUT', path: secret, needs: set, writes: true, run: setSecret },
  { method: 'DELETE', path: secret, needs: erase, writes: true, run: deleteSecret },
  { method: 'GET', path: secretVersion, needs: get, writes: false, run: getSecret },
  { method: 'PATCH', path: secretVersion, needs: update, writes: true, run: updateSecret },
  { method: 'GET', path: /^deletedsecrets$/i, needs: list, writes: false, run: listDeletedSecrets },
  { method: 'GET', path: deleted, needs: getDeleted, writes: false, run: getDeletedSecret },
  { method: 'DELETE', path: deleted, needs: purge, writes: true, run: purgeDeletedSecret },
  {
    method: 'POST',
    path: /^deletedsecrets\/(?<name>[^/]+)\/recover$/i,
    needs: recover,
    writes: true,
    run: recoverDeletedSecret,
  },
];
