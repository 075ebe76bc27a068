/**
 * Loads a built entry file as the Functions worker does, and prints what it registered: `@azure/functions-core` exists
 * for `require` alone, an `import` of it finds nothing.
 * Usage: node test/register-in-worker.ts dist/main.js
 */
import Module from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

interface FunctionMetadata {
  readonly name: string;
  readonly bindings: Readonly<Record<string, unknown>>;
}

/** What is printed, as one line of JSON. */
export interface Registered {
  readonly model: string;
  readonly functions: readonly FunctionMetadata[];
  /** From the start of the import to the end of the registrations; Node's own start is not in it. */
  readonly milliseconds: number;
}

const functions: FunctionMetadata[] = [];
let model = 'none';

const core = {
  version: '3.13.0',
  hostVersion: '4.1048.200',
  registerHook: () => undefined,
  log: () => undefined,
  setProgrammingModel: (given: { readonly name: string }) => {
    model = given.name;
  },
  getProgrammingModel: () => undefined,
  registerFunction: (metadata: FunctionMetadata) => {
    functions.push({ name: metadata.name, bindings: metadata.bindings });
  },
};

const loader = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown };
const load = loader._load;
loader._load = (request, ...rest) => (request === '@azure/functions-core' ? core : load(request, ...rest));

const entry = pathToFileURL(path.resolve(process.argv[2] ?? 'dist/main.js')).href;
const startedMs = performance.now();
await import(entry);
const registered: Registered = { model, functions, milliseconds: performance.now() - startedMs };
process.stdout.write(`${JSON.stringify(registered)}\n`);
