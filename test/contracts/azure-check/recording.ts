import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline';

interface Exchange {
  readonly request: Message & { readonly method: string; readonly url: string };
  readonly response: Message & { readonly status: number };
}

interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What the file must not show of the one who made it. */
export interface Reader {
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly objectId: string;
  /** What the names of this run end in. */
  readonly suffix: string;
}

const requestHeaders = ['content-type', 'if-match'];
const responseHeaders = [
  'content-type',
  'date',
  'location',
  'azure-asyncoperation',
  'retry-after',
  'www-authenticate',
  'x-ms-failure-cause',
  'csp-billing-usage',
];
/** Of links to an operation: they sign it, with a certificate of the gateway's. */
const signing = ['t', 'c', 's', 'h'];

/** An HTTP client that keeps what goes through it. Tokens are asked for elsewhere, and storage is: neither is kept. */
export function recorder(inner: HttpClient = createDefaultHttpClient()) {
  const exchanges: Exchange[] = [];
  const wire: HttpClient = {
    async sendRequest(request) {
      const response = await inner.sendRequest(request);
      const { method, url } = request;
      if (/\/providers\/Microsoft\.Storage\//i.test(url)) return response;
      exchanges.push({
        request: {
          method,
          url,
          headers: only(requestHeaders, request.headers),
          ...bodyOf(typeof request.body === 'string' ? request.body : ''),
        },
        response: {
          status: response.status,
          headers: only(responseHeaders, response.headers),
          ...bodyOf(response.bodyAsText ?? ''),
        },
      });
      return response;
    },
  };
  return { wire, files: (reader: Reader) => recordingFiles(exchanges, reader) };
}

const parts = {
  'control-plane': (host: string) => host.startsWith('management.'),
  vault: (host: string) => host.includes('.vault.'),
  endpoint: (host: string) => host.includes('.cognitiveservices.'),
};

/**
 * The files by their names: one for each of the services, since a replay knows a vault either as ARM shows it or by its
 * secrets. Only headers of which it is known what they hold, and nothing of the reader's own.
 */
export function recordingFiles(exchanges: readonly Exchange[], reader: Reader): Readonly<Record<string, string>> {
  const keys = [...new Set(exchanges.flatMap(({ response }) => keysIn(response.body)))];
  const scrub = (text: string) =>
    keys
      .reduce((before, key, n) => before.replaceAll(key, `RecordedKey${n}`.padEnd(Math.max(64, key.length), 'x')), text)
      .replaceAll(anyCase(reader.subscriptionId), '11111111-1111-1111-1111-111111111111')
      .replaceAll(anyCase(reader.tenantId), '22222222-2222-2222-2222-222222222222')
      .replaceAll(anyCase(reader.objectId), '33333333-3333-3333-3333-333333333333')
      .replaceAll(anyCase(reader.suffix), 'contoso000')
      .replaceAll(/("(?:createdBy|lastModifiedBy)": *")[^"]*"/g, '$1contoso"')
      .replaceAll(/appid=[0-9a-f-]{36}/gi, 'appid=44444444-4444-4444-4444-444444444444')
      .replaceAll(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, 'someone@contoso.com')
      .replaceAll(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '203.0.113.7');
  const shown = exchanges.map(({ request, response }) => ({
    request: { ...request, url: unsigned(request.url) },
    response: { ...response, headers: mapped(response.headers, unsigned) },
  }));
  const cut = ['most headers are left out'];
  return Object.fromEntries(
    Object.entries(parts).map(([name, isOfPart]) => {
      const own = shown.filter(({ request }) => isOfPart(new URL(request.url).hostname));
      return [name, `${scrub(JSON.stringify({ source: 'npm run azure-check', exchanges: own, cut }, null, 1))}\n`];
    }),
  );
}

/** Keys of an account, as its answers name them. */
function keysIn(body: unknown): string[] {
  if (typeof body !== 'object' || body === null) return [];
  return ['key1', 'key2'].flatMap((slot) => {
    const value: unknown = Reflect.get(body, slot);
    return typeof value === 'string' && value.length >= 16 ? [value] : [];
  });
}

function only(names: readonly string[], headers: { get(name: string): string | undefined }): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => [[name, headers.get(name)]]).filter(([, value]) => value),
  ) as Record<string, string>;
}

function bodyOf(text: string): { readonly body?: unknown } {
  if (text === '') return {};
  try {
    return { body: JSON.parse(text) };
  } catch {
    return { body: text };
  }
}

function unsigned(link: string): string {
  if (!/^https:/.test(link)) return link;
  const url = new URL(link);
  for (const name of signing) url.searchParams.delete(name);
  return url.href;
}

function mapped(headers: Readonly<Record<string, string>>, change: (value: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, change(value)]));
}

function anyCase(text: string): RegExp {
  return new RegExp(text.replaceAll(/[^\w-]/g, '\\$&'), 'gi');
}
