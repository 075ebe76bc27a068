import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coreModule, emptyRegistrations } from '../../../local/runner/core-module.ts';
import { buildApp } from './build-app.ts';
import { loadInWorker } from './registration.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registration-'));
});
afterAll(() => rm(folder, { recursive: true }));

const oneFunction = "import { app } from '@azure/functions'; app.http('only', { handler: () => ({}) });";

it('registers every function of a bundle that reaches the core module by require', async () => {
  const { functions, loadError } = await loadInWorker(await buildApp(join(folder, 'whole')));
  expect(loadError).toBeNull();
  const source = await readFile(join(import.meta.dirname, 'fixture-app/main.ts'), 'utf8');
  const inSource = [...source.matchAll(/^app\.(?:http|timer|storageQueue|eventGrid)\('([^']+)'/gm)].map(
    ([, name]) => name,
  );
  expect(functions.map(({ name }) => name)).toEqual(inSource);
  expect(functions.find(({ name }) => name === 'job')).toMatchObject({ scriptFile: 'dist/main.js' });
});

it('registers nothing, and says so in warnings only, when the bundle’s require does not reach the worker', async () => {
  const banner = 'const require = (id) => process.getBuiltinModule(id) ?? (() => { throw new Error(id); })();';
  const app = await buildApp(join(folder, 'test-mode'), { contents: oneFunction, banner });
  const { functions, loadError, output } = await loadInWorker(app);
  expect([functions, loadError]).toEqual([[], null]);
  expect(output).toContain(
    'Skipping call to register function "only" because the "@azure/functions" package is in test mode.',
  );
});

it('fails to load a bundle that has no require at all', async () => {
  const { functions, loadError } = await loadInWorker(
    await buildApp(join(folder, 'no-require'), { contents: oneFunction, banner: '' }),
  );
  expect(functions).toEqual([]);
  expect(loadError).toContain('Dynamic require');
});

it('fails to load a bundle that imports the core module as ESM', async () => {
  const contents = `import { registerFunction } from '@azure/functions-core'; registerFunction; ${oneFunction}`;
  const { functions, loadError } = await loadInWorker(await buildApp(join(folder, 'esm-import'), { contents }));
  expect(functions).toEqual([]);
  expect(loadError).toMatch(
    /^Worker was unable to load entry point "dist\/main.js".*Cannot find package '@azure\/functions-core'/s,
  );
});

it('loads the entry files that a brace pattern names, and says when it names none', async () => {
  const app = await buildApp(join(folder, 'glob'), { contents: oneFunction });
  const main = async (pattern: string) => {
    await writeFile(join(app, 'package.json'), JSON.stringify({ type: 'module', main: pattern }));
    return loadInWorker(app);
  };
  expect((await main('{dist/main.js,functions/*.js}')).functions).toHaveLength(1);
  expect((await main('nowhere/*.js')).loadError).toBe(
    'Found zero files matching the "main" field of package.json: "nowhere/*.js"',
  );
});

it('keeps what was registered before an entry file threw from reaching the host unnoticed', async () => {
  const contents = `${oneFunction} throw new Error('on load');`;
  const { loadError } = await loadInWorker(await buildApp(join(folder, 'throws'), { contents }));
  expect(loadError).toContain('on load');
});

it('refuses registration after the start', async () => {
  const contents = `${oneFunction} app.hook.appStart(() => { setTimeout(() => app.http('late', { handler: () => ({}) }), 0); });`;
  const { functions } = await loadInWorker(await buildApp(join(folder, 'late'), { contents }));
  expect(functions.map(({ name }) => name)).toEqual(['only']);
});

describe('the core module, as Node worker 3.9.1 has it', () => {
  const only = { name: 'only', bindings: {} };
  const fresh = () => {
    const registrations = emptyRegistrations();
    return { registrations, core: coreModule(registrations, () => undefined) };
  };

  it('takes a name once', () => {
    const { core } = fresh();
    core.registerFunction(only, () => undefined);
    expect(() => core.registerFunction(only, () => undefined)).toThrow('A function with id "only" has already been');
  });

  it('undoes a registration once, and until the start is over', () => {
    const { registrations, core } = fresh();
    const disposable = core.registerFunction(only, () => undefined);
    disposable.dispose();
    core.registerFunction(only, () => undefined);
    disposable.dispose();
    expect([...registrations.functions.keys()]).toEqual(['only']);
    const hook = core.registerHook('appStart', () => undefined);
    core.Disposable.from(hook, hook).dispose();
    expect(registrations.hooks.appStart).toEqual([]);
    const kept = core.registerFunction({ name: 'kept', bindings: {} }, () => undefined);
    registrations.locked = true;
    expect(() => kept.dispose()).toThrow('A function can only be disposed during app startup.');
  });

  it('knows no log hook', () => {
    expect(() => fresh().core.registerHook('log', () => undefined)).toThrow(RangeError);
  });
});
