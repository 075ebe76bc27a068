import * as z from 'zod';
import type { Endpoint } from '../../src/api/endpoint.ts';
import { fieldProblems } from '../../src/shared/field-problem.ts';
import { exitCodes, Stop, usage } from '../outcome.ts';
import { fieldsOf, operation, pathOf } from './operations.ts';
import type { Tokens } from './sign-in.ts';

/** What one operation is asked. */
export interface Request {
  readonly target?: string | undefined;
  /** Of a rotation or a change. */
  readonly id?: string | undefined;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly etag: string | null;
  /** Null: there is none, as with 304. */
  readonly body: unknown;
}

/** One Keyturn, over its admin API. */
export interface Instance {
  /** Where it answers, without a path. */
  readonly url: string;
  readonly tokens: Tokens;
  /**
   * Asks an operation by its name in the API.
   * @throws Stop `usage` for what its own schema refuses, before anything is sent
   * @throws Refused for what the instance refuses
   * @throws Stop `unreachable`
   */
  ask(name: string, request?: Request): Promise<Answer>;
  /** Whether anything of Keyturn's answers there: its description, which needs no token. @throws Stop `unreachable` */
  description(): Promise<unknown>;
}

/** As RFC 9457 has it, with what Keyturn adds and the command line shows. */
const problemShape = z.looseObject({
  status: z.number(),
  detail: z.string(),
  reason: z.string(),
  errors: z.array(z.object({ field: z.string(), found: z.string(), accepted: z.string() })).default([]),
  legalIn: z.array(z.string()).default([]),
  fix: z.string().nullish(),
  rotationId: z.string().nullish(),
});

export type Problem = z.infer<typeof problemShape>;

/** The instance said no: `problem` is its answer. */
export class Refused extends Stop {
  readonly problem: Problem;

  /** @param row whose fields the problem may name: a person knows them as options */
  constructor(problem: Problem, row: Endpoint, retryAfterSeconds: number | null) {
    const again = retryAfterSeconds === null ? '' : `\nWaiting helps: try again in ${retryAfterSeconds} s.`;
    super(exitCodes.refused, `${inOptions(refusalText(problem), row)}${again}`);
    this.problem = problem;
  }
}

/** `inactiveKeyUnused: true` → `--inactive-key-unused`. */
function inOptions(text: string, row: Endpoint): string {
  return fieldsOf(row)
    .filter(({ name }) => /[A-Z]/.test(name))
    .reduce(
      (said, { name }) => said.replaceAll(new RegExp(`\\b${name}\\b(?:: true)?`, 'g'), `--${optionName(name)}`),
      text,
    );
}

function refusalText({ status, reason, detail, errors, legalIn, fix, rotationId }: Problem): string {
  return [
    `${detail}${reason === 'unknown-target' ? ' Here: keyturn targets.' : ''} (${status} ${reason})`,
    ...errors.map(({ field, found, accepted }) => `  ${field}: found ${found}; accepted: ${accepted}`),
    ...(legalIn.length > 0 && !detail.includes(legalIn.join(', ')) ? [`Possible in: ${legalIn.join(', ')}.`] : []),
    ...(rotationId == null ? [] : [`Rotation: ${rotationId}`]),
    ...(fix == null || detail.includes(fix) ? [] : [`Fix: ${fix}`]),
  ].join('\n');
}

/** Longer than App Service lets a request run: 230 s. https://learn.microsoft.com/azure/azure-functions/functions-scale */
const requestMs = 240_000;
/** An instance that asks for so much patience is not waited for. */
const longestPauseMs = 60_000;
const mostTries = 4;

/**
 * @param address as given by `--url` or KEYTURN_URL
 * @param waiting tells the person that it waits, and waits
 */
export function instanceAt(
  address: string,
  tokens: Tokens,
  waiting: { readonly note: (text: string) => void; readonly wait: (forMs: number) => Promise<unknown> },
): Instance {
  const url = originOf(address);
  return {
    url,
    tokens,
    async ask(name, request = {}) {
      const endpoint = operation(name);
      checkRequest(endpoint, request);
      for (let tries = 1; ; tries++) {
        const { status, headers, text } = await send(url, endpoint, request, await tokens.token());
        const etag = headers.get('etag') ?? null;
        if (status === 304) return { status, etag, body: null };
        const body = parsed(text, status);
        if (status < 300) return { status, etag, body };
        const pauseMs = Number(headers.get('retry-after') ?? Number.NaN) * 1000;
        const isPassing = [409, 503].includes(status) && pauseMs <= longestPauseMs;
        if (!isPassing || tries === mostTries) throw refused(body, status, endpoint, pauseMs);
        waiting.note(`Keyturn asks to wait ${pauseMs / 1000} s (${reasonIn(body)}), then it is asked again.`);
        await waiting.wait(pauseMs);
      }
    },
    async description() {
      const { status, text } = await exchange('GET', `${url}/api/openapi.json`, {}, null);
      if (status !== 200) throw notKeyturn(url, status);
      return parsed(text, status);
    },
  };
}

