import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { coreModule, emptyRegistrations } from '../../local/runner/core-module.ts';
import type { FunctionMetadata } from '../../local/runner/wire.ts';
import { bundle, loadedAtStart } from '../../tools/build.ts';
import { goodSettings } from '../settings/good-settings.ts';
import type { Registered } from './register-in-worker.ts';

// Far from node_modules: the bundle must need none.
const folder = path.relative('.', mkdtempSync(path.join(tmpdir(), 'keyturn-bundle-')));
const metafile = await bundle(folder);
const entry = path.posix.join(folder, 'main.js');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const httpFunctions = {
  'list-targets': 'GET api/targets',
  'read-target': 'GET api/targets/{name}',
  'adopt-target': 'POST api/targets/{name}/adopt',
  'repair-target': 'POST api/targets/{name}/repair',
  'start-rotation': 'POST api/targets/{name}/rotations',
  'read-rotation': 'GET api/targets/{name}/rotations/{id}',
  'roll-back-rotation': 'POST api/targets/{name}/rotations/{id}/rollback',
  'resume-rotation': 'POST api/targets/{name}/rotations/{id}/resume',
  'report-leak': 'POST api/targets/{name}/leak',
  'read-fleet': 'GET api/fleet',
  'reset-fleet': 'POST api/fleet/reset',
  'accept-targets-document': 'POST api/fleet/targets-document/accept',
  'set-pause': 'PUT api/pause',
  'cancel-rotation': 'POST api/targets/{name}/rotations/{id}/cancel',
  'hold-rotation': 'POST api/targets/{name}/rotations/{id}/hold',
  'release-hold': 'POST api/targets/{name}/rotations/{id}/release-hold',
  'expedite-rotation': 'POST api/targets/{name}/rotations/{id}/expedite',
  'web-page': 'GET,HEAD {*path}',
};

/** Loads the bundle in a process of its own, in which `@azure/functions-core` can be reached only by `require`. */
function register(environment: Record<string, string>) {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['test/built-app/register-in-worker.ts', entry], {
    // Nothing of this machine's own environment: a setting there must not decide.
    env: { PATH: process.env.PATH, ...environment },
    encoding: 'utf8',
  });
  const lines = stdout.trim().split('\n');
  const { model, functions, coreMembers }: Registered = JSON.parse(lines.at(-1) ?? '');
  const shown = functions.map(({ name, bindings }) => [name, showTrigger(bindings)] as const);
  return { status, stderr, lines, model, coreMembers, metadata: functions, functions: Object.fromEntries(shown) };
}

/** Whether some path matches both templates; none of ours has an optional segment, and only the pages' a catch-all. */
function mayMeet(one: string, other: string): boolean {
  if (one.includes('*') || other.includes('*')) return true;
  const [a, b] = [one.toLowerCase().split('/'), other.toLowerCase().split('/')];
  return (
    a.length === b.length && a.every((part, at) => part.startsWith('{') || b[at]?.startsWith('{') || part === b[at])
  );
}

function showTrigger(bindings: FunctionMetadata['bindings']): string {
  for (const binding of Object.values(bindings)) {
    if (binding.type === 'timerTrigger') return `${binding.schedule}`;
    if (binding.type === 'queueTrigger') return `${binding.queueName} of ${binding.connection}`;
    if (binding.type === 'eventGridTrigger') return 'events';
    if (binding.type === 'httpTrigger')
      return `${binding.methods} ${binding.route}${binding.authLevel === 'anonymous' ? '' : ' with a key'}`;
  }
  return 'no trigger';
}

