import { readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

const root = resolve(import.meta.dirname, '..');

/** CommonJS inside the bundle asks for `require`, as @azure/functions does for @azure/functions-core, which the host's worker gives to `require` alone. */
const requireBanner =
  "import { createRequire as keyturnRequire } from 'node:module'; const require = keyturnRequire(import.meta.url);";

const entryPoint = 'src/main.ts';

const options = {
  absWorkingDir: root,
  entryPoints: [entryPoint],
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  splitting: true,
  external: ['@azure/functions-core'],
  banner: { js: requireBanner },
  sourcemap: 'external',
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/**
 * Bundles the app: `main.js` with what is needed to register the functions, and chunks that are loaded when first used.
 * Nothing is minified, so that a stack trace in the log can be read.
 *
 * esbuild makes a chunk of the modules that the very same parts share, and at the start each file more costs about a
 * millisecond. So it bundles twice: first to see what is loaded at the start, then with each later part of ours importing
 * all of that. It is loaded by then, and becomes one chunk.
 * @param outdir emptied first; relative to the root of the repository
 */
export async function bundle(outdir: string): Promise<Metafile> {
  await rm(resolve(root, outdir), { recursive: true, force: true });
  const { metafile: seen } = await build({ ...options, outdir, write: false });
  const { metafile } = await build({ ...options, outdir, plugins: [importingTheStart(seen)] });
  return metafile;
}

function importingTheStart(seen: Metafile): Plugin {
  const isOurs = (file: string) => file.startsWith('src/') && file !== entryPoint;
  const outputs = Object.entries(seen.outputs);
  const main = outputs.find(([, output]) => output.entryPoint === entryPoint)?.[0] ?? '';
  const atStart = loadedAtStart(seen, main).flatMap((file) => Object.keys(seen.outputs[file]?.inputs ?? {}));
  const imports = atStart.filter(isOurs).map((file) => `import ${JSON.stringify(resolve(root, file))};`);
  const later = outputs.flatMap(([, output]) => output.entryPoint ?? []).filter(isOurs);
  return {
    name: 'importing-the-start',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (!later.some((file) => resolve(root, file) === path)) return undefined;
        // At the end, so that no line of the source moves.
        return { contents: [await readFile(path, 'utf8'), ...imports].join('\n'), loader: 'ts' };
      });
    },
  };
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
