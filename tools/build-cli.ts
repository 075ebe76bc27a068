import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { requireBanner } from './build.ts';

const root = resolve(import.meta.dirname, '..');

/**
 * Bundles the command line: `keyturn.js`, and chunks that are loaded when first used, such as signing in. It needs no package.
 * @param outdir emptied first; relative to the root of the repository
 */
export async function buildCli(outdir: string): Promise<Metafile> {
  await rm(resolve(root, outdir), { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['cli/keyturn.ts'],
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    mainFields: ['module', 'main'],
    splitting: true,
    // `debug` colours its lines if it finds supports-color.
    external: ['supports-color'],
    banner: { js: requireBanner },
    minify: true,
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}

if (import.meta.main) {
  const { outputs } = await buildCli('cli/dist');
  const bytes = Object.values(outputs).reduce((sum, one) => sum + one.bytes, 0);
  console.log(
    `cli/dist/keyturn.js: the command line, ${(bytes / 1e6).toFixed(1)} MB in ${Object.keys(outputs).length} files`,
  );
}
