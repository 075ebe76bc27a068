import { createSimulatedAzure, type HostedService } from '../../../local/simulated-azure/azure.ts';
import { manualClock } from '../../../local/simulated-azure/clock.ts';
import type { SimulatedAzure } from '../../../local/simulated-azure/simulated-azure.ts';
import { CALLER, EVERYTHING } from './callers.ts';
import { compareExchange, type LiveAnswer } from './compare/compare-exchange.ts';
import type { Difference } from './compare/difference.ts';
import { credentials } from './credentials.ts';
import { startOf, waitBefore } from './implied-clock.ts';
import { LiveNames } from './live-names.ts';
import { isObject, type Json, type RecordedExchange, type RecordedFile, textAt } from './recorded-file.ts';
import { withRecordedVersion } from './recorded-version.ts';
import { serviceOf } from './service-of.ts';
import { startingWorld } from './starting-world.ts';
import { uncut } from './uncut.ts';
import { beginUnseen } from './unseen-beginnings.ts';

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

/**
 * Replays a recording against a simulated Azure of the world that it implies. Exchanges of services not covered yet are
 * passed over; one that cannot be answered at all is a difference like any other.
 */
export async function replayFile(file: RecordedFile, services: readonly HostedService[]): Promise<ReplayedExchange[]> {
  try {
    return await replayIn(file, services);
  } catch (error) {
    const differences = [{ path: 'starting world', expected: 'one', got: String(error) }];
    return [
      { file: file.name, index: 0, request: '', service: file.name.split('/')[0] ?? '', covered: true, differences },
    ];
  }
}

async function replayIn(file: RecordedFile, services: readonly HostedService[]): Promise<ReplayedExchange[]> {
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
    try {
      await beginUnseen(azure, recorded, names);
      await clock.advance(waitBefore(recorded));
      const request = await liveRequest(recorded, names, await credentials(azure, recorded));
      said.push(request.url, await request.clone().text());
      const answer = await answerTo(azure, request, recorded.response.status, `${file.name}#${index}`);
      const live = { ...answer, body: withRecordedVersion(world, recorded, answer.body) };
      const expected = { ...recorded.response, body: names.body(recorded.response.body) };
      names.learn(recorded.response.body, live.body);
      for (const [name, value] of Object.entries(recorded.response.headers)) {
        names.learn(value, live.headers.get(name) ?? value);
      }
      const asked = new URL(recorded.request.url);
      replayed.push({ ...told, differences: compareExchange(file, expected, live, asked, decoded(said.join('\n'))) });
    } catch (error) {
      replayed.push({ ...told, differences: [{ path: 'answer', expected: 'one', got: String(error) }] });
    }
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
  const own = Object.entries(plain).map(([name, value]) => [name, /^if-/.test(name) ? names.header(value) : value]);
  const sent = new Headers({ ...Object.fromEntries(own), ...proof });
  // Recorders strip it from the request and keep it in the answer.
  const echoed = recorded.response.headers['x-ms-client-request-id'];
  if (echoed !== undefined && !sent.has('x-ms-client-request-id')) sent.set('x-ms-client-request-id', echoed);
  if (body !== undefined && !sent.has('content-type')) sent.set('content-type', 'application/json');
  return new Request(names.url(url), {
    method,
    headers: sent,
    ...(body === undefined || method === 'GET' || method === 'HEAD' ? {} : { body: JSON.stringify(body) }),
  });
}

/** More than any bucket holds: 4,000 secrets in ten seconds is the largest. */
const MOST_KNOCKS = 4_500;

/** The answer; to a request that was recorded as throttled, the first one that is. */
async function answerTo(
  azure: SimulatedAzure,
  request: Request,
  recordedStatus: number,
  connectionId: string,
): Promise<LiveAnswer> {
  const knock = () => azure.handle(request.clone(), { callerAddress: '198.51.100.7', connectionId });
  let response = await knock();
  for (let knocks = 1; recordedStatus === 429 && response.status !== 429 && knocks < MOST_KNOCKS; knocks += 1) {
    response = await knock();
  }
  return { status: response.status, headers: response.headers, body: withoutCaller(parsed(await response.text())) };
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
  const isOurs = (item: Json) =>
    JSON.stringify(item).includes(EVERYTHING.guid) || textAt(item, 'properties', 'principalId') === CALLER.objectId;
  const value = body.value.filter((item: Json) => !isOurs(item));
  return { ...body, value };
}
