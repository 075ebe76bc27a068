import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type HttpClient,
  isRestError,
  type PipelinePolicy,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import { countCall } from '../shared/call-trail.ts';
import type { Clock } from '../shared/clock.ts';
import { FailureError, notApplied } from '../shared/failure.ts';
import { type Fence, requestTimeoutMs } from '../shared/fence.ts';
import { type AzureAnswer, azureAnswer, noteRequest, safeCode, saysAbsent } from './azure-answer.ts';
import { FencedAgent } from './fenced-agent.ts';
import { isOfPipeline, onFreshConnections } from './http-stack.ts';
import { systemClock } from './system-clock.ts';
import { type AzureService, toFailure } from './to-failure.ts';

/** Reads have no fence; a write of ARM or Key Vault never leaves without one. */
export type Effect = { readonly kind: 'read' } | { readonly kind: 'write'; readonly fence: Fence | null };

/** What an error answer means when it is an answer to the caller (404 on a read: absent); undefined: a failure. */
export type Expected<T> = (answer: AzureAnswer) => T | undefined;

/** What is known of a call while it runs. One call may be several requests: a challenge first, pages of a list. */
interface Course {
  readonly service: AzureService;
  readonly effect: Effect;
  answer: AzureAnswer | null;
  /** Bytes may have left, and no answer has come. */
  underWay: boolean;
  /** A write of ARM's or the vault's that was answered with success. */
  taken: boolean;
  /** Pages of a list that were answered so far, and since when it is read, by the monotonic clock. */
  pages: number;
  sinceMs: number | null;
}

/**
 * Far more than any list has that is read here: ten thousand targets are ten pages. A page that names itself as the next one
 * (`nextLink`) would be read for ever.
 */
export const mostPages = 200;
/** A page takes a second or two. */
const longestListMs = 3 * 60_000;

/** What an SDK asks once Azure took a write, an operation's status above all: it never leaves. */
class NotFollowed extends Error {}

const courses = new AsyncLocalStorage<Course>();

/** Whether the write that runs now was answered with a success already: what follows cannot undo it. */
function isAnsweredWrite(): boolean {
  const course = courses.getStore();
  return course?.effect.kind === 'write' && course.answer !== null && course.answer.status < 400;
}

/**
 * Runs one operation and turns what Azure, or the way to it, does wrong into a `FailureError`. The SDK's error ends here:
 * its message, request and response can hold keys. A fault of our own code goes on as it is.
 * @param send one operation of an SDK client
 * @returns `dateMs`: the last answer's `Date` header, milliseconds since 1970
 */
export async function azureCall<T>(
  service: AzureService,
  effect: Effect,
  send: () => Promise<T>,
  expected: Expected<T> = () => undefined,
): Promise<{ readonly value: T; readonly dateMs: number | null }> {
  // The queue's client takes no HTTP client of ours: its errors tell the answer, and without one it may have left.
  const course: Course = {
    service,
    effect,
    answer: null,
    underWay: service === 'queue',
    taken: false,
    pages: 0,
    sinceMs: null,
  };
  try {
    const value = await courses.run(course, send);
    return { value, dateMs: course.answer?.dateMs ?? null };
  } catch (error) {
    const { underWay } = course;
    const answer = answerTo(error, course.answer);
    if (answer !== null && answer.status >= 400) {
      const value = expected(answer);
      if (value !== undefined) return { value, dateMs: answer.dateMs };
    }
    if (error instanceof FailureError || !isOfAzure(error, answer)) throw error;
    throw new FailureError(toFailure(error, { service, effect: effect.kind, answer, underWay }));
  }
}

/** One read. @throws FailureError */
export async function azureRead<T>(service: AzureService, send: () => Promise<T>, expected?: Expected<T>): Promise<T> {
  return (await azureCall(service, { kind: 'read' }, send, expected)).value;
}

/** One read of Resource Manager. @throws FailureError */
export function armRead<T>(send: () => Promise<T>, expected?: Expected<T>): Promise<T> {
  return azureRead('arm', send, expected);
}

/** The same of a resource that may not exist: then null. @throws FailureError */
export function armFind<T>(send: () => Promise<T>): Promise<T | null> {
  return armRead<T | null>(send, (answer) => (saysAbsent(answer) ? null : undefined));
}

/** Every item of an SDK's list. */
export async function everyItem<T>(pages: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const item of pages) items.push(item);
  return items;
}

/**
 * Hands one write over, and asks nothing after it: a 2xx, 202 too, is success, and what becomes of it is for the next look at
 * the resource. The SDKs' `begin…` methods send the write and ask for its operation at once; a refusal of that second call
 * (403 without the right to read operations, 404, 429) says nothing about the write, and must not be told as its refusal.
 * @throws FailureError
 */
export async function azureWrite(
  service: AzureService,
  fence: Fence | null,
  send: () => Promise<unknown>,
): Promise<void> {
  await azureCall(service, { kind: 'write', fence }, async () => {
    try {
      await send();
    } catch (error) {
      if (!(error instanceof NotFollowed)) throw error;
    }
  });
}

/**
 * Whether `error` is about Azure: a pipeline threw it, or the last answer was a refusal or no JSON, over which the SDK may
 * stumble in any way. A `TypeError` before an answer, or after a good one, is a fault of ours.
 */
