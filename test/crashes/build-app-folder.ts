import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from '../../tools/build.ts';

const root = join(import.meta.dirname, '..', '..');

/** The app's folder as it would be deployed. */
export async function buildAppFolder(appFolder: string): Promise<void> {
  await rm(appFolder, { recursive: true, force: true });
  await mkdir(appFolder, { recursive: true });
  const host = JSON.parse(await readFile(join(root, 'host.json'), 'utf8'));
  // The host's own default: every look at an empty queue ends a jump of the time.
  host.extensions.queues.maxPollingInterval = '00:01:00';
  await writeFile(join(appFolder, 'host.json'), JSON.stringify(host));
  await writeFile(join(appFolder, 'package.json'), JSON.stringify({ type: 'module', main: 'dist/main.js' }));
  await bundle(join(appFolder, 'dist'));
}
