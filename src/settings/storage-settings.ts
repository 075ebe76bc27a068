import type { CloudName } from '../azure/clouds.ts';
import type { StorageConnection } from '../azure/storage/storage-connection.ts';
import { type FieldProblem, found } from '../shared/field-problem.ts';
import { SecretText } from '../shared/secret-text.ts';

type StorageVariables = Readonly<Record<`AzureWebJobsStorage${string}`, string | undefined>>;

const connectionStringPattern = /^(?:UseDevelopmentStorage=true|(?=.*AccountName=).*AccountKey=.*)$/i;

const identityForm =
  'AzureWebJobsStorage__accountName, or AzureWebJobsStorage__queueServiceUri and AzureWebJobsStorage__tableServiceUri';

/** `AzureWebJobsStorage` as the host reads it: a plain value wins, then the account's name, then the addresses. */
export function storageSettings(
  variables: StorageVariables,
  cloud: CloudName,
  inAzure: boolean,
): StorageConnection | FieldProblem {
  const connectionString = variables.AzureWebJobsStorage;
  if (connectionString !== undefined) return fromConnectionString(connectionString, inAzure);
  const clientId = variables.AzureWebJobsStorage__clientId ?? null;
  const accountName = variables.AzureWebJobsStorage__accountName;
  if (accountName !== undefined) return fromAccountName(accountName, clientId, cloud);
  const queueServiceUri = variables.AzureWebJobsStorage__queueServiceUri;
  const tableServiceUri = variables.AzureWebJobsStorage__tableServiceUri;
  if (queueServiceUri === undefined && tableServiceUri === undefined) {
    const accepted = inAzure ? identityForm : `a connection string, or ${identityForm}`;
    return { field: 'AzureWebJobsStorage', found: 'nothing', accepted };
  }
  if (queueServiceUri === undefined) return missingAddress('queue');
  if (tableServiceUri === undefined) return missingAddress('table');
  // The host does not start without the blobs' address, but a table's and a queue's say what it is if it is left out.
  const blobServiceUri =
    variables.AzureWebJobsStorage__blobServiceUri ?? tableServiceUri.replace(/^(https:\/\/[^.]+\.)table\./i, '$1blob.');
  return { kind: 'identity', queueServiceUri, tableServiceUri, blobServiceUri, clientId };
}

function fromConnectionString(text: string, inAzure: boolean): StorageConnection | FieldProblem {
  const field = 'AzureWebJobsStorage';
  if (inAzure) {
    const accepted = `in Azure an identity instead of a key: ${identityForm}`;
    return { field, found: 'a text, taken as a connection string (not shown)', accepted };
  }
  if (connectionStringPattern.test(text)) return { kind: 'connection-string', value: new SecretText(text) };
  const accepted = 'a connection string with AccountName and AccountKey, or UseDevelopmentStorage=true';
  return { field, found: 'a text that is no connection string (not shown)', accepted };
}

function fromAccountName(name: string, clientId: string | null, cloud: CloudName): StorageConnection | FieldProblem {
  const field = 'AzureWebJobsStorage__accountName';
  if (!/^[a-z0-9]{3,24}$/.test(name)) return { field, found: found(name), accepted: '3 to 24 of a-z and 0-9' };
  // The host makes core.windows.net addresses of the name in every cloud: ours would not be the host's.
  if (cloud !== 'public') {
    const accepted = `in the cloud ${cloud} both addresses: AzureWebJobsStorage__queueServiceUri and AzureWebJobsStorage__tableServiceUri`;
    return { field, found: found(name), accepted };
  }
  return {
    kind: 'identity',
    queueServiceUri: `https://${name}.queue.core.windows.net`,
    tableServiceUri: `https://${name}.table.core.windows.net`,
    blobServiceUri: `https://${name}.blob.core.windows.net`,
    clientId,
  };
}

function missingAddress(service: 'queue' | 'table'): FieldProblem {
  const accepted = `https://<account>.${service}.<suffix of the cloud's storage>, beside the other address`;
  return { field: `AzureWebJobsStorage__${service}ServiceUri`, found: 'nothing', accepted };
}
