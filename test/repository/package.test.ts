/** `npm run package`: what is in the package, that the same commit makes the same bytes, and that the app starts from nothing else. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { startedThings } from '../../local/demo/started-things.ts';
import { startLocalAzure } from '../../local/local-azure.ts';
import { startRunner } from '../../local/runner/host.ts';
import { plainLine } from '../../local/runner/log.ts';
import { realClock } from '../../local/simulated-azure/clock.ts';
import { defaultApiClientId, defaultDefinition, worldFrom } from '../../local/simulated-azure/default-world.ts';
import { endpoints } from '../../src/api/endpoints.ts';
import { bundle } from '../../tools/build.ts';
import { layOutPackage, writePackage } from '../../tools/package.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyturn-package-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const here = join(folder, 'here');
const made = await writePackage(here);
const zip = readFileSync(join(here, 'keyturn.zip'));
const content = unzipSync(zip);
const { version, dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

describe('the package', () => {
  it('is named as the buttons that deploy a release expect it', () => {
    expect(made.names).toEqual(['keyturn.zip', 'keyturn.cdx.json', 'SHA256SUMS']);
    expect(JSON.parse(readFileSync('infra/release.json', 'utf8')).package).toBe('keyturn.zip');
  });

  it('holds host.json, package.json, the bundle and the dashboard, sorted, without source maps', () => {
    const files = Object.keys(content);
    const chunks = files.filter((file) => /^dist\/[\w.-]+\.js$/.test(file));
    const pages = files.filter((file) => file.startsWith('dist/pages/'));
    expect(files.toSorted()).toEqual([...chunks, ...pages, 'host.json', 'package.json'].toSorted());
    expect(
      pages.filter((file) => !/\/(?:index\.html|assets\/[\w-]+\.(?:js|css|svg)(?:\.br|\.gz)?)$/.test(file)),
    ).toEqual([]);
    expect(files).toEqual(files.toSorted());
    expect(chunks).toContain('dist/main.js');
    expect(made.bytes).toBe(zip.length);
  });

  it('has nothing of what is local: neither the simulated Entra nor the mischiefs', () => {
    const local = Object.keys(content).filter((file) =>
      /simulated (?:Azure|Entra)|mischief|ESTSAUTH/i.test(textOf(file)),
    );
    expect(local).toEqual([]);
    expect(readFileSync('local/simulated-azure/entra/sign-in-page.ts', 'utf8')).toContain('Simulated Entra');
  });

  it('has nothing that could be installed or built in Azure, and the version', () => {
    const manifest = JSON.parse(textOf('package.json'));
    expect(Object.keys(manifest)).toEqual(['name', 'version', 'private', 'description', 'license', 'type', 'main']);
    expect(manifest).toMatchObject({ version, type: 'module', main: 'dist/main.js' });
    expect(Object.keys(content)).toContain(manifest.main);
  });

  it('has the host settings of the repository', () => {
    expect(JSON.parse(textOf('host.json'))).toEqual(JSON.parse(readFileSync('host.json', 'utf8')));
  });

  it('is the same bytes in another folder, time zone and process, with other rights for new files', () => {
    const there = join(folder, 'there');
    const deeper = join(folder, 'a/deeper/folder');
    mkdirSync(deeper, { recursive: true });
    const script = `process.umask(0o077);
      const { writePackage } = await import(${JSON.stringify(resolve('tools/package.ts'))});
      await writePackage(${JSON.stringify(there)});`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
      env: { ...process.env, TZ: 'Asia/Tokyo', LANG: 'C', TMPDIR: deeper },
      encoding: 'utf8',
    });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    for (const name of made.names)
      expect(sha256(readFileSync(join(there, name))), name).toBe(sha256(readFileSync(join(here, name))));
  });

  it('is what azd lays out', async () => {
    const laidOut = join(folder, 'laid-out');
    await layOutPackage(laidOut);
    const files = readdirSync(laidOut, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files).toHaveLength(Object.keys(content).length);
    for (const [file, bytes] of Object.entries(content))
      expect(sha256(readFileSync(join(laidOut, file))), file).toBe(sha256(bytes));
  });
});

it('SHA256SUMS has the sums of the other two, as sha256sum writes them', () => {
  const sums = made.names.slice(0, 2).map((name) => `${sha256(readFileSync(join(here, name)))}  ${name}\n`);
  expect(readFileSync(join(here, 'SHA256SUMS'), 'utf8')).toBe(sums.join(''));
});

describe('the list of dependencies', () => {
  const list = JSON.parse(readFileSync(join(here, 'keyturn.cdx.json'), 'utf8'));
  const listed: string[] = list.components.map(({ purl }: { purl: string }) => decodeURIComponent(purl));

  it('is CycloneDX about Keyturn, with nothing that differs from run to run', () => {
    expect(list).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5' });
    expect(list).not.toHaveProperty('serialNumber');
    expect(list.metadata).not.toHaveProperty('timestamp');
    expect(list.metadata.tools).toEqual([{ vendor: 'npm', name: 'cli' }]);
    expect(list.metadata.component).toMatchObject({ name: 'keyturn', type: 'application', version });
  });

  it('has every npm package of which code is in the bundle, in the version that is there', async () => {
    const { outputs } = await bundle(join(folder, 'bundle'));
    const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
    const packages = new Set(
      inputs
        .map((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
        .filter((one) => one !== undefined),
    );
    const shipped = [...packages].map((place) => {
      const own = z
        .object({ name: z.string(), version: z.string() })
        .parse(JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')));
      return `pkg:npm/${own.name}@${own.version}`;
    });
    expect(shipped.length).toBeGreaterThan(15);
    expect(shipped.filter((one) => !listed.includes(one))).toEqual([]);
  });

  it('says what needs what, of those that it lists', () => {
    const known = [list.metadata.component, ...list.components].map((one) => one['bom-ref']);
    const refs: string[] = list.dependencies.flatMap(({ ref, dependsOn }: { ref: string; dependsOn: string[] }) => [
      ref,
      ...dependsOn,
    ]);
    expect(refs.filter((one) => !known.includes(one))).toEqual([]);
    expect(list.dependencies[0].dependsOn).toHaveLength(Object.keys(dependencies).length);
  });

  it('has no tool of development, and no kit of the consumers', () => {
    expect(listed.filter((one) => /\/(?:vitest|esbuild|typescript|fflate|@keyturn\/consumer)@/.test(one))).toEqual([]);
  });
});

it('unpacked into an empty folder the app starts, logs its version, and asks who calls', async () => {
  const appFolder = join(folder, 'unpacked');
  for (const [file, bytes] of Object.entries(content)) {
    mkdirSync(dirname(join(appFolder, file)), { recursive: true });
    writeFileSync(join(appFolder, file), bytes);
  }
  const things = startedThings();
  try {
    const clock = realClock();
    const world = worldFrom(defaultDefinition, clock);
    const storage = { storage: 'in-memory', storagePorts: { blob: 0, queue: 0, table: 0 } } as const;
    const local = await things.start(
      startLocalAzure({ world, clock, folder: join(folder, 'azure'), ...storage }),
      (started) => started.stop(),
    );
    const lines: string[] = [];
    const { PATH = '', HOME = '' } = process.env;
    const runner = await things.start(
      startRunner({
        appFolder,
        port: 0,
        stateFolder: join(folder, 'host'),
        environment: {
          PATH,
          HOME,
          ...local.environment,
          KEYTURN_TENANT_ID: world.tenantId,
          KEYTURN_API_CLIENT_ID: defaultApiClientId,
          KEYTURN_INSTANCE: 'func-keyturn',
          KEYTURN_TARGETS: '[]',
        },
        log: (entry) => lines.push(plainLine(entry)),
      }),
      (started) => started.stop(),
    );
    const { functions, inError } = await runner.ready;
    expect(inError).toEqual([]);
    expect(functions).toEqual(
      expect.arrayContaining([...endpoints.map(({ name }) => name), 'sweep', 'advance-rotation', 'secret-events']),
    );
    expect((await fetch(`${runner.url}/api/fleet`)).status).toBe(401);
    expect(lines.filter((line) => line.includes(`{"event":"app-started","version":"${version}"}`))).toHaveLength(1);
  } finally {
    await things.stopAll();
  }
});

function textOf(file: string): string {
  return Buffer.from(content[file] ?? []).toString('utf8');
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