describe('the bundle, loaded as the Functions worker loads it', () => {
  it('registers every function', () => {
    expect(register(goodSettings)).toMatchObject({
      status: 0,
      stderr: '',
      model: '@azure/functions',
      functions: {
        sweep: '0 */5 * * * *',
        'advance-rotation': 'advance-rotation of AzureWebJobsStorage',
        'secret-near-expiry': 'events',
        'secret-events': 'keyturn-secret-events of AzureWebJobsStorage',
        ...httpFunctions,
      },
    });
  });

  it('asks the worker for nothing that Node worker 3.9.1 does not offer', () => {
    const offered = [
      'Disposable',
      'getProgrammingModel',
      'hostVersion',
      'log',
      'registerFunction',
      'registerHook',
      'setProgrammingModel',
      'version',
    ];
    expect(Object.keys(coreModule(emptyRegistrations(), () => undefined)).toSorted()).toEqual(offered);
    const { coreMembers } = register(goodSettings);
    expect(coreMembers).toContain('registerFunction');
    expect(coreMembers.filter((member) => !offered.includes(member))).toEqual([]);
  });

  it('gives every function one trigger that the host knows, and names that the host takes', () => {
    const { metadata } = register(goodSettings);
    const triggers = ['httpTrigger', 'timerTrigger', 'queueTrigger', 'eventGridTrigger'];
    for (const { name, bindings } of metadata) {
      // Host: Utility.IsValidFunctionName.
      expect(name).toMatch(/^[a-z][a-z0-9_-]{0,127}$/i);
      const own = Object.values(bindings).filter(({ direction }) => direction === 'in');
      expect(own.map(({ type }) => triggers.includes(type))).toEqual([true]);
      // The host hears of bindings as JSON, one text each.
      for (const binding of Object.values(bindings)) expect(JSON.parse(JSON.stringify(binding))).toEqual(binding);
    }
  });

  it('has no path that two functions answer: the host takes the first by name, whatever their routes', () => {
    const routes = register(goodSettings).metadata.flatMap(({ name, bindings }) =>
      Object.values(bindings)
        .filter(({ type }) => type === 'httpTrigger')
        .flatMap(({ route, methods }) =>
          (methods as string[]).map((method) => ({ name, method, route: String(route) })),
        ),
    );
    const clashes = routes.flatMap((one, at) =>
      routes
        .slice(at + 1)
        .filter((other) => one.method === other.method && mayMeet(one.route, other.route))
        // The dashboard takes what nobody else does: it comes last.
        .filter((other) => [one.name, other.name].toSorted().at(-1) !== 'web-page')
        .map((other) => `${one.name} and ${other.name}`),
    );
    expect(routes.length).toBeGreaterThan(Object.keys(httpFunctions).length);
    expect(clashes).toEqual([]);
    expect(mayMeet('targets/{name}', 'targets/declared')).toBe(true);
    expect(
      routes
        .map(({ name }) => name.toLowerCase())
        .toSorted()
        .at(-1),
    ).toBe('web-page');
  });

  it('sweeps as often as it is told', () => {
    expect(register({ ...goodSettings, KEYTURN_SWEEP_SCHEDULE: '*/30 * * * * *' }).functions).toMatchObject({
      sweep: '*/30 * * * * *',
    });
  });

  it('with bad settings still answers, leaves the queue alone, and says what is wrong', () => {
    const registered = register({ ...goodSettings, KEYTURN_TENANT_ID: 'contoso.com' });
    expect(registered).toMatchObject({ status: 0, functions: { sweep: '0 */5 * * * *', ...httpFunctions } });
    expect(registered.functions).not.toHaveProperty('advance-rotation');
    expect(registered.functions).not.toHaveProperty('secret-events');
    // A function that is not there makes Event Grid drop its events.
    expect(registered.functions).toHaveProperty('secret-near-expiry');
    expect(registered.stderr).toContain('KEYTURN_TENANT_ID: found "contoso.com"; accepted: a GUID');
    expect(registered.stderr).toContain('{"event":"settings-refused","fields":["KEYTURN_TENANT_ID"]}');
  });
});

it('registering loads few files, since each costs a cold start about half a millisecond', () => {
  expect(loadedAtStart(metafile, entry).length).toBeLessThanOrEqual(20);
});

