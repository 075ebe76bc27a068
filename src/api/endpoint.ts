import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type * as z from 'zod';
import type { ApiView } from '../app/api-views.ts';
import type { App, Operator } from '../app/contract.ts';
import type { AppRole } from './app-role.ts';
import { readBody, readNoQuery, readQuery } from './read-request.ts';

/** What a request is checked against, made at the first one: a cold start does not wait for all of them. */
export type LazySchema<T = unknown> = z.ZodLazy<z.ZodType<T>>;

/** One operation of the admin API, as data: how it is routed, who may call it, what it takes, and what it does. */
export interface Endpoint {
  /** Name of the function, and of the operation in the API's description. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/`, such as `targets/{name}`. */
  readonly route: string;
  readonly role: AppRole;
  /** One sentence for the API's description. */
  readonly summary: string;
  /** What the body is checked against; null if none is read. */
  readonly body: LazySchema | null;
  /** Nothing of the body, not even a name, comes back in a refusal: it holds a key. */
  readonly hidesBody?: true;
  /** What the query is checked against; null if no parameter is taken. */
  readonly query: LazySchema | null;
  /** Request headers of its own, beside `authorization` and `x-request-id`. */
  readonly headers?: readonly ('Idempotency-Key' | 'If-Match' | 'If-None-Match')[];
  /** What it answers when it does not refuse, by status. */
  readonly answers: Readonly<Partial<Record<200 | 202, ApiView>>>;
  /** Answers a request whose caller may ask. May throw `ProblemError`. */
  readonly answer: (request: HttpRequest, app: App, operator: Operator) => Promise<HttpResponseInit>;
}

/** A request that is known to be allowed and well-formed. */
export interface Call<Body, Query> {
  readonly request: HttpRequest;
  readonly app: App;
  readonly operator: Operator;
  /** The route's `{name}`: the target. */
  readonly target: string;
  /** The route's `{id}`: the rotation. */
  readonly id: string;
  readonly body: Body;
  readonly query: Query;
}

interface Facts extends Omit<Endpoint, 'method' | 'route' | 'body' | 'query' | 'answer'> {
  readonly at: `${Endpoint['method']} ${string}`;
}

type Work<Body, Query> = (call: Call<Body, Query>) => Promise<HttpResponseInit>;

/** An operation that takes no parameters. */
interface Given<Body> extends Facts {
  readonly query?: undefined;
  readonly work: Work<Body, null>;
}

/** An operation whose parameters are checked before its `work` begins. */
interface Asked<Body, Query> extends Facts {
  readonly query: LazySchema<Query>;
  readonly work: Work<Body, Query>;
}

/** An operation that reads no body. */
export function reading(given: Given<null>): Endpoint;
export function reading<Query>(given: Asked<null, Query>): Endpoint;
export function reading<Query>(given: Given<null> | Asked<null, Query>): Endpoint {
  return endpoint(given, null, async () => null);
}

/** An operation whose body is checked before its `work` begins. */
export function taking<Body>(body: LazySchema<Body>, given: Given<Body>): Endpoint;
export function taking<Body, Query>(body: LazySchema<Body>, given: Asked<Body, Query>): Endpoint;
export function taking<Body, Query>(body: LazySchema<Body>, given: Given<Body> | Asked<Body, Query>): Endpoint {
  return endpoint(given, body, (request) => readBody(request, body, given.hidesBody));
}

function endpoint<Body, Query>(
  given: Given<Body> | Asked<Body, Query>,
  body: LazySchema | null,
  read: (request: HttpRequest) => Promise<Body>,
): Endpoint {
  const { work: _work, at, query = null, ...facts } = given;
  const [method, route] = at.split(' ') as [Endpoint['method'], string];
  return {
    ...facts,
    ...{ method, route },
    body,
    query,
    async answer(request, app, operator) {
      const { name = '', id = '' } = request.params;
      const call = { request, app, operator, target: name, id, body: await read(request) };
      return given.query === undefined
        ? await given.work({ ...call, query: readNoQuery(request) })
        : await given.work({ ...call, query: readQuery(request, given.query) });
    },
  };
}
