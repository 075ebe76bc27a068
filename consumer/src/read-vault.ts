import type { KeyFailure, KeyPlace, ReadFailure } from './contract.ts';
import { SecretKey } from './secret-key.ts';

/** Of a `SecretClient`, what is used here. */
export interface Secrets {
  getSecret(
    name: string,
    options: { readonly abortSignal: AbortSignal },
  ): Promise<{ readonly value?: string | undefined; readonly properties: { readonly version?: string | undefined } }>;
}

export interface VaultKey {
  readonly key: SecretKey;
  /** The slot that the pointer named; null: the key was read by its secret's name. */
  readonly slot: string | null;
  readonly version: string | null;
}

export type VaultRead<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'failed'; readonly failure: ReadFailure };

interface Stored {
  readonly text: string;
  readonly version: string | null;
}

/** Reads the key to use. Never throws. */
export async function readKey(secrets: Secrets, place: KeyPlace, signal: AbortSignal): Promise<VaultRead<VaultKey>> {
  if (place.prefix === undefined) return toKey(await readSecret(secrets, place.secretName, signal), null);
  const first = await readPointed(secrets, place.prefix, signal);
  // What was disabled or deleted after the pointer was read is no longer what the pointer names.
  const isOvertaken =
    first.kind === 'failed' &&
    (first.failure.reason === 'secret-disabled' || first.failure.reason === 'secret-missing');
  return isOvertaken ? await readPointed(secrets, place.prefix, signal) : first;
}

async function readPointed(secrets: Secrets, prefix: string, signal: AbortSignal): Promise<VaultRead<VaultKey>> {
  const pointerName = `${prefix}-active-key`;
  const pointer = await readSecret(secrets, pointerName, signal);
  if (pointer.kind === 'failed') return pointer;
  const slot = pointer.value.text;
  if (slot !== 'key1' && slot !== 'key2') return failed('pointer-unusable', pointerName);
  return toKey(await readSecret(secrets, `${prefix}-${slot}`, signal), slot);
}

function toKey(read: VaultRead<Stored>, slot: string | null): VaultRead<VaultKey> {
  if (read.kind === 'failed') return read;
  const { text, version } = read.value;
  return { kind: 'read', value: { key: new SecretKey(text), slot, version } };
}

/** The text of a secret's current version. Never throws. */
export async function readSecret(secrets: Secrets, name: string, signal: AbortSignal): Promise<VaultRead<Stored>> {
  try {
    const { value, properties } = await secrets.getSecret(name, { abortSignal: signal });
    if (value === undefined || value === '') return failed('secret-empty', name);
    return { kind: 'read', value: { text: value, version: properties.version ?? null } };
  } catch (error) {
    const { status, text, isOfCredential } = facts(error);
    if (isOfCredential) return failed('token-unavailable', name, status);
    if (status === 404) return failed('secret-missing', name, status);
    if (status === 403 && /SecretDisabled|disabled secret/i.test(text)) return failed('secret-disabled', name, status);
    if (status === 401 || status === 403) return failed('access-denied', name, status);
    return failed('vault-unavailable', name, status);
  }
}

function failed(reason: KeyFailure, secret: string, status: number | null = null): VaultRead<never> {
  return { kind: 'failed', failure: { reason, secret, status } };
}

/** Of an SDK error only what tells the reason; it may hold the request, and with it a token. */
function facts(error: unknown): { status: number | null; text: string; isOfCredential: boolean } {
  if (typeof error !== 'object' || error === null) return { status: null, text: '', isOfCredential: false };
  const { statusCode, message, name, details } = error as Readonly<Record<string, unknown>>;
  return {
    status: typeof statusCode === 'number' ? statusCode : null,
    text: `${message} ${JSON.stringify(details ?? null)}`,
    // https://learn.microsoft.com/javascript/api/@azure/identity: AuthenticationError, CredentialUnavailableError, …
    isOfCredential: typeof name === 'string' && /Authentication|Credential/.test(name),
  };
}