function isOfAzure(error: unknown, answer: AzureAnswer | null): boolean {
  return isOfPipeline(error) || (answer !== null && (!isSuccess(answer.status) || !answer.bodySays(/^\s*[[{]/)));
}

/** The answer behind `error`, when there was one. */
function answerTo(error: unknown, noted: AzureAnswer | null): AzureAnswer | null {
  if (!isRestError(error)) return noted;
  const answer = noted ?? (error.response === undefined ? null : azureAnswer(error.response));
  if (answer?.status !== 202 || error.statusCode === undefined || error.statusCode < 400) return answer;
  // A table transaction is answered 202 also when one of its parts was refused: then the part's answer counts.
  return { ...answer, status: error.statusCode, code: safeCode(error.code) };
}

/**
 * Wraps the HTTP client of every SDK client: the last code before the socket, so that no policy (retry, redirect,
 * challenge) can resend around it. Notes each answer, bounds each request's time, and gives each fenced write a
 * connection of its own.
 * @param inner an SDK `HttpClient`
 * @param opensSockets false for a test's client that has no connection to fence: then only the check before it stands
 */
export function callingHttpClient(
  inner: HttpClient,
  opensSockets: boolean,
  clock: Pick<Clock, 'monotonicMs'> = systemClock,
): HttpClient {
  return {
    async sendRequest(request) {
      const course = courses.getStore();
      if (course === undefined) throw new TypeError('an Azure request outside azureCall');
      if (course.taken) throw new NotFollowed();
      // After an answer that was no refusal a read goes on with a next page only.
      course.sinceMs ??= clock.monotonicMs();
      if (course.effect.kind === 'read' && course.answer !== null && isSuccess(course.answer.status)) course.pages += 1;
      const isSlow = course.pages > 0 && clock.monotonicMs() - course.sinceMs > longestListMs;
      if (course.pages >= mostPages || isSlow) throw notApplied('list-without-end');
      request.timeout = requestTimeoutMs;
      course.answer = null;
      if (!ownStorage.includes(course.service)) countCall();
      try {
        const response = await sendFenced(inner, opensSockets, request, course, clock);
        course.underWay = false;
        course.answer = azureAnswer(response);
        course.taken = isWrite(course) && request.method !== 'GET' && isSuccess(response.status);
        note(course, request, response);
        return response;
      } catch (error) {
        if (course.underWay) note(course, request, null);
        throw error;
      }
    },
  };
}

/** The app's own storage account: what it does there is no call at a target. */
const ownStorage: readonly AzureService[] = ['table', 'queue', 'blob'];

/** Tables and queues are written in several requests: a table that is missing is made first. */
function isWrite({ service, effect }: Course): boolean {
  return effect.kind === 'write' && (service === 'arm' || service === 'vault');
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** For the audit trail; the journal's own calls are none. A call that surely never left is not noted. */
function note({ service }: Course, request: PipelineRequest, response: PipelineResponse | null): void {
  if (service === 'arm' || service === 'vault') noteRequest(service, request, response);
}

async function sendFenced(
  inner: HttpClient,
  opensSockets: boolean,
  request: PipelineRequest,
  course: Course,
  clock: Pick<Clock, 'monotonicMs'>,
): Promise<PipelineResponse> {
  const fence = course.effect.kind === 'write' ? course.effect.fence : null;
  if (fence === null) {
    course.underWay = true;
    const isStorageRead = ownStorage.includes(course.service) && course.effect.kind === 'read';
    return await (isStorageRead ? sendAgainIfDropped(inner, request, clock) : inner.sendRequest(request));
  }
  if (!fence()) throw notApplied('fence-lost');
  request.disableKeepAlive = true;
  if (!opensSockets) {
    course.underWay = true;
    return await inner.sendRequest(request);
  }
  const proxyAgent = request.agent;
  const agent = new FencedAgent(proxyAgent, fence);
  request.agent = agent;
  try {
    return await inner.sendRequest(request);
  } catch (error) {
    if (agent.fenceLost) throw notApplied('fence-lost');
    course.underWay = agent.handedOut;
    throw error;
  } finally {
    // A challenge sends the same request again: it gets a connection of its own, around the same proxy.
    if (proxyAgent === undefined) delete request.agent;
    else request.agent = proxyAgent;
  }
}

/** That the far side has closed a connection that was kept alive shows only when the next request is sent on it. */
const droppedCodes: readonly unknown[] = ['ECONNRESET', 'EPIPE'];

/**
 * Sends a read, and once more on a fresh connection if the first one was dropped. Both together take no longer than one request
 * may. For the journal, which has no other retry: a worker that has rested reads it first of all.
 */
async function sendAgainIfDropped(
  inner: HttpClient,
  request: PipelineRequest,
  clock: Pick<Clock, 'monotonicMs'>,
): Promise<PipelineResponse> {
  const sentAtMs = clock.monotonicMs();
  try {
    return await inner.sendRequest(request);
  } catch (error) {
    request.timeout = requestTimeoutMs - Math.ceil(clock.monotonicMs() - sentAtMs);
    if (!isRestError(error) || !droppedCodes.includes(error.code) || request.timeout <= 0) throw error;
    return await onFreshConnections(inner).sendRequest(request);
  }
}

/**
 * Keeps a client's requests at one origin. Where a request goes is often said by an answer (`nextLink`, `Location`,
 * `Azure-AsyncOperation`), and the caller's token goes along: it never leaves for another host, scheme or port. Stands
 * before every other policy, so that not even a token is asked for.
 * @param address such as `https://management.azure.com`; a path after it says nothing
 * @returns a policy that throws `FailureError` with the code `foreign-link`: `not-applied`, or `outcome-unknown` if an
 * earlier request of the same write was taken
 */
export function onlyTo(address: string): PipelinePolicy {
  const { origin } = new URL(address);
  return {
    name: 'only-to',
    async sendRequest(request, next) {
      if (URL.parse(request.url)?.origin === origin) return await next(request);
      const code = 'foreign-link';
      throw isAnsweredWrite() ? new FailureError({ kind: 'outcome-unknown', code }) : notApplied(code);
    },
  };
}
