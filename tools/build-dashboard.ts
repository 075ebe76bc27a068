import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { gzipSync } from 'fflate';

const root = resolve(import.meta.dirname, '..');

/**
 * Builds the dashboard: `index.html`, and beside it in `assets/` its script, style and icon, each named after its content, as they are and
 * compressed for good (`.br`, `.gz`). They come minified, as every visitor downloads them.
 * @param outdir emptied first; relative to the root of the repository
 */
export async function buildDashboard(outdir: string): Promise<Metafile> {
  const folder = resolve(root, outdir);
  await rm(folder, { recursive: true, force: true });
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['dashboard/main.tsx', 'dashboard/icon.svg'],
    outdir: 'assets',
    entryNames: '[name]-[hash]',
    bundle: true,
    write: false,
    minify: true,
    platform: 'browser',
    // Every browser that Microsoft's own portal supports: the two latest versions.
    target: 'es2022',
    format: 'esm',
    tsconfig: 'dashboard/tsconfig.json',
    loader: { '.svg': 'copy', '.md': 'text' },
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  await mkdir(resolve(folder, 'assets'), { recursive: true });
  let page = await readFile(resolve(root, 'dashboard/index.html'), 'utf8');
  for (const { path, contents } of outputFiles) {
    const name = basename(path);
    const plain = name.replace(/-[0-9A-Z]{8}\./, '.');
    if (!page.includes(`"${plain}"`)) throw new TypeError(`dashboard/index.html does not name ${plain}`);
    page = page.replace(`"${plain}"`, `"/assets/${name}"`);
    const file = resolve(folder, 'assets', name);
    await writeFile(file, contents);
    await writeFile(`${file}.br`, brotli(contents));
    // fflate compresses in JavaScript: zlib's output would depend on Node's version and the processor.
    await writeFile(`${file}.gz`, gzipSync(contents, { level: 9, mtime: 0 }));
  }
  await writeFile(resolve(folder, 'index.html'), page);
  return metafile;
}

function brotli(contents: Uint8Array): Uint8Array {
  return brotliCompressSync(contents, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: contents.length,
    },
  });
}
