import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type * as z from 'zod';
import type { ApiView } from '../app/api-views.ts';
import type { App, Operator } from '../app/contract.ts';
import type { AppRole } from './app-role.ts';
import { readBody } from './read-body.ts';
import { readQuery } from './read-query.ts';

/** One operation of the admin API, as data: how it is routed, who may call it, what it takes, and what it does. */
export interface Endpoint {
  /** Name of the function, and of the operation in the API's description. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Without the host's route prefix, such as `targets/{name}`. */
  readonly route: string;
  readonly role: AppRole;
  /** One sentence for the API's description. */
  readonly summary: string;
  /** What the body is checked against; null where none is read. */
  readonly body: z.ZodType | null;
  /** What the query is checked against; without it no parameter is taken. */
  readonly query?: z.ZodType;
  /** Request headers of its own, beside `authorization` and `x-request-id`. */
  readonly headers?: readonly ('Idempotency-Key' | 'If-Match')[];
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

interface Given<Body, Query> extends Omit<Endpoint, 'body' | 'query' | 'answer'> {
  readonly query?: z.ZodType<Query>;
  readonly work: (call: Call<Body, Query>) => Promise<HttpResponseInit>;
}

/** An operation that reads no body. */
export function reading<Query = unknown>(given: Given<null, Query>): Endpoint {
  const { work, ...facts } = given;
  return {
    ...facts,
    body: null,
    answer: async (request, app, operator) => work(callOf(request, app, operator, null, given.query)),
  };
}

/** An operation whose body is checked before its `work` begins. */
export function taking<Body, Query = unknown>(body: z.ZodType<Body>, given: Given<Body, Query>): Endpoint {
  const { work, ...facts } = given;
  return {
    ...facts,
    body,
    answer: async (request, app, operator) =>
      work(callOf(request, app, operator, await readBody(request, body), given.query)),
  };
}

function callOf<Body, Query>(
  request: HttpRequest,
  app: App,
  operator: Operator,
  body: Body,
  schema: z.ZodType<Query> | undefined,
): Call<Body, Query> {
  const { name = '', id = '' } = request.params;
  const query = readQuery(request, schema);
  return { request, app, operator, target: name, id, body, query };
}
