import type { RegeneratedKey, SecretEvent } from '../shared/azure-events.ts';
import { parseAccountId } from '../shared/resource-id.ts';

export type ReadEvent =
  | { readonly kind: 'secret-event'; readonly event: SecretEvent }
  | { readonly kind: 'regenerated-key'; readonly event: RegeneratedKey }
  /** An event of another type, or of a key or certificate: nothing to do. */
  | { readonly kind: 'other' }
  /** The members without which nobody knows what it is about. */
  | { readonly kind: 'malformed'; readonly fields: readonly string[] };

type Members = ReadonlyMap<string, unknown>;

const kinds = new Map<string, SecretEvent['kind']>([
  ['microsoft.keyvault.secretnearexpiry', 'near-expiry'],
  ['microsoft.keyvault.secretexpired', 'expired'],
]);

/**
 * Every event of what the Event Grid trigger or the queue handed over: one event or an array, in Event Grid's schema or
 * CloudEvents 1.0, parsed already or still text, plain or base64. Lenient, since the vendor's own samples are not what
 * its schema says: member names in any case and with stray blanks, values with blanks, data as JSON text. Dates of a vault's
 * events are not read at all: the vault says when a secret ends. Never throws.
 * https://learn.microsoft.com/azure/event-grid/event-schema-key-vault
 * https://learn.microsoft.com/azure/event-grid/event-schema-resource-groups
 */
export function readSecretEvents(message: unknown): readonly ReadEvent[] {
  const content = opened(message);
  return (Array.isArray(content) ? content : [content]).map(readEvent);
}

function readEvent(item: unknown): ReadEvent {
  const event = members(item);
  const type = text(event, 'eventtype') ?? text(event, 'type');
  if (type === null) return { kind: 'malformed', fields: ['eventType'] };
  if (type.toLowerCase() === 'microsoft.resources.resourceactionsuccess') return readAction(event);
  const kind = kinds.get(type.toLowerCase());
  const data = members(event.get('data') ?? event.get('data_base64'));
  const objectType = text(data, 'objecttype')?.toLowerCase() ?? 'secret';
  if (kind === undefined || objectType !== 'secret') return { kind: 'other' };

  const id = /^https:\/\/([^./]+)\.[^/]+\/+secrets\/([^/]+)(?:\/([^/]+))?/i.exec(text(data, 'id') ?? '') ?? [];
  const topic = /\/vaults\/([^/]+)$/i.exec(text(event, 'topic') ?? text(event, 'source') ?? '') ?? [];
  const vault = nameLike(/^[a-z][0-9a-z-]{1,23}$/i, text(data, 'vaultname') ?? id[1] ?? topic[1])?.toLowerCase();
  const secret = nameLike(/^[0-9a-z-]{1,127}$/i, text(data, 'objectname') ?? id[2] ?? text(event, 'subject'));
  const version = nameLike(/^[0-9a-f]{32}$/i, text(data, 'version') ?? id[3])?.toLowerCase();
  if (vault !== undefined && secret !== undefined && version !== undefined)
    return { kind: 'secret-event', event: { kind, vault, secret, version } };
  const missing = { 'data.VaultName': vault, 'data.ObjectName': secret, 'data.Version': version };
  return {
    kind: 'malformed',
    fields: Object.entries(missing).flatMap(([name, value]) => (value === undefined ? [name] : [])),
  };
}

/** Who reads or regenerates keys raises such an event, Keyturn's own looks among them: only a regenerate is for us. */
function readAction(event: Members): ReadEvent {
  const data = members(event.get('data') ?? event.get('data_base64'));
  const action = text(data, 'operationname') ?? text(members(data.get('authorization')), 'action');
  if (action?.toLowerCase() !== 'microsoft.cognitiveservices/accounts/regeneratekey/action') return { kind: 'other' };
  const resource = text(data, 'resourceuri') ?? text(event, 'subject') ?? '';
  const accountId = parseAccountId(resource.replace(/\/regenerateKey\/?$/i, ''))?.armId;
  if (accountId === undefined) return { kind: 'malformed', fields: ['data.resourceUri'] };
  const objectId = text(members(data.get('claims')), 'http://schemas.microsoft.com/identity/claims/objectidentifier');
  const by = nameLike(/^[0-9a-f-]{36}$/i, objectId)?.toLowerCase() ?? null;
  const atMs = Date.parse(text(event, 'eventtime') ?? text(event, 'time') ?? '');
  return { kind: 'regenerated-key', event: { accountId, by, atMs: Number.isNaN(atMs) ? null : atMs } };
}

/** Only what can be a name or an id goes on, into log lines too. */
function nameLike(pattern: RegExp, value: string | null | undefined): string | undefined {
  return value && pattern.test(value) ? value : undefined;
}

/** The object's members by their names in lower case, without blanks; of two with one name the first that says something. */
function members(value: unknown): Members {
  const object = opened(value);
  const found = new Map<string, unknown>();
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return found;
  for (const [name, member] of Object.entries(object)) {
    const plain = name.trim().toLowerCase();
    if (found.get(plain) === undefined || found.get(plain) === null) found.set(plain, member);
  }
  return found;
}

function text(from: Members, name: string): string | null {
  const value = from.get(name);
  const plain = typeof value === 'string' ? value.trim() : '';
  return plain === '' ? null : plain;
}

/** What a text holds: JSON, or base64 of JSON, or JSON of such a text; anything else as it is. */
function opened(value: unknown): unknown {
  let content = value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
  for (let layer = 0; layer < 3 && typeof content === 'string'; layer += 1) {
    const inner = parsed(content.replace(/^\uFEFF/, '').trim());
    if (inner === undefined) return content;
    content = inner;
  }
  return content;
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    const isBase64 = content.length >= 4 && /^[0-9A-Za-z+/\s]+={0,2}$/.test(content);
    return isBase64 ? jsonText(Buffer.from(content, 'base64').toString('utf8')) : undefined;
  }
}

/** `content` if it starts as JSON does; what merely looks like base64 is left alone. */
function jsonText(content: string): string | undefined {
  return /^\uFEFF?\s*[[{"]/.test(content) ? content : undefined;
}
