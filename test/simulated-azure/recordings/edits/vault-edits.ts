import { disableSecret, putSecret, removeSecret, settingsOf, versionOf } from '../put-secret.ts';
import { itemsAt, type Json, type RecordedExchange, type RecordedFile, textAt } from '../recorded-file.ts';
import { hasUnseenPage, ListFillers } from './list-fillers.ts';
import type { WorldEdit } from './world-edit.ts';

/** What a walk through the exchanges knows of one secret; a name it has not met yet is unknown. */
type Standing = 'live' | 'deleted' | 'absent';

/** The secrets that a recording of Key Vault shows without having made them, and the changes it leaves out. */
export function vaultEdits(file: RecordedFile): WorldEdit[] {
  const edits: WorldEdit[] = [];
  const standing = new Map<string, Standing>();
  /** What was last said of each version. */
  const versions = new Map<string, string>();
  const links = file.exchanges.map(({ request }) => request.url);
  const liveFillers = new ListFillers('deletedSecrets');
  const deletedFillers = new ListFillers('secrets');

  const step = (exchange: RecordedExchange, index: number): void => {
    const url = new URL(exchange.request.url);
    if (!url.hostname.includes('.vault.')) return;
    const vault = url.hostname.split('.')[0] ?? '';
    const [collection = '', name = '', child] = url.pathname
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
    const { status, body } = exchange.response;
    const done = status >= 200 && status < 300;

    /** Makes sure that the secret stands so when exchange `index` is answered. */
    const require = (wanted: 'live' | 'deleted', shown: Json | undefined, secretName = name, busy = false) => {
      const known = standing.get(key(vault, secretName));
      const version = versionOf(shown) ?? '';
      const before = known === undefined ? 0 : index;
      const versionKey = key(vault, secretName, version);
      const isOtherwise = version !== '' && versions.get(versionKey) !== settingsOf(shown);
      if (known !== wanted || isOtherwise) {
        const full = withValue(file, shown);
        edits.push({
          before: versions.has(versionKey) ? index : before,
          apply: (world, nowMs) => putSecret(world, nowMs, { vault, name: secretName, wanted, shown: full, busy }),
        });
      }
      standing.set(key(vault, secretName), wanted);
      note(shown, secretName);
    };
    /** Remembers what an answer says of a version. */
    const note = (shown: Json | undefined, secretName = name) => {
      const version = versionOf(shown);
      if (version !== undefined) versions.set(key(vault, secretName, version), settingsOf(shown));
    };
    /** The version before, of which the answer tells no more than its id, unless the recording has shown it. */
    const requirePrevious = (shown: Json | undefined) => {
      const previous = textAt(shown, 'previousVersion');
      if (previous === undefined || versions.has(key(vault, name, previous))) return;
      require('live', { id: `x/x/x/x/x/${previous}`, attributes: { created: 1 } });
    };
    const remove = () => {
      if (standing.get(key(vault, name)) === 'absent') return;
      edits.push({ before: index, apply: (world) => removeSecret(world, vault, name) });
      standing.set(key(vault, name), 'absent');
    };

    const failure = textAt(body, 'error', 'innererror', 'code');
    switch (`${exchange.request.method} ${shapeOf(collection, name, child)}`) {
      case 'GET secrets':
        for (const item of itemsAt(body, 'value')) require('live', item, nameOf(item));
        edits.push(...liveFillers.after(vault, url, body, links));
        return;
      case 'GET deletedsecrets':
        for (const item of itemsAt(body, 'value')) require('deleted', item, nameOf(item));
        edits.push(...deletedFillers.after(vault, url, body, links));
        return;
      case 'GET secrets/name/versions':
        for (const item of itemsAt(body, 'value')) require('live', item);
        // More versions than one page holds.
        if (hasUnseenPage(body, links)) {
          require('live', { id: `x/x/x/x/x/${'f'.repeat(32)}`, attributes: { created: 1 } });
        }
        return;
      case 'PUT secrets/name':
        if (failure === 'ObjectIsDeletedButRecoverable') {
          require('deleted', undefined);
          return;
        }
        if (failure === 'ObjectIsBeingDeleted') {
          require('deleted', undefined, name, true);
          return;
        }
        if (failure === 'ObjectIsBeingRecovered') {
          require('live', undefined, name, true);
          return;
        }
        if (!done) return;
        if (standing.get(key(vault, name)) === 'deleted') remove();
        requirePrevious(body);
        standing.set(key(vault, name), 'live');
        note(body);
        return;
      case 'GET secrets/name':
      case 'GET secrets/name/version':
        if (failure === 'SecretDisabled') {
          const asked = child === undefined ? '' : `/${child.toLowerCase()}`;
          const known = [...versions].filter(([version]) => version.startsWith(`${key(vault, name)}${asked}`));
          const id = child === undefined ? {} : { id: `x/x/x/x/x/${child}` };
          if (known.length === 0) require('live', { ...id, attributes: { enabled: false, created: 1 } });
          else if (!known.some(([, settings]) => settings.includes('"enabled":false'))) {
            edits.push({ before: index, apply: (world) => disableSecret(world, vault, name, child) });
          }
          return;
        }
        requirePrevious(body);
        if (done) {
          require('live', body);
          return;
        }
        // Right after a recovery the secret is still on its way; otherwise somebody took it away.
        if (status === 404 && child === undefined && !isOnItsWay(file.exchanges, index, name)) remove();
        return;
      case 'PATCH secrets/name':
      case 'PATCH secrets/name/version':
        if (!done) return;
        if (!versions.has(key(vault, name, versionOf(body) ?? ''))) require('live', body);
        note(body);
        return;
      case 'POST secrets/name/backup':
        if (done && standing.get(key(vault, name)) !== 'live') require('live', undefined);
        return;
      case 'DELETE secrets/name':
        if (done) require('live', body);
        if (done) standing.set(key(vault, name), 'deleted');
        return;
      case 'GET deletedsecrets/name':
        if (done) require('deleted', body);
        // Not there yet; a deletion that was left out may follow.
        else if (status === 404 && !standing.has(key(vault, name))) standing.set(key(vault, name), 'absent');
        else if (status === 404 && !isOnItsWay(file.exchanges, index, name)) remove();
        return;
      case 'POST deletedsecrets/name/recover':
        if (done) require('deleted', body);
        if (done) standing.set(key(vault, name), 'live');
        return;
      case 'DELETE deletedsecrets/name':
        if (done) require('deleted', undefined);
        if (done) standing.set(key(vault, name), 'absent');
        return;
      case 'POST secrets/restore':
        if (!done) return;
        if (standing.has(key(vault, nameOf(body)))) {
          edits.push({ before: index, apply: (world) => removeSecret(world, vault, nameOf(body)) });
        }
        standing.set(key(vault, nameOf(body)), 'live');
        note(body, nameOf(body));
        return;
    }
  };
  for (const [index, exchange] of file.exchanges.entries()) step(exchange, index);
  return edits;
}

