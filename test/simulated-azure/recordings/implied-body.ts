import { at, isObject, type Json, type RecordedExchange, textAt } from './recorded-file.ts';

/**
 * The request body of a write whose recorder kept none, as the recorded answer shows it must have been.
 * A body that was kept is returned as it is.
 */
export function impliedBody(exchange: RecordedExchange): Json | undefined {
  const { request, response } = exchange;
  // Where a collector wrote what stood there instead of the thing itself, the answer still shows it.
  const subnet = at(response.body, 'properties', 'subnet');
  if (isObject(request.body) && textAt(request.body, 'properties', 'subnet') !== undefined && subnet !== undefined) {
    return { ...request.body, properties: { ...Object(at(request.body, 'properties')), subnet } };
  }
  if (request.body !== undefined || request.headers['content-length'] === '0') return request.body;
  if (!['PUT', 'PATCH', 'POST'].includes(request.method)) return undefined;
  const url = new URL(request.url);
  if (url.hostname.includes('.vault.')) return secretBody(request.method, url.pathname, response.body);
  if (url.hostname.startsWith('management.')) return resourceBody(request.method, url.pathname, response.body);
  return planeBody(url.pathname, response);
}

function secretBody(method: string, path: string, answer: Json | undefined): Json | undefined {
  if (method === 'POST') return undefined;
  const attributes = kept(at(answer, 'attributes'), ['enabled', 'nbf', 'exp']);
  const wanted = method === 'PUT' ? ['value', 'contentType', 'tags'] : ['contentType', 'tags'];
  const value = method === 'PUT' ? { value: path.split('/').at(-1) ?? '' } : {};
  return { ...value, ...kept(answer, wanted), ...(Object.keys(attributes).length > 0 ? { attributes } : {}) };
}

function resourceBody(method: string, path: string, answer: Json | undefined): Json | undefined {
  if (method === 'POST') return undefined;
  const shown = withoutReadOnly(kept(answer, ['location', 'kind', 'sku', 'tags', 'identity', 'properties']));
  if (Object.keys(shown).length > 0) return shown;
  // A refused or unseen write: the least that Azure takes as well-formed.
  if (/\/accounts\/[^/]+$/i.test(path) && method === 'PUT') {
    return {
      kind: 'AIServices',
      location: 'eastus',
      sku: { name: 'S0' },
      properties: { customSubDomainName: path.split('/').at(-1) ?? '' },
    };
  }
  if (/\/subnets\/[^/]+$/i.test(path) && method === 'PUT') return { properties: { addressPrefix: '203.0.113.0/24' } };
  return method === 'PUT' ? { location: 'eastus', properties: {} } : { tags: {} };
}

/** What only an answer has: a client that sent it would not have it back because it asked. */
const READ_ONLY = new Set([
  'provisioningState',
  'resourceGuid',
  'etag',
  'internalId',
  'dateCreated',
  'vaultUri',
  'principalId',
  'clientId',
  'createdOn',
  'updatedOn',
  'createdBy',
  'updatedBy',
  'numberOfRecordSets',
  'maxNumberOfRecordSets',
  'virtualNetworkLinkState',
]);

function withoutReadOnly(shown: { readonly [member: string]: Json }): { [member: string]: Json } {
  const { properties, ...rest } = shown;
  if (!isObject(properties)) return { ...shown };
  const asked = Object.entries(properties).filter(([name]) => !READ_ONLY.has(name));
  return { ...rest, properties: Object.fromEntries(asked) };
}

function planeBody(path: string, { status, headers }: RecordedExchange['response']): Json | undefined {
  // A recorded token limit was met by a long text.
  const isLong = status === 429 && (headers['policy-id'] ?? '').includes('Token');
  const text = isLong ? 'This is written in English. '.repeat(2_000) : 'This is written in English.';
  if (path.endsWith('/embeddings')) return { input: text };
  if (path.endsWith('/completions')) return { messages: [{ role: 'user', content: text }] };
  return path.endsWith('/languages') ? { documents: [{ id: '1', text }] } : undefined;
}

function kept(from: Json | undefined, names: readonly string[]): { [member: string]: Json } {
  if (!isObject(from)) return {};
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}
