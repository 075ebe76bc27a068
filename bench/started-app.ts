/**
 * Loads an app as the Functions worker does, in this process, and calls one of its functions for the first time; prints what
 * each of them took. Usage: node bench/started-app.ts ENTRY FUNCTION
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { coreModule, emptyRegistrations } from '../local/runner/core-module.ts';
import { provideCoreModule } from '../local/runner/provide-core-module.ts';

/** Milliseconds of the clock, and of the processor in user and system mode: the latter hardly depend on what else runs. */
export interface Took {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface Started {
  readonly load: Took;
  readonly firstCall: Took;
}

async function timed(work: () => unknown): Promise<Took> {
  const beganMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wallMs: performance.now() - beganMs, cpuMs: (user + system) / 1000 };
}

const [entry = 'dist/main.js', name = ''] = process.argv.slice(2);
const registrations = emptyRegistrations();
provideCoreModule(coreModule(registrations, () => undefined));
const load = await timed(() => import(pathToFileURL(path.resolve(entry)).href));
const called = registrations.functions.get(name);
if (called === undefined) throw new TypeError(`${entry} has no function ${name}`);
const request = {
  method: 'GET',
  url: 'http://127.0.0.1/api/fleet',
  headers: new Headers(),
  query: new URLSearchParams(),
  params: {},
};
const quiet = () => {};
const logs = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };
const context = { invocationId: 'first', functionName: name, triggerMetadata: {}, ...logs };
const isHttp = Object.values(called.metadata.bindings).some(({ type }) => type === 'httpTrigger');
const input = isHttp ? request : { target: 'nobody', wakeSeq: 1 };
// No storage account listens: a read of its tables is refused at once.
const firstCall = await timed(async () => {
  await Promise.resolve(called.callback(input, context)).catch(quiet);
});
const started: Started = { load, firstCall };
process.stdout.write(`\n${JSON.stringify(started)}\n`);
process.exit();