it('registering loads no Azure SDK and no token check: they come with the first call', () => {
  const inputs = loadedAtStart(metafile, entry).flatMap((file) => Object.keys(metafile.outputs[file]?.inputs ?? {}));
  const packages = new Set(
    inputs.map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]).filter((name) => name !== undefined),
  );
  expect([...packages].sort()).toEqual([
    '@azure/functions',
    '@azure/functions-extensions-base',
    'cookie',
    'leven',
    'ms',
    'zod',
  ]);
});

it('registering loads no node:crypto, which would cost half of what it takes', () => {
  const builtins = loadedAtStart(metafile, entry).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?:from|require\() ?["']node:([^"']+)["']/g)].map(([, name]) => name),
  );
  expect(new Set(builtins)).toContain('async_hooks');
  expect(new Set(builtins)).not.toContain('crypto');
});

describe('what is loaded when first used', () => {
  const taken = Object.entries(metafile.outputs).flatMap(([file, { imports }]) => {
    const code = file.endsWith('.js') ? readFileSync(file, 'utf8') : '';
    const chunks = imports.filter(({ kind, external }) => kind === 'dynamic-import' && external !== true);
    return [...new Set(chunks.map(({ path: chunk }) => chunk))].map((chunk) => ({
      chunk,
      by: path.basename(file),
      names: namesTaken(code, `./${path.basename(chunk)}`),
    }));
  });

  it('has every name that is taken from an import(), as it has in the source', () => {
    const exported = namesOf(taken.map(({ chunk }) => chunk));
    const lacking = taken.flatMap(({ chunk, by, names }) =>
      names.filter((name) => !exported[chunk]?.includes(name)).map((name) => `${name}, by ${by} of ${chunk}`),
    );
    expect(lacking).toEqual([]);
  });

  it('is found by this test whole: each import() takes its names in a way that the test can read', () => {
    expect(taken.filter(({ names }) => names.length === 0)).toEqual([]);
    const names = taken.flatMap((each) => each.names);
    expect(names).toEqual(
      expect.arrayContaining(['AuthorizationManagementClient', 'NetworkManagementClient', 'createApp']),
    );
  });
});

/** The names that `code` takes from `import("chunk")`; none when one of these imports has a shape that is not known here. */
function namesTaken(code: string, chunk: string): string[] {
  const call = `import(${JSON.stringify(chunk)})`;
  const patterns: string[] = [];
  for (const [, pattern = '', one] of code.matchAll(/const (\{[^}]*\}|\w+) = await (import\("[^"]+"\))/g))
    if (one === call) patterns.push(pattern);
  for (const [, left = '', right = ''] of code.matchAll(/const \[([^\]]*)\] = await Promise\.all\(\[([^\]]*)\]\)/g)) {
    const parts = left.match(/\{[^}]*\}|\w+/g) ?? [];
    const calls = right.match(/import\("[^"]+"\)/g) ?? [];
    for (const [at, part] of parts.entries()) if (calls[at] === call) patterns.push(part);
  }
  if (patterns.length !== code.split(call).length - 1) return [];
  return patterns.flatMap((pattern) =>
    pattern.startsWith('{')
      ? [...pattern.matchAll(/(\w+)(?:: \w+)?/g)].map(([, name = '']) => name)
      : [...code.matchAll(new RegExp(`\\b${pattern}\\.(\\w+)`, 'g'))].map(([, name = '']) => name),
  );
}

/** The names that each of `files` exports with a value, loaded in a process of its own as the worker's Node would. */
function namesOf(files: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const script = `const named = {};
    for (const file of JSON.parse(process.argv[1])) {
      const module = await import(${JSON.stringify(pathToFileURL(`${path.resolve()}/`).href)} + file);
      named[file] = Object.keys(module).filter((name) => module[name] !== undefined);
    }
    console.log(JSON.stringify(named));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script, JSON.stringify(files)], {
    encoding: 'utf8',
  });
  return JSON.parse(stdout);
}
