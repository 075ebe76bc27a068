import type { FunctionMetadata, InvocationRequest, LogLevel, TypedData } from './wire.ts';

/** The slice of @azure/functions-core that the @azure/functions library speaks to; Node worker 3.9.1 has the same members. */
export interface CoreModule {
  readonly version: string;
  readonly hostVersion: string;
  registerHook(hookName: string, callback: HookCallback): Disposable;
  registerFunction(metadata: Omit<FunctionMetadata, 'scriptFile'>, callback: FunctionCallback): Disposable;
  setProgrammingModel(model: ProgrammingModel): void;
  getProgrammingModel(): ProgrammingModel | undefined;
  log(level: LogLevel, category: 'user' | 'system', message: string): void;
  readonly Disposable: typeof Disposable;
}

type FunctionCallback = (...values: unknown[]) => unknown;
type HookCallback = (context: Record<string, unknown>) => unknown;
export type HookName = (typeof hookNames)[number];

export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly request: InvocationRequest;
  readonly metadata: FunctionMetadata;
  /** Where the invocation is; undefined before and after. */
  state?: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  log(level: LogLevel, category: 'user' | 'system', message: string): void;
}

interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<{ returnValue?: TypedData | null }>;
}

interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel;
  getCapabilities?(capabilities: Record<string, string>): Promise<Record<string, string>> | Record<string, string>;
}

class Disposable {
  #onDispose: (() => void) | undefined;
  constructor(onDispose: () => void) {
    this.#onDispose = onDispose;
  }
  static from(...disposables: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => disposables.forEach((each) => void each.dispose()));
  }
  /** What is undone is undone once; a second call does nothing. */
  dispose(): void {
    this.#onDispose?.();
    this.#onDispose = undefined;
  }
}

const hookNames = ['appStart', 'preInvocation', 'postInvocation', 'appTerminate'] as const;

/** What the app registered while its entry files ran. */
export interface Registrations {
  readonly functions: Map<string, { readonly metadata: FunctionMetadata; readonly callback: FunctionCallback }>;
  readonly hooks: Record<HookName, HookCallback[]>;
  model: ProgrammingModel | undefined;
  /** The entry file being loaded; registered functions carry it as their script file. */
  entryFile: string;
  /** Set once the app has started; registering afterwards throws, as in the real worker. */
  locked: boolean;
}

export function emptyRegistrations(): Registrations {
  return {
    functions: new Map(),
    hooks: { appStart: [], preInvocation: [], postInvocation: [], appTerminate: [] },
    model: undefined,
    entryFile: '',
    locked: false,
  };
}

/** The module that `require('@azure/functions-core')` yields inside the worker. */
export function coreModule(registrations: Registrations, log: CoreModule['log']): CoreModule {
  return {
    version: '3.9.1',
    hostVersion: '4.1037.0',
    Disposable,
    log,
    getProgrammingModel: () => registrations.model,
    setProgrammingModel(model) {
      registrations.model = model;
    },
    registerFunction(metadata, callback) {
      if (registrations.locked) throw systemError('A function can only be registered during app startup.');
      if (registrations.functions.has(metadata.name)) {
        throw systemError(`A function with id "${metadata.name}" has already been registered.`);
      }
      const registered = { metadata: { ...metadata, scriptFile: registrations.entryFile }, callback };
      registrations.functions.set(metadata.name, registered);
      return new Disposable(() => {
        if (registrations.locked) throw systemError('A function can only be disposed during app startup.');
        registrations.functions.delete(metadata.name);
      });
    },
    registerHook(name, callback) {
      const hookName = hookNames.find((known) => known === name);
      // The library turns this very error into "Log hooks require Azure Functions Host v4.34 or higher".
      if (hookName === undefined) {
        throw Object.assign(new RangeError(`Unrecognized hook "${name}"`), { isAzureFunctionsSystemError: true });
      }
      const callbacks = registrations.hooks[hookName];
      callbacks.push(callback);
      return new Disposable(() => {
        const at = callbacks.indexOf(callback);
        if (at >= 0) callbacks.splice(at, 1);
      });
    },
  };
}

function systemError(message: string): Error {
  return Object.assign(new Error(message), { isAzureFunctionsSystemError: true });
}
