import { SecretText } from '../shared/secret-text.ts';
import type { Cloud } from './clouds.ts';

/** How the app's own storage account is reached; the same for the queue and the table. */
export type StorageConnection =
  | { readonly kind: 'connection-string'; readonly value: SecretText }
  | {
      readonly kind: 'identity';
      /** `https://<account>.queue.core.windows.net`, without a trailing slash; the table's likewise. */
      readonly queueServiceUri: string;
      readonly tableServiceUri: string;
      /** Of a user-assigned identity; null means the system-assigned one. */
      readonly clientId: string | null;
    };

/**
 * Reads `AzureWebJobsStorage` as the Functions host reads it, so that triggers and Keyturn use one account: a plain
 * value wins, then `AzureWebJobsStorage__accountName`, then the service URIs. Empty text counts as absent.
 * @returns the connection, or the problems: one sentence each, which names the variable
 */
export function storageConnection(
  environment: Readonly<Record<string, string | undefined>>,
  cloud: Cloud,
): { readonly connection: StorageConnection } | { readonly problems: readonly string[] } {
  const setting = (suffix: string) => environment[`AzureWebJobsStorage${suffix}`]?.trim() || null;
  const plain = setting('');
  if (plain !== null) return { connection: { kind: 'connection-string', value: new SecretText(plain) } };

  const accountName = setting('__accountName');
  const problems: string[] = [];
  const serviceUri = (service: 'queue' | 'table'): string => {
    if (accountName !== null) return `https://${accountName}.${service}.${cloud.storageSuffix}`;
    const name = `__${service}ServiceUri`;
    const text = setting(name);
    if (text === null) problems.push(`AzureWebJobsStorage${name} is missing, and AzureWebJobsStorage__accountName too`);
    else if (!isHttpsUrl(text)) problems.push(`AzureWebJobsStorage${name} must be an https:// URL`);
    return text?.replace(/\/+$/, '') ?? '';
  };
  if (accountName !== null && !/^[a-z0-9]{3,24}$/.test(accountName)) {
    problems.push('AzureWebJobsStorage__accountName must be 3 to 24 lower-case letters and digits');
  }
  const queueServiceUri = serviceUri('queue');
  const tableServiceUri = serviceUri('table');
  if (problems.length > 0) return { problems };
  return { connection: { kind: 'identity', queueServiceUri, tableServiceUri, clientId: setting('__clientId') } };
}

function isHttpsUrl(text: string): boolean {
  return URL.parse(text)?.protocol === 'https:';
}
