import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');

/**
 * Builds the package `@keyturn/consumer`: one module and one file of declarations, which imports nothing.
 * @param outdir emptied first; relative to the root of the repository
 */
export async function buildConsumer(outdir: string): Promise<void> {
  await rm(resolve(root, outdir), { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: { index: 'consumer/src/rotating-key.ts' },
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  await writeFile(resolve(root, outdir, 'index.d.ts'), await declarations());
}

/** The public types, then what the entry exports: all that its declarations import are those types. */
async function declarations(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-consumer-'));
  try {
    const tsc = resolve(root, 'node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', 'consumer', '--outDir', folder], {
      cwd: root,
      encoding: 'utf8',
    });
    if (status !== 0) throw new TypeError(`tsc -p consumer failed:\n${stdout}`);
    const [types, entry] = await Promise.all(
      ['contract.d.ts', 'rotating-key.d.ts'].map((file) => readFile(join(folder, file), 'utf8')),
    );
    return `${types}${entry?.replace(/^import type \{[^}]*\} from '\.\/contract\.ts';\n/m, '')}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  await buildConsumer('consumer/dist');
  console.log('consumer/dist/index.js: the package @keyturn/consumer');
}
