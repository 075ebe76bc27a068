import { glob, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Registrations } from './core-module.ts';

/**
 * Loads the app's entry files one after another: package.json `main` is a glob relative to the app folder.
 * Rejects with the reason that the real worker prints when the glob matches nothing or an entry file throws.
 */
export async function loadApp(appFolder: string, registrations: Registrations): Promise<void> {
  const { main, type } = await readPackage(appFolder);
  if (main === undefined) return;
  const entryFiles: string[] = [];
  for await (const file of glob(main, { cwd: appFolder })) entryFiles.push(file);
  entryFiles.sort();
  if (entryFiles.length === 0) {
    throw new Error(`Found zero files matching the "main" field of package.json: "${main}"`);
  }
  for (const entryFile of entryFiles) {
    registrations.entryFile = entryFile;
    try {
      await loadScript(join(appFolder, entryFile), type === 'module');
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      throw new Error(`Worker was unable to load entry point "${entryFile}": ${reason}`);
    }
  }
}

async function loadScript(file: string, packageIsModule: boolean): Promise<void> {
  const asModule = file.endsWith('.mjs') || (packageIsModule && !file.endsWith('.cjs'));
  if (asModule) await import(pathToFileURL(file).href);
  else createRequire(file)(file);
}

async function readPackage(appFolder: string): Promise<{ main?: string; type?: string }> {
  try {
    return JSON.parse(await readFile(join(appFolder, 'package.json'), 'utf8'));
  } catch (error) {
    console.warn(`No readable package.json in ${appFolder}; the app has no functions. ${error}`);
    return {};
  }
}
