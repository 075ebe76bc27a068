import {
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';
import { storageSharedKeyCredentialPolicy } from '@azure/storage-common';

/** Blobs of Azurite, as a person or a pipeline writes them. */
export function azuriteBlobs(connectionString: string) {
  const part = (name: string) => new RegExp(`${name}=([^;]*)`).exec(connectionString)?.[1] ?? '';
  const pipeline = createEmptyPipeline();
  const accountKey = Buffer.from(part('AccountKey'), 'base64');
  pipeline.addPolicy(storageSharedKeyCredentialPolicy({ accountName: part('AccountName'), accountKey }));
  const client = createDefaultHttpClient();
  const send = async (method: 'PUT' | 'DELETE', path: string, body?: string | Buffer) => {
    const request = createPipelineRequest({
      url: `${part('BlobEndpoint')}/${path}`,
      method,
      headers: createHttpHeaders({
        'x-ms-version': '2021-12-02',
        ...(body !== undefined && { 'x-ms-blob-type': 'BlockBlob' }),
      }),
      allowInsecureConnection: true,
      ...(body !== undefined && { body }),
    });
    const { status, headers } = await pipeline.sendRequest(client, request);
    if (status >= 300) throw new TypeError(`${method} ${path}: ${status}`);
    return headers.get('etag') ?? '';
  };
  return {
    makeContainer: (name: string) => send('PUT', `${name}?restype=container`),
    /** Answers the ETag. */
    put: (path: string, body: string | Buffer) => send('PUT', path, body),
    remove: (path: string) => send('DELETE', path),
  };
}