/**
 * The client id that the dashboard's page at this address names; null if there is none. It is only shown to the person: a
 * token goes only where a person has said that it is meant for.
 */
export async function clientIdNamedAt(address: string): Promise<string | null> {
  const { text } = await exchange('GET', `${originOf(address)}/`, {}, null);
  return /name="keyturn-client-id" content="([0-9a-fA-F-]{36})"/.exec(text)?.[1] ?? null;
}

/** A token goes nowhere in the clear, but to this machine. */
function originOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  const isLocal = url !== null && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal)) return url.origin;
  throw usage(
    `The address of Keyturn (--url or KEYTURN_URL) is ${JSON.stringify(address)}: accepted is https:// and the host of the function app.`,
  );
}

/** By the row's own schemas, as the instance checks it. */
function checkRequest({ body, query, hidesBody }: Endpoint, request: Request): void {
  const problems = [
    ...(body === null ? [] : problemsOf(body.safeParse(request.body ?? {}, { reportInput: true }))),
    ...(query === null ? [] : problemsOf(query.safeParse(request.query ?? {}, { reportInput: true }))),
  ];
  if (problems.length === 0) return;
  const lines = problems.map(({ field, found, accepted }) => {
    const shown = hidesBody === true ? 'something else (not shown)' : found;
    return `--${optionName(field)}: found ${shown}; accepted: ${accepted}`;
  });
  throw usage(`${lines.join('\n')}\nNothing was sent.`);
}

function problemsOf({ error }: { readonly error?: z.ZodError | undefined }) {
  return error === undefined ? [] : fieldProblems(error);
}

/** `overlapSeconds` → `overlap-seconds`. */
export function optionName(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

async function send(url: string, endpoint: Endpoint, request: Request, token: string) {
  const path = pathOf(endpoint)
    .replace('{name}', encodeURIComponent(request.target ?? ''))
    .replace('{id}', encodeURIComponent(request.id ?? ''));
  const query = new URLSearchParams(request.query).toString();
  const headers = { ...request.headers, authorization: `Bearer ${token}` };
  // App Service refuses a POST without a length.
  const body = endpoint.body === null ? null : JSON.stringify(request.body ?? {});
  return await exchange(endpoint.method, `${url}${path}${query === '' ? '' : `?${query}`}`, headers, body);
}

async function exchange(
  method: Endpoint['method'],
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string | null,
) {
  const http = await import('@azure/core-rest-pipeline');
  const pipeline = http.createEmptyPipeline();
  // As HTTPS_PROXY and NO_PROXY say; no redirect is followed, since a token would go along.
  pipeline.addPolicy(http.proxyPolicy());
  const request = http.createPipelineRequest({ method, url, timeout: requestMs, allowInsecureConnection: true });
  for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
  request.headers.set('user-agent', 'keyturn-cli');
  if (body !== null) {
    request.headers.set('content-type', 'application/json');
    request.body = body;
  }
  try {
    const {
      status,
      headers: answered,
      bodyAsText,
    } = await pipeline.sendRequest(http.createDefaultHttpClient(), request);
    return { status, headers: answered, text: bodyAsText ?? '' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Stop(
      exitCodes.unreachable,
      `${new URL(url).origin} does not answer: ${reason}\nCheck the address (--url or KEYTURN_URL), that the app runs, and that its network lets you in.`,
    );
  }
}

function parsed(text: string, status: number): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return { status, html: text.slice(0, 200) };
  }
}

function reasonIn(body: unknown): string {
  const problem = problemShape.safeParse(body);
  return problem.success ? problem.data.reason : 'no reason given';
}

function refused(body: unknown, status: number, row: Endpoint, pauseMs: number): Stop {
  const problem = problemShape.safeParse(body);
  if (problem.success) return new Refused(problem.data, row, pauseMs > 0 ? pauseMs / 1000 : null);
  return notKeyturn('The address', status);
}

function notKeyturn(what: string, status: number): Stop {
  const advice =
    status === 403
      ? 'Perhaps the app lets only some addresses in, or is stopped.'
      : 'Is it the address of the function app, and does the app run?';
  return new Stop(exitCodes.unreachable, `${what} answers ${status}, and not as Keyturn does. ${advice}`);
}
