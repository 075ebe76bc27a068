import { rmSync } from 'node:fs';
import { mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle, makeAppFolder } from '../../tools/build.ts';

let bundled: Promise<string> | undefined;

/** Where the bundle lies that every app of this process runs: made once, and the same file to Node, which compiles it once. */
async function bundleOnce(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-bundle-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  await bundle(join(folder, 'dist'), false);
  return join(folder, 'dist');
}

/** The app's folder as it is deployed. @param maxPollingInterval how rarely an empty queue is looked at; default as deployed */
export async function appFolderIn(folder: string, maxPollingInterval?: string): Promise<string> {
  bundled ??= bundleOnce();
  const dist = await bundled;
  const appFolder = join(folder, 'app');
  await makeAppFolder(appFolder, {
    makeBundle: (outdir) => symlink(dist, outdir, 'junction'),
    ...(maxPollingInterval === undefined ? {} : { maxPollingInterval }),
  });
  return appFolder;
}
