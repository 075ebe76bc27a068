/**
 * What host and worker say to each other. Shapes of the real gRPC contract (azure-functions-language-worker-protobuf), as far as
 * the four triggers need them; sent over the fork's IPC channel with advanced serialization, so bytes stay bytes.
 */

/** One value on its way into or out of a function; exactly one field is set. */
export interface TypedData {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly int?: number;
  readonly double?: number;
  readonly http?: HttpData;
}

/** Query, header and parameter values travel wrapped, so that an empty text is not lost (capability UseNullableValueDictionaryForHttp). */
export type NullableTexts = Readonly<Record<string, { readonly value: string }>>;

export interface HttpData {
  readonly url?: string;
  readonly method?: string;
  readonly nullableHeaders?: NullableTexts;
  readonly nullableQuery?: NullableTexts;
  readonly nullableParams?: NullableTexts;
  readonly body?: TypedData | null;
  readonly statusCode?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly HttpCookie[];
}

interface Nullable<T> {
  readonly value?: T;
}

export interface HttpCookie {
  readonly name: string;
  readonly value: string;
  readonly domain?: Nullable<string>;
  readonly path?: Nullable<string>;
  readonly expires?: Nullable<{ readonly seconds: number }>;
  readonly secure?: Nullable<boolean>;
  readonly httpOnly?: Nullable<boolean>;
  readonly maxAge?: Nullable<number>;
  /** `none` says nothing, `explicitNone` says SameSite=None. */
  readonly sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone';
}

/** A trigger or an output as the app registered it: `type`, `direction`, and the trigger's own options beside them. */
export interface Binding {
  readonly type: string;
  readonly direction: 'in' | 'out';
  readonly [option: string]: unknown;
}

export interface RetryOptions {
  readonly retryStrategy?: 'fixedDelay' | 'exponentialBackoff';
  /** -1 is forever. */
  readonly maxRetryCount?: number;
  readonly delayInterval?: { readonly seconds: number };
  readonly minimumInterval?: { readonly seconds: number };
  readonly maximumInterval?: { readonly seconds: number };
}

export interface FunctionMetadata {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly retryOptions?: RetryOptions;
  /** The entry file that registered it, relative to the app folder. */
  readonly scriptFile: string;
}

export interface RetryContext {
  readonly retryCount: number;
  readonly maxRetryCount: number;
  readonly exception: { readonly message: string } | null;
}

export interface InvocationRequest {
  readonly invocationId: string;
  readonly functionId: string;
  readonly inputData: readonly { readonly name: string; readonly data: TypedData }[];
  readonly triggerMetadata: Readonly<Record<string, TypedData>>;
  readonly traceContext: { readonly traceParent: string; readonly traceState: string; readonly attributes: object };
  readonly retryContext: RetryContext | null;
}

export type InvocationOutcome =
  | { readonly succeeded: true; readonly returnValue: TypedData | null }
  | { readonly succeeded: false; readonly error: string; readonly stack: string };

export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';

/** What the worker found when it loaded the app. `loadError` is set when an entry file threw. */
export interface LoadedApp {
  readonly functions: readonly FunctionMetadata[];
  readonly capabilities: Readonly<Record<string, string>>;
  readonly loadError: string | null;
}

export type ToWorker =
  | { readonly type: 'load'; readonly appFolder: string }
  | { readonly type: 'invoke'; readonly request: InvocationRequest }
  | { readonly type: 'terminate' };

export type FromWorker =
  | { readonly type: 'loaded'; readonly app: LoadedApp }
  | { readonly type: 'outcome'; readonly invocationId: string; readonly outcome: InvocationOutcome }
  | {
      readonly type: 'log';
      readonly level: LogLevel;
      readonly category: 'user' | 'system';
      readonly message: string;
      readonly functionName?: string;
      readonly invocationId?: string;
    };
