import { createSimulatedAzure, type HostedService } from '../../../local/simulated-azure/azure.ts';
import { manualClock } from '../../../local/simulated-azure/clock.ts';
import { EVERYTHING } from './callers.ts';
import { compareExchange, type LiveAnswer } from './compare-exchange.ts';
import { credentials } from './credentials.ts';
import type { Difference } from './difference.ts';
import { startOf, waitBefore } from './implied-clock.ts';
import { LiveNames } from './live-names.ts';
import { isObject, type Json, type RecordedExchange, type RecordedFile } from './recorded-file.ts';
import { serviceOf } from './service-of.ts';
import { startingWorld } from './starting-world.ts';

/** What became of one recorded exchange. */
export interface ReplayedExchange {
  readonly file: string;
  /** Position in the file, from 0. */
  readonly index: number;
  readonly request: string;
  readonly service: string;
  readonly covered: boolean;
  readonly differences: readonly Difference[];
}

/** Replays a recording against a simulated Azure of the world that it implies. Exchanges of services not covered yet are passed over. */
export async function replayFile(file: RecordedFile, services: readonly HostedService[]): Promise<ReplayedExchange[]> {
  const clock = manualClock(startOf(file));
  const { world, edits } = startingWorld(file);
  const azure = createSimulatedAzure({ world, clock, services });
  const names = new LiveNames();
  const said: string[] = [];
  const replayed: ReplayedExchange[] = [];

  for (const [index, recorded] of file.exchanges.entries()) {
    for (const edit of edits) if (edit.before === index) edit.apply(world, clock.nowMs());
    const spoken = serviceOf(recorded);
    const told = { file: file.name, index, request: `${recorded.request.method} ${recorded.request.url}`, ...spoken };
    if (!spoken.covered) {
      replayed.push({ ...told, differences: [] });
      continue;
    }
    await clock.advance(waitBefore(recorded));
    const request = await liveRequest(recorded, names, await credentials(azure, recorded));
    said.push(request.url, await request.clone().text());
    const live = await answerTo(request, (asked) =>
      azure.handle(asked, { callerAddress: '198.51.100.7', connectionId: `${file.name}#${index}` }),
    );
    const expected = { ...recorded.response, body: names.body(recorded.response.body) };
    names.learn(recorded.response.body, live.body);
    for (const [name, value] of Object.entries(recorded.response.headers))
      names.learn(value, live.headers.get(name) ?? value);
    replayed.push({
      ...told,
      differences: compareExchange(file, expected, live, new URL(recorded.request.url), decoded(said.join('\n'))),
    });
  }
  return replayed;
}

/** Ids stand in links percent-encoded, in bodies plain; a lone `%` stands for itself. */
function decoded(text: string): string {
  return `${text}\n${decodeURIComponent(text.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'))}`;
}

async function liveRequest(
  recorded: RecordedExchange,
  names: LiveNames,
  proof: Record<string, string>,
): Promise<Request> {
  const { method, url, headers } = recorded.request;
  const body = uncut(names.body(recorded.request.body));
  const { authorization: _stripped, 'content-length': _counted, ...plain } = headers;
  const sent = new Headers({ ...plain, ...proof });
  if (body !== undefined && !sent.has('content-type')) sent.set('content-type', 'application/json');
  return new Request(names.url(url), {
    method,
    headers: sent,
    ...(body === undefined || method === 'GET' || method === 'HEAD' ? {} : { body: JSON.stringify(body) }),
  });
}

/** A text that the collector cut was a long one: its beginning again and again, longer than any service's limit on a document. */
function uncut(body: Json | undefined): Json | undefined {
  if (typeof body === 'string') {
    const [kept, cut] = body.split('…');
    return cut === undefined || kept === undefined || kept === '' ? body : kept.repeat(Math.ceil(6_000 / kept.length));
  }
  if (Array.isArray(body)) return body.map((item: Json) => uncut(item) ?? null);
  if (!isObject(body)) return body;
  return Object.fromEntries(Object.entries(body).map(([member, value]) => [member, uncut(value) ?? null]));
}

async function answerTo(request: Request, handle: (request: Request) => Promise<Response>): Promise<LiveAnswer> {
  const response = await handle(request);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: withoutCaller(parsed(text)) };
}

function parsed(text: string): Json | undefined {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** The caller's own role and its assignment belong to the replay, not to the recording. */
function withoutCaller(body: Json | undefined): Json | undefined {
  if (!isObject(body) || !Array.isArray(body.value)) return body;
  const value = body.value.filter((item: Json) => !JSON.stringify(item).includes(EVERYTHING.guid));
  return { ...body, value };
}
