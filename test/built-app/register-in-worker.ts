/**
 * Loads a built entry file as the Functions worker does, and prints what it registered: `@azure/functions-core` exists
 * only for `require`, an `import` of it finds nothing.
 * Usage: node test/built-app/register-in-worker.ts dist/main.js
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CoreModule, coreModule, emptyRegistrations } from '../../local/runner/core-module.ts';
import { provideCoreModule } from '../../local/runner/provide-core-module.ts';
import type { FunctionMetadata } from '../../local/runner/wire.ts';

/** What is printed, as one line of JSON. */
export interface Registered {
  readonly model: string;
  readonly functions: readonly FunctionMetadata[];
  /** Which members of the worker's core module were asked for, sorted. */
  readonly coreMembers: readonly string[];
  /** From the start of the import to the end of the registrations; Node's own start is not in it. */
  readonly milliseconds: number;
}

const registrations = emptyRegistrations();
const asked = new Set<string>();
const core = coreModule(registrations, () => undefined);
provideCoreModule(
  new Proxy<CoreModule>(core, {
    get(target, member, receiver) {
      asked.add(String(member));
      return Reflect.get(target, member, receiver);
    },
  }),
);

const entry = pathToFileURL(path.resolve(process.argv[2] ?? 'dist/main.js')).href;
const startedMs = performance.now();
await import(entry);
const registered: Registered = {
  model: registrations.model?.name ?? 'none',
  functions: [...registrations.functions.values()].map(({ metadata }) => metadata),
  coreMembers: [...asked].toSorted(),
  milliseconds: performance.now() - startedMs,
};
process.stdout.write(`${JSON.stringify(registered)}\n`);
