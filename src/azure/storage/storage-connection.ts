import type { SecretText } from '../../shared/secret-text.ts';

/** How the app's own storage account is reached; the same for queue, table and blob. */
export type StorageConnection =
  | { readonly kind: 'connection-string'; readonly value: SecretText }
  | {
      readonly kind: 'identity';
      /** `https://<account>.queue.core.windows.net`; the others' likewise. */
      readonly queueServiceUri: string;
      readonly tableServiceUri: string;
      readonly blobServiceUri: string;
      /** Of a user-assigned identity; null means the system-assigned one. */
      readonly clientId: string | null;
    };
