import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { impliedBody } from './implied-body.ts';
import { loadExample } from './load-example.ts';
import { fillPlaceholders, NOT_STATED_VERSION } from './placeholders.ts';
import { at, isObject, itemsAt, type Json, type RecordedExchange, type RecordedFile, textAt } from './recorded-file.ts';

/** Set it to the folder that holds `recordings` and `examples` when they are not beside the repository. */
export const FOLDER_VARIABLE = 'KEYTURN_RECORDINGS';
const USUAL_FOLDER = '../shared/azure';

/**
 * The folder with recorded traffic, or null when it is absent: `KEYTURN_RECORDINGS` if set, else `../shared/azure`
 * beside the repository or beside a checkout of it one folder deeper.
 */
export function recordingsFolder(repository: string): string | null {
  const chosen = process.env[FOLDER_VARIABLE];
  const candidates = chosen ? [chosen] : [join(repository, USUAL_FOLDER)];
  return candidates.find((folder) => existsSync(join(folder, 'recordings'))) ?? null;
}

/** Every recording and example below `folder`, by name; one that cannot be read has no exchanges and says why. */
export function loadRecordings(folder: string): RecordedFile[] {
  return ['recordings', 'recordings-added', 'examples']
    .filter((part) => existsSync(join(folder, part)))
    .flatMap((part) =>
      readdirSync(join(folder, part), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
        .map((path) => loadFile(path, relative(join(folder, part), path).replace(/\.json$/, ''))),
    );
}

function loadFile(path: string, name: string): RecordedFile {
  try {
    const text = fillPlaceholders(readFileSync(path, 'utf8'));
    const content = JSON.parse(
      text.replaceAll(/http:\/\/localhost:\d+(?=\/)/g, 'https://management.azure.com'),
    ) as Json;
    if (at(content, 'exchanges') === undefined && at(content, 'interactions') === undefined)
      return loadExample(name, content);
    return {
      name,
      evidence: at(content, 'evidence') === undefined ? 'recording' : 'reported',
      exchanges: byDate([...itemsAt(content, 'exchanges'), ...itemsAt(content, 'interactions')].map(exchangeOf)),
      cut: itemsAt(content, 'cut').filter((remark) => typeof remark === 'string'),
    };
  } catch (error) {
    return { name, evidence: 'reported', exchanges: [], cut: [], unreadable: String(error) };
  }
}

/** Some recorders keep what ran at the same time in the order of its end; the answers' own dates, where all have one, tell. */
function byDate(exchanges: readonly RecordedExchange[]): readonly RecordedExchange[] {
  const dateOf = ({ response }: RecordedExchange) => Date.parse(response.headers.date ?? '');
  if (exchanges.some((exchange) => Number.isNaN(dateOf(exchange)))) return exchanges;
  return exchanges.toSorted((one, other) => dateOf(one) - dateOf(other));
}

function exchangeOf(recorded: Json): RecordedExchange {
  const request = at(recorded, 'request');
  const response = at(recorded, 'response');
  const status = at(response, 'status');
  const headers = lowerCased(at(response, 'headers'));
  // A recorder that plays a recording back tells its client not to wait.
  if (headers['retry-after'] === '0') delete headers['retry-after'];
  const exchange = {
    request: {
      method: textAt(request, 'method') ?? 'GET',
      url: realUrl(textAt(request, 'url') ?? textAt(request, 'uri') ?? ''),
      headers: lowerCased(at(request, 'headers')),
      body: bodyOf(at(request, 'body')),
    },
    response: {
      status: typeof status === 'number' ? status : 0,
      headers,
      body: bodyOf(at(response, 'body')),
    },
  };
  return { ...exchange, request: { ...exchange.request, body: impliedBody(exchange) } };
}

/** What stands for an api-version that a report does not state. */
const FITTING_VERSIONS = [
  { of: /^https:\/\/[^/]+\.vault\./, version: '7.4' },
  { of: /\/providers\/Microsoft\.CognitiveServices\//i, version: '2024-10-01' },
  { of: /\/providers\/Microsoft\.Authorization\//i, version: '2022-04-01' },
  { of: /\/providers\/Microsoft\.ManagedIdentity\//i, version: '2023-01-31' },
  { of: /^https:\/\/management\./, version: '2021-04-01' },
];

/** Recorders behind a proxy write its host, or none, or the port: the request went to Azure's own host all the same. */
function realUrl(recorded: string): string {
  const url = new URL(
    recorded
      .replace(/^http:\/\/localhost(:\d+)?/, '')
      .replace(/^\/*(?=(subscriptions|providers|tenants)\b)/, 'https://management.azure.com/'),
  );
  // Some files of AI services leave the host out.
  if (url.hostname === 'contoso-host') url.hostname = 'contoso-host.cognitiveservices.azure.com';
  url.protocol = 'https:';
  url.port = '';
  const fitting = FITTING_VERSIONS.find(({ of }) => of.test(url.href))?.version ?? '2024-02-01';
  return url.href.replace(NOT_STATED_VERSION, fitting);
}

function lowerCased(headers: Json | undefined): Record<string, string> {
  if (!isObject(headers)) return {};
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

/** `''` is how some recorders write that there was no body, `mock_body` how one writes that it kept none. */
function bodyOf(body: Json | undefined): Json | undefined {
  if (body === '' || body === 'mock_body') return undefined;
  // Some recorders keep a body as its text.
  return typeof body === 'string' && /^[[{]/.test(body) ? (JSON.parse(body) as Json) : body;
}
