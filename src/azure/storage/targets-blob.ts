import { once } from 'node:events';
import type { Readable } from 'node:stream';
import {
  bearerTokenAuthenticationPolicy,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type Pipeline,
  RestError,
} from '@azure/core-rest-pipeline';
import { notApplied } from '../../shared/failure.ts';
import { requestTimeoutMs } from '../../shared/fence.ts';
import type { BlobAnswer, BlobPlace, TargetsBlob } from '../../targets/ports.ts';
import { azureRead, onlyTo } from '../azure-call.ts';
import { credential } from '../entra/credential.ts';
import { plainPipeline } from '../http-stack.ts';
import { transportCode } from '../to-failure.ts';
import type { StorageConnection } from './storage-connection.ts';

/** Entra tokens and `x-ms-range` alike take it: https://learn.microsoft.com/rest/api/storageservices/versioning-for-the-azure-storage-services */
const serviceVersion = '2021-12-02';

/** One scope in every cloud: https://learn.microsoft.com/azure/storage/blobs/authorize-access-azure-active-directory */
const storageScope = 'https://storage.azure.com/.default';

/**
 * One blob of the app's own storage account, read plainly: the package of an SDK for a single GET would weigh a tenth of the app.
 * @param mostBytes of a larger one nothing is kept
 */
export function storageBlob(
  storage: StorageConnection,
  { container, name }: BlobPlace,
  mostBytes: number,
  httpClient: HttpClient,
): TargetsBlob {
  const path = [container, ...name.split('/')].map(encodeURIComponent).join('/');
  let opened: Promise<Service> | undefined;
  return {
    async read(unlessEtag) {
      opened ??= openService(storage);
      const { address, pipeline } = await opened;
      const headers = createHttpHeaders({
        'x-ms-version': serviceVersion,
        ...(unlessEtag === null ? {} : { 'if-none-match': unlessEtag }),
      });
      const request = createPipelineRequest({
        url: `${address}/${path}`,
        headers,
        streamResponseStatusCodes: new Set([200]),
        // The client's own bound ends with the headers where the body is streamed.
        abortSignal: AbortSignal.timeout(requestTimeoutMs),
        // Azurite's, on a laptop: in Azure the settings take no connection string.
        allowInsecureConnection: address.startsWith('http:'),
      });
      const send = async (): Promise<BlobAnswer> => {
        const response = await pipeline.sendRequest(httpClient, request);
        const { status: statusCode, readableStreamBody } = response;
        if (statusCode === 304) return { kind: 'unchanged' };
        const etag = response.headers.get('etag');
        if (statusCode !== 200 || etag === undefined || !isReadable(readableStreamBody))
          throw new RestError('the blob was not answered', { statusCode, request, response });
        // Else it would be told by the status of an answer that began well.
        const bytes = await bytesOf(readableStreamBody, mostBytes).catch((error: unknown) => {
          throw notApplied(transportCode(error));
        });
        return typeof bytes === 'number' ? { kind: 'too-large', etag, bytes } : { kind: 'content', etag, bytes };
      };
      // Also if the container is not there; without a code it is a proxy's page.
      return await azureRead('blob', send, ({ status, code }) =>
        status === 404 && code !== null ? { kind: 'absent' } : undefined,
      );
    },
  };
}

interface Service {
  /** `https://<account>.blob.core.windows.net`, and Azurite's with the account's name behind it. */
  readonly address: string;
  readonly pipeline: Pipeline;
}

async function openService(storage: StorageConnection): Promise<Service> {
  const pipeline = plainPipeline();
  if (storage.kind === 'identity') {
    const address = storage.blobServiceUri.replace(/\/+$/, '');
    pipeline.addPolicy(onlyTo(address));
    const identity = credential(storage.clientId);
    pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential: identity, scopes: storageScope }), {
      afterPolicies: ['only-to'],
    });
    return { address, pipeline };
  }
  const { storageSharedKeyCredentialPolicy } = await import('@azure/storage-common');
  const { address, accountName, accountKey } = blobService(storage.value.reveal());
  pipeline.addPolicy(onlyTo(address));
  pipeline.addPolicy(storageSharedKeyCredentialPolicy({ accountName, accountKey: Buffer.from(accountKey, 'base64') }));
  return { address, pipeline };
}

/** Of every emulator, and no secret: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite */
const emulator = [
  'AccountName=devstoreaccount1',
  'AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
  'BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1',
].join(';');

/** What a connection string says of the blobs; the settings have checked that it names an account and a key. */
function blobService(text: string) {
  const whole = /^UseDevelopmentStorage=true/i.test(text) ? emulator : text;
  const part = (name: string) => new RegExp(`(?:^|;)\\s*${name}=([^;]*)`, 'i').exec(whole)?.[1]?.trim();
  const accountName = part('AccountName') ?? '';
  const suffix = part('EndpointSuffix') ?? 'core.windows.net';
  const address =
    part('BlobEndpoint') ?? `${part('DefaultEndpointsProtocol') ?? 'https'}://${accountName}.blob.${suffix}`;
  return { address: address.replace(/\/+$/, ''), accountName, accountKey: part('AccountKey') ?? '' };
}

function isReadable(body: NodeJS.ReadableStream | undefined): body is Readable {
  return body !== undefined && 'destroy' in body;
}

/** The stream's bytes; if there are more than `most`, only how many came before it was given up. */
async function bytesOf(stream: Readable, most: number): Promise<Uint8Array | number> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    if (length > most) {
      stream.destroy();
      await once(stream, 'close');
      return length;
    }
  }
  return Buffer.concat(chunks);
}