/** What an answer shows, with the value that any other answer of the file shows for the same version. */
function withValue(file: RecordedFile, shown: Json | undefined): Json | undefined {
  const id = textAt(shown, 'id');
  if (id === undefined || textAt(shown, 'value') !== undefined) return shown;
  const other = file.exchanges
    .map(({ response }) => response.body)
    .find((body) => textAt(body, 'id') === id && textAt(body, 'value') !== undefined);
  return {
    ...(shown as { readonly [member: string]: Json }),
    ...(other === undefined ? {} : { value: textAt(other, 'value') ?? '' }),
  };
}

/** `secrets/name/version` for the path of one version, and so on. */
function shapeOf(collection: string, name: string, child: string | undefined): string {
  if (name === '') return collection;
  if (name === 'restore' && child === undefined) return 'secrets/restore';
  if (child === undefined) return `${collection}/name`;
  return `${collection}/name/${['versions', 'backup', 'recover'].includes(child) ? child : 'version'}`;
}

function isOnItsWay(exchanges: readonly RecordedExchange[], index: number, name: string): boolean {
  const earlier = exchanges.slice(0, index).reverse();
  const last = earlier.find(
    ({ request, response }) => request.method !== 'GET' && response.status < 300 && request.url.includes(name),
  );
  return last !== undefined && (last.request.url.includes('/recover') || last.request.method === 'DELETE');
}

function nameOf(shown: Json | undefined): string {
  return (textAt(shown, 'id') ?? textAt(shown, 'recoveryId') ?? '').split('/')[4] ?? '';
}

function key(...parts: readonly string[]): string {
  return parts.join('/').toLowerCase();
}
