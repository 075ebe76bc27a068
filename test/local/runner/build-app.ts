import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const requireBanner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/**
 * Builds an app folder the way the product is built: one ESM bundle with @azure/functions inside and @azure/functions-core left
 * to the worker. Without the banner the bundle has no `require` and falls silently into the library's test mode.
 */
export async function buildApp(
  folder: string,
  {
    source = join(import.meta.dirname, 'fixture-app/main.ts'),
    host = {},
    banner = requireBanner,
    contents = undefined as string | undefined,
  } = {},
): Promise<string> {
  await mkdir(folder, { recursive: true });
  await build({
    ...(contents === undefined
      ? { entryPoints: [source] }
      : { stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' as const } }),
    outfile: join(folder, 'dist/main.js'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['@azure/functions-core'],
    banner: { js: banner },
    logLevel: 'error',
  });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', main: 'dist/main.js' }));
  await writeFile(join(folder, 'host.json'), JSON.stringify({ version: '2.0', ...host }));
  return folder;
}
