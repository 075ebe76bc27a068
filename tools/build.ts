import { createHash } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { buildDashboard } from './build-dashboard.ts';

const root = resolve(import.meta.dirname, '..');

/** CommonJS inside the bundle asks for `require`, as @azure/functions does for @azure/functions-core, which the host's worker gives only to `require`. */
export const requireBanner =
  "import { createRequire as keyturnRequire } from 'node:module'; const require = keyturnRequire(import.meta.url);";

/**
 * Bundles the app: `main.js` and the chunks that are loaded with it to register the functions, and chunks that are loaded
 * when first used; beside them, in `pages/`, the dashboard. Nothing of the app is minified, so that a stack trace in the log can be read.
 * @param outdir emptied first; relative to the root of the repository
 * @param sourcemap default `external`: then the chunks' names depend on where `outdir` is, since the maps name their sources from there
 */
export async function bundle(outdir: string, sourcemap: 'external' | false = 'external'): Promise<Metafile> {
  await rm(resolve(root, outdir), { recursive: true, force: true });
  await buildDashboard(join(outdir, 'pages'));
  const { version } = JSON.parse(await readFile(resolve(root, 'package.json'), 'utf8'));
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    // A package's ES module where it has one: of a CommonJS package, `import()` of its chunk gives `default` and no name.
    mainFields: ['module', 'main'],
    splitting: true,
    // `debug` colours its lines if it finds supports-color, which only tools of development bring.
    external: ['@azure/functions-core', 'supports-color'],
    banner: { js: requireBanner },
    define: { keyturnVersion: JSON.stringify(version) },
    sourcemap,
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}

/** All that a bundle is made of, and how. */
const sources = [
  '{src,dashboard,tools}/**/*.{ts,tsx,css,html,svg,json}',
  'docs/*.md',
  'package.json',
  'package-lock.json',
];
const bundlesFolder = join(root, 'node_modules/.cache/bundles');
/** A week: an app that runs from an older bundle may still load parts of it. */
const unusedMs = 7 * 24 * 60 * 60_000;

/**
 * A bundle of the sources as they are now, without source maps, to be read only: made once for all processes and starts, which takes
 * the processor some seconds. Node, too, compiles a file once.
 * @returns its folder
 */
async function madeBundle(): Promise<string> {
  const hash = createHash('sha256');
  const files = globSync(sources, { cwd: root }).toSorted();
  for (const file of files) hash.update(`${file}\n`).update(await readFile(join(root, file)));
  const made = join(bundlesFolder, hash.digest('hex').slice(0, 16));
  if (!existsSync(made)) {
    await mkdir(bundlesFolder, { recursive: true });
    const begun = await mkdtemp(join(bundlesFolder, 'begun-'));
    await writeFile(join(begun, 'package.json'), JSON.stringify({ type: 'module' }));
    await bundle(join(begun, 'dist'), false);
    // Another process may have been faster.
    await rename(begun, made).catch(() => rm(begun, { recursive: true }));
    for (const name of await readdir(bundlesFolder)) {
      const old = join(bundlesFolder, name);
      if (Date.now() - (await stat(old)).mtimeMs > unusedMs) await rm(old, { recursive: true, force: true });
    }
  }
  return join(made, 'dist');
}

/**
 * The app's folder as it is deployed: host.json, package.json and the bundle; no settings of a developer.
 * @param options.maxPollingInterval how rarely an empty queue is looked at, as host.json writes it; default what that says
 */
export async function makeAppFolder(
  appFolder: string,
  { maxPollingInterval }: { maxPollingInterval?: string } = {},
): Promise<void> {
  await mkdir(appFolder, { recursive: true });
  const host = JSON.parse(await readFile(join(root, 'host.json'), 'utf8'));
  if (maxPollingInterval !== undefined) host.extensions.queues.maxPollingInterval = maxPollingInterval;
  await writeFile(join(appFolder, 'host.json'), JSON.stringify(host));
  await writeFile(join(appFolder, 'package.json'), JSON.stringify({ type: 'module', main: 'dist/main.js' }));
  await symlink(await madeBundle(), join(appFolder, 'dist'), 'junction');
}

/** The output files that are loaded together with `entry`, before any `import()`. */
export function loadedAtStart(metafile: Metafile, entry: string): string[] {
  const loaded = new Set([entry]);
  for (const file of loaded) {
    for (const { path, kind, external } of metafile.outputs[file]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) loaded.add(path);
    }
  }
  return [...loaded];
}

function report(metafile: Metafile): string {
  const atStart = new Set(loadedAtStart(metafile, 'dist/main.js'));
  const code = Object.entries(metafile.outputs).filter(([file]) => file.endsWith('.js'));
  const kilobytes = (files: typeof code) => Math.round(files.reduce((sum, [, { bytes }]) => sum + bytes, 0) / 1024);
  const [first, later] = [code.filter(([file]) => atStart.has(file)), code.filter(([file]) => !atStart.has(file))];
  return `dist/main.js: ${kilobytes(first)} KB in ${first.length} files at start, ${kilobytes(later)} KB in ${later.length} files when used`;
}

if (import.meta.main) console.log(report(await bundle('dist')));
