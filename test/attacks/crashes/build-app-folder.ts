import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from '../../../tools/build.ts';

const root = join(import.meta.dirname, '../../..');

/** The app's folder as it would be deployed. */
export async function buildAppFolder(appFolder: string): Promise<void> {
  await rm(appFolder, { recursive: true, force: true });
  await mkdir(appFolder, { recursive: true });
  await copyFile(join(root, 'host.json'), join(appFolder, 'host.json'));
  await writeFile(join(appFolder, 'package.json'), JSON.stringify({ type: 'module', main: 'dist/main.js' }));
  await bundle(join(appFolder, 'dist'));
}
