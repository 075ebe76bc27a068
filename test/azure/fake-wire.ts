import { createHttpHeaders, type HttpClient, type PipelineRequest } from '@azure/core-rest-pipeline';
import { type AzureAccess, azureAccess } from '../../src/azure/azure-access.ts';
import { clouds } from '../../src/azure/clouds.ts';
import { systemClock } from '../../src/azure/system-clock.ts';
import { SecretText } from '../../src/shared/secret-text.ts';

export interface WireAnswer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SentRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed from its JSON; null: none. */
  readonly body: unknown;
}

const challenge =
  'Bearer authorization="https://login.microsoftonline.com/a-tenant", resource="https://vault.azure.net"';

/** The adapters over a wire that answers as a test says; `sent` holds every request, in its order. */
export function fakeWire(answer: (request: SentRequest) => WireAnswer): {
  readonly access: AzureAccess;
  readonly sent: SentRequest[];
} {
  const sent: SentRequest[] = [];
  const wire: HttpClient = {
    async sendRequest(request) {
      // As the SDK's own client does.
      if (request.abortSignal?.aborted) throw Object.assign(new Error('aborted'), { name: 'AbortError' });
      const one = read(request);
      // The vault's client asks without a token first, to be told where to get one.
      if (one.host.endsWith('.vault.azure.net') && one.headers.authorization === undefined)
        return {
          request,
          status: 401,
          bodyAsText: '{}',
          headers: createHttpHeaders({ 'www-authenticate': challenge }),
        };
      sent.push(one);
      const { status = 200, body = {}, headers = {} } = answer(one);
      return {
        request,
        status,
        bodyAsText: typeof body === 'string' ? body : JSON.stringify(body),
        headers: createHttpHeaders({ 'content-type': 'application/json', date: new Date(0).toUTCString(), ...headers }),
      };
    },
  };
  const credential = {
    getToken: async () => ({ token: 'header.eyJvaWQiOiJvd24taWQifQ.sign', expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const storage = { kind: 'connection-string', value: new SecretText('UseDevelopmentStorage=true') } as const;
  const options = { cloud: clouds.public, credential, storage, httpClient: wire, clock: systemClock };
  return { access: azureAccess(options), sent };
}

function read({ method, url, headers, body }: PipelineRequest): SentRequest {
  const { host, pathname, searchParams } = new URL(url);
  return {
    ...{ method, host, path: decodeURIComponent(pathname), query: Object.fromEntries(searchParams) },
    headers: headers.toJSON(),
    body: typeof body === 'string' ? JSON.parse(body) : null,
  };
}
