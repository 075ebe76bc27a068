import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import * as z from 'zod';
import { bundle } from './build.ts';
import { readOptions } from './read-options.ts';

const root = resolve(import.meta.dirname, '..');

/** What the host, and who looks into the package, read of package.json: without scripts and dependencies nothing can be built or installed in Azure. */
const manifest = z.object({
  name: z.string(),
  version: z.string(),
  private: z.literal(true),
  description: z.string(),
  license: z.string(),
  type: z.literal('module'),
  main: z.string(),
});

/** Midday, in local time as the zip has it: the same bytes in every time zone. Zip knows no earlier year. */
const zipDate = new Date(1980, 0, 1, 12);

/** A plain file that everybody may read, made on Unix: else some unpackers leave it without any permission. */
const plainFile = { os: 3, attrs: 0o100644 << 16, mtime: zipDate, level: 9 } as const;

/**
 * Lays out what runs in Azure, newly built. It has no source maps: the code is not minified, so that a stack trace can be
 * read without them; they would triple the package, and make its bytes depend on the folder in which it was built.
 * @param folder emptied first
 */
export async function layOutPackage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'host.json'), jsonText(await readJson('host.json')));
  await writeFile(join(folder, 'package.json'), jsonText(manifest.parse(await readJson('package.json'))));
  await bundle(join(folder, 'dist'), false);
}

/**
 * Makes the package, the list of its dependencies, and SHA256SUMS of both; the same bytes from the same commit.
 * @param folder made if it is missing; other files in it stay
 * @returns the names of the three, and the size of the first in bytes
 */
export async function writePackage(
  folder: string,
): Promise<{ readonly names: readonly string[]; readonly bytes: number }> {
  const zip = await inTemporaryFolder(async (laidOut) => {
    await layOutPackage(laidOut);
    return await zipped(laidOut);
  });
  const { package: zipName } = z.object({ package: z.string() }).parse(await readJson('infra/release.json'));
  const files: [string, Uint8Array][] = [
    [zipName, zip],
    [zipName.replace(/\.zip$/, '.cdx.json'), Buffer.from(await billOfMaterials())],
  ];
  const sums = files.map(([name, content]) => `${createHash('sha256').update(content).digest('hex')}  ${name}\n`);
  files.push(['SHA256SUMS', Buffer.from(sums.join(''))]);
  await mkdir(folder, { recursive: true });
  for (const [name, content] of files) await writeFile(join(folder, name), content);
  return { names: files.map(([name]) => name), bytes: zip.length };
}

/** fflate compresses in JavaScript: zlib's output would depend on Node's version and the processor. */
async function zipped(folder: string): Promise<Uint8Array> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .toSorted();
  const content: Zippable = {};
  for (const file of files) content[file] = [await readFile(join(folder, file)), plainFile];
  return zipSync(content);
}

const npmSbom = z.looseObject({
  serialNumber: z.string(),
  metadata: z.looseObject({
    timestamp: z.string(),
    tools: z.array(z.looseObject({ name: z.string(), version: z.string() })),
    component: z.looseObject({ name: z.string(), 'bom-ref': z.string() }),
  }),
  components: z.array(
    z.looseObject({ 'bom-ref': z.string(), properties: z.array(z.object({ name: z.string(), value: z.string() })) }),
  ),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

/**
 * CycloneDX, as npm makes it from package-lock.json, less what differs from run to run, npm to npm and folder to folder.
 * npm's own `--omit dev` leaves out also what a tool of development shares with the app, so its mark is read here.
 */
async function billOfMaterials(): Promise<string> {
  const options = ['--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only', '--workspaces=false'];
  const printed = execFileSync('npm', ['sbom', ...options], {
    cwd: root,
    encoding: 'utf8',
    // npm is a script there.
    shell: process.platform === 'win32',
    maxBuffer: 2 ** 26,
  });
  const { serialNumber: _serial, metadata, components, dependencies, ...rest } = npmSbom.parse(JSON.parse(printed));
  const { timestamp: _time, tools, component, ...other } = metadata;
  const { name } = manifest.parse(await readJson('package.json'));
  const shipped = components.filter(({ properties }) => !properties.some(isForDevelopment));
  const refs = new Set([component['bom-ref'], ...shipped.map((one) => one['bom-ref'])]);
  return jsonText({
    ...rest,
    metadata: {
      ...other,
      tools: tools.map(({ version: _version, ...tool }) => tool),
      // npm takes the name of the folder.
      component: { ...component, name },
    },
    components: shipped,
    dependencies: dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) })),
  });
}

function isForDevelopment({ name, value }: { readonly name: string; readonly value: string }): boolean {
  return name === 'cdx:npm:package:development' && value === 'true';
}

async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-package-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(join(root, file), 'utf8'));
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

if (import.meta.main) {
  const { help, folder } = readOptions({ options: { help: { type: 'boolean' }, folder: { type: 'string' } } });
  if (help)
    console.log(
      'npm run package -- [--folder DIR]\n\nMakes the package of the app in artifacts/, with the list of its dependencies and SHA256SUMS.\nWith --folder it lays out the files of the package there instead, unzipped.',
    );
  else if (folder !== undefined) await layOutPackage(folder);
  else {
    const { names, bytes } = await writePackage(join(root, 'artifacts'));
    console.log(`artifacts/${names[0]}: ${(bytes / 1e6).toFixed(2)} MB; ${names.slice(1).join(' and ')} beside it`);
  }
}
